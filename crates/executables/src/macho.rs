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
const SEGMENT: u32 = 1;
const SEGMENT_64: u32 = 0x19;
const THREAD: u32 = 4;
const UNIX_THREAD: u32 = 5;
const LIBRARY: u32 = 6;
const CPU_X86: u32 = 7;
const CPU_ARM: u32 = 12;
const CPU_POWERPC: u32 = 18;
const CPU_WIDE: u32 = 0x0100_0000;
const MAX_COMMANDS: u32 = 1024;
const MAX_SECTIONS: usize = 255;
const MAX_ALIGNMENT: u32 = 32;
/// Slices of a universal binary that are looked at.
const MAX_SLICES: u32 = 64;

/// Reads headers and sections into `program`.
pub fn parse(reader: &mut Reader<'_>, program: &mut Program) {
    let Some(magic) = reader.array::<4>(0) else {
        program.fault = Some("the header is cut short");
        return;
    };
    let wide = magic == MAGIC_LITTLE_64 || magic == MAGIC_BIG_64;
    program.bits = if wide { 64 } else { 32 };
    program.big_endian = magic == MAGIC_BIG || magic == MAGIC_BIG_64;
    reader.big_endian = program.big_endian;
    let size = if wide { 32 } else { 28 };
    if reader.len() < size {
        program.fault = Some("the header is cut short");
        return;
    }
    program.machine = reader.u32(4).unwrap_or(0);
    program.library = reader.u32(12) == Some(LIBRARY);
    let count = reader.u32(16).unwrap_or(0);
    match commands(reader, program, size, count) {
        Ok(entry) => program.entry_point = entry.and_then(|entry| mapped(program, entry)),
        Err(reason) => program.is_broken(reason),
    }
}

/// Walks the load commands; the address of the entry point.
fn commands(
    reader: &mut Reader<'_>,
    program: &mut Program,
    start: u64,
    count: u32,
) -> Result<Option<u64>, &'static str> {
    const CUT: &str = "a load command is cut short";
    if count == 0 || count > MAX_COMMANDS {
        return Err("no load commands, or too many");
    }
    let unit = if program.bits == 64 { 8 } else { 4 };
    let (mut at, mut entry) = (start, None);
    for _ in 0..count {
        let (Some(kind), Some(size)) = (reader.u32(at), reader.u32(at + 4)) else { return Err(CUT) };
        if size % unit != 0 {
            return Err("the size of a load command is no multiple of its unit");
        }
        match kind {
            SEGMENT => segment(reader, program, at, false)?,
            SEGMENT_64 => segment(reader, program, at, true)?,
            THREAD | UNIX_THREAD => {
                entry =
                    Some(thread(reader, program.machine, at).ok_or("the state of a thread is cut short")?);
            }
            _ => {}
        }
        at = at.saturating_add(u64::from(size));
    }
    Ok(entry)
}

fn segment(reader: &mut Reader<'_>, program: &mut Program, at: u64, wide: bool) -> Result<(), &'static str> {
    const CUT: &str = "a segment is cut short";
    let (count_at, header, entry) = if wide { (64, 72, 80) } else { (48, 56, 68) };
    let count = reader.u32(at + count_at).ok_or(CUT)? as usize;
    if program.sections.len().saturating_add(count) > MAX_SECTIONS {
        return Err("too many sections");
    }
    for index in 0..count as u64 {
        let base = at + header + index * entry;
        let (section, alignment) = section(reader, base, wide).ok_or("a section is cut short")?;
        if alignment >= MAX_ALIGNMENT {
            return Err("the alignment of a section is too large");
        }
        program.sections.push(section);
    }
    Ok(())
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
    let place = Place { address, virtual_size: size, offset, size };
    Some((Section { name, place, stated: place, flags }, alignment))
}

/// The program counter in the state of a thread; 0 for machines whose registers are not known.
fn thread(reader: &mut Reader<'_>, machine: u32, at: u64) -> Option<u64> {
    let state = at + 16;
    reader.u32(state)?;
    Some(match machine {
        CPU_X86 => u64::from(reader.u32(state + 4 * 10)?),
        CPU_ARM => u64::from(reader.u32(state + 4 * 15)?),
        CPU_POWERPC => u64::from(reader.u32(state)?),
        _ if machine == CPU_X86 | CPU_WIDE => reader.u64(state + 8 * 16)?,
        _ if machine == CPU_POWERPC | CPU_WIDE => reader.u64(state)?,
        _ => 0,
    })
}

fn mapped(program: &Program, entry: u64) -> Option<u64> {
    let holds = |place: &Place| entry >= place.address && entry - place.address < place.virtual_size;
    let place = program.sections.iter().map(|section| &section.place).find(|place| holds(place))?;
    (entry - place.address).checked_add(place.offset)
}

/// Reads the table of a universal binary into `program`.
pub fn parse_universal(reader: &mut Reader<'_>, program: &mut Program) {
    reader.big_endian = true;
    program.big_endian = true;
    let Some(count) = reader.u32(4) else {
        program.fault = Some("the header is cut short");
        return;
    };
    for index in 0..u64::from(count.min(MAX_SLICES)) {
        let at = 8 + index * 20;
        let (Some(offset), Some(size)) = (reader.u32(at + 8), reader.u32(at + 12)) else {
            return program.is_broken("the table of slices is cut short");
        };
        program.slices.push((u64::from(offset), u64::from(size)));
    }
}
