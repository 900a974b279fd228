//! What the headers of a program say: PE, ELF, Mach-O and universal binaries; and packed programs undone.
//!
//! The parsers are tolerant: a broken program gives the facts it has, and why it is broken. Numbers are those
//! that ClamAV's signatures mean, which differ from the headers where ClamAV aligns or cuts them; what the
//! headers say is kept beside. Nothing here allocates by a number from a file, every loop has a bound, and
//! bytes are read in pages, so that a program of any size costs little.

pub mod elf;
pub mod macho;
pub mod packer;
pub mod pe;
mod reader;

use std::sync::Arc;

use nacre_fmap::Fmap;
use reader::Reader;

/// Which format a program has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Pe,
    Elf,
    MachO,
    /// Several Mach-O programs in one file.
    Universal,
}

/// What the headers of a program say. Offsets are file offsets in bytes.
#[derive(Clone, Debug)]
pub struct Program {
    pub format: Format,
    /// 16 (none yet), 32 or 64.
    pub bits: u8,
    pub big_endian: bool,
    /// The machine's number in the format's own table.
    pub machine: u32,
    /// A library to be loaded by others rather than a program of its own.
    pub library: bool,
    pub entry_point: Option<u64>,
    pub sections: Vec<Section>,
    /// The programs inside a universal binary, as (offset, size).
    pub slices: Vec<(u64, u64)>,
    /// Why the headers cannot be used: then places relative to them match nothing.
    pub fault: Option<&'static str>,
    /// Whether the sections and imports of a PE can be hashed. A section that is missing is left out, so that one
    /// too far away is a fault then, and yet no hindrance.
    pub parts: bool,
    /// Why ClamAV calls the program broken, where asked to.
    pub broken: Option<&'static str>,
    pub pe: Option<pe::Header>,
}

/// One section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    pub name: Vec<u8>,
    /// The place as signatures mean it: aligned, and cut to the file.
    pub place: Place,
    /// The place as the header has it.
    pub stated: Place,
    pub flags: u64,
}

/// Where a section lies in memory and in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub address: u64,
    pub virtual_size: u64,
    pub offset: u64,
    pub size: u64,
}

impl Program {
    fn new(format: Format) -> Self {
        Self {
            format,
            bits: 32,
            big_endian: false,
            machine: 0,
            library: false,
            entry_point: None,
            sections: Vec::new(),
            slices: Vec::new(),
            fault: None,
            parts: false,
            broken: None,
            pe: None,
        }
    }

    /// What import hashes are made of; None when nothing can be read or the program has no imports.
    pub fn import_text(&self, data: &Fmap) -> Result<Option<Vec<u8>>, pe::TooMany> {
        pe::import_text(&mut Reader::new(data), self)
    }

    /// Where the keys of the version information begin.
    pub fn version_keys(&self, data: &Fmap) -> Vec<u64> {
        pe::version_keys(&mut Reader::new(data), self)
    }

    /// What a signature of the program covers, and the one that it has; None for what is no PE.
    pub fn signed(&self, data: &Fmap) -> Option<pe::Signed> {
        pe::signed(self.pe.as_ref()?, data.len())
    }

    /// Names of what a PE exports.
    pub fn exports(&self, data: &Fmap) -> Vec<Vec<u8>> {
        pe::exports(&mut Reader::new(data), self)
    }

    /// Where calls and jumps of a PE's first section lead in the section `into`, `room` bytes before its end.
    pub fn branches(&self, data: &Fmap, into: usize, room: u64) -> Vec<u64> {
        pe::branches(&mut Reader::new(data), self, into, room)
    }

    /// Where what no section holds begins, behind the last of them; None when there is nothing there.
    pub fn overlay(&self, data: &Fmap) -> Option<u64> {
        let ends =
            self.sections.iter().map(|section| section.place.offset.saturating_add(section.place.size));
        ends.max().filter(|end| *end < data.len())
    }

    /// The resources of the kind with this number, in the order of the file.
    pub fn resources(&self, data: &Fmap, kind: u32) -> Vec<pe::Resource> {
        pe::resources(&mut Reader::new(data), self, kind)
    }

    /// Where the icons that stand for a PE are, as named by up to `most` entries of its first group.
    pub fn icons(&self, data: &Fmap, most: u32) -> pe::Icons {
        pe::icons(&mut Reader::new(data), self, most)
    }

    /// A fault that is also what ClamAV calls broken.
    fn is_broken(&mut self, reason: &'static str) {
        self.fault.get_or_insert(reason);
        self.broken.get_or_insert(reason);
    }
}

/// The headers of a program of `format`: read once, however often they are asked for.
pub fn parse(data: &Fmap, format: Format) -> Arc<Program> {
    let program = data.reading(|data| read(data, format));
    if program.format == format { program } else { Arc::new(read(data, format)) }
}

fn read(data: &Fmap, format: Format) -> Program {
    let mut program = Program::new(format);
    let mut reader = Reader::new(data);
    match format {
        Format::Pe => pe::parse(&mut reader, &mut program),
        Format::Elf => elf::parse(&mut reader, &mut program),
        Format::MachO => macho::parse(&mut reader, &mut program),
        Format::Universal => macho::parse_universal(&mut reader, &mut program),
    }
    program
}
