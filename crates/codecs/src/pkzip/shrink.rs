//! Shrink, ZIP's method 1: LZW whose codes grow on request and are given back leaf by leaf (APPNOTE 5.1).

use crate::bounded::{Input, Output, Status};
use crate::history::History;
use crate::pkzip::bits::Bits;

const CODES: usize = 1 << LONGEST;
const SHORTEST: u32 = 9;
const LONGEST: u32 = 13;
const CONTROL: u16 = 256;
const GROW: u32 = 1;
const CLEAR: u32 = 2;
/// The prefix of a code that stands for nothing.
const FREE: u16 = u16::MAX;
/// Nothing is copied from the window, it only collects.
const WINDOW: usize = 8 << 10;

/// The strings that codes stand for: a shorter string and a last byte.
struct Table {
    prefix: Vec<u16>,
    last: Vec<u8>,
    /// Where the search for a free code goes on.
    next: usize,
}

impl Table {
    fn new() -> Self {
        Self { prefix: vec![FREE; CODES], last: vec![0; CODES], next: usize::from(CONTROL) + 1 }
    }

    fn prefix(&self, code: u16) -> u16 {
        self.prefix.get(usize::from(code)).copied().unwrap_or(FREE)
    }

    /// Gives a free code to the string of `prefix` and `last`.
    fn add(&mut self, prefix: u16, last: u8) {
        while self.prefix.get(self.next).is_some_and(|&taken| taken != FREE) {
            self.next += 1;
        }
        if let (Some(place), Some(byte)) = (self.prefix.get_mut(self.next), self.last.get_mut(self.next)) {
            (*place, *byte) = (prefix, last);
            self.next += 1;
        }
    }

    /// Frees the codes that no other code goes on from.
    fn clear_leaves(&mut self) {
        let mut inner = vec![false; CODES];
        for &prefix in &self.prefix {
            if let Some(mark) = inner.get_mut(usize::from(prefix)) {
                *mark = true;
            }
        }
        for (prefix, inner) in self.prefix.iter_mut().zip(inner) {
            if !inner {
                *prefix = FREE;
            }
        }
        self.next = usize::from(CONTROL) + 1;
    }

    /// Puts the string of `code` into `text`, its last byte first; false when it has none.
    fn spell(&self, mut code: u16, text: &mut Vec<u8>) -> bool {
        while code > CONTROL {
            let prefix = self.prefix(code);
            if prefix == FREE || text.len() >= CODES {
                return false;
            }
            text.extend(self.last.get(usize::from(code)));
            code = prefix;
        }
        text.push(code as u8);
        code != CONTROL
    }
}

pub fn decode(size: u64, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let mut window = History::new(WINDOW, size, output);
    let result = codes(&mut Bits::new(input), &mut window);
    window.finish(result)
}

fn codes(bits: &mut Bits<'_, '_>, window: &mut History<'_>) -> Result<(), Status> {
    if window.full() {
        return Ok(());
    }
    let mut table = Table::new();
    let mut width = SHORTEST;
    let mut before = bits.take(width)? as u16;
    let mut first = u8::try_from(before).map_err(|_| Status::Corrupt)?;
    window.push(first)?;
    let mut text = Vec::new();
    while !window.full() {
        let code = bits.take(width)? as u16;
        if code == CONTROL {
            match bits.take(width)? {
                GROW if width < LONGEST => width += 1,
                CLEAR => table.clear_leaves(),
                _ => return Err(Status::Corrupt),
            }
            continue;
        }
        text.clear();
        let known = code < CONTROL || table.prefix(code) != FREE;
        if !known {
            // The code that is about to be given away: the string before and its own first byte.
            text.push(first);
        }
        if !table.spell(if known { code } else { before }, &mut text) {
            return Err(Status::Corrupt);
        }
        first = text.last().copied().unwrap_or(first);
        for &byte in text.iter().rev() {
            window.push(byte)?;
        }
        table.add(before, first);
        before = code;
    }
    Ok(())
}
