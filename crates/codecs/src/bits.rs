//! Bits, most significant first, out of bytes or out of little-endian words of 16 bits.

use crate::bounded::{Input, Status};

/// Bits kept ahead of the reader; a peek of 32 always finds them.
const HELD: u32 = 48;

/// A reader of bits. Behind the end of the input come zeros; taking one is an error, seeing one is not.
pub struct Bits<'i, 'm> {
    input: &'i mut Input<'m>,
    /// The bits that are held, from the most significant down.
    held: u64,
    count: u32,
    /// How many of them are behind the end.
    missing: u32,
    words: bool,
}

impl<'i, 'm> Bits<'i, 'm> {
    pub fn new(input: &'i mut Input<'m>) -> Self {
        Self { input, held: 0, count: 0, missing: 0, words: false }
    }

    /// From words whose low byte comes first.
    pub fn of_words(input: &'i mut Input<'m>) -> Self {
        Self { input, held: 0, count: 0, missing: 0, words: true }
    }

    /// The next `count` bits, at most 32, without moving.
    #[inline]
    pub fn peek(&mut self, count: u32) -> u32 {
        if self.count < count {
            self.refill();
        }
        if count == 0 { 0 } else { (self.held >> (64 - count)) as u32 }
    }

    /// Moves on by at most as many bits as were seen.
    #[inline]
    pub fn skip(&mut self, count: u32) -> Result<(), Status> {
        if self.count < count + self.missing {
            return Err(Status::Truncated);
        }
        self.held <<= count;
        self.count -= count;
        Ok(())
    }

    /// The next `count` bits, at most 32.
    #[inline]
    pub fn take(&mut self, count: u32) -> Result<u32, Status> {
        let value = self.peek(count);
        self.skip(count)?;
        Ok(value)
    }

    /// Moves on to the next byte or word, unless there.
    pub fn align(&mut self) -> Result<(), Status> {
        self.skip(self.count % if self.words { 16 } else { 8 })
    }

    /// The input from the next byte on that no bit was taken of.
    pub fn bytes(&mut self) -> &mut Input<'m> {
        let whole = u64::from(self.count.saturating_sub(self.missing) / 8);
        self.input.seek(self.input.position().saturating_sub(whole));
        self.held = 0;
        self.count = 0;
        self.missing = 0;
        self.input
    }

    fn refill(&mut self) {
        while self.count <= HELD {
            let unit = if self.words { self.word() } else { self.input.byte().map(|byte| (byte.into(), 8)) };
            let (bits, size) = unit.unwrap_or_else(|| {
                let size = if self.words { 16 } else { 8 };
                self.missing += size;
                (0, size)
            });
            self.held |= bits << (64 - size - self.count);
            self.count += size;
        }
    }

    fn word(&mut self) -> Option<(u64, u32)> {
        let low = self.input.byte()?;
        let Some(high) = self.input.byte() else {
            self.missing += 8; // half a word: its low byte comes second
            return Some((u64::from(low), 16));
        };
        Some((u64::from(u16::from_le_bytes([low, high])), 16))
    }
}
