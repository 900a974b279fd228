//! `PESpin` 1.1: sections encrypted twice and some of them packed, behind a loader that decrypts itself.
//!
//! The loader is the same in every file but for keys, so that what it knows is at fixed distances from the
//! entry point, in instructions whose first byte is checked here. In its order: a range is decrypted with a key
//! that counts down, another with a shift register; sections whose bits are set in a map, with a second one;
//! two more pieces of loader, with a third one and with a loop made up for this file; sections again, with such
//! a loop; packed sections are aPLib streams. The loader keeps the first instructions of the program for
//! itself, so that, as in ClamAV, the entry point is where the first section begins.

use super::rebuild::{Facts, Piece, rebuild};
use super::stream::{Input, Output};
use super::{Answer, Fault, Packed, aplib, poly};

const LOADER: [u8; 27] = [
    0xeb, 0x01, 0x68, 0x60, 0xe8, 0, 0, 0, 0, 0x8b, 0x1c, 0x24, 0x83, 0xc3, 0x12, 0x81, 0x2b, 0xe8, 0xb1,
    0x06, 0x00, 0xfe, 0x4b, 0xfd, 0x82, 0x2c, 0x24,
];
const SIZE: usize = 0x321b;
const MOVE_BX: u8 = 0xbb;
const MOVE_CX: u8 = 0xb9;
const MOVE_DX: u8 = 0xba;
const PUSH: u8 = 0x68;
/// Second byte of `xor edx, NUMBER` and `xor ebx, NUMBER`, behind 81h.
const XOR_DX: u8 = 0xf2;
const XOR_BX: u8 = 0xf3;
/// Second byte of `sub ecx, NUMBER`.
const SUB_CX: u8 = 0xe9;
const MAX_LOOP: usize = 0x40;

/// Unpacks it; None when the loader is not `PESpin`'s.
pub fn unpack(packed: &Packed<'_>) -> Option<Answer> {
    let code = packed.code(0, SIZE);
    if !code.starts_with(&LOADER) {
        return None;
    }
    Some(run(packed, Loader { code }).unwrap_or(Err(Fault::Damaged)))
}

struct Loader {
    code: Vec<u8>,
}

impl Loader {
    fn number(&self, at: usize) -> Option<u32> {
        Some(u32::from_le_bytes(*self.code.get(at..)?.first_chunk()?))
    }

    /// The number in the instruction at `at`, whose byte before it is `opcode`.
    fn operand(&self, opcode: u8, at: usize) -> Option<u32> {
        let at = if matches!(opcode, XOR_BX | XOR_DX | SUB_CX) { at + 1 } else { at };
        (*self.code.get(at)? == opcode).then(|| self.number(at + 1)).flatten()
    }

    /// The register whose taps are applied at `at`, behind a jump over that.
    fn register(&self, opcode: u8, at: usize) -> Option<Register> {
        let tapped = match *self.code.get(at.checked_sub(2)?)? {
            0x72 => 0,
            0x73 => 1,
            _ => return None,
        };
        Some(Register { taps: self.operand(opcode, at)?, tapped })
    }

    fn range(&mut self, start: usize, size: u32) -> Option<&mut [u8]> {
        self.code.get_mut(start..start.checked_add(size as usize)?)
    }

    /// Decrypts what the loader hides of itself, up to its first look at sections.
    fn first(&mut self) -> Option<()> {
        let (key, size) = (self.operand(MOVE_BX, 0xdb)?, self.operand(MOVE_CX, 0xe0)?);
        let mut key = key as u8;
        for byte in self.range(0x1fe5, size)?.iter_mut().rev() {
            *byte ^= key;
            key = key.wrapping_sub(1);
        }
        let (key, size) = (self.operand(MOVE_BX, 0x26ea)?, self.operand(PUSH, 0x26ef)?);
        let register = self.register(XOR_BX, 0x2705)?;
        register.decrypt(key, self.range(0x2d5, size)?);
        Some(())
    }

    /// Decrypts the rest of it.
    fn second(&mut self) -> Option<()> {
        let (size, key) = (self.operand(PUSH, 0x643)?, self.operand(MOVE_DX, 0x64f)?);
        let register = self.register(XOR_DX, 0x686)?;
        register.decrypt(key, self.range(0x28d3, size)?);
        let size = self.operand(MOVE_CX, 0x28dc)?;
        let operations = self.operations(0x28ea)?;
        poly::decrypt(&operations, self.range(0x6d4, size)?)
    }

