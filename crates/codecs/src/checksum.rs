//! The checksums that containers keep of what they hold.

use std::hash::Hasher;

use nacre_fmap::Fmap;
use twox_hash::XxHash32;

/// Read window of one pass.
const WINDOW: usize = 128 << 10;
const ADLER_MODULUS: u32 = 65_521;
/// Bytes whose sums fit into 32 bits before the modulus is taken.
const ADLER_RUN: usize = 5552;

/// Which checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// ISO 3309, as zip and gzip have it.
    Crc32,
    /// Polynomial 8005 reflected, begun with 0: ARC, LHA, ZOO.
    Crc16,
    Adler32,
    /// With seed 0.
    Xxh32,
    /// Polynomial 1021, begun with 0: `BinHex`.
    Crc16Hqx,
    /// The sum of all bytes: cpio.
    Sum32,
    /// The sum of all bytes, turned left by a bit behind each: RAR 1.3.
    Turned16,
    /// Words of four bytes, little endian, through exclusive or; up to three bytes at the end are a word in big
    /// endian order (MS-CAB 3.1). Right only for a block given as a whole.
    Cabinet,
}

/// A checksum on its way.
pub enum Sum {
    Crc32(crc32fast::Hasher),
    Crc16(u16),
    Adler32(u32, u32),
    Xxh32(XxHash32),
    Crc16Hqx(u16),
    Sum32(u32),
    Turned16(u16),
    Cabinet(u32),
}

impl Sum {
    pub fn new(kind: Checksum) -> Self {
        match kind {
            Checksum::Crc32 => Self::Crc32(crc32fast::Hasher::new()),
            Checksum::Crc16 => Self::Crc16(0),
            Checksum::Adler32 => Self::Adler32(1, 0),
            Checksum::Xxh32 => Self::Xxh32(XxHash32::with_seed(0)),
            Checksum::Crc16Hqx => Self::Crc16Hqx(0),
            Checksum::Sum32 => Self::Sum32(0),
            Checksum::Turned16 => Self::Turned16(0),
            Checksum::Cabinet => Self::Cabinet(0),
        }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc32(hasher) => hasher.update(bytes),
            Self::Crc16(value) => {
                for byte in bytes {
                    let at = usize::from((*value ^ u16::from(*byte)) & 0xFF);
                    *value = (*value >> 8) ^ CRC16.get(at).copied().unwrap_or(0);
                }
            }
            Self::Adler32(low, high) => {
                for run in bytes.chunks(ADLER_RUN) {
                    for byte in run {
                        *low += u32::from(*byte);
                        *high += *low;
                    }
                    *low %= ADLER_MODULUS;
                    *high %= ADLER_MODULUS;
                }
            }
            Self::Xxh32(hasher) => hasher.write(bytes),
            Self::Crc16Hqx(value) => {
                for byte in bytes {
                    let at = usize::from(*value >> 8 ^ u16::from(*byte));
                    *value = *value << 8 ^ CRC16_HQX.get(at).copied().unwrap_or(0);
                }
            }
            Self::Turned16(value) => {
                let turn = |sum: u16, byte: &u8| sum.wrapping_add(u16::from(*byte)).rotate_left(1);
                *value = bytes.iter().fold(*value, turn);
            }
            Self::Sum32(value) => {
                *value = bytes.iter().fold(*value, |sum, byte| sum.wrapping_add(u32::from(*byte)));
            }
            Self::Cabinet(value) => {
                let (words, rest) = bytes.as_chunks::<4>();
                *value = words.iter().fold(*value, |all, word| all ^ u32::from_le_bytes(*word));
                *value ^= rest.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
            }
        }
    }

    pub fn value(&self) -> u32 {
        match self {
            Self::Crc32(hasher) => hasher.clone().finalize(),
            Self::Crc16(value) | Self::Crc16Hqx(value) | Self::Turned16(value) => u32::from(*value),
            Self::Adler32(low, high) => high << 16 | low,
            Self::Xxh32(hasher) => hasher.finish_32(),
            Self::Sum32(value) | Self::Cabinet(value) => *value,
        }
    }
}

const CRC16: [u16; 256] = table();
const CRC16_HQX: [u16; 256] = hqx_table();

const fn hqx_table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < table.len() {
        let mut value = (at as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 0x8000 != 0 { value << 1 ^ 0x1021 } else { value << 1 };
            bit += 1;
        }
        table[at] = value;
        at += 1;
    }
    table
}

const fn table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < table.len() {
        let mut value = at as u16;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { value >> 1 ^ 0xA001 } else { value >> 1 };
            bit += 1;
        }
        table[at] = value;
        at += 1;
    }
    table
}

/// The checksum of all of `source`.
pub fn checksum(kind: Checksum, source: &Fmap) -> u32 {
    let mut sum = Sum::new(kind);
    source.windows(WINDOW, |_, piece| {
        sum.update(piece);
        true
    });
    sum.value()
}

#[cfg(test)]
mod tests {
    use super::{Checksum, checksum};
    use nacre_fmap::Fmap;

    #[test]
    fn check_values() {
        // The check value of each is that of the text "123456789".
        for (kind, value) in [
            (Checksum::Crc32, 0xCBF4_3926),
            (Checksum::Crc16, 0xBB3D),
            (Checksum::Adler32, 0x091E_01DE),
            (Checksum::Xxh32, 0x937B_AD67),
            (Checksum::Crc16Hqx, 0x31C3),
            (Checksum::Sum32, 477),
            (Checksum::Turned16, 0xC78A),
            (Checksum::Cabinet, 0x3433_3231 ^ 0x3837_3635 ^ 0x39),
        ] {
            assert_eq!(checksum(kind, &Fmap::from_vec(b"123456789".to_vec())), value, "{kind:?}");
        }
    }

    #[test]
    fn long_runs_do_not_overflow() {
        let source = Fmap::from_vec(vec![0xFF; 1 << 20]);
        assert_eq!(checksum(Checksum::Adler32, &source), 0x8E88_EF11);
    }
}
