//! The last bytes of output, for methods that repeat pieces of it.

use crate::bounded::{Output, Status};

/// Bytes collected before they go to the output.
const FULL: usize = 64 << 10;

/// Output on its way, and as much of what was before as may be repeated. It grows with the output, never
/// ahead of it.
pub struct Window {
    bytes: Vec<u8>,
    /// Where the bytes begin that the output has not got.
    fresh: usize,
    size: usize,
}

impl Window {
    /// Matches reach back by at most `size` bytes, and not before the beginning.
    pub fn new(size: usize) -> Self {
        Self { bytes: Vec::new(), fresh: 0, size }
    }

    /// As if `size` times `byte` had been output before.
    pub fn filled(size: usize, byte: u8) -> Self {
        Self { bytes: vec![byte; size], fresh: size, size }
    }

    /// As if `bytes` had been output before, and no more than they may be repeated.
    pub fn after(bytes: Vec<u8>) -> Self {
        Self { fresh: bytes.len(), size: bytes.len(), bytes }
    }

    /// What the output has not got.
    pub fn fresh(&self) -> &[u8] {
        self.bytes.get(self.fresh..).unwrap_or_default()
    }

    #[inline]
    pub fn put(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// The last byte, or 0 before the first.
    pub fn last(&self) -> u8 {
        self.bytes.last().copied().unwrap_or(0)
    }

    pub fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Repeats `length` bytes from `distance` before the end.
    #[inline]
    pub fn copy(&mut self, distance: usize, length: usize) -> Result<(), Status> {
        let end = self.bytes.len();
        if distance == 0 || distance > self.size || distance > end {
            return Err(Status::Corrupt);
        }
        let start = end - distance;
        if length <= distance {
            self.bytes.extend_from_within(start..start + length);
        } else {
            for at in start..start + length {
                let byte = self.bytes.get(at).copied().unwrap_or(0);
                self.bytes.push(byte);
            }
        }
        Ok(())
    }

    /// Repeats, however long, and keeps to the bounds of `output` meanwhile.
    pub fn copy_long(
        &mut self,
        distance: usize,
        mut length: usize,
        output: &mut Output,
    ) -> Result<(), Status> {
        while length > 0 {
            let part = length.min(FULL);
            self.copy(distance, part)?;
            self.spill_when_full(output)?;
            length -= part;
        }
        Ok(())
    }

    /// Once in a while, gives the output what it has not got.
    #[inline]
    pub fn spill_when_full(&mut self, output: &mut Output) -> Result<(), Status> {
        if self.bytes.len() - self.fresh >= FULL {
            self.spill(output)?;
        }
        Ok(())
    }

    /// Gives the output what it has not got.
    pub fn spill(&mut self, output: &mut Output) -> Result<(), Status> {
        let kept = output.keep(self.fresh());
        self.forget();
        kept?;
        if output.expired() { Err(Status::Limit) } else { Ok(()) }
    }

    /// Takes what the output has not got for given.
    pub fn forget(&mut self) {
        // Moved only when as much again has come in, so that a byte is moved once or so.
        if self.bytes.len() > self.size.saturating_mul(2).max(self.size.saturating_add(FULL)) {
            self.bytes.drain(..self.bytes.len() - self.size);
        }
        self.fresh = self.bytes.len();
    }
}

/// Runs `decoder` over a window and gives the output all it made, whether it failed or not.
pub fn through(
    mut window: Window,
    output: &mut Output,
    decoder: impl FnOnce(&mut Window, &mut Output) -> Result<(), Status>,
) -> Result<(), Status> {
    let result = decoder(&mut window, output);
    match result {
        Err(Status::Limit | Status::Storage) => result,
        _ => window.spill(output).and(result),
    }
}
