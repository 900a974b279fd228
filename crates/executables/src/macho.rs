//! Mach-O files: programs and libraries of macOS, and universal binaries that hold several.
//!
//! Layout: a header, then load commands; a segment command carries its sections, a thread command the first
//! state of the registers, of which one is the entry point. A universal binary is a table of slices. Source:
//! Apple's `mach-o/loader.h` and `mach-o/fat.h`.

use crate::reader::Reader;
use crate::{Place, Program, Section};

const MAGIC_BIG: [u8; 4] = [0xfe, 0xed, 0xfa, 0xce];
const MAGIC_BIG_64: [u8; 4] = [0xfe, 0xed, 0xfa, 0xcf];
const MAGIC_LITTLE_64: [u8; 4] = [0xcf, 0xfa, 0xed, 0xfe];
/// Size of the header that both widths share.
const HEADER: usize = 28;
const SEGMENT: u32 = 1;
const SEGMENT_64: u32 = 0x19;
const THREAD: u32 = 4;
const UNIX_THREAD: u32 = 5;
const LIBRARY: u32 = 6;
const CPU_POWERPC: u32 = 18;
const CPU_POWERPC_64: u32 = 0x0100_0012;
const CPU_X86: u32 = 7;
/// Processors and the sizes of the states of their threads, where those are looked at.
const STATES: [(u32, usize); 3] = [(CPU_X86, 64), (CPU_POWERPC, 160), (CPU_POWERPC_64, 312)];
/// The type of a section that has no bytes in the file.
const ZERO_FILL: u64 = 1;
const MAX_COMMANDS: u32 = 1024;
const MAX_SECTIONS: u64 = 255;
const LOW: u64 = 0xffff_ffff;
const MAX_ALIGNMENT: u32 = 32;
/// Size of an entry in the table of slices.
const SLICE: u64 = 20;
/// Slices of a universal binary that are looked at.
const MAX_SLICES: u32 = 64;

/// Reads headers and sections into `program`.
pub fn parse(reader: &mut Reader<'_>, program: &mut Program) {
    let Some(header) = reader.array::<HEADER>(0) else {
        program.fault = Some("the header is cut short");
        return;
    };
    let wide = header.starts_with(&MAGIC_LITTLE_64) || header.starts_with(&MAGIC_BIG_64);
    program.bits = if wide { 64 } else { 32 };
    program.big_endian = header.starts_with(&MAGIC_BIG) || header.starts_with(&MAGIC_BIG_64);
    reader.big_endian = program.big_endian;
    program.machine = reader.u32(4).unwrap_or(0);
    program.library = reader.u32(12) == Some(LIBRARY);
    let count = reader.u32(16).unwrap_or(0);
    let start = HEADER as u64 + if wide { 4 } else { 0 };
    match commands(reader, program, start, count) {
        Ok(entry) if entry == 0 || program.sections.is_empty() => program.entry_point = Some(0),
        Ok(entry) => {
            program.entry_point = mapped(program, entry);
            if program.entry_point.is_none() {
                program.fault = Some("the entry point lies in no section");
            }
        }
        Err(reason) => program.is_broken(reason),
    }
}

/// Walks the load commands; the address of the entry point, 0 where it is not known.
fn commands(
    reader: &mut Reader<'_>,
    program: &mut Program,
    start: u64,
    count: u32,
) -> Result<u64, &'static str> {
    if count == 0 || count > MAX_COMMANDS {
        return Err("no load commands, or too many");
    }
    let (mut at, mut entry) = (start, 0);
    for _ in 0..count {
        let (Some(kind), Some(size)) = (reader.u32(at), reader.u32(at + 4)) else {
            return Err("a load command is cut short");
        };
        match kind {
            // The number of sections says where the next command is, as in ClamAV.
            SEGMENT => at = segment(reader, program, at, false)?,
            SEGMENT_64 => at = segment(reader, program, at, true)?,
            _ => {
                if kind == THREAD || kind == UNIX_THREAD {
                    let counter = thread(reader, program.machine, at);
                    entry = counter.ok_or("the state of a thread is cut short")?;
                }
                at = at.saturating_add(u64::from(size));
            }
        }
    }
    Ok(entry)
}

