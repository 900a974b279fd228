//! MEW 11: aPLib streams, each followed by the address of the next one, unpacked into an empty section.
//!
//! The entry point jumps into the headers, where the loader is: `mov esi, DATA`. There are the address of a
//! function, the original entry point and where the first stream goes. Not read: MEW's LZMA form.

use super::rebuild::{Facts, pieces, rebuild};
use super::stream::{Input, Output};
use super::{Answer, Fault, Packed, aplib};

/// mov ebx, esi; lodsd; lodsd; push eax; lodsd; xchg edi, eax; mov dl, 80h; movsb; mov dh, 80h
const LOADER: [u8; 12] = [0x8b, 0xde, 0xad, 0xad, 0x50, 0xad, 0x97, 0xb2, 0x80, 0xa4, 0xb6, 0x80];

/// Unpacks it; None when the loader is not MEW's.
pub fn unpack(packed: &Packed<'_>) -> Option<Answer> {
    let (empty, full) = packed.empty_section()?;
    let code = packed.code(0, 5);
    let [0xe9, distance @ ..] = *code.first_chunk::<5>()? else { return None };
    let entry = packed.header.entry_address.wrapping_add(5);
    let loader = entry.wrapping_add(u32::from_le_bytes(distance));
    if loader >= empty.address as u32 {
        return None;
    }
    let code = packed.at(packed.image_base().wrapping_add(loader), 5 + LOADER.len());
    let [0xbe, data @ ..] = *code.first_chunk::<5>()? else { return None };
    if !code.ends_with(&LOADER) {
        return None;
    }
    let source = match packed.read(full.offset, full.size) {
        Ok(source) => source,
        Err(fault) => return Some(Err(fault)),
    };
    let mut memory = match packed.memory(empty.virtual_size) {
        Ok(memory) => memory,
        Err(fault) => return Some(Err(fault)),
    };
    let start = u32::from_le_bytes(data).wrapping_sub(packed.image_base()).wrapping_sub(full.address as u32);
    let input = Input::new(&source, start as usize);
    Some(run(packed.image_base(), input, &mut memory, empty.address as u32).ok_or(Fault::Damaged))
}

fn run(base: u32, mut input: Input<'_>, memory: &mut [u8], address: u32) -> Option<Vec<u8>> {
    let [_, entry, mut destination] = [input.u32()?, input.u32()?, input.u32()?];
    let mut starts = Vec::new();
    // Streams may name the same memory again and again.
    let mut room = memory.len().saturating_mul(2);
    while destination != 0 {
        let at = destination.checked_sub(base)?.checked_sub(address)?;
        let mut output = Output::new(memory, at as usize);
        aplib::decode(&mut input, &mut output)?;
        room = room.checked_sub(output.position() - at as usize)?;
        starts.push(at);
        destination = input.u32()?;
    }
    let facts = Facts { image_base: base, entry: entry.checked_sub(base)?, ..Facts::default() };
    rebuild(&facts, &pieces(memory, address, &starts)?)
}
