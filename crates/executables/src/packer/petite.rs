//! Petite 2.x: sections packed and moved about in memory, by a table behind the loader.
//!
//! Entries of the table, read until one has no source: with bit 31 of the first number set, so many words are
//! moved, the last one first; else (source, size, destination, flags) is a packed section. In one of these is
//! the handler of an exception that the loader ends with. It jumps to the entry point by a distance that is
//! encrypted with a checksum of its own code and with the number of imports. As in ClamAV that code is cut off, and a filter that makes the
//! addresses of calls absolute is not undone.

use super::image::Image;
use super::rebuild::{Facts, Piece, rebuild};
use super::stream::{Input, Output};
use super::{Answer, Fault, Packed};

const CODE: usize = 0x400;
/// mov ecx, [edx]; btr ecx, 31; jae
const READ: [u8; 7] = [0x8b, 0x0a, 0x0f, 0xba, 0xf1, 0x1f, 0x73];
const MAX_ENTRIES: usize = 200;
/// Where in the handler the bytes begin that its checksum is of.
const SUMMED: usize = 19;
/// How far behind the loader's beginning the last of its code ends, once it is moved there.
const BEHIND_JUMP: u32 = 0x47;
const MAX_IMPORTS: usize = 4096;
const MOVED: u32 = 1 << 31;

/// Unpacks it; None when the loader is not Petite's.
pub fn unpack(packed: &Packed<'_>) -> Option<Answer> {
    let code = packed.code(0, CODE);
    let [0xb8, loader @ .., 0x68] = *code.first_chunk::<6>()? else { return None };
    let at = code.windows(READ.len()).position(|window| window == READ)?;
    let [0x8d, 0x90, table @ ..] = *code.get(at.checked_sub(6)?..)?.first_chunk::<6>()? else { return None };
    let loader = u32::from_le_bytes(loader).wrapping_sub(packed.image_base());
    let table = loader.checked_add(u32::from_le_bytes(table))?;
    let mut image = match Image::new(packed) {
        Ok(image) => image,
        Err(fault) => return Some(Err(fault)),
    };
    Some(run(packed, &code, loader, table, &mut image).ok_or(Fault::Damaged))
}

fn run(packed: &Packed<'_>, code: &[u8], loader: u32, table: u32, image: &mut Image) -> Option<Vec<u8>> {
    let entries = image.bytes.get(table as usize..)?.to_vec();
    let mut entries = Input::new(&entries, 0);
    let mut places: Vec<(u32, u32)> = Vec::new();
    for _ in 0..MAX_ENTRIES {
        let first = entries.u32()?;
        if first == 0 {
            break;
        }
        let [second, third] = [entries.u32()?, entries.u32()?];
        if first & MOVED != 0 {
            image.move_down(second, third, first & !MOVED)?;
            continue;
        }
        entries.u32()?;
        if second != 0 {
            let source = image.source(first, second)?;
            let mut output = Output::new(&mut image.bytes, third as usize);
            decode(&mut Input::new(&source, 0), &mut output, second)?;
            places.push((third, second));
        }
    }
    let handler = u32::from_le_bytes(*code.get(6..)?.first_chunk()?).checked_sub(packed.image_base())?;
    let entry = entry(&image.bytes, handler, loader).or(places.first().map(|(address, _)| *address))?;
    let resources =
        packed.header.directory(2).map_or((0, 0), |directory| (directory.address, directory.size));
    let facts = Facts { image_base: packed.image_base(), entry, resources };
    places.sort_unstable();
    let ends = places.iter().skip(1).map(|(start, _)| Some(*start)).chain([None]);
    let pieces = places.iter().zip(ends).map(|(&(address, size), next)| {
        let bytes = image.bytes.get(address as usize..address.checked_add(size)? as usize)?;
        let own = handler.checked_sub(address).map_or(size, |own| own.min(size));
        let virtual_size = next.map_or(size, |next| next - address);
        Some(Piece { address, virtual_size, bytes: bytes.get(..own as usize)?.to_vec() })
    });
    let pieces: Option<Vec<Piece>> = pieces.collect();
    rebuild(&facts, &pieces?)
}

