//! The inner loops: which positions of a block pass a tier's bitmap.
//!
//! Written so that the compiler needs no data-dependent branch: every position is stored, and the write
//! index moves on only when it passed. The short tier, which looks at every position, has an AVX2 kernel
//! chosen at run time; `tests` hold the kernels to the plain definition.

use crate::filter::tier::{Kind, bitmap_place};
use crate::filter::window::{LONG, PAIR, SHORT, STRIDE, fold, load, spread, spread32};

/// Positions handled between two growths of the output.
const CHUNK: usize = 4096;

/// Every fourth position from `from`, windows of six bytes.
///
/// Two neighbouring pieces of four bytes make a window, so that every byte is loaded once. Arithmetic is
/// wrapping by choice: overflow checks, which the rest of the crate keeps, cost half the speed here.
pub fn long(data: &[u8], from: usize, to: usize, bitmap: &[u64], bits: u32, found: &mut Vec<u32>) {
    let fast_end = to.min(data.len().saturating_sub(7));
    let positions = fast_end.saturating_sub(from).div_ceil(STRIDE);
    let pieces = data.get(from..).map_or(&[][..], |data| data.as_chunks::<STRIDE>().0);
    // A window needs the piece behind it as well.
    let positions = positions.min(pieces.len().saturating_sub(1));
    let (word_shift, first_shift, second_shift) = (64 - bits, 58 - bits, 52 - bits);
    let mut buffer = [0u32; SMALL];
    let mut position = from as u32;
    for block in overlapping(pieces.get(..=positions).unwrap_or(&[])) {
        let mut count = 0usize;
        let Some((first, rest)) = block.split_first() else { break };
        let mut low = u32::from_le_bytes(*first);
        for piece in rest {
            let high = u32::from_le_bytes(*piece);
            let hash = spread(fold(u64::from(low) | u64::from(high).wrapping_shl(32), LONG));
            let word = bitmap.get(hash.wrapping_shr(word_shift) as usize).copied().unwrap_or(0);
            let passed = word.wrapping_shr((hash.wrapping_shr(first_shift) & 63) as u32)
                & word.wrapping_shr((hash.wrapping_shr(second_shift) & 63) as u32)
                & 1;
            buffer[count & (SMALL - 1)] = position;
            count = count.wrapping_add(passed as usize);
            position = position.wrapping_add(STRIDE as u32);
            low = high;
        }
        found.extend_from_slice(buffer.get(..count).unwrap_or(&buffer));
    }
    plain(Kind::Long, data, from + positions * STRIDE, to, bitmap, bits, found);
}

/// Positions of the long tier handled between two growths of the output; a power of two.
const SMALL: usize = 1024;

/// Blocks of `SMALL` windows: each has the first piece of the next, which its last window needs.
fn overlapping(pieces: &[[u8; STRIDE]]) -> impl Iterator<Item = &[[u8; STRIDE]]> {
    (0..pieces.len().saturating_sub(1))
        .step_by(SMALL)
        .filter_map(|at| pieces.get(at..(at + SMALL + 1).min(pieces.len())))
}

/// Every position, windows of four bytes.
pub fn short(data: &[u8], from: usize, to: usize, bitmap: &[u64], bits: u32, found: &mut Vec<u32>) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        let at = avx2::short(data, from, to, bitmap, bits, found);
        return plain(Kind::Short, data, at, to, bitmap, bits, found);
    }
    let fast_end = to.min(data.len().saturating_sub(SHORT - 1));
    let mut at = from;
    while at < fast_end {
        let stop = fast_end.min(at + CHUNK);
        let mut count = found.len();
        found.resize(count + CHUNK, 0);
        while at < stop {
            let Some(raw) = data.get(at..at + 4).and_then(|bytes| bytes.first_chunk::<4>()) else { break };
            let hash = spread32(u32::from_le_bytes(*raw) | 0x2020_2020) >> (26 - bits);
            let word = bitmap.get((hash >> 6) as usize).copied().unwrap_or(0);
            if let Some(slot) = found.get_mut(count) {
                *slot = at as u32;
            }
            count += (word >> (hash & 63) & 1) as usize;
            at += 1;
        }
        found.truncate(count);
    }
    plain(Kind::Short, data, at, to, bitmap, bits, found);
}

/// Every position, windows of two bytes against an exact bitmap.
pub fn pair(data: &[u8], from: usize, to: usize, bitmap: &[u64], found: &mut Vec<u32>) {
    let to = to.min(data.len().saturating_sub(PAIR - 1));
    let Some(bytes) = data.get(from..(to + 1).min(data.len())) else { return };
    for (index, window) in bytes.windows(PAIR).enumerate() {
        let [first, second] = *window else { return };
        let value = usize::from(u16::from_le_bytes([first | 0x20, second | 0x20]));
        if bitmap.get(value >> 6).is_some_and(|word| word >> (value & 63) & 1 != 0) {
            found.push((from + index) as u32);
        }
    }
}

