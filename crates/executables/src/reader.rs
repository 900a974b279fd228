//! Numbers and short runs of bytes at any offset of a layer.

use nacre_fmap::Fmap;

/// Bytes read at once from a layer that is not in memory, and the most that one call may ask for.
pub const PAGE: usize = 64 << 10;

/// Reads little pieces without a system call for each.
pub struct Reader<'a> {
    map: &'a Fmap,
    page: Vec<u8>,
    page_at: u64,
    pub big_endian: bool,
}

impl<'a> Reader<'a> {
    pub fn new(map: &'a Fmap) -> Self {
        Self { map, page: Vec::new(), page_at: 0, big_endian: false }
    }

    pub fn len(&self) -> u64 {
        self.map.len()
    }

    /// The `size` bytes at `at`; None when they are not all there, or more than a page.
    pub fn bytes(&mut self, at: u64, size: usize) -> Option<&[u8]> {
        let end = at.checked_add(size as u64).filter(|end| *end <= self.map.len())?;
        if size > PAGE {
            return None;
        }
        if let Some(memory) = self.map.memory() {
            return memory.get(at as usize..end as usize);
        }
        let cached = self.page_at <= at && end <= self.page_at + self.page.len() as u64;
        if !cached {
            self.page.resize(PAGE, 0);
            let got = self.map.read_at(at, &mut self.page);
            self.page.truncate(got);
            self.page_at = at;
        }
        let from = (at - self.page_at) as usize;
        self.page.get(from..from + size)
    }

    pub fn array<const N: usize>(&mut self, at: u64) -> Option<[u8; N]> {
        self.bytes(at, N)?.try_into().ok()
    }

    pub fn byte(&mut self, at: u64) -> Option<u8> {
        self.array(at).map(|[byte]| byte)
    }

    pub fn u16(&mut self, at: u64) -> Option<u16> {
        let bytes = self.array(at)?;
        Some(if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    pub fn u32(&mut self, at: u64) -> Option<u32> {
        let bytes = self.array(at)?;
        Some(if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    pub fn u64(&mut self, at: u64) -> Option<u64> {
        let bytes = self.array(at)?;
        Some(if self.big_endian { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) })
    }

    /// The bytes from `at` up to the first NUL, not counting it; cut to `most` bytes. None beyond the end.
    pub fn text(&mut self, at: u64, most: usize) -> Option<Vec<u8>> {
        let left = self.map.len().checked_sub(at).filter(|left| *left > 0)?;
        let bytes = self.bytes(at, left.min(most as u64) as usize)?;
        let size = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        bytes.get(..size).map(<[u8]>::to_vec)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write as _;

    use nacre_fmap::Spool;

    use super::*;

    fn agree(map: &Fmap) {
        let mut reader = Reader::new(map);
        let end = map.len();
        assert_eq!(reader.u32(end - 4).unwrap().to_be_bytes(), [4, 3, 2, 1]);
        assert_eq!(reader.u32(end - 3), None);
        assert_eq!(reader.u64(u64::MAX), None);
        assert_eq!(reader.byte(0), Some(7));
        reader.big_endian = true;
        assert_eq!(reader.u16(end - 4), Some(0x0102));
        assert_eq!(reader.text(end - 2, 9), Some(vec![3, 4]));
        assert_eq!(reader.text(end - 4, 2), Some(vec![1, 2]));
        assert_eq!(reader.text(1, 9), Some(vec![]));
        assert_eq!(reader.text(end, 9), None);
        assert!(reader.bytes(0, PAGE + 1).is_none());
    }

    #[test]
    fn memory_and_file_read_alike() {
        let mut bytes = vec![0; 17 << 20];
        bytes[0] = 7;
        bytes.extend([1, 2, 3, 4]);
        let mut spool = Spool::new(std::env::temp_dir(), 0);
        spool.write_all(&bytes).unwrap();
        let file = spool.into_fmap().unwrap();
        assert!(file.memory().is_none());
        agree(&file);
        agree(&Fmap::from_vec(bytes));
    }
}
