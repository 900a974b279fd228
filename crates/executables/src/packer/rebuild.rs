//! A program file around unpacked memory, so that what is scanned has sections and an entry point.
//!
//! Header sizes, alignments and the order of sections are those of ClamAV's rebuilt files: offsets of
//! signatures relative to sections and to the entry point mean the same places. What nobody matches, such as
//! the message of the DOS stub and the names of sections, is our own.

/// Where the PE signature is, behind the DOS stub.
const SIGNATURE: usize = 0xd0;
const OPTIONAL: usize = SIGNATURE + 24;
const OPTIONAL_SIZE: u16 = 224;
const TABLE: usize = OPTIONAL + OPTIONAL_SIZE as usize;
pub(super) const ENTRY: usize = 40;
const FILE_ALIGNMENT: u32 = 0x200;
const PAGE: u32 = 0x1000;
const RESOURCES: usize = OPTIONAL + 96 + 2 * 8;
const MESSAGE: &[u8] = b"Rebuilt from a packed program by nacre, to be scanned.\r\n$";

/// A section of a rebuilt program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub address: u32,
    pub virtual_size: u32,
    pub bytes: Vec<u8>,
}

/// What the headers say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    pub image_base: u32,
    pub entry: u32,
    /// Address and size of the resource directory.
    pub resources: (u32, u32),
}

pub(super) fn align(value: u32, unit: u32) -> Option<u32> {
    value.checked_next_multiple_of(unit)
}

pub(super) fn put(bytes: &mut [u8], at: usize, value: &[u8]) -> Option<()> {
    bytes.get_mut(at..at.checked_add(value.len())?)?.copy_from_slice(value);
    Some(())
}

/// The first bytes of every rebuilt file: a DOS program that says what it is.
pub(super) fn stub() -> Vec<u8> {
    let mut bytes = vec![0; SIGNATURE];
    let words: [(usize, u16); 9] = [
        (0, u16::from_le_bytes(*b"MZ")),
        (2, 0x90),
        (4, 2),
        (8, 4),
        (10, 15),
        (12, 0xffff),
        (16, 0xb0),
        (24, 0x40),
        (26, 0x1a),
    ];
    for (at, word) in words {
        let _ = put(&mut bytes, at, &word.to_le_bytes());
    }
    let _ = put(&mut bytes, 60, &(SIGNATURE as u32).to_le_bytes());
    // push cs; pop ds; mov ah, 9; mov dx, 13; int 21h; mov ah, 4ch; int 21h
    let code = [0x0e, 0x1f, 0xb4, 0x09, 0xba, 0x0d, 0x00, 0xcd, 0x21, 0xb4, 0x4c, 0xcd, 0x21];
    let _ = put(&mut bytes, 64, &code);
    let _ = put(&mut bytes, 64 + code.len(), MESSAGE);
    bytes
}