    /// The loop that begins at `at` by reading a byte.
    fn operations(&self, at: usize) -> Option<Vec<u8>> {
        let rest = self.code.get(at..)?.strip_prefix(&[0x8a, 0x07])?;
        Some(rest.get(..rest.len().min(MAX_LOOP))?.to_vec())
    }
}

/// The bytes of one section.
struct Body {
    piece: Piece,
    packed: bool,
}

fn run(packed: &Packed<'_>, mut loader: Loader) -> Option<Answer> {
    loader.first()?;
    let (map, key) = (loader.number(0x3207)?, loader.number(0x3217)?);
    let unsummed = u64::from(loader.operand(SUB_CX, 0x427)?);
    let file = match packed.read(0, packed.data.len().checked_sub(unsummed)?) {
        Ok(file) => file,
        Err(fault) => return Some(Err(fault)),
    };
    let key = key.wrapping_sub(checksum(&file));
    drop(file);
    let register = loader.register(XOR_DX, 0x592)?;
    loader.second()?;
    let (second_map, packed_map) = (loader.operand(PUSH, 0x6f0)?, loader.operand(MOVE_BX, 0x3060)?);
    let operations = loader.operations(0x753)?;
    let (_, sections) = packed.sections.split_last()?;
    let mut room = packed.max_output;
    let mut bodies = Vec::with_capacity(sections.len());
    for (index, section) in sections.iter().enumerate() {
        let set = |map: u32| {
            u32::try_from(index).is_ok_and(|index| map.checked_shr(index).is_some_and(|map| map & 1 == 1))
        };
        let place = &section.place;
        let mut bytes = match packed.read(place.offset, place.size) {
            Ok(bytes) => bytes,
            Err(fault) => return Some(Err(fault)),
        };
        let stated = bytes.len().min(usize::try_from(section.stated.size).ok()?);
        if set(map) {
            register.decrypt(key, bytes.get_mut(..stated)?);
        }
        if set(second_map) {
            poly::decrypt(&operations, bytes.get_mut(..stated)?)?;
        }
        let grown = if set(packed_map) { place.virtual_size } else { bytes.len() as u64 };
        let Some(left) = room.checked_sub(grown) else { return Some(Err(Fault::TooLarge(grown))) };
        room = left;
        let piece = Piece { address: place.address as u32, virtual_size: place.virtual_size as u32, bytes };
        bodies.push(Body { piece, packed: set(packed_map) });
    }
    let pieces: Option<Vec<Piece>> = bodies.into_iter().map(Body::whole).collect();
    let pieces = pieces?;
    let entry = pieces.first()?.address;
    let facts = Facts { image_base: packed.image_base(), entry, ..Facts::default() };
    Some(rebuild(&facts, &pieces).ok_or(Fault::Damaged))
}

impl Body {
    fn whole(self) -> Option<Piece> {
        if !self.packed {
            return Some(self.piece);
        }
        let mut bytes = vec![0; self.piece.virtual_size as usize];
        aplib::decode(&mut Input::new(&self.piece.bytes, 0), &mut Output::new(&mut bytes, 0))?;
        Some(Piece { bytes, ..self.piece })
    }
}

/// What the loader makes of its own file, so that nobody changes it.
fn checksum(file: &[u8]) -> u32 {
    let (mut sum, mut other) = (u32::MAX, u32::MAX);
    for byte in file {
        sum = (sum ^ u32::from(*byte) << 8) >> 3;
        for _ in 0..4 {
            let next = (sum ^ (other >> 8 & 0xff)).wrapping_add(0x7801_a108) ^ other;
            (sum, other) = (other, next.rotate_right(other & 31));
        }
    }
    other
}

/// A shift register, whose low bytes things are encrypted with.
#[derive(Clone, Copy)]
struct Register {
    taps: u32,
    /// The bit that falls out when taps are applied.
    tapped: u32,
}

impl Register {
    fn decrypt(self, mut key: u32, bytes: &mut [u8]) {
        for byte in bytes {
            key = key >> 1 ^ if key & 1 == self.tapped { self.taps } else { 0 };
            *byte ^= key as u8;
        }
    }
}
