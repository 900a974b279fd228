//! `ASPack` 2.12: each section packed in place, the loader in a section of its own.
//!
//! In the loader is a list of (address, size) of packed sections. As in ClamAV a filter that makes the
//! addresses of calls absolute is not undone, and sections from the loader on are left out.

use super::image::Image;
use super::rebuild::{Facts, Piece, rebuild};
use super::stream::{Input, Output};
use super::{Answer, Fault, Packed, lzx};

const CODE: usize = 0x600;
/// pushad; call +3; a trap for disassemblers; call +1
const LOADER: [u8; 14] = [0x60, 0xe8, 3, 0, 0, 0, 0xe9, 0xeb, 4, 0x5d, 0x45, 0x55, 0xc3, 0xe8];
/// Where the loader's `ebp` points, counted from the entry point.
const BASE: usize = 18;
const MAX_SECTIONS: usize = 96;
/// What a match may write behind the end.
const SLACK: usize = 0x10e;

/// Unpacks it; None when the loader is not `ASPack`'s.
pub fn unpack(packed: &Packed<'_>) -> Option<Answer> {
    let code = packed.code(0, CODE);
    if !code.starts_with(&LOADER) {
        return None;
    }
    let find = |bytes: &[u8]| code.windows(bytes.len()).position(|window| window == bytes);
    let number = |at: usize| Some(u32::from_le_bytes(*code.get(at..)?.first_chunk()?));
    // lea esi, [ebp + LIST]; cmp dword [esi], 0; je
    let list = find(&[0x83, 0x3e, 0, 0x0f, 0x84]).and_then(|at| number(at.checked_sub(4)?))?;
    // mov eax, ENTRY; push eax; add eax, [ebp + BASE]
    let entry = find(&[0x50, 0x03, 0x85]).and_then(|at| number(at.checked_sub(4)?))?;
    let mut image = match Image::new(packed) {
        Ok(image) => image,
        Err(fault) => return Some(Err(fault)),
    };
    let list = packed.header.entry_address.checked_add(BASE as u32)?.checked_add(list)?;
    Some(run(packed, list, entry, &mut image).ok_or(Fault::Damaged))
}

fn run(packed: &Packed<'_>, mut list: u32, entry: u32, image: &mut Image) -> Option<Vec<u8>> {
    for _ in 0..MAX_SECTIONS {
        let (address, size) = (image.u32(list)?, image.u32(list.checked_add(4)?)?);
        if address == 0 {
            break;
        }
        let source = image.source(address, size)?;
        let mut memory = vec![0; (size as usize).checked_add(SLACK)?];
        let mut output = Output::new(&mut memory, 0);
        lzx::decode(&mut Input::new(&source, 0), &mut output, size as usize)?;
        let made = output.position();
        let target = image.bytes.get_mut(address as usize..(address as usize).checked_add(made)?)?;
        target.copy_from_slice(memory.get(..made)?);
        list = list.checked_add(8)?;
    }
    let kept = packed.sections.iter().map(|section| &section.place);
    let kept = kept.take_while(|place| !packed.enters(place)).map(|place| {
        let end = place.address.checked_add(place.virtual_size)?;
        let bytes = image.bytes.get(place.address as usize..end as usize)?.to_vec();
        Some(Piece { address: place.address as u32, virtual_size: place.virtual_size as u32, bytes })
    });
    let pieces: Option<Vec<Piece>> = kept.collect();
    rebuild(&Facts { image_base: packed.image_base(), entry, ..Facts::default() }, &pieces?)
}
