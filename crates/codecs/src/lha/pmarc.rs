//! What `PMarc`'s methods share: bytes are told by how long ago they were last seen.

use crate::bits::Bits;
use crate::bounded::Status;

/// All bytes, the latest first.
pub struct Recent([u8; 256]);

impl Recent {
    pub fn new() -> Self {
        let mut order = [0; 256];
        let groups = [0x20..=0x7f, 0..=0x1f, 0xa0..=0xdf, 0x80..=0x9f, 0xe0..=0xff];
        for (place, byte) in order.iter_mut().zip(groups.into_iter().flatten()) {
            *place = byte;
        }
        Self(order)
    }

    /// The byte that `count` others are later than.
    pub fn byte(&self, count: u32) -> Result<u8, Status> {
        self.0.get(count as usize).copied().ok_or(Status::Corrupt)
    }

    /// Makes `byte` the latest.
    pub fn touch(&mut self, byte: u8) {
        if let Some(place) = self.0.iter().position(|&other| other == byte) {
            self.0.copy_within(..place, 1);
            self.0[0] = byte;
        }
    }
}

/// A number: the first of its range, and bits that are added to it.
pub type Range = (u32, u32);

/// The number in the range of this index.
pub fn in_range(ranges: &[Range], index: usize, bits: &mut Bits<'_, '_>) -> Result<u32, Status> {
    let &(first, added) = ranges.get(index).ok_or(Status::Corrupt)?;
    Ok(first + bits.take(added)?)
}