/// A file with one section for each piece; None when they cannot be in one file.
pub fn rebuild(facts: &Facts, pieces: &[Piece]) -> Option<Vec<u8>> {
    let count = u16::try_from(pieces.len()).ok()?;
    let headers = align((TABLE + ENTRY * pieces.len()) as u32, FILE_ALIGNMENT)?;
    let mut file = stub();
    file.resize(headers as usize, 0);
    let mut end = PAGE;
    for (index, piece) in pieces.iter().enumerate() {
        let size = u32::try_from(piece.bytes.len()).ok()?;
        let offset = u32::try_from(file.len()).ok()?;
        let mut entry = Vec::with_capacity(ENTRY);
        entry.extend_from_slice(format!(".part{:02}", (index + 1) % 100).as_bytes());
        entry.push(0);
        for value in [piece.virtual_size, piece.address, size, offset, 0, 0, 0, u32::MAX] {
            entry.extend_from_slice(&value.to_le_bytes());
        }
        put(&mut file, TABLE + ENTRY * index, &entry)?;
        file.extend_from_slice(&piece.bytes);
        file.resize(align(u32::try_from(file.len()).ok()?, FILE_ALIGNMENT)? as usize, 0);
        end = end.max(align(piece.address.checked_add(piece.virtual_size)?, PAGE)?);
    }
    let words: [(usize, u16); 11] = [
        (SIGNATURE + 4, 0x14c),
        (SIGNATURE + 6, count),
        (SIGNATURE + 20, OPTIONAL_SIZE),
        (SIGNATURE + 22, 0x8f83),
        (OPTIONAL, 0x10b),
        (OPTIONAL + 40, 1),
        (OPTIONAL + 48, 3),
        (OPTIONAL + 50, 10),
        (OPTIONAL + 68, 2),
        (OPTIONAL + 92, 16),
        (0, u16::from_le_bytes(*b"MZ")),
    ];
    for (at, word) in words {
        put(&mut file, at, &word.to_le_bytes())?;
    }
    let numbers: [(usize, u32); 17] = [
        (SIGNATURE, u32::from_le_bytes(*b"PE\0\0")),
        (OPTIONAL + 4, PAGE),
        (OPTIONAL + 8, PAGE),
        (OPTIONAL + 16, facts.entry),
        (OPTIONAL + 20, PAGE),
        (OPTIONAL + 24, PAGE),
        (OPTIONAL + 28, facts.image_base),
        (OPTIONAL + 32, PAGE),
        (OPTIONAL + 36, FILE_ALIGNMENT),
        (OPTIONAL + 56, end),
        (OPTIONAL + 60, headers),
        (OPTIONAL + 72, 0x10_0000),
        (OPTIONAL + 76, PAGE),
        (OPTIONAL + 80, 0x10_0000),
        (OPTIONAL + 84, PAGE),
        (RESOURCES, facts.resources.0),
        (RESOURCES + 4, facts.resources.1),
    ];
    for (at, number) in numbers {
        put(&mut file, at, &number.to_le_bytes())?;
    }
    Some(file)
}

/// Memory at `address` cut into sections where streams began, which is at offsets `starts`; each from the
/// page it begins in to the page the next one begins in.
pub fn pieces(memory: &[u8], address: u32, starts: &[u32]) -> Option<Vec<Piece>> {
    let size = u32::try_from(memory.len()).ok()?;
    let mut bounds: Vec<u32> = starts.iter().map(|start| start - start % PAGE).collect();
    bounds.push(size);
    bounds.sort_unstable();
    bounds.dedup();
    let between = bounds.iter().zip(bounds.iter().skip(1));
    between
        .map(|(start, end)| {
            let bytes = memory.get(*start as usize..*end as usize)?.to_vec();
            Some(Piece { address: address.checked_add(*start)?, virtual_size: end - start, bytes })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use nacre_fmap::Fmap;

    use super::*;
    use crate::{Format, parse};

    #[test]
    fn the_headers_are_read_back() {
        let pieces = [
            Piece { address: 0x1000, virtual_size: 0x1800, bytes: vec![1; 0x201] },
            Piece { address: 0x3000, virtual_size: 0x1000, bytes: vec![] },
            Piece { address: 0x4000, virtual_size: 0xffc, bytes: vec![2; 9] },
        ];
        let facts = Facts { image_base: 0x40_0000, entry: 0x1010, resources: (0x4000, 9) };
        let file = rebuild(&facts, &pieces).unwrap();
        assert_eq!(file.len(), 0xa00);
        let program = parse(&Fmap::from_vec(file), Format::Pe);
        assert_eq!((program.fault, program.entry_point), (None, Some(0x410)));
        let stated: Vec<_> = program.sections.iter().map(|section| section.stated).collect();
        assert_eq!(stated[0].offset, 0x400);
        assert_eq!((stated[2].address, stated[2].offset, stated[2].size), (0x4000, 0x800, 9));
        let header = program.pe.as_ref().unwrap();
        assert_eq!((header.image_size, header.headers_size), (0x5000, 0x400));
        assert_eq!(header.directory(2).unwrap().address, 0x4000);
    }

    #[test]
    fn what_cannot_be_in_a_file_is_refused() {
        let piece = Piece { address: u32::MAX, virtual_size: 2, bytes: vec![] };
        assert_eq!(rebuild(&Facts::default(), &[piece]), None);
    }
}
