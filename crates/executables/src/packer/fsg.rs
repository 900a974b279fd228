//! FSG 1.31, 1.33 and 2.0: one aPLib stream for each section, unpacked into an empty section.
//!
//! The loader begins at the entry point; where the streams go is in a table that each version has in its own
//! form: 16-bit page numbers (1.31), addresses with one added (1.33), or a single address in the registers
//! that it loads (2.0). Known from these loaders; no sample is at hand, tests build them.

use super::rebuild::{Facts, Piece, rebuild};
use super::stream::{Input, Output};
use super::{Answer, Fault, Packed, aplib};

/// Streams that are looked for in a table.
const MAX_STREAMS: usize = 96;

/// call over the reading of a bit
const CALL: [u8; 15] = [0xe8, 10, 0, 0, 0, 0x02, 0xd2, 0x75, 5, 0x8a, 0x16, 0x46, 0x12, 0xd2, 0xc3];

/// Where the streams come from and go to, as virtual addresses.
struct Plan {
    source: u32,
    first: u32,
    more: More,
    entry: u32,
}

/// Where a stream goes.
struct Target {
    address: u32,
    /// It is a section of the program, and not what the loader needs to fill in imports.
    part: bool,
}

/// How the destination of a further stream is found.
enum More {
    None,
    Pages(Vec<u8>),
    Addresses(Vec<u8>),
}

/// Unpacks it; None when the loader is not one of FSG.
pub fn unpack(packed: &Packed<'_>) -> Option<Answer> {
    let (empty, full) = packed.empty_section()?;
    let plan = plan(packed)?;
    let source = match packed.read(full.offset, full.size) {
        Ok(source) => source,
        Err(fault) => return Some(Err(fault)),
    };
    let mut memory = match packed.memory(empty.virtual_size) {
        Ok(memory) => memory,
        Err(fault) => return Some(Err(fault)),
    };
    Some(
        plan.run(packed, &source, full.address as u32, &mut memory, empty.address as u32)
            .ok_or(Fault::Damaged),
    )
}

fn plan(packed: &Packed<'_>) -> Option<Plan> {
    let code = packed.code(0, 0x200);
    let number = |at: usize| Some(u32::from_le_bytes(*code.get(at..)?.first_chunk()?));
    let starts = |at: usize, bytes: &[u8]| code.get(at..).is_some_and(|rest| rest.starts_with(bytes));
    if starts(0, &[0x87, 0x25]) && starts(6, &[0x61, 0x94, 0x55, 0xa4, 0xb6, 0x80, 0xff, 0x13]) {
        let [stack] = packed.numbers(number(2)?)?;
        // edi, esi, ebp, esp, ebx as popad takes them
        let [first, source, _, _, functions] = packed.numbers(stack)?;
        let [_, _, _, entry] = packed.numbers(functions)?;
        return Some(Plan { source, first, more: More::None, entry });
    }
    if starts(0, &[0xbe]) && starts(5, &[0xad, 0x93, 0xad, 0x97, 0xad, 0x56, 0x96, 0xb2, 0x80, 0xa4]) {
        let [_, first, source] = packed.numbers(number(1)?)?;
        let table = packed.at(number(1)?.checked_add(12)?, 4 * 2 * MAX_STREAMS);
        return Some(Plan { source, first, more: More::Addresses(table), entry: jump(packed, &code, 0x0e)? });
    }
    if starts(0, &[0xbb]) && starts(5, &[0xbf]) && starts(10, &[0xbe]) && starts(15, &[0x53]) {
        let inline = starts(16, &CALL) && starts(16 + CALL.len(), &[0xb2, 0x80, 0xa4]);
        let indirect = starts(16, &[0xbb]) && starts(21, &[0xb2, 0x80, 0xa4]);
        let table = packed.at(number(1)?, 6 * MAX_STREAMS);
        let entry = (inline || indirect).then(|| jump(packed, &code, 0x0f)).flatten()?;
        return Some(Plan { source: number(11)?, first: number(6)?, more: More::Pages(table), entry });
    }
    None
}

/// The target of the loader's last jump: `dec byte [esi or edi]; je ENTRY`.
fn jump(packed: &Packed<'_>, code: &[u8], register: u8) -> Option<u32> {
    let at = code.windows(4).position(|window| window == [0xfe, register, 0x0f, 0x84])? + 4;
    let distance = u32::from_le_bytes(*code.get(at..)?.first_chunk()?);
    let behind = packed.header.entry_address.wrapping_add(at as u32 + 4);
    Some(packed.image_base().wrapping_add(behind).wrapping_add(distance))
}

impl More {
    /// The destinations after the first one; None without an end of the table.
    fn targets(&self) -> Option<Vec<Target>> {
        let mut targets = Vec::new();
        let (Self::Pages(table) | Self::Addresses(table)) = self else { return Some(targets) };
        let mut table = Input::new(table, 0);
        loop {
            let number = match self {
                Self::Pages(_) => table.array().map(u16::from_le_bytes)?.into(),
                _ => table.u32()?,
            };
            targets.push(match (self, number) {
                (Self::Pages(_), 2) | (Self::Addresses(_), 1) => return Some(targets),
                (Self::Pages(_), 1) => Target { address: table.u32()?, part: false },
                (Self::Pages(_), page) => Target { address: page.wrapping_sub(2) << 12, part: true },
                (_, 0 | 0x8000_0001..) => Target { address: table.u32()?, part: false },
                (_, address) => Target { address: address - 1, part: true },
            });
        }
    }
}

impl Plan {
    fn run(
        &self,
        packed: &Packed<'_>,
        source: &[u8],
        source_address: u32,
        memory: &mut [u8],
        address: u32,
    ) -> Option<Vec<u8>> {
        let base = packed.image_base();
        let start = self.source.checked_sub(base)?.checked_sub(source_address)?;
        let mut input = Input::new(source, start as usize);
        let mut parts = Vec::new();
        // Streams may name the same memory again and again.
        let mut room = memory.len().saturating_mul(2);
        let first = Target { address: self.first, part: true };
        for target in std::iter::once(first).chain(self.more.targets()?) {
            let at = target.address.checked_sub(base)?.checked_sub(address)?;
            let mut output = Output::new(memory, at as usize);
            aplib::decode(&mut input, &mut output)?;
            let end = output.position();
            room = room.checked_sub(end - at as usize)?;
            if target.part {
                parts.push((at as usize, end));
            }
        }
        parts.sort_unstable();
        let ends = parts.iter().skip(1).map(|(start, _)| *start).chain([memory.len()]);
        let pieces = parts.iter().zip(ends).map(|(&(start, end), next)| {
            let end = if matches!(self.more, More::None) { next } else { end };
            let bytes = memory.get(start..end)?.to_vec();
            let virtual_size = u32::try_from(next - start).ok()?;
            Some(Piece { address: address.checked_add(start as u32)?, virtual_size, bytes })
        });
        let pieces: Option<Vec<Piece>> = pieces.collect();
        let facts = Facts { image_base: base, entry: self.entry.checked_sub(base)?, ..Facts::default() };
        rebuild(&facts, &pieces?)
    }
}
