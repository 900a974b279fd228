//! Numbers in sections: little-endian columns and bit-packed rows. Nothing here can panic on what a file holds.

/// The u32 at `index` of a column.
pub fn u32_at(column: &[u8], index: usize) -> Option<u32> {
    let at = index.checked_mul(4)?;
    Some(u32::from_le_bytes(column.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// The u64 at `index` of a column.
pub fn u64_at(column: &[u8], index: usize) -> Option<u64> {
    let at = index.checked_mul(8)?;
    Some(u64::from_le_bytes(column.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

/// The cell of `width` bytes at `index` of a column.
pub fn cell_at(column: &[u8], index: usize, width: usize) -> Option<&[u8]> {
    let at = index.checked_mul(width)?;
    column.get(at..at.checked_add(width)?)
}

/// The `width` bits (at most 32) that begin at bit `at`, lowest first.
pub fn bits_at(bytes: &[u8], at: u64, width: u32) -> Option<u32> {
    if width == 0 {
        return Some(0);
    }
    let start = usize::try_from(at / 8).ok()?;
    let shift = (at % 8) as u32;
    let needed = (shift.checked_add(width)?.div_ceil(8)) as usize;
    let have = bytes.get(start..start.checked_add(needed)?)?;
    let mut word = [0; 8];
    word.get_mut(..needed)?.copy_from_slice(have);
    Some(((u64::from_le_bytes(word) >> shift) & mask(width)) as u32)
}

/// The bits that `value` needs.
pub fn width_of(value: u32) -> u32 {
    u32::BITS - value.leading_zeros()
}

fn mask(width: u32) -> u64 {
    (1 << width.min(32)) - 1
}

/// Packs numbers bit by bit, lowest bit first.
#[derive(Default)]
pub struct Packer {
    bytes: Vec<u8>,
    pending: u64,
    filled: u32,
}

impl Packer {
    /// Appends the lowest `width` (at most 32) bits of `value`.
    pub fn push(&mut self, value: u32, width: u32) {
        self.pending |= (u64::from(value) & mask(width)) << self.filled;
        self.filled += width.min(32);
        while self.filled >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.filled -= 8;
        }
    }

    /// Takes the whole bytes packed so far.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// How many whole bytes wait to be taken.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// True when nothing waits.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Ends the last byte with zero bits and takes what is left.
    pub fn finish(&mut self) -> Vec<u8> {
        if self.filled > 0 {
            self.bytes.push(self.pending as u8);
            (self.pending, self.filled) = (0, 0);
        }
        self.take()
    }
}
