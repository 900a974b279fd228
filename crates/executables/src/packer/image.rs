//! A packed program in memory, for packers that unpack sections in place.

use super::rebuild::{ENTRY, put};
use super::{Fault, Packed};

/// A program as it lies in memory from its base on.
pub struct Image {
    pub bytes: Vec<u8>,
    /// Bytes that may still be moved or unpacked: tables may name the same memory again and again.
    work: usize,
}

impl Image {
    /// Headers and sections, each at its address.
    pub fn new(packed: &Packed<'_>) -> Result<Self, Fault> {
        let ends = packed.sections.iter().map(|section| section.place.address + section.place.virtual_size);
        let mut bytes = packed.memory(ends.max().unwrap_or(0))?;
        let headers = packed.read(0, u64::from(packed.header.headers_size).min(bytes.len() as u64))?;
        let sections = packed.sections.iter().map(|section| {
            let place = &section.place;
            Ok((place.address, packed.read(place.offset, place.size.min(place.virtual_size))?))
        });
        for part in std::iter::once(Ok((0, headers))).chain(sections) {
            let (address, content) = part?;
            let room = bytes.get_mut(address as usize..).unwrap_or_default();
            let size = content.len().min(room.len());
            if let (Some(to), Some(from)) = (room.get_mut(..size), content.get(..size)) {
                to.copy_from_slice(from);
            }
        }
        let work = bytes.len().saturating_mul(4);
        Ok(Self { bytes, work })
    }

    pub fn u32(&self, at: u32) -> Option<u32> {
        Some(u32::from_le_bytes(*self.bytes.get(at as usize..)?.first_chunk()?))
    }

    /// Counts bytes of output; None when a table asks for too many.
    pub fn charge(&mut self, size: u32) -> Option<()> {
        self.work = self.work.checked_sub(size as usize)?;
        Some(())
    }

    /// A copy of what a stream at `from` may have to make `size` bytes, since it lies in the memory it fills.
    pub fn source(&mut self, from: u32, size: u32) -> Option<Vec<u8>> {
        self.charge(size)?;
        if size as usize > self.bytes.len() {
            return None;
        }
        let rest = self.bytes.get(from as usize..)?;
        let most = (size as usize).saturating_mul(4).saturating_add(0x100);
        rest.get(..rest.len().min(most)).map(<[u8]>::to_vec)
    }

    /// The file of memory before `end`, with the headers it came with and its sections where they are.
    pub fn file(&self, packed: &Packed<'_>, end: u32, entry: u32) -> Option<Vec<u8>> {
        let mut file = self.bytes.get(..end as usize)?.to_vec();
        let header = usize::try_from(packed.header.offset).ok()?;
        let table = usize::try_from(packed.header.table).ok()?;
        let kept =
            packed.sections.iter().take_while(|section| section.place.address < u64::from(end)).count();
        put(&mut file, header + 6, &u16::try_from(kept).ok()?.to_le_bytes())?;
        put(&mut file, header + 24 + 16, &entry.to_le_bytes())?;
        put(&mut file, header + 24 + 56, &end.to_le_bytes())?;
        for (index, section) in packed.sections.iter().enumerate() {
            let at = table + ENTRY * index;
            if index >= kept {
                put(&mut file, at, &[0; ENTRY])?;
                continue;
            }
            let (address, size) = (section.place.address as u32, section.place.virtual_size as u32);
            for (place, value) in [(8, size), (12, address), (16, size), (20, address)] {
                put(&mut file, at + place, &value.to_le_bytes())?;
            }
        }
        Some(file)
    }

    /// Moves `count` words, the last one, at `from`, first.
    pub fn move_down(&mut self, from: u32, to: u32, count: u32) -> Option<()> {
        let size = count.checked_mul(4)?.checked_sub(4)?;
        self.charge(size)?;
        let start = from.checked_sub(size)? as usize;
        let target = to.checked_sub(size)? as usize;
        let end = from.checked_add(4)? as usize;
        if end > self.bytes.len() || target + (end - start) > self.bytes.len() {
            return None;
        }
        self.bytes.copy_within(start..end, target);
        Some(())
    }
}
