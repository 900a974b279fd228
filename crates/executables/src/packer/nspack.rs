//! `NsPack` 2: the first section is one LZMA stream.
//!
//! The loader at the entry point, or where a jump there leads, begins by looking at a mark. Before that is a
//! number, where the stream's header is, counted from the loader: perhaps a zero in 32 bits; LZMA's
//! properties, size of the dictionary, size of the packed bytes, size of the content. The loader's last jump
//! leads to the original entry point. As in ClamAV addresses of calls stay as the packer made them.

use super::rebuild::{Facts, Piece, rebuild};
use super::{Answer, Fault, Packed, lzma};

/// pushfd; pushad; call +0; pop ebp; mov eax, 7; sub ebp, eax; lea esi, [ebp + MARK]
const LOADER: [u8; 17] = [0x9c, 0x60, 0xe8, 0, 0, 0, 0, 0x5d, 0xb8, 7, 0, 0, 0, 0x2b, 0xe8, 0x8d, 0xb5];
/// From the number to the mark.
const BEFORE_MARK: u32 = 0x54;
const LAST_JUMP: u32 = 0x27a;
const JUMP: u8 = 0xe9;
const HEADER: usize = 13;

/// Unpacks it; None when the loader is not `NsPack`'s.
pub fn unpack(packed: &Packed<'_>) -> Option<Answer> {
    let base = packed.image_base();
    let mut loader = base.wrapping_add(packed.header.entry_address);
    if let Some([JUMP, distance @ ..]) = packed.at(loader, 5).first_chunk::<5>() {
        loader = loader.wrapping_add(5).wrapping_add(u32::from_le_bytes(*distance));
    }
    let code = packed.at(loader, LOADER.len() + 4);
    let mark = u32::from_le_bytes(*code.strip_prefix(&LOADER)?.first_chunk()?);
    let number = loader.wrapping_add(mark).wrapping_sub(BEFORE_MARK);
    Some(content(packed, loader, number).unwrap_or(Err(Fault::Damaged)))
}

/// The program whose stream is where the number at address `number` says; None where something is missing.
fn content(packed: &Packed<'_>, loader: u32, number: u32) -> Option<Answer> {
    let base = packed.image_base();
    let [ahead] = packed.numbers(number)?;
    let mut start = loader.wrapping_add(ahead);
    if packed.numbers(start)? == [0] {
        start = start.wrapping_add(4);
    }
    let header = packed.at(start, HEADER);
    let [properties, _, _, _, _, sizes @ ..] = *header.first_chunk::<HEADER>()?;
    let [a, b, c, d, size @ ..] = sizes;
    let [stored, size] = [u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes(size)];
    let jump = loader.wrapping_add(LAST_JUMP);
    let [JUMP, distance @ ..] = *packed.at(jump, 5).first_chunk::<5>()? else { return None };
    let entry = jump.wrapping_add(5).wrapping_add(u32::from_le_bytes(distance)).wrapping_sub(base);
    let address = u32::try_from(packed.sections.first()?.place.address).ok()?;
    let place = u64::from(start.wrapping_sub(base)) + HEADER as u64;
    let offset = packed.header.offset_of(place, packed.sections, packed.data.len())?;
    let (source, mut memory) = match (packed.read(offset, stored.into()), packed.memory(size.into())) {
        (Ok(source), Ok(memory)) => (source, memory),
        (Err(fault), _) | (_, Err(fault)) => return Some(Err(fault)),
    };
    lzma::decode(properties, [&source, &[]], &mut memory)?;
    let facts = Facts { image_base: base, entry, ..Facts::default() };
    rebuild(&facts, &[Piece { address, virtual_size: size, bytes: memory }]).map(Ok)
}
