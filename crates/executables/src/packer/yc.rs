//! yoda's Crypter 1.3: the program as it was, its sections encrypted, with a loader in a section of its own.
//!
//! The loader decrypts its own rest by a loop that was made up for this file out of a few one-byte operations;
//! in that rest is another such loop for the sections. Both are run here, operation by operation. Sections for
//! resources, relocations, exports and thread-local data are left as they are. Unlike ClamAV the entry point
//! is set to the original one.

use super::rebuild::put;
use super::{Answer, Fault, Packed, poly};
use crate::Section;

/// push ebp; mov ebp, esp; push ebx; push esi; push edi; pushad; call +0; pop ebp; sub ebp
const LOADER: [u8; 15] = [0x55, 0x8b, 0xec, 0x53, 0x56, 0x57, 0x60, 0xe8, 0, 0, 0, 0, 0x5d, 0x81, 0xed];
/// What `ebp` is when nothing is subtracted, counted from the entry point.
const HERE: usize = 12;
const LOOP: usize = 50;
/// Longest loop, and longest rest of a loader.
const MAX_LOOP: usize = 0x40;
const MAX_REST: usize = 0x2000;
/// mov edi, esi; jmp +4
const SECTION_LOOP: [u8; 4] = [0x8b, 0xfe, 0xeb, 0x04];
/// add ebx, [edx]; ror ebx, 7
const ADD_ENTRY: [u8; 5] = [0x03, 0x1a, 0xc1, 0xcb, 0x07];
const LEFT_ALONE: [&[u8]; 7] = [b"rsrc", b".rsr", b"relo", b".rel", b"yC\0\0", b".eda", b".tls"];

/// Unpacks it; None when the loader is not yoda's.
pub fn unpack(packed: &Packed<'_>) -> Option<Answer> {
    let code = packed.code(0, LOOP + MAX_LOOP + MAX_REST);
    let starts = |at: usize, bytes: &[u8]| code.get(at..).is_some_and(|rest| rest.starts_with(bytes));
    if !starts(0, &LOADER) || !starts(19, &[0xb9]) || !starts(24, &[0x81, 0xe9]) {
        return None;
    }
    if !starts(30, &[0x8b, 0xd5, 0x81, 0xc2]) {
        return None;
    }
    let (at, _) = packed.sections.iter().enumerate().find(|(_, section)| packed.enters(&section.place))?;
    Some(run(packed, code, at).unwrap_or(Err(Fault::Damaged)))
}

fn run(packed: &Packed<'_>, mut code: Vec<u8>, loader: usize) -> Option<Answer> {
    let number = |code: &[u8], at: usize| Some(u32::from_le_bytes(*code.get(at..)?.first_chunk()?));
    let subtracted = number(&code, LOADER.len())?;
    // mov ecx, END; sub ecx, START; mov edx, ebp; add edx, START
    let (end, start) = (number(&code, 20)?, number(&code, 26)?);
    let place = |address: u32| address.checked_sub(subtracted)?.checked_add(HERE as u32);
    let rest = code.get_mut(place(start)? as usize..)?;
    let rest_size = end.checked_sub(start).filter(|size| *size as usize <= rest.len())?;
    let operations = packed.code(LOOP as u64, MAX_LOOP);
    poly::decrypt(&operations, rest.get_mut(..rest_size as usize)?)?;
    let find = |bytes: &[u8]| code.windows(bytes.len()).position(|window| window == bytes);
    let operations = code.get(find(&SECTION_LOOP)? + 8..)?;
    let operations = operations.get(..operations.len().min(MAX_LOOP))?;
    let entry = find(&ADD_ENTRY).and_then(|at| place(number(&code, at.checked_sub(4)?)?));
    let entry = number(&code, entry? as usize)?;
    let own = packed.sections.get(loader)?;
    let mut file = match packed.read(0, own.place.offset) {
        Ok(file) => file,
        Err(fault) => return Some(Err(fault)),
    };
    for section in packed.sections.get(..loader)?.iter().filter(|section| is_encrypted(section)) {
        let start = usize::try_from(section.stated.offset).ok()?;
        let end = start.checked_add(usize::try_from(section.stated.size).ok()?)?.min(file.len());
        poly::decrypt(operations, file.get_mut(start..end)?)?;
    }
    headers(packed, &mut file, loader, entry)?;
    Some(Ok(file))
}

fn is_encrypted(section: &Section) -> bool {
    let mut name = [0; 4];
    name.iter_mut().zip(&section.name).for_each(|(to, from)| *to = *from);
    section.stated.offset != 0 && section.stated.size != 0 && !LEFT_ALONE.contains(&name.as_slice())
}

/// Takes the loader's section out of the headers.
fn headers(packed: &Packed<'_>, file: &mut [u8], loader: usize, entry: u32) -> Option<()> {
    let header = usize::try_from(packed.header.offset).ok()?;
    let address = packed.sections.get(loader)?.place.address as u32;
    put(file, header + 6, &u16::try_from(loader).ok()?.to_le_bytes())?;
    put(file, header + 24 + 16, &entry.to_le_bytes())?;
    put(file, header + 24 + 56, &address.to_le_bytes())?;
    put(file, usize::try_from(packed.header.directory_at(1)).ok()?, &[0; 8])
}
