//! The latest output of a dictionary method, for copies out of it.

use crate::bounded::{Output, Status};

/// A ring of bytes that begins as zeros and goes to the output whenever it is full.
pub struct History<'o> {
    ring: Vec<u8>,
    at: usize,
    written: u64,
    most: u64,
    output: &'o mut Output,
}

impl<'o> History<'o> {
    /// `size` is a power of two and the longest distance; `most` bytes are to come out.
    pub fn new(size: usize, most: u64, output: &'o mut Output) -> Self {
        Self { ring: vec![0; size.next_power_of_two()], at: 0, written: 0, most, output }
    }

    /// True when all bytes that were promised are there.
    pub fn full(&self) -> bool {
        self.written >= self.most
    }

    /// True once the deadline is over; for what may go on without writing.
    pub fn expired(&self) -> bool {
        self.output.expired()
    }

    /// Bytes written so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Appends a byte; those beyond the promised size vanish.
    pub fn push(&mut self, byte: u8) -> Result<(), Status> {
        if self.full() {
            return Ok(());
        }
        if let Some(place) = self.ring.get_mut(self.at) {
            *place = byte;
        }
        self.at += 1;
        self.written += 1;
        if self.at == self.ring.len() {
            self.flush()?;
            self.at = 0;
            if self.output.expired() {
                return Err(Status::Limit);
            }
        }
        Ok(())
    }

    /// Repeats `length` bytes from `distance` back, which may overlap what is being written. What lies before
    /// the first byte is zero.
    pub fn copy(&mut self, distance: usize, length: usize) -> Result<(), Status> {
        let mask = self.ring.len() - 1;
        for _ in 0..length {
            let from = self.at.wrapping_sub(distance) & mask;
            self.push(self.ring.get(from).copied().unwrap_or(0))?;
        }
        Ok(())
    }

    /// Hands the last bytes over: to be called once, whatever `result` is.
    pub fn finish(mut self, result: Result<(), Status>) -> Result<(), Status> {
        self.flush()?;
        result
    }

    fn flush(&mut self) -> Result<(), Status> {
        self.output.keep(self.ring.get(..self.at).unwrap_or(&self.ring))
    }
}
