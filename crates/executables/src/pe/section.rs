//! The section table, and where its sections really lie.

use super::Header;
use crate::reader::Reader;
use crate::{Place, Program, Section};

const ENTRY: u64 = 40;
/// What ClamAV aligns to when a section contradicts the alignment of the header.
const SECTOR: u32 = 0x200;
/// Numbers of 32 bits beyond this are negative to ClamAV.
const LARGEST: u32 = 0x7fff_ffff;

fn align_down(value: u32, unit: u32) -> u32 {
    value.checked_rem(unit).map_or(value, |rest| value - rest)
}

/// Rounds up to a multiple of `unit`. As in ClamAV the result has 32 bits: beyond them it is small.
pub(super) fn align_up(value: u32, unit: u32) -> u32 {
    if unit == 0 { value } else { value.div_ceil(unit).wrapping_mul(unit) }
}

/// Reads the sections into `program`; false when they cannot be used, not even to hash them.
pub(super) fn read(reader: &mut Reader<'_>, header: &Header, program: &mut Program) -> bool {
    let count = u64::from(header.section_count);
    if header.table.checked_add(count * ENTRY).is_none_or(|end| end > reader.len()) {
        program.is_broken("the section table is cut short");
        return false;
    }
    let entries: Vec<Entry> =
        (0..count).filter_map(|index| Entry::read(reader, header.table + index * ENTRY)).collect();
    let layout = Layout::new(header, &entries, reader.len());
    let mut kept = Vec::with_capacity(entries.len());
    let mut usable = true;
    for entry in entries {
        let (place, fate) = layout.place(&entry);
        if fate.signed {
            program.fault = Some("a section is too far away");
            if !fate.missing {
                usable = false;
                program.broken.get_or_insert("a section is too far away");
            }
        }
        if !fate.missing {
            kept.push((entry.address, place));
        }
        program.sections.push(entry.into_section(place));
    }
    if program.broken.is_none() {
        program.broken = misplaced(header, &kept);
    }
    usable
}

/// An entry of the table.
struct Entry {
    name: Vec<u8>,
    virtual_size: u32,
    address: u32,
    size: u32,
    offset: u32,
    flags: u32,
}

impl Entry {
    fn read(reader: &mut Reader<'_>, at: u64) -> Option<Self> {
        Some(Self {
            name: reader.text(at, 8)?,
            virtual_size: reader.u32(at + 8)?,
            address: reader.u32(at + 12)?,
            size: reader.u32(at + 16)?,
            offset: reader.u32(at + 20)?,
            flags: reader.u32(at + 36)?,
        })
    }

    fn into_section(self, place: Place) -> Section {
        let stated = Place {
            address: self.address.into(),
            virtual_size: self.virtual_size.into(),
            offset: self.offset.into(),
            size: self.size.into(),
        };
        Section { name: self.name, place, stated, flags: self.flags.into() }
    }
}

/// What became of a section.
struct Fate {
    /// Nothing of it is in the file: it keeps its number but counts for nothing else.
    missing: bool,
    /// It has a number that ClamAV takes for a negative one.
    signed: bool,
}

/// The units that places are rounded to.
struct Layout {
    memory_unit: u32,
    file_unit: u32,
    size: u64,
}

impl Layout {
    fn new(header: &Header, entries: &[Entry], size: u64) -> Self {
        let unit = header.file_alignment;
        let contradicts = |entry: &Entry| {
            unit != 0
                && entry.size != 0
                && !entry.offset.is_multiple_of(unit)
                && entry.offset.is_multiple_of(SECTOR)
        };
        let file_unit = if entries.iter().any(contradicts) { SECTOR } else { unit };
        Self { memory_unit: header.section_alignment, file_unit, size }
    }

    fn place(&self, entry: &Entry) -> (Place, Fate) {
        let offset = align_down(entry.offset, self.file_unit);
        let rounded = align_up(entry.size, self.file_unit);
        let missing = rounded != 0 && u64::from(entry.offset.max(offset)) >= self.size;
        let left = |offset: u32| self.size.saturating_sub(offset.into());
        let (size, stated) = match (missing, rounded) {
            (true, _) => (0, 0),
            (false, 0) => (0, u64::from(entry.size)),
            _ => (u64::from(rounded).min(left(offset)), u64::from(entry.size).min(left(entry.offset))),
        };
        let virtual_size = if entry.virtual_size == 0 { stated as u32 } else { entry.virtual_size };
        let place = Place {
            address: align_down(entry.address, self.memory_unit).into(),
            virtual_size: align_up(virtual_size, self.memory_unit).into(),
            offset: offset.into(),
            size,
        };
        let signed = entry.address > LARGEST || virtual_size > LARGEST || stated > LARGEST.into();
        (place, Fate { missing, signed })
    }
}

/// Why a loader would not take the sections: each begins where the one before it ends.
fn misplaced(header: &Header, kept: &[(u32, Place)]) -> Option<&'static str> {
    if kept.is_empty() {
        return Some("nothing of any section is in the file");
    }
    let mut expected = header.headers_end;
    for (stated, place) in kept {
        if stated.checked_rem(header.section_alignment) != Some(0) {
            return Some("a section begins inside a page");
        }
        if place.address != expected {
            return Some("a section does not follow the one before");
        }
        expected = place.address + place.virtual_size;
    }
    None
}
