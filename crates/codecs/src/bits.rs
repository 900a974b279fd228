//! Bits, most significant first, out of bytes or out of little-endian words of 16 or 32 bits.

use crate::bounded::{Input, Status};

/// A reader of bits. Behind the end of the input come zeros; taking one is an error, seeing one is not.
pub struct Bits<'i, 'm> {
    input: &'i mut Input<'m>,
    /// The bits that are held, from the most significant down.
    held: u64,
    count: u32,
    /// How many of them are behind the end.
    missing: u32,
    /// How many may be taken behind the end.
    spare: u32,
    /// Bytes that come together, the lowest first.
    unit: usize,
}

impl<'i, 'm> Bits<'i, 'm> {
    pub fn new(input: &'i mut Input<'m>) -> Self {
        Self { input, held: 0, count: 0, missing: 0, spare: 0, unit: 1 }
    }

    /// From words whose low byte comes first.
    pub fn of_words(input: &'i mut Input<'m>) -> Self {
        Self { input, held: 0, count: 0, missing: 0, spare: 0, unit: 2 }
    }

    /// From double words whose lowest byte comes first.
    pub fn of_double_words(input: &'i mut Input<'m>) -> Self {
        Self { input, held: 0, count: 0, missing: 0, spare: 0, unit: 4 }
    }

    /// So many of the zeros behind the end may be taken.
    pub fn with_spare(self, spare: u32) -> Self {
        Self { spare, ..self }
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
        if self.count + self.spare < count + self.missing {
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

    /// True when bits behind the end were taken.
    pub fn is_past_end(&self) -> bool {
        self.count < self.missing
    }

    /// Moves on to the next byte or word, unless there.
    pub fn align(&mut self) -> Result<(), Status> {
        self.skip(self.count % self.size())
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

    /// Bits that come together.
    fn size(&self) -> u32 {
        8 * self.unit as u32
    }

    fn refill(&mut self) {
        let size = self.size();
        // A peek of 32 always finds them.
        while self.count <= u64::BITS - size.max(16) {
            let mut bits = 0;
            for place in 0..self.unit as u32 {
                match self.input.byte() {
                    Some(byte) => bits |= u64::from(byte) << (8 * place),
                    None => self.missing += 8, // of a word cut short, its low bytes come last
                }
            }
            self.held |= bits << (u64::BITS - size - self.count);
            self.count += size;
        }
    }
}
