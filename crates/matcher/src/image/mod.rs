//! The signature image: one file of flat arrays, mapped read-only by every process.
//!
//! Layout: a header page, then sections, each aligned to a cache line, then the section table.
//!
//! ```text
//! header   magic 8 | version u32 | sections u32 | table offset u64 | file length u64 | key 32
//! table    per section: tag 8 | offset u64 | length u64
//! ```
//!
//! Numbers are little-endian. The header is written last, so a file whose writer died is not an image.
//! Nothing is checksummed at the start (that would read the whole file): an image is used only when
//! [`trustworthy`], and every index read from it is bounds-checked by whoever follows it.

pub mod column;
mod map;
mod read;
mod writer;

use std::{fmt, io};

pub use read::{Image, Section, trustworthy};
pub use writer::Writer;

/// Raised whenever the meaning of any section changes; an older image is then compiled anew.
pub const VERSION: u32 = 7;

const MAGIC: [u8; 8] = *b"NACREimg";
const HEADER: usize = 4096;
const ENTRY: usize = 24;
const ALIGN: u64 = 64;
/// More sections than any builder writes; a larger count is damage.
const MAX_SECTIONS: usize = 4096;

/// Name of a section.
pub type Tag = [u8; 8];

/// What an image was compiled from, as its builder identifies it.
pub type Key = [u8; 32];

/// Why a file cannot be used as an image.
#[derive(Debug)]
pub enum ImageError {
    /// The file is not an image at all, or its writer did not finish.
    Foreign,
    /// The image has another format version.
    Version(u32),
    /// The file is shorter or longer than it was written.
    Length,
    /// A section contradicts the rest.
    Corrupt(&'static str),
    /// The file cannot be read or mapped.
    Io(io::Error),
}

impl fmt::Display for ImageError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign => out.write_str("not a signature image"),
            Self::Version(found) => write!(out, "signature image of format {found}, not {VERSION}"),
            Self::Length => out.write_str("signature image is truncated"),
            Self::Corrupt(what) => write!(out, "signature image is damaged: {what}"),
            Self::Io(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for ImageError {}

impl From<io::Error> for ImageError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

#[cfg(test)]
pub(crate) mod tests;
