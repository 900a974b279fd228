//! ELF files: programs and libraries of Unix, 32 and 64 bit, of either byte order.
//!
//! Layout: a header that says where the tables of segments and of sections are. Source: System V ABI, chapter
//! 4 and 5. The entry point is mapped to the file through the segments.

use nacre_fmap::Fmap;

use crate::reader::Reader;
use crate::{Place, Program, Section};

const MAGIC: &[u8] = b"\x7fELF";
const CLASS_32: u8 = 1;
const CLASS_64: u8 = 2;
const LITTLE_ENDIAN: u8 = 1;
const SHARED: u16 = 3;
/// More than these ClamAV takes for damage.
const MAX_SEGMENTS: u16 = 128;
/// With more sections than these it uses none of the headers, though it calls them whole.
const MAX_SECTIONS: u16 = 256;
/// More than these it does not even read.
const MAX_READ: u16 = 2048;

/// Where the fields are: offsets into the header, a segment's entry and a section's.
struct Layout {
    wide: bool,
    header: u64,
    /// Entry point, segment table, section table.
    words: [u64; 3],
    /// The first of five 16-bit fields: size and number of segments, of sections, and of their names.
    counts: u64,
    segment: u16,
    /// Offset, address, file size, memory size.
    segment_words: [u64; 4],
    section: u16,
    /// Flags, address, offset, size.
    section_words: [u64; 4],
}

impl Layout {
    /// Addresses and sizes are words of the class's width, all else is alike in both.
    const fn new(wide: bool) -> Self {
        let word = if wide { 8 } else { 4 };
        Self {
            wide,
            header: 40 + 3 * word,
            words: [24, 24 + word, 24 + 2 * word],
            counts: 30 + 3 * word,
            segment: if wide { 56 } else { 32 },
            segment_words: [word, 2 * word, 4 * word, 5 * word],
            section: if wide { 64 } else { 40 },
            section_words: [8, 8 + word, 8 + 2 * word, 8 + 3 * word],
        }
    }

    const fn of_class(class: u8) -> Option<Self> {
        match class {
            CLASS_32 => Some(Self::new(false)),
            CLASS_64 => Some(Self::new(true)),
            _ => None,
        }
    }

    fn word(&self, reader: &mut Reader<'_>, at: u64) -> Option<u64> {
        if self.wide { reader.u64(at) } else { reader.u32(at).map(u64::from) }
    }

    /// Fields of the entry `index`, of `size` bytes each, of a table; None when it is not all there.
    fn words(
        &self,
        reader: &mut Reader<'_>,
        table: u64,
        index: u64,
        size: u16,
        at: [u64; 4],
    ) -> Option<[u64; 4]> {
        let base = table.checked_add(index * u64::from(size))?;
        reader.bytes(base, size.into())?;
        let mut found = [0; 4];
        for (value, at) in found.iter_mut().zip(at) {
            *value = self.word(reader, base.checked_add(at)?)?;
        }
        Some(found)
    }
}

/// The part of a file that is loaded, and how it is to be read.
pub(crate) struct Loaded {
    pub big_endian: bool,
    /// Bytes of an address.
    pub word: u8,
    /// Where the table of segments ends.
    pub table_end: u64,
    /// Segments to be loaded that have bytes in the file, in the order of the table.
    pub segments: Vec<Place>,
    /// What the dynamic linker is told.
    pub dynamic: Option<Place>,
}

/// The segments of a program or library; None when their table is not whole.
pub(crate) fn loaded(data: &Fmap) -> Option<Loaded> {
    const LOAD: u32 = 1;
    const DYNAMIC: u32 = 2;
    let mut reader = Reader::new(data);
    if reader.bytes(0, 4)? != MAGIC {
        return None;
    }
    let layout = Layout::of_class(reader.byte(4)?)?;
    reader.big_endian = reader.byte(5)? != LITTLE_ENDIAN;
    let [_, table, _] = layout.words;
    let table = layout.word(&mut reader, table)?;
    let (size, count) = (reader.u16(layout.counts)?, reader.u16(layout.counts + 2)?);
    if size != layout.segment || count > MAX_SEGMENTS {
        return None;
    }
    let mut segments = Vec::new();
    let mut dynamic = None;
    for index in 0..u64::from(count) {
        let words = layout.words(&mut reader, table, index, size, layout.segment_words)?;
        let [offset, address, size, virtual_size] = words;
        let kind = reader.u32(table.checked_add(index * u64::from(layout.segment))?)?;
        let place = Place { address, virtual_size, offset, size };
        match kind {
            LOAD if size != 0 => segments.push(place),
            DYNAMIC => dynamic = Some(place),
            _ => {}
        }
    }
    let table_end = table.checked_add(u64::from(count) * u64::from(size))?;
    let word = if layout.wide { 8 } else { 4 };
    Some(Loaded { big_endian: reader.big_endian, word, table_end, segments, dynamic })
}

