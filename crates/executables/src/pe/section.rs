//! The section table, and where its sections really lie.

use super::Header;
use crate::reader::Reader;
use crate::{Place, Program, Section};

const ENTRY: u64 = 40;
/// What ClamAV aligns to when a section contradicts the alignment of the header.
const SECTOR: u64 = 0x200;

pub(super) fn align_down(value: u64, unit: u64) -> u64 {
    value.checked_rem(unit).map_or(value, |rest| value - rest)
}

pub(super) fn align_up(value: u64, unit: u64) -> u64 {
    if unit == 0 { value } else { value.div_ceil(unit).saturating_mul(unit) }
}

/// Reads the sections into `program`; false when the table is cut short.
pub(super) fn read(reader: &mut Reader<'_>, header: &Header, program: &mut Program) -> bool {
    let count = u64::from(header.section_count);
    if header.table.checked_add(count * ENTRY).is_none_or(|end| end > reader.len()) {
        program.is_broken("the section table is cut short");
        return false;
    }
    let mut sections: Vec<Section> =
        (0..count).filter_map(|index| entry(reader, header.table + index * ENTRY)).collect();
    let unit = file_unit(header, &sections);
    let size = reader.len();
    for section in &mut sections {
        section.place = placed(&section.stated, unit, u64::from(header.section_alignment), size);
    }
    // A section of which nothing is in the file counts for nothing.
    sections.retain(|section| section.stated.size == 0 || is_within(section, size));
    let signed = |place: &Place| {
        [place.address, place.virtual_size, place.offset, place.size].iter().any(|value| *value > 0x7fff_ffff)
    };
    if sections.iter().any(|section| signed(&section.place)) {
        program.is_broken("a section is too far away");
    }
    if program.broken.is_none() {
        program.broken = misplaced(header, &sections);
    }
    program.sections = sections;
    program.fault.is_none()
}

fn entry(reader: &mut Reader<'_>, at: u64) -> Option<Section> {
    let name = reader.text(at, 8)?;
    let mut number = |offset: u64| reader.u32(at + offset).map(u64::from);
    let stated =
        Place { virtual_size: number(8)?, address: number(12)?, size: number(16)?, offset: number(20)? };
    Some(Section { name, stated, place: Place::default(), flags: number(36)? })
}

fn is_within(section: &Section, size: u64) -> bool {
    section.stated.offset < size && section.place.offset < size
}

/// The unit that file offsets are aligned to.
fn file_unit(header: &Header, sections: &[Section]) -> u64 {
    let unit = u64::from(header.file_alignment);
    let contradicts = |place: &Place| {
        unit != 0
            && place.size != 0
            && !place.offset.is_multiple_of(unit)
            && place.offset.is_multiple_of(SECTOR)
    };
    if sections.iter().any(|section| contradicts(&section.stated)) { SECTOR } else { unit }
}

fn placed(stated: &Place, file_unit: u64, memory_unit: u64, size: u64) -> Place {
    let offset = align_down(stated.offset, file_unit);
    let room = size.saturating_sub(offset);
    let raw_size = align_up(stated.size, file_unit);
    let virtual_size = if stated.virtual_size == 0 { stated.size } else { stated.virtual_size };
    Place {
        address: align_down(stated.address, memory_unit),
        virtual_size: align_up(virtual_size, memory_unit),
        offset,
        size: if raw_size == 0 { 0 } else { raw_size.min(room) },
    }
}

/// Why a loader would not take the sections: each begins where the one before it ends.
fn misplaced(header: &Header, sections: &[Section]) -> Option<&'static str> {
    let mut expected = header.headers_end;
    for section in sections {
        if section.stated.address.checked_rem(u64::from(header.section_alignment)) != Some(0) {
            return Some("a section begins inside a page");
        }
        if section.place.address != expected {
            return Some("a section does not follow the one before");
        }
        expected = section.place.address + section.place.virtual_size;
    }
    None
}
