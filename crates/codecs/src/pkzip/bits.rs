//! Bits of a stream, each byte's least significant first, as PKZIP's methods pack them.

use crate::bounded::{Input, Status};

/// A cursor over single bits; takes no byte of the input before it is needed.
pub struct Bits<'i, 'm> {
    input: &'i mut Input<'m>,
    buffer: u32,
    held: u32,
}

impl<'i, 'm> Bits<'i, 'm> {
    pub fn new(input: &'i mut Input<'m>) -> Self {
        Self { input, buffer: 0, held: 0 }
    }

    /// The next `count` bits, at most 24, as a number.
    pub fn take(&mut self, count: u32) -> Result<u32, Status> {
        while self.held < count {
            let byte = self.input.chunk().first().copied().ok_or(Status::Truncated)?;
            self.input.advance(1);
            self.buffer |= u32::from(byte) << self.held;
            self.held += 8;
        }
        let value = self.buffer & ((1 << count) - 1);
        self.buffer >>= count;
        self.held -= count;
        Ok(value)
    }

    /// The next eight bits.
    pub fn byte(&mut self) -> Result<u8, Status> {
        self.take(8).map(|bits| bits as u8)
    }

    /// The next bit.
    pub fn bit(&mut self) -> Result<bool, Status> {
        self.take(1).map(|bit| bit == 1)
    }
}
