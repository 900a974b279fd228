//! `LZWDecode` of PDF (ISO 32000-1, 7.4.4): codes of 9 to 12 bits, high bit first, as in TIFF.

use crate::bounded::{Input, Output, Status};

const CLEAR: usize = 256;
const END: usize = 257;
const FIRST: usize = 258;
const MOST: usize = 4096;
const NARROWEST: u32 = 9;
const WIDEST: u32 = 12;
/// Codes of one step, after which the clock is looked at.
const STEP: u32 = 4096;

/// The strings that codes stand for: each is a shorter one and a byte.
struct Table {
    prefix: Vec<u16>,
    last: Vec<u8>,
    first: Vec<u8>,
    next: usize,
    string: Vec<u8>,
}

impl Table {
    fn new() -> Self {
        let bytes: Vec<u8> = (0..MOST).map(|code| code as u8).collect();
        Self { prefix: vec![0; MOST], last: bytes.clone(), first: bytes, next: FIRST, string: Vec::new() }
    }

    fn first(&self, code: usize) -> u8 {
        self.first.get(code).copied().unwrap_or_default()
    }

    /// Gives the next code to the string of `code` followed by `byte`.
    fn add(&mut self, code: usize, byte: u8) {
        let first = self.first(code);
        let slots =
            (self.prefix.get_mut(self.next), self.last.get_mut(self.next), self.first.get_mut(self.next));
        if let (Some(prefix), Some(last), Some(start)) = slots {
            (*prefix, *last, *start) = (code as u16, byte, first);
            self.next += 1;
        }
    }

    /// The string of `code`. Ends, because a prefix has a smaller code than what it belongs to.
    fn string(&mut self, mut code: usize) -> &[u8] {
        self.string.clear();
        while code >= FIRST {
            self.string.push(self.last.get(code).copied().unwrap_or_default());
            code = self.prefix.get(code).map_or(0, |&prefix| usize::from(prefix));
        }
        self.string.push(code as u8);
        self.string.reverse();
        &self.string
    }
}

/// The codes of a stream.
struct Codes<'a, 'b> {
    input: &'a mut Input<'b>,
    bits: u32,
    count: u32,
}

impl Codes<'_, '_> {
    fn next(&mut self, width: u32) -> Option<usize> {
        while self.count < width {
            let &byte = self.input.chunk().first()?;
            self.input.advance(1);
            self.bits = self.bits << 8 | u32::from(byte);
            self.count += 8;
        }
        self.count -= width;
        let code = self.bits >> self.count & ((1 << width) - 1);
        self.bits &= (1 << self.count) - 1;
        Some(code as usize)
    }
}

/// Decodes codes until the end code.
pub fn decode(early: bool, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let mut codes = Codes { input, bits: 0, count: 0 };
    let mut table = Table::new();
    let mut width = NARROWEST;
    let mut before: Option<usize> = None;
    loop {
        if output.expired() {
            return Err(Status::Limit);
        }
        for _ in 0..STEP {
            match codes.next(width).ok_or(Status::Truncated)? {
                END => return Ok(()),
                CLEAR => {
                    (table.next, width, before) = (FIRST, NARROWEST, None);
                    continue;
                }
                code => {
                    if let Some(before) = before {
                        let known = code < table.next;
                        if code > table.next {
                            return Err(Status::Corrupt);
                        }
                        table.add(before, table.first(if known { code } else { before }));
                    } else if code >= CLEAR {
                        return Err(Status::Corrupt);
                    }
                    output.keep(table.string(code))?;
                    before = Some(code);
                }
            }
            if table.next + usize::from(early) >= 1 << width && width < WIDEST {
                width += 1;
            }
        }
    }
}
