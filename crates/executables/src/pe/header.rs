//! The headers before the section table.

use super::section::align_up;
use crate::Program;
use crate::reader::Reader;

const FILE_HEADER: u64 = 24;
/// Size of the optional header before the data directories.
const OPTIONAL_32: u16 = 96;
const OPTIONAL_64: u16 = 112;
const PLUS: u16 = 0x20b;
const NATIVE: u16 = 1;
const MAX_DIRECTORIES: u32 = 16;
pub(super) const LIBRARY: u16 = 0x2000;

/// A data directory: a virtual address and a size; for certificates the address is a file offset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    pub address: u32,
    pub size: u32,
}

/// The file header and the optional header.
#[derive(Clone, Debug, Default)]
pub struct Header {
    /// Where the PE signature is.
    pub offset: u64,
    /// PE32+, the form of 64-bit programs.
    pub plus: bool,
    pub machine: u16,
    pub section_count: u16,
    pub time: u32,
    pub characteristics: u16,
    pub entry_address: u32,
    pub image_base: u64,
    pub section_alignment: u32,
    pub file_alignment: u32,
    pub image_size: u32,
    pub headers_size: u32,
    pub checksum: u32,
    pub subsystem: u16,
    pub dll_characteristics: u16,
    pub directories: Vec<Directory>,
    /// Where the section table is.
    pub table: u64,
    /// Where the headers end in memory.
    pub headers_end: u64,
}

impl Header {
    /// File offset of the checksum, which no digest covers.
    pub fn checksum_at(&self) -> u64 {
        self.offset + FILE_HEADER + 64
    }

    /// File offset of the data directory `index`.
    pub fn directory_at(&self, index: u64) -> u64 {
        let fixed = if self.plus { OPTIONAL_64 } else { OPTIONAL_32 };
        self.offset + FILE_HEADER + u64::from(fixed) + 8 * index
    }

    /// The data directory `index`, where there is one.
    pub fn directory(&self, index: usize) -> Option<Directory> {
        self.directories.get(index).copied().filter(|directory| directory.address != 0)
    }
}

/// Reads the headers; None when the file is none or they cannot be used, with the reason in `program`.
pub(super) fn read(reader: &mut Reader<'_>, program: &mut Program) -> Option<Header> {
    let Some(offset) = reader.u32(60) else {
        program.is_broken("the DOS header is cut short");
        return None;
    };
    let Some(file) = reader.array::<24>(u64::from(offset)).filter(|_| offset != 0) else {
        program.fault = Some("no PE header");
        return None;
    };
    if !file.starts_with(b"PE\0\0") {
        program.fault = Some("no PE signature");
        return None;
    }
    let optional = u64::from(offset) + FILE_HEADER;
    let header = optional_header(reader, u64::from(offset), optional);
    match header {
        Ok((header, weak)) => {
            program.broken = weak;
            Some(header)
        }
        Err(Unusable { reason, broken }) => {
            program.fault = Some(reason);
            program.broken = broken.then_some(reason);
            None
        }
    }
}

struct Unusable {
    reason: &'static str,
    /// ClamAV calls the program broken.
    broken: bool,
}

impl From<&'static str> for Unusable {
    fn from(reason: &'static str) -> Self {
        Self { reason, broken: true }
    }
}

/// The optional header, and what of it ClamAV calls broken although it can be used.
fn optional_header(
    reader: &mut Reader<'_>,
    offset: u64,
    optional: u64,
) -> Result<(Header, Option<&'static str>), Unusable> {
    let mut u16 = |at: u64| reader.u16(at).ok_or("the headers are cut short");
    let machine = u16(offset + 4)?;
    let section_count = u16(offset + 6)?;
    let optional_size = u16(offset + 20)?;
    let characteristics = u16(offset + 22)?;
    if section_count == 0 {
        return Err("no sections".into());
    }
    if optional_size < OPTIONAL_32 {
        return Err("the optional header is too small".into());
    }
    let plus = u16(optional)? == PLUS;
    let fixed = if plus { OPTIONAL_64 } else { OPTIONAL_32 };
    if optional_size < fixed {
        return Err("the optional header is too small".into());
    }
    let (subsystem, dll_characteristics) = (u16(optional + 68)?, u16(optional + 70)?);
    let image_base = if plus { reader.u64(optional + 24) } else { reader.u32(optional + 28).map(u64::from) };
    let mut u32 = |at: u64| reader.u32(at).ok_or("the headers are cut short");
    let section_alignment = u32(optional + 32)?;
    let headers_size = u32(optional + 60)?;
    let count = u32(optional + u64::from(fixed) - 4)?.min(MAX_DIRECTORIES);
    if u32::from(optional_size - fixed) < count * 8 {
        return Err("the optional header has no room for its directories".into());
    }
    let file_alignment = u32(optional + 36)?;
    let weak = misaligned(subsystem, section_alignment, file_alignment);
    let mut directories = Vec::with_capacity(MAX_DIRECTORIES as usize);
    for index in 0..u64::from(count) {
        let at = optional + u64::from(fixed) + index * 8;
        let (Ok(address), Ok(size)) = (u32(at), u32(at + 4)) else {
            return Err(Unusable { reason: "the data directories are cut short", broken: weak.is_some() });
        };
        directories.push(Directory { address, size });
    }
    let header = Header {
        offset,
        plus,
        machine,
        section_count,
        time: u32(offset + 8)?,
        characteristics,
        entry_address: u32(optional + 16)?,
        image_base: image_base.ok_or("the headers are cut short")?,
        section_alignment,
        file_alignment,
        image_size: u32(optional + 56)?,
        headers_size,
        checksum: u32(optional + 64)?,
        subsystem,
        dll_characteristics,
        directories,
        table: optional + u64::from(optional_size),
        headers_end: align_up(headers_size, section_alignment).into(),
    };
    Ok((header, weak))
}

/// Why the alignments are not what a loader accepts; drivers may have any.
fn misaligned(subsystem: u16, section_alignment: u32, file_alignment: u32) -> Option<&'static str> {
    let wrong = |alignment: u32, unit: u32| alignment == 0 || !alignment.is_multiple_of(unit);
    if subsystem == NATIVE {
        return None;
    }
    if wrong(section_alignment, 0x1000) {
        return Some("the section alignment is not one of pages");
    }
    wrong(file_alignment, 0x200).then_some("the file alignment is not one of sectors")
}