/// Reads headers and sections into `program`.
pub fn parse(reader: &mut Reader<'_>, program: &mut Program) {
    let (Some(class), Some(order)) = (reader.byte(4), reader.byte(5)) else {
        program.fault = Some("the header is cut short");
        return;
    };
    let Some(layout) = Layout::of_class(class) else {
        return program.is_broken("the class is neither 32 nor 64 bit");
    };
    program.bits = if layout.wide { 64 } else { 32 };
    program.big_endian = order != LITTLE_ENDIAN;
    reader.big_endian = program.big_endian;
    if reader.len() < layout.header {
        program.fault = Some("the header is cut short");
        return;
    }
    if let Err(reason) = tables(reader, &layout, program) {
        program.is_broken(reason);
    }
}

fn tables(reader: &mut Reader<'_>, layout: &Layout, program: &mut Program) -> Result<(), &'static str> {
    const CUT: &str = "the header is cut short";
    program.machine = reader.u16(18).ok_or(CUT)?.into();
    program.library = reader.u16(16).ok_or(CUT)? == SHARED;
    let [entry, segments, sections] = layout.words;
    let entry = layout.word(reader, entry).ok_or(CUT)?;
    let segments = layout.word(reader, segments).ok_or(CUT)?;
    let sections = layout.word(reader, sections).ok_or(CUT)?;
    let mut count = |index: u64| reader.u16(layout.counts + 2 * index).ok_or(CUT);
    let (segment_size, segment_count) = (count(0)?, count(1)?);
    let (section_size, section_count, names) = (count(2)?, count(3)?, count(4)?);
    program.entry_point = Some(0);
    if segment_count > 0 && entry != 0 {
        if segment_count > MAX_SEGMENTS {
            return Err("too many segments");
        }
        if segment_size != layout.segment {
            return Err("segments have another size");
        }
        let mapped = map_entry(reader, layout, segments, segment_count, entry)?;
        program.entry_point = Some(mapped.ok_or("the entry point lies in no segment")?);
    }
    if section_count > MAX_SECTIONS {
        program.fault = Some("too many sections");
    }
    if section_count > MAX_READ {
        return Ok(());
    }
    if section_size != layout.section {
        return Err("sections have another size");
    }
    read_sections(reader, layout, sections, section_count, program)?;
    name_sections(reader, layout, sections, names, program);
    Ok(())
}

/// The file offset of the entry point, by the first segment that holds it.
fn map_entry(
    reader: &mut Reader<'_>,
    layout: &Layout,
    table: u64,
    count: u16,
    entry: u64,
) -> Result<Option<u64>, &'static str> {
    let mut found = None;
    for index in 0..u64::from(count) {
        let words = layout.words(reader, table, index, layout.segment, layout.segment_words);
        let [offset, address, _, size] = words.ok_or("the segment table is cut short")?;
        if found.is_none() && entry >= address && entry - address < size {
            found = (entry - address).checked_add(offset);
        }
    }
    Ok(found)
}

fn read_sections(
    reader: &mut Reader<'_>,
    layout: &Layout,
    table: u64,
    count: u16,
    program: &mut Program,
) -> Result<(), &'static str> {
    for index in 0..u64::from(count) {
        let words = layout.words(reader, table, index, layout.section, layout.section_words);
        let [flags, address, offset, size] = words.ok_or("the section table is cut short")?;
        let place = Place { address, virtual_size: size, offset, size };
        program.sections.push(Section { name: Vec::new(), place, stated: place, flags });
    }
    Ok(())
}

fn name_sections(reader: &mut Reader<'_>, layout: &Layout, table: u64, names: u16, program: &mut Program) {
    const LONGEST: usize = 256;
    let Some(text) = program.sections.get(usize::from(names)).map(|section| section.place.offset) else {
        return;
    };
    for (index, section) in (0_u64..).zip(&mut program.sections) {
        let at = table.checked_add(index * u64::from(layout.section)).and_then(|at| reader.u32(at));
        let at = at.and_then(|at| text.checked_add(u64::from(at)));
        section.name = at.and_then(|at| reader.text(at, LONGEST)).unwrap_or_default();
    }
}
