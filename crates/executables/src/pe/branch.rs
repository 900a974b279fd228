//! Where the calls and jumps of a program's first section lead.

use std::collections::BTreeSet;

use crate::Program;
use crate::reader::{PAGE, Reader};

/// Targets looked for.
const MOST: usize = 1280;
const CALL: u8 = 0xe8;
const JUMP: u8 = 0xe9;
/// Bytes of such an instruction: its code, and how far it leads.
const INSTRUCTION: usize = 5;

/// File offsets in the section `into`, `room` bytes before its end or more, that calls and jumps of the first
/// section lead to, ascending; at most 1280. Any byte that may be a call's or a jump's is taken for one, but the
/// last five.
pub fn branches(reader: &mut Reader<'_>, program: &Program, into: usize, room: u64) -> Vec<u64> {
    let (Some(header), Some(first), Some(into)) =
        (&program.pe, program.sections.first(), program.sections.get(into))
    else {
        return Vec::new();
    };
    let (first, into, size) = (first.place, into.place, reader.len());
    let is_target =
        |at: &u64| *at >= into.offset && at.saturating_add(room) <= into.offset.saturating_add(into.size);
    let mut found = BTreeSet::new();
    let mut at = 0;
    while at + (INSTRUCTION as u64) < first.size && found.len() < MOST {
        let part = (first.size - at - 1).min(PAGE as u64) as usize;
        let Some(code) = reader.bytes(first.offset + at, part) else { break };
        for (place, instruction) in code.windows(INSTRUCTION).enumerate() {
            let [CALL | JUMP, distance @ ..] = instruction else { continue };
            let Ok(distance) = <[u8; 4]>::try_from(distance) else { continue };
            let next = (first.address + at + (place + INSTRUCTION) as u64) as u32;
            let target = next.wrapping_add(u32::from_le_bytes(distance));
            found.extend(header.offset_of(target.into(), &program.sections, size).filter(is_target));
            if found.len() >= MOST {
                break;
            }
        }
        at += (part + 1 - INSTRUCTION) as u64;
    }
    found.into_iter().collect()
}
