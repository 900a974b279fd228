//! What every decompressor reads from and writes to.

/// Compressed bytes, read from front to back.
#[derive(Clone)]
pub struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    pub fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let end = self.at.checked_add(N)?;
        let bytes = self.bytes.get(self.at..end)?.try_into().ok()?;
        self.at = end;
        Some(bytes)
    }

    pub fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// What has not been read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub fn skip(&mut self, size: usize) {
        self.at = self.at.saturating_add(size);
    }
}

/// The memory that a decompressor fills from a place on; matches may reach back to its beginning.
pub struct Output<'a> {
    memory: &'a mut [u8],
    at: usize,
}

impl<'a> Output<'a> {
    pub fn new(memory: &'a mut [u8], at: usize) -> Self {
        Self { memory, at }
    }

    /// Offset of the next byte in the memory.
    pub fn position(&self) -> usize {
        self.at
    }

    pub fn push(&mut self, byte: u8) -> Option<()> {
        *self.memory.get_mut(self.at)? = byte;
        self.at += 1;
        Some(())
    }

    /// The byte `distance` back; None before the beginning.
    pub fn back(&self, distance: usize) -> Option<u8> {
        self.memory.get(self.at.checked_sub(distance)?).copied()
    }

    /// Writes `length` bytes again from `distance` back; what fits, where they do not all fit.
    pub fn copy(&mut self, distance: usize, length: usize) -> Option<()> {
        let from = self.at.checked_sub(distance).filter(|_| distance != 0)?;
        let end = self.at.checked_add(length)?.min(self.memory.len());
        let whole = end.checked_sub(self.at)? == length;
        if distance >= length {
            self.memory.copy_within(from..from + (end - self.at), self.at);
            self.at = end;
        }
        while self.at < end {
            let byte = self.back(distance)?;
            self.push(byte)?;
        }
        whole.then_some(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn copies_overlap_and_stop_at_the_end() {
        let mut memory = [0; 6];
        let mut output = Output::new(&mut memory, 0);
        output.push(1).unwrap();
        output.push(2).unwrap();
        assert_eq!(output.copy(3, 1), None);
        assert_eq!(output.copy(0, 1), None);
        output.copy(2, 3).unwrap();
        assert_eq!(output.position(), 5);
        assert_eq!(output.copy(1, usize::MAX), None);
        assert_eq!(output.copy(2, 4), None);
        assert_eq!(output.push(9), None);
        assert_eq!(memory, [1, 2, 1, 2, 1, 2]);
    }

    #[test]
    fn input_ends() {
        let mut input = Input::new(&[1, 2, 3, 4, 5], 0);
        assert_eq!(input.u32(), Some(0x0403_0201));
        assert_eq!(input.u32(), None);
        assert_eq!(input.byte(), Some(5));
        assert_eq!(input.byte(), None);
        assert_eq!(Input::new(&[1], usize::MAX).byte(), None);
    }
}
