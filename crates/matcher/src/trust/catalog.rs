//! Digests that signed catalogs name, sorted and looked up by bisection.

use std::io;

use crate::image::{Image, Section, Tag, Writer};

/// What a catalogued digest is the digest of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Catalogued {
    /// The parts of a program that Authenticode signs.
    Program,
    /// All bytes of a file.
    File,
}

/// Sizes of the digests that catalogs hold: SHA-1 and SHA-256.
const SIZES: [usize; 2] = [20, 32];

const TAGS: [[Tag; 2]; 2] = [[*b"cat.pe20", *b"cat.pe32"], [*b"cat.fl20", *b"cat.fl32"]];

fn tag(what: Catalogued, size: usize) -> Option<Tag> {
    let at = SIZES.iter().position(|known| *known == size)?;
    TAGS.get(what as usize)?.get(at).copied()
}

/// Collects the digests of all catalogs of an image.
#[derive(Default)]
pub struct CatalogBuilder {
    digests: Vec<(Tag, Vec<u8>)>,
}

impl CatalogBuilder {
    /// Adds one digest of 20 or 32 bytes; false for any other.
    pub fn add(&mut self, what: Catalogued, digest: &[u8]) -> bool {
        let Some(tag) = tag(what, digest.len()) else { return false };
        self.digests.push((tag, digest.to_vec()));
        true
    }

    /// Writes the digests into an image.
    pub fn write(&mut self, writer: &mut Writer) -> io::Result<()> {
        self.digests.sort_unstable();
        self.digests.dedup();
        for column in self.digests.chunk_by(|left, right| left.0 == right.0) {
            let bytes: Vec<u8> = column.iter().flat_map(|(_, digest)| digest).copied().collect();
            if let Some((tag, _)) = column.first() {
                writer.section(*tag, &bytes)?;
            }
        }
        Ok(())
    }
}

/// The catalogued digests of an opened image.
pub struct Catalog {
    columns: [[Section; 2]; 2],
}

impl Catalog {
    /// Finds the digests of `image`.
    pub fn open(image: &Image) -> Self {
        Self { columns: TAGS.map(|tags| tags.map(|tag| image.hold(tag))) }
    }

    /// Sizes of the digests there are of `what`.
    pub fn sizes(&self, what: Catalogued) -> impl Iterator<Item = usize> + '_ {
        let columns = self.columns.get(what as usize).into_iter().flatten();
        columns.zip(SIZES).filter(|(column, _)| !column.is_empty()).map(|(_, size)| size)
    }

    /// True when a catalog names `digest`.
    pub fn contains(&self, what: Catalogued, digest: &[u8]) -> bool {
        let columns = self.columns.get(what as usize);
        let at = SIZES.iter().position(|size| *size == digest.len());
        let Some(column) = columns.zip(at).and_then(|(columns, at)| columns.get(at)) else { return false };
        let (mut low, mut high) = (0, column.len() / digest.len());
        while low < high {
            let middle = low.midpoint(high);
            let start = middle * digest.len();
            match column.get(start..start + digest.len()).map(|entry| entry.cmp(digest)) {
                Some(std::cmp::Ordering::Less) => low = middle + 1,
                Some(std::cmp::Ordering::Equal) => return true,
                _ => high = middle,
            }
        }
        false
    }
}