/// Takes the sections of the segment at `at`; where it ends.
fn segment(reader: &mut Reader<'_>, program: &mut Program, at: u64, wide: bool) -> Result<u64, &'static str> {
    let (count_at, header, entry) = if wide { (64, 72, 80) } else { (48, 56, 68) };
    let count = reader.u32(at + count_at).filter(|_| reader.len() >= at + header);
    let count = u64::from(count.ok_or("a segment is cut short")?);
    if count + program.sections.len() as u64 > MAX_SECTIONS {
        return Err("too many sections");
    }
    for index in 0..count {
        let base = at + header + index * entry;
        let (section, alignment) = section(reader, base, wide).ok_or("a section is cut short")?;
        if alignment >= MAX_ALIGNMENT || section.stated.size.max(section.place.size) > LOW {
            return Err("the alignment or the size of a section is too large");
        }
        program.sections.push(section);
    }
    Ok(at + header + count * entry)
}

/// A section and the power of two it is aligned to.
fn section(reader: &mut Reader<'_>, base: u64, wide: bool) -> Option<(Section, u32)> {
    let name = reader.text(base, 16)?;
    let (address, size, rest) = if wide {
        (reader.u64(base + 32)?, reader.u64(base + 40)?, base + 48)
    } else {
        (u64::from(reader.u32(base + 32)?), u64::from(reader.u32(base + 36)?), base + 40)
    };
    let (offset, alignment) = (u64::from(reader.u32(rest)?), reader.u32(rest + 4)?);
    let flags = u64::from(reader.u32(rest + 16)?);
    let stated = Place { address, virtual_size: size, offset, size };
    let unit = 1_u64.checked_shl(alignment).unwrap_or(1);
    let rounded = if flags & 0xff == ZERO_FILL { 0 } else { size.checked_next_multiple_of(unit)? };
    let place = Place { size: rounded, ..stated };
    Some((Section { name, place, stated, flags }, alignment))
}

/// The program counter in the state of a thread; ClamAV knows that of PowerPC only.
fn thread(reader: &mut Reader<'_>, machine: u32, at: u64) -> Option<u64> {
    let state = at + 16;
    let (_, size) = STATES.iter().find(|(known, _)| *known == machine).copied().unwrap_or_default();
    reader.bytes(state, size)?;
    match machine {
        CPU_POWERPC => reader.u32(state).map(u64::from),
        CPU_POWERPC_64 => reader.u64(state),
        _ => Some(0),
    }
}

/// The file offset of an address, of which ClamAV compares the lower half.
fn mapped(program: &Program, address: u64) -> Option<u64> {
    let address = address & LOW;
    let holds = |place: &Place| {
        let start = place.address & LOW;
        address >= start && address < (start + place.virtual_size) & LOW
    };
    let place = program.sections.iter().map(|section| &section.place).find(|place| holds(place))?;
    (address - (place.address & LOW)).checked_add(place.offset)
}

/// Reads the table of a universal binary into `program`, which has no headers of its own.
pub fn parse_universal(reader: &mut Reader<'_>, program: &mut Program) {
    reader.big_endian = true;
    program.big_endian = true;
    program.fault = Some("a universal binary has no headers of its own");
    let count = reader.u32(4).unwrap_or(0);
    let mut at = 8;
    for _ in 0..count.min(MAX_SLICES) {
        let (Some(offset), Some(size)) = (reader.u32(at + 8), reader.u32(at + 12)) else {
            return program.is_broken("the table of slices is cut short");
        };
        at += SLICE;
        if u64::from(offset) < at || reader.len() < at {
            return program.is_broken("a slice lies inside the table");
        }
        program.slices.push((u64::from(offset), u64::from(size)));
    }
}
