//! compress (.Z): LZW with codes of 9 to at most 16 bits, least significant bit first. ARC and ZOO have their
//! own forms of it.
//!
//! Codes come in groups of eight; where their width changes the rest of a group is empty. Not so in ZOO.

use crate::bounded::{Input, Output, Status};
use crate::window::{Window, through};

const MAGIC: [u8; 2] = [0x1f, 0x9d];
const FIRST_WIDTH: u32 = 9;
const LAST_WIDTH: u32 = 16;
/// Bits of the third byte: the widest code, and whether code 256 starts over.
const WIDTH: u8 = 0x1f;
const BLOCKS: u8 = 0x80;
const CLEAR: usize = 256;
const END: usize = 257;

/// What the files that have LZW differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// Bits of the widest code.
    pub widest: u32,
    /// Code 256 starts over.
    pub blocks: bool,
    /// Code 257 ends the stream, and codes do not come in groups.
    pub marked: bool,
}

/// The strings: each is another and a byte.
struct Strings {
    before: Vec<u16>,
    last: Vec<u8>,
    /// Number of the first that is no single byte.
    start: usize,
    most: usize,
    /// Backwards, a string on its way out.
    spelled: Vec<u8>,
}

impl Strings {
    fn clear(&mut self) {
        self.before.truncate(self.start);
        self.last.truncate(self.start);
    }

    fn len(&self) -> usize {
        self.last.len()
    }

    fn add(&mut self, before: usize, last: u8) {
        if self.len() < self.most {
            self.before.push(before as u16);
            self.last.push(last);
        }
    }

    /// Spells `code`, and gives the first byte.
    fn spell(&mut self, mut code: usize) -> u8 {
        self.spelled.clear();
        while code >= self.start {
            self.spelled.push(self.last.get(code).copied().unwrap_or(0));
            // A string's number is greater than that of the one it is made of, so this ends.
            code = usize::from(self.before.get(code).copied().unwrap_or(0));
        }
        let first = code as u8;
        self.spelled.push(first);
        first
    }
}

struct Codes<'i, 'm> {
    input: &'i mut Input<'m>,
    width: u32,
    held: u32,
    count: u32,
    /// Codes of this width so far.
    taken: u32,
    grouped: bool,
}

impl Codes<'_, '_> {
    /// The next code; nothing at the end.
    fn next(&mut self) -> Option<usize> {
        while self.count < self.width {
            self.held |= u32::from(self.input.byte()?) << self.count;
            self.count += 8;
        }
        let code = self.held & ((1 << self.width) - 1);
        self.held >>= self.width;
        self.count -= self.width;
        self.taken += 1;
        Some(code as usize)
    }

    fn set_width(&mut self, width: u32) {
        if !self.grouped {
            self.width = width;
            return;
        }
        while !self.taken.is_multiple_of(8) && self.next().is_some() {}
        self.width = width;
        self.taken = 0;
        self.held = 0;
        self.count = 0;
    }
}

pub fn decode(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let [first, second, flags] = input.take().ok_or(Status::Truncated)?;
    let widest = u32::from(flags & WIDTH);
    if [first, second] != MAGIC || !(FIRST_WIDTH..=LAST_WIDTH).contains(&widest) {
        return Err(Status::Corrupt);
    }
    let form = Form { widest, blocks: flags & BLOCKS != 0, marked: false };
    through(Window::new(0), output, |window, output| {
        strings(form, input, &mut |string| {
            string.iter().rev().for_each(|byte| window.put(*byte));
            window.spill_when_full(output)
        })
    })
}

/// Gives each string to `give`, its last byte first.
pub fn strings(
    form: Form,
    input: &mut Input<'_>,
    give: &mut impl FnMut(&[u8]) -> Result<(), Status>,
) -> Result<(), Status> {
    let start = CLEAR + usize::from(form.blocks) + usize::from(form.marked);
    let mut strings = Strings {
        before: vec![0; start],
        last: (0..start).map(|code| code as u8).collect(),
        start,
        most: 1 << form.widest,
        spelled: Vec::new(),
    };
    let grouped = !form.marked;
    let mut codes = Codes { input, width: FIRST_WIDTH, held: 0, count: 0, taken: 0, grouped };
    let mut before: Option<usize> = None;
    while let Some(code) = codes.next() {
        if form.blocks && code == CLEAR {
            strings.clear();
            codes.set_width(FIRST_WIDTH);
            before = None;
            continue;
        }
        if form.marked && code == END {
            return Ok(());
        }
        let first = match before {
            None if code < CLEAR => strings.spell(code),
            Some(_) if code < strings.len() => strings.spell(code),
            Some(before) if code == strings.len() => {
                let first = strings.spell(before);
                strings.spelled.insert(0, first);
                first
            }
            _ => return Err(Status::Corrupt),
        };
        if let Some(before) = before {
            strings.add(before, first);
        }
        give(&strings.spelled)?;
        before = Some(code);
        if strings.len() >= 1 << codes.width && codes.width < form.widest {
            codes.set_width(codes.width + 1);
        }
    }
    if form.marked { Err(Status::Truncated) } else { Ok(()) }
}