/// The definition, one position at a time; also serves the last bytes of a layer.
pub fn plain(
    kind: Kind,
    data: &[u8],
    from: usize,
    to: usize,
    bitmap: &[u64],
    bits: u32,
    found: &mut Vec<u32>,
) {
    let step = if kind == Kind::Long { STRIDE } else { 1 };
    let last = to.min((data.len() + 1).saturating_sub(kind.window()));
    for at in (from..last).step_by(step) {
        let window = load(data.get(at..).unwrap_or(&[]), kind.window());
        let (word, mask) = bitmap_place(kind, window, bits);
        if bitmap.get(word).is_some_and(|word| word & mask == mask) {
            found.push(at as u32);
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod avx2 {
    //! Eight positions at a time, the bitmap read by gather.

    use std::arch::x86_64::{
        _mm_cvtsi32_si128, _mm_loadu_si128, _mm256_and_si256, _mm256_castsi256_ps, _mm256_i32gather_epi32,
        _mm256_movemask_ps, _mm256_mullo_epi32, _mm256_or_si256, _mm256_set_m128i, _mm256_set1_epi32,
        _mm256_setr_epi8, _mm256_shuffle_epi8, _mm256_sllv_epi32, _mm256_srl_epi32, _mm256_srli_epi32,
        _mm256_sub_epi32,
    };

    use super::CHUNK;

    /// Returns the first position not looked at.
    pub fn short(
        data: &[u8],
        from: usize,
        to: usize,
        bitmap: &[u64],
        bits: u32,
        found: &mut Vec<u32>,
    ) -> usize {
        // The gather reads 2^(bits + 1) 32-bit words.
        if bits > 20 || bitmap.len() < 1 << bits {
            return from;
        }
        // SAFETY: the caller checked that the processor has AVX2.
        unsafe { kernel(data, from, to, bitmap, bits, found) }
    }

    #[target_feature(enable = "avx2")]
    unsafe fn kernel(
        data: &[u8],
        from: usize,
        to: usize,
        bitmap: &[u64],
        bits: u32,
        found: &mut Vec<u32>,
    ) -> usize {
        let fold = _mm256_set1_epi32(0x2020_2020);
        let factor = _mm256_set1_epi32(0x9E37_79B1_u32.cast_signed());
        let low = _mm256_set1_epi32(31);
        let shift = _mm_cvtsi32_si128((26 - bits).cast_signed());
        // Lane i takes bytes i..i+4 of the 16 loaded ones.
        let windows = _mm256_setr_epi8(
            0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6, //
            4, 5, 6, 7, 5, 6, 7, 8, 6, 7, 8, 9, 7, 8, 9, 10,
        );
        let mut at = from;
        // Eight positions are taken only when all of them are below `to` and 16 bytes can be loaded.
        let end = to.saturating_sub(7).min(data.len().saturating_sub(15));
        while at < end {
            let stop = end.min(at + CHUNK);
            let mut count = found.len();
            found.resize(count + CHUNK + 8, 0);
            while at < stop {
                // SAFETY: at + 16 <= data.len() because at < end.
                let bytes = unsafe { _mm_loadu_si128(data.as_ptr().add(at).cast()) };
                let lanes = _mm256_shuffle_epi8(_mm256_set_m128i(bytes, bytes), windows);
                let hash = _mm256_srl_epi32(_mm256_mullo_epi32(_mm256_or_si256(lanes, fold), factor), shift);
                // SAFETY: hash < 2^(bits + 6), so the word index is below 2^(bits + 1), the bitmap's
                // length in 32-bit words (checked by the caller).
                let words = unsafe {
                    _mm256_i32gather_epi32::<4>(bitmap.as_ptr().cast(), _mm256_srli_epi32::<5>(hash))
                };
                // Bring the wanted bit to the sign, then collect the signs.
                let up = _mm256_sub_epi32(low, _mm256_and_si256(hash, low));
                let signs = _mm256_sllv_epi32(words, up);
                let mut mask = _mm256_movemask_ps(_mm256_castsi256_ps(signs)).cast_unsigned();
                while mask != 0 {
                    if let Some(slot) = found.get_mut(count) {
                        *slot = at as u32 + mask.trailing_zeros();
                        count += 1;
                    }
                    mask &= mask - 1;
                }
                at += 8;
            }
            found.truncate(count);
        }
        at.max(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bitmap_of(kind: Kind, windows: &[u64], bits: u32) -> Vec<u64> {
        let mut bitmap = vec![0; 1 << bits];
        for window in windows {
            let (word, mask) = bitmap_place(kind, *window, bits);
            *bitmap.get_mut(word).expect("in range") |= mask;
        }
        bitmap
    }

    proptest! {
        #[test]
        fn kernels_equal_the_definition(
            data in prop::collection::vec(0u8..6, 0..700),
            from in 0usize..40,
            cut in 0usize..40,
            picks in prop::collection::vec(0usize..700, 1..9),
        ) {
            let from = from * STRIDE;
            let to = data.len().saturating_sub(cut);
            for (kind, bits) in [(Kind::Long, 12), (Kind::Short, 12), (Kind::Pair, 10)] {
                let windows: Vec<u64> = picks
                    .iter()
                    .map(|at| load(data.get(*at..).unwrap_or(&[]), kind.window()))
                    .collect();
                let bitmap = bitmap_of(kind, &windows, bits);
                let (mut fast, mut slow) = (Vec::new(), Vec::new());
                match kind {
                    Kind::Long => long(&data, from, to, &bitmap, bits, &mut fast),
                    Kind::Short => short(&data, from, to, &bitmap, bits, &mut fast),
                    Kind::Pair => pair(&data, from, to, &bitmap, &mut fast),
                }
                plain(kind, &data, from, to, &bitmap, bits, &mut slow);
                prop_assert_eq!(fast, slow);
            }
        }
    }
}
