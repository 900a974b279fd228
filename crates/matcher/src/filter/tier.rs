//! One tier of a filter: a bitmap that most positions of clean data fail, and behind it a directory
//! from a window to the anchors that contain it.
//!
//! | tier | for runs of | window | looked at | bitmap |
//! |---|---|---|---|---|
//! | long | 9 bytes or more | 6 | every 4th position | 2 bits in one 64-bit word |
//! | short | 4 to 8 | 4 | every position | 1 bit |
//! | pair | 2 or 3 | 2 | every position | 1 bit, exact |
//!
//! Layout in the image, little-endian, 8-byte aligned: header of four u64 (log2 of the bitmap's words,
//! log2 of the directory's slots, entries, 0), bitmap words u64, directory u32 (slots + 1, padded to 8
//! bytes), entries of two u32 {fingerprint, anchor << 2 | phase}.

use crate::filter::kernel;
use crate::filter::window::{LONG, PAIR, SHORT, STRIDE, load, locate, spread, spread32};

/// Which tier an anchor is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Long,
    Short,
    Pair,
}

impl Kind {
    /// Bytes of this tier's window.
    pub const fn window(self) -> usize {
        match self {
            Self::Long => LONG,
            Self::Short => SHORT,
            Self::Pair => PAIR,
        }
    }

    /// Consecutive windows an anchor inserts.
    pub const fn phases(self) -> usize {
        match self {
            Self::Long => STRIDE,
            Self::Short | Self::Pair => 1,
        }
    }

    /// log2 of the bitmap's 64-bit words for `anchors` anchors.
    fn bitmap_bits(self, anchors: usize) -> u32 {
        let wanted = match self {
            // About 25 bits per inserted window keep chance candidates below one in a hundred, and the
            // bitmap in the second-level cache.
            Self::Long => anchors * STRIDE * 24,
            Self::Short => anchors * 512,
            Self::Pair => return 10, // 65,536 bits: exact
        };
        let words = (wanted / 64).max(1).next_power_of_two().trailing_zeros();
        words.clamp(12, 18)
    }
}

/// An anchor's place in the pattern, as the builder gives it.
pub struct Insertion {
    /// The anchor's number, below 2^30.
    pub anchor: u32,
    /// `window + phases - 1` bytes of the run.
    pub bytes: [u8; 9],
}

/// Writes one tier.
pub fn build(kind: Kind, insertions: &[Insertion], out: &mut Vec<u8>) {
    let bitmap_bits = kind.bitmap_bits(insertions.len());
    let total = insertions.len() * kind.phases();
    let slot_bits = (total / 2).max(16).next_power_of_two().trailing_zeros().min(22);
    let mut bitmap = vec![0u64; 1 << bitmap_bits];
    let mut placed: Vec<(u64, u32)> = Vec::with_capacity(total);
    for insertion in insertions {
        for phase in 0..kind.phases() {
            let window = load(insertion.bytes.get(phase..).unwrap_or(&[]), kind.window());
            let (word, mask) = bitmap_place(kind, window, bitmap_bits);
            if let Some(word) = bitmap.get_mut(word) {
                *word |= mask;
            }
            placed.push((locate(window), insertion.anchor << 2 | phase as u32));
        }
    }
    placed.sort_unstable();
    let slots = 1usize << slot_bits;
    let header = [u64::from(bitmap_bits), u64::from(slot_bits), placed.len() as u64, 0];
    header.iter().chain(&bitmap).for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
    let mut at = 0;
    for slot in 0..=slots as u64 {
        while placed.get(at).is_some_and(|(hash, _)| hash >> (64 - slot_bits) < slot) {
            at += 1;
        }
        out.extend_from_slice(&(at as u32).to_le_bytes());
    }
    out.resize(out.len().next_multiple_of(8), 0);
    for (hash, anchor) in placed {
        out.extend_from_slice(&fingerprint(hash).to_le_bytes());
        out.extend_from_slice(&anchor.to_le_bytes());
    }
}

/// Word and mask of a window in a bitmap of 2^bits words.
pub fn bitmap_place(kind: Kind, window: u64, bits: u32) -> (usize, u64) {
    match kind {
        Kind::Long => {
            let hash = spread(window);
            let mask = 1 << ((hash >> (58 - bits)) & 63) | 1 << ((hash >> (52 - bits)) & 63);
            ((hash >> (64 - bits)) as usize, mask)
        }
        Kind::Short => {
            let hash = spread32(window as u32) >> (26 - bits);
            ((hash >> 6) as usize, 1 << (hash & 63))
        }
        Kind::Pair => ((window >> 6) as usize & 1023, 1 << (window & 63)),
    }
}

fn fingerprint(hash: u64) -> u32 {
    (hash >> 8) as u32
}

/// A tier in the image.
#[derive(Clone, Copy)]
pub struct Tier<'a> {
    kind: Kind,
    bitmap_bits: u32,
    slot_bits: u32,
    bitmap: &'a [u64],
    directory: &'a [u32],
    entries: &'a [[u32; 2]],
}

impl<'a> Tier<'a> {
    /// Reads a tier at the start of `bytes`; gives it and what follows. None when it is damaged.
    pub fn open(kind: Kind, bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (header, rest) = bytes.split_at_checked(32)?;
        let header: &[u64] = bytemuck::try_cast_slice(header).ok()?;
        let &[bitmap_bits, slot_bits, entries, _] = header else { return None };
        if !(1..=22).contains(&bitmap_bits) || !(1..=24).contains(&slot_bits) {
            return None;
        }
        let (bitmap, rest) = rest.split_at_checked(8 << bitmap_bits)?;
        let (directory, rest) = rest.split_at_checked(((4usize << slot_bits) + 4).next_multiple_of(8))?;
        let (entries, rest) = rest.split_at_checked(usize::try_from(entries).ok()?.checked_mul(8)?)?;
        let tier = Self {
            kind,
            bitmap_bits: bitmap_bits as u32,
            slot_bits: slot_bits as u32,
            bitmap: bytemuck::try_cast_slice(bitmap).ok()?,
            directory: bytemuck::try_cast_slice(directory).ok()?,
            entries: bytemuck::try_cast_slice(entries).ok()?,
        };
        Some((tier, rest))
    }

    /// True when no anchor is in this tier.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Collects the positions of `data` in `[from, to)` that pass the bitmap. `from` is a multiple of
    /// the stride counted from the layer's start; windows may reach beyond `to` but not beyond `data`.
    pub fn candidates(&self, data: &[u8], from: usize, to: usize, found: &mut Vec<u32>) {
        match self.kind {
            Kind::Long => kernel::long(data, from, to, self.bitmap, self.bitmap_bits, found),
            Kind::Short => kernel::short(data, from, to, self.bitmap, self.bitmap_bits, found),
            Kind::Pair => kernel::pair(data, from, to, self.bitmap, found),
        }
    }

    /// Calls `visit(anchor, phase)` for every anchor that has the window at `position` of `data`.
    #[inline]
    pub fn anchors(&self, data: &[u8], position: usize, mut visit: impl FnMut(u32, u32)) {
        let window = load(data.get(position..).unwrap_or(&[]), self.kind.window());
        let hash = locate(window);
        let slot = (hash >> (64 - self.slot_bits)) as usize;
        let Some(&[start, end]) = self.directory.get(slot..slot + 2) else { return };
        let wanted = fingerprint(hash);
        for &[fingerprint, anchor] in self.entries.get(start as usize..end as usize).unwrap_or(&[]) {
            if fingerprint == wanted {
                visit(anchor >> 2, anchor & 3);
            }
        }
    }
}
