//! Hash signatures: whole files, allow lists, program sections, import tables.
//!
//! One table per use and digest kind. A table is a directory over the top bits of the digest, and columns
//! sorted by digest: the bytes 2 to 7 (the fingerprint; the first bytes are implied by the directory), the
//! rest of the digest, and a bit-packed row of size, source and name. A lookup that finds nothing touches
//! one page of the directory and one of the fingerprints. Digests are kept whole, so nobody can make a
//! file that matches by accident, nor one that an allow list clears.
//!
//! [`HashBuilder`] never holds more than a 64th of one table: rows go to a temporary file, split by the
//! top bits of their digest, and each part is sorted on its own.

mod build;
pub mod line;
mod spill;
mod table;
#[cfg(test)]
mod tests;

pub use build::{Counts, HashBuilder, LineError, Outcome};
pub(crate) use line::unhex;
pub use table::{HashTables, Row, Rows};

use nacre_fmap::DigestKind;

use crate::image::Tag;
use crate::names::NameTags;

/// What the digests of a table are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Use {
    /// Layers that alert: `.hdb .hsb .hdu .hsu`.
    Detect,
    /// Layers that are trusted: `.fp .sfp`.
    Allow,
    /// Sections of PE programs: `.mdb .msb .mdu .msu`.
    Section,
    /// Import tables of PE programs: `.imp`.
    Import,
}

impl Use {
    /// Every use.
    pub const ALL: [Self; 4] = [Self::Detect, Self::Allow, Self::Section, Self::Import];

    /// What a file with this lower-case suffix (without dot) holds, when it holds hashes.
    pub fn of_suffix(suffix: &str) -> Option<Self> {
        match suffix {
            "hdb" | "hsb" | "hdu" | "hsu" => Some(Self::Detect),
            "fp" | "sfp" => Some(Self::Allow),
            "mdb" | "msb" | "mdu" | "msu" => Some(Self::Section),
            "imp" => Some(Self::Import),
            _ => None,
        }
    }
}

/// Number of a table: use and digest kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct TableId(u8);

impl TableId {
    const COUNT: usize = Use::ALL.len() * DigestKind::ALL.len();

    fn new(usage: Use, kind: DigestKind) -> Self {
        Self(usage as u8 * DigestKind::ALL.len() as u8 + kind as u8)
    }

    fn all() -> impl Iterator<Item = (Self, DigestKind)> {
        Use::ALL.into_iter().flat_map(|usage| DigestKind::ALL.map(|kind| (Self::new(usage, kind), kind)))
    }

    fn index(self) -> usize {
        usize::from(self.0)
    }

    fn tag(self, column: Column) -> Tag {
        [b'h', b'a', b's', b'h', b'.', b'a' + self.0, b'.', column as u8]
    }
}

#[derive(Clone, Copy)]
#[repr(u8)]
enum Column {
    Directory = b'd',
    Fingerprint = b'f',
    Rest = b'r',
    Meta = b'm',
    Sizes = b's',
    Prefixes = b'p',
}

/// Section with the parameters of every table, [`PARAMETERS`] numbers each.
const TABLES: Tag = *b"hash.tab";
const NAMES: NameTags = NameTags { ends: *b"hash.end", bytes: *b"hash.nam" };

/// Size that stands for any size.
const ANY_SIZE: u32 = 0;

/// Digest bytes that directory and fingerprint cover.
const HEAD: usize = 8;

/// What tells how the columns of a table are read.
#[derive(Clone, Copy, Default)]
struct Parameters {
    rows: u32,
    /// Bits of the digest that the directory is indexed with.
    directory_bits: u32,
    /// Bits that the bitmap of sizes is indexed with.
    size_bits: u32,
    /// Whether any row is of any size.
    wildcard: u32,
    widths: Widths,
}

/// Bits of each field of a meta row, in the order of packing.
#[derive(Clone, Copy, Default)]
struct Widths {
    size: u32,
    source: u32,
    prefix: u32,
    number: u32,
    revision: u32,
}

impl Widths {
    fn row(self) -> u32 {
        self.size + self.source + self.prefix + self.number + self.revision
    }
}

const PARAMETERS: usize = 9;

impl Parameters {
    fn numbers(&self) -> [u32; PARAMETERS] {
        let widths = self.widths;
        [
            self.rows,
            self.directory_bits,
            self.size_bits,
            self.wildcard,
            widths.size,
            widths.source,
            widths.prefix,
            widths.number,
            widths.revision,
        ]
    }

    fn of(numbers: [u32; PARAMETERS]) -> Option<Self> {
        let [rows, directory_bits, size_bits, wildcard, size, source, prefix, number, revision] = numbers;
        let widths = Widths { size, source, prefix, number, revision };
        let bits = [directory_bits, size_bits, size, source, prefix, number, revision];
        bits.iter().all(|bits| *bits <= 32).then_some(Self {
            rows,
            directory_bits,
            size_bits,
            wildcard,
            widths,
        })
    }

    /// Bytes of the digest that the directory implies.
    fn implied(&self) -> usize {
        (self.directory_bits / 8) as usize
    }

    fn bucket(&self, head: u64) -> usize {
        head.checked_shr(u64::BITS - self.directory_bits).unwrap_or(0) as usize
    }

    fn size_bit(&self, size: u32) -> usize {
        let hash = u64::from(size).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        hash.checked_shr(u64::BITS - self.size_bits).unwrap_or(0) as usize
    }
}

/// The first eight bytes of a digest, in the order that digests are sorted by.
fn head_of(digest: &[u8]) -> u64 {
    digest.first_chunk::<HEAD>().map_or(0, |head| u64::from_be_bytes(*head))
}
