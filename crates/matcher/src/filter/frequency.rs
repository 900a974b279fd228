//! How often bytes follow each other in clean files, to choose anchors that seldom occur by chance.
//!
//! `bigrams.txt` is measured by `benchmarks/bigrams.py`: 128 lines of 128 characters, line a column b is
//! -4 log2 P(b | a) over folded bytes. A model of pairs ranks anchors nearly as well as counts of
//! 4-grams and fits in the cache (../shared measurements: 857 against 908 MB/s).

use std::sync::OnceLock;

const TABLE: &str = include_str!("bigrams.txt");
const VALUES: usize = 128;
const LOWEST: u8 = b'!';
const QUARTERS: f32 = 4.0;

/// Squeezes a byte to its folded value's index, 0..128: bit 5 is always set after folding.
const fn squeeze(byte: u8) -> usize {
    ((byte & 0x1f) | ((byte >> 1) & 0x60)) as usize
}

fn table() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| TABLE.bytes().filter(|byte| *byte >= LOWEST).map(|byte| byte - LOWEST).collect())
}

/// The first byte's own frequency, in quarters of a bit: 1 in 40 for the folded values that patterns start with.
const FIRST: u32 = 21;
/// Rarer than this is the same: 2^-64.
const RAREST: usize = 256;

/// The rarity of every piece of a run, from one pass over it.
pub struct Rarity(Vec<u32>);

impl Rarity {
    /// Looks at `run` once.
    pub fn of(run: &[u8]) -> Self {
        let table = table();
        let mut sums = Vec::with_capacity(run.len());
        let mut sum = 0;
        sums.push(0);
        for pair in run.windows(2) {
            if let [a, b] = *pair {
                sum += u32::from(table.get(squeeze(a) * VALUES + squeeze(b)).copied().unwrap_or(0));
            }
            sums.push(sum);
        }
        Self(sums)
    }

    /// Expected occurrences of `run[at..at + size]` per million positions of clean data, folded.
    pub fn per_million(&self, at: usize, size: usize) -> f32 {
        let sum = |at: usize| self.0.get(at).copied().unwrap_or(0);
        let levels = sum(at + size.saturating_sub(1)).saturating_sub(sum(at)) + FIRST;
        powers().get(levels as usize).copied().unwrap_or(0.0)
    }
}

fn powers() -> &'static [f32; RAREST] {
    static POWERS: OnceLock<[f32; RAREST]> = OnceLock::new();
    POWERS.get_or_init(|| std::array::from_fn(|level| 1e6 * (-(level as f32) / QUARTERS).exp2()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole_and_knows_common_from_rare() {
        let per_million = |run: &[u8]| Rarity::of(run).per_million(0, run.len());
        assert_eq!(table().len(), VALUES * VALUES);
        assert!(per_million(&[0; 4]) > 100.0 * per_million(b"\x13\xa7\x5c\xe1"));
        assert!(per_million(b"tion") > 100.0 * per_million(b"qzxj"));
        assert!((per_million(b"THE ") - per_million(b"the ")).abs() < f32::EPSILON);
    }

    #[test]
    fn squeezing_is_one_to_one_on_folded_bytes() {
        let mut seen = [false; VALUES];
        for byte in (0..=255u8).filter(|byte| byte & 0x20 != 0) {
            let slot = seen.get_mut(squeeze(byte)).expect("in range");
            assert!(!*slot);
            *slot = true;
            assert_eq!(squeeze(byte), squeeze(byte & !0x20));
        }
    }
}