/// The entry point, as Petite 2.2 hides it.
fn entry(memory: &[u8], handler: u32, loader: u32) -> Option<u32> {
    let code = memory.get(handler as usize..)?;
    let code = code.get(..code.len().min(CODE))?;
    // xor ebx, ebx; push SIZE; mov ecx, [esp]; bt ebx, 0
    let behind = code.windows(7).position(|window| window == [0x8b, 0x0c, 0x24, 0x0f, 0xba, 0xe3, 0x00])?;
    let [0x33, 0xdb, 0x68, size @ ..] = *code.get(behind.checked_sub(7)?..)?.first_chunk::<7>()? else {
        return None;
    };
    let size = u32::from_le_bytes(size) as usize;
    let summed = code.get(SUMMED..SUMMED.checked_add(size)?.checked_add(1)?)?;
    let key = summed.iter().rev().fold(0u32, |key, byte| {
        // The one is what thread data give that are zero.
        let key = if key & 1 == 0 { key ^ 1 } else { key };
        (key ^ u32::from(*byte)).rotate_left(25)
    });
    let mut last = *code.get(5..)?.first_chunk::<14>()?;
    let keys = key.to_le_bytes().into_iter().cycle().skip(2);
    last.iter_mut().zip(keys).for_each(|(byte, key)| *byte ^= key);
    let [.., 0xe9, a, b, c, d] = last else { return None };
    let stubs = loader.checked_add(BEHIND_JUMP)?;
    let distance = imports(memory, code, u32::from_le_bytes([a, b, c, d]), stubs)?;
    let entry = stubs.wrapping_add(distance);
    ((entry as usize) < memory.len()).then_some(entry)
}

/// The distance to the entry point, which every imported function changes. A few of them are called by a jump
/// in a row behind the loader, and count twice.
fn imports(memory: &[u8], code: &[u8], mut distance: u32, mut stub: u32) -> Option<u32> {
    let number = |at: u32| Some(u32::from_le_bytes(*memory.get(at as usize..)?.first_chunk()?));
    // mov esi, LIBRARIES; add esi, ebp; lea ecx, [ebp + NAMES]
    let behind = code.windows(4).position(|window| window == [0x03, 0xf5, 0x8d, 0x8d])?;
    let mut library = u32::from_le_bytes(*code.get(behind.checked_sub(4)?..)?.first_chunk()?);
    let mut direct = 0;
    for _ in 0..MAX_IMPORTS {
        let mut function = match number(library)? {
            0 => return Some(distance),
            functions => functions,
        };
        for _ in 0..MAX_IMPORTS {
            let name = number(function)?;
            if name == 0 {
                break;
            }
            let by_name = name & MOVED == 0;
            let jumps = by_name && direct == 0;
            if jumps {
                stub = stub.wrapping_add(5);
                direct = stub & 7;
            } else if by_name {
                direct -= 1;
            }
            distance = distance.wrapping_sub(1 + u32::from(jumps)).rotate_right(3);
            function = function.checked_add(4)?;
        }
        library = library.checked_add(4)?;
    }
    None
}

struct Bits<'i, 'a> {
    input: &'i mut Input<'a>,
    byte: u8,
    left: u8,
}

impl Bits<'_, '_> {
    /// Bits of bytes, the highest first.
    fn bit(&mut self) -> Option<u32> {
        if self.left == 0 {
            self.byte = self.input.byte()?;
            self.left = 8;
        }
        self.left -= 1;
        Some(u32::from(self.byte >> self.left & 1))
    }

    fn append(&mut self, number: u32) -> Option<u32> {
        number.checked_mul(2)?.checked_add(self.bit()?)
    }

    fn gamma(&mut self) -> Option<u32> {
        let mut number = 1;
        loop {
            number = self.append(number)?;
            if self.bit()? == 0 {
                return Some(number);
            }
        }
    }
}

/// Unpacks `size` bytes.
pub fn decode(input: &mut Input<'_>, output: &mut Output<'_>, size: u32) -> Option<()> {
    // Bits of a distance below its gamma code, and from where on matches are longer.
    let (low, farther, farthest) = match size {
        0..0x1_0000 => (5, 0x3a0, 0x3fa0),
        0x1_0000..0x4_0000 => (7, 0x680, 0x7e80),
        _ => (8, 0x500, 0x7d00),
    };
    output.push(input.byte()?)?;
    let mut left = size.checked_sub(1)?;
    let mut bits = Bits { input, byte: 0, left: 0 };
    let mut last = 0;
    while left > 0 {
        if bits.bit()? == 0 {
            output.push(bits.input.byte()? ^ left as u8)?;
            left -= 1;
            continue;
        }
        let mut length = 0;
        if let Some(mut distance) = bits.gamma()?.checked_sub(3) {
            for _ in 0..low {
                distance = bits.append(distance)?;
            }
            last = distance.checked_add(1)?;
            length = 1 + u32::from(last > farther) + u32::from(last > farthest);
        }
        let mut coded = bits.append(0)?;
        coded = bits.append(coded)?;
        if coded == 0 {
            coded = bits.gamma()?.checked_add(2)?;
        }
        length += coded;
        left = left.checked_sub(length)?;
        output.copy(last as usize, length as usize)?;
    }
    Some(())
}
