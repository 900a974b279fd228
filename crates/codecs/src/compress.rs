//! compress (.Z): LZW with codes of 9 to at most 16 bits, least significant bit first.
//!
//! Codes come in groups of eight; where their width changes the rest of a group is empty.

use crate::bounded::{Input, Output, Status};
use crate::window::{Window, through};

const MAGIC: [u8; 2] = [0x1f, 0x9d];
const FIRST_WIDTH: u32 = 9;
const LAST_WIDTH: u32 = 16;
/// Bits of the third byte: the widest code, and whether code 256 starts over.
const WIDTH: u8 = 0x1f;
const BLOCKS: u8 = 0x80;
const CLEAR: usize = 256;

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
    let blocks = flags & BLOCKS != 0;
    through(Window::new(0), output, |window, output| run(widest, blocks, input, window, output))
}

fn run(
    widest: u32,
    blocks: bool,
    input: &mut Input<'_>,
    window: &mut Window,
    output: &mut Output,
) -> Result<(), Status> {
    let start = if blocks { CLEAR + 1 } else { CLEAR };
    let mut strings = Strings {
        before: vec![0; start],
        last: (0..start).map(|code| code as u8).collect(),
        start,
        most: 1 << widest,
        spelled: Vec::new(),
    };
    let mut codes = Codes { input, width: FIRST_WIDTH, held: 0, count: 0, taken: 0 };
    let mut before: Option<usize> = None;
    while let Some(code) = codes.next() {
        if blocks && code == CLEAR {
            strings.clear();
            codes.set_width(FIRST_WIDTH);
            before = None;
            continue;
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
        strings.spelled.iter().rev().for_each(|byte| window.put(*byte));
        window.spill_when_full(output)?;
        before = Some(code);
        if strings.len() >= 1 << codes.width && codes.width < widest {
            codes.set_width(codes.width + 1);
        }
    }
    Ok(())
}
