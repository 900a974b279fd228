//! Portable Executable files: programs and libraries of Windows, 32 and 64 bit.
//!
//! Layout: DOS header, whose field at 60 says where the PE signature, the file header and the optional header
//! are; behind it the section table. Source: Microsoft's "PE Format". Where the file and memory disagree about
//! a place, it is taken as ClamAV 1.4.6 takes it, found by asking it about mutated headers.

mod branch;
mod export;
mod header;
mod icon;
mod import;
mod ordinal;
mod resource;
mod section;
mod signature;
mod version;

pub use branch::branches;
pub use export::exports;
pub use header::{Directory, Header};
pub use icon::{Icons, icons};
pub use import::{TooMany, import_text};
pub use resource::{ICON, ICON_GROUP, Resource, resources};
pub use signature::Signed;
pub(crate) use signature::signed;
pub use version::version_keys;

use crate::reader::Reader;
use crate::{Place, Program};

/// Reads headers and sections into `program`.
pub fn parse(reader: &mut Reader<'_>, program: &mut Program) {
    let Some(header) = header::read(reader, program) else { return };
    program.bits = if header.plus { 64 } else { 32 };
    program.machine = u32::from(header.machine);
    program.library = header.characteristics & header::LIBRARY != 0;
    let read = section::read(reader, &header, program);
    if read {
        match header.offset_of(u64::from(header.entry_address), &program.sections, reader.len()) {
            Some(at) => {
                program.parts = true;
                program.entry_point = Some(at).filter(|_| program.fault.is_none());
            }
            None => program.is_broken("the entry point lies in no section"),
        }
    }
    program.pe = Some(header);
}

impl Header {
    /// The file offset of a virtual address: in the headers, else in the last section that holds it.
    pub(crate) fn offset_of(&self, address: u64, sections: &[crate::Section], size: u64) -> Option<u64> {
        if address < self.headers_end {
            return (address < size).then_some(address);
        }
        let holds = |place: &Place| address >= place.address && address - place.address < place.size;
        let place = sections.iter().rev().map(|section| &section.place).find(|place| holds(place))?;
        (address - place.address).checked_add(place.offset)
    }
}
