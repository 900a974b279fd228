//! Windows of data as numbers, folded, and the two hashes of a window.
//!
//! Folding (`byte | 0x20`) lets one filter serve case-insensitive patterns too; it costs a fifth more
//! candidates, and verification is exact. Both hashes are multiplications: the first picks bits of the
//! bitmap for every position of the data, the second picks a directory slot for the few that pass.

/// Bytes of a window, by tier.
pub const LONG: usize = 6;
pub const SHORT: usize = 4;
pub const PAIR: usize = 2;

/// Data positions that the long tier looks at are multiples of this; every anchor puts as many
/// consecutive windows into the filter.
pub const STRIDE: usize = 4;

/// Runs at least this long are filtered by the long tier.
pub const LONG_RUN: usize = LONG + STRIDE - 1;

const FOLD: u64 = 0x2020_2020_2020_2020;

/// `size` bytes at the start of `bytes`, folded; missing bytes count as absent (zero before folding).
pub fn load(bytes: &[u8], size: usize) -> u64 {
    let mut raw = [0; 8];
    for (to, from) in raw.iter_mut().zip(bytes.iter().take(size)) {
        *to = *from;
    }
    fold(u64::from_le_bytes(raw), size)
}

/// Folds a little-endian load and keeps its first `size` bytes.
#[inline]
pub fn fold(raw: u64, size: usize) -> u64 {
    (raw | FOLD) & (u64::MAX >> (64 - 8 * size))
}

/// First hash: its high bits select.
#[inline]
pub fn spread(window: u64) -> u64 {
    window.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// First hash of a four-byte window; cheaper in vector registers.
#[inline]
pub fn spread32(window: u32) -> u32 {
    window.wrapping_mul(0x9E37_79B1)
}

/// Second hash, independent of the first in its high bits: directory slot and fingerprint.
#[inline]
pub fn locate(window: u64) -> u64 {
    (window ^ (window >> 23)).wrapping_mul(0xD6E8_FEB8_6659_FD93)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loads_are_folded_and_cut() {
        assert_eq!(load(b"ABCDEFGH", 4), load(b"abcdxxxx", 4));
        assert_ne!(load(b"abcd", 4), load(b"abce", 4));
        assert_eq!(load(b"abcdef", 6), fold(u64::from_le_bytes(*b"ABCDEFzz"), 6));
    }
}
