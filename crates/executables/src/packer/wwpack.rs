//! `WWPack32`: sections packed in place, the loader in a section of its own.
//!
//! The loader begins with a banner. Behind its code are 17-byte entries: how far before the loader the section
//! is, where its memory ends, how many words are packed, where the last of them is, and whether more follow.
//! Bits come from 32-bit little-endian words, the highest first; a word is read as soon as the last bit of the
//! one before is used, and literal bytes lie between words.

use super::image::Image;
use super::stream::{Input, Output};
use super::{Answer, Fault, Packed};

/// push ebx; push ebp; mov ebp, eax; xor ebx, ebx; jmp +60h
const LOADER: [u8; 8] = [0x53, 0x55, 0x8b, 0xe8, 0x33, 0xdb, 0xeb, 0x60];
const CODE: usize = 0x300;
/// `jmp ENTRY`, the last of the code.
const JUMP: usize = 0x294;
const TABLE: usize = 0x2a1;
const ENTRY: usize = 17;
const END: u32 = 0x1ff;

/// Unpacks it; None when the loader is not `WWPack32`'s.
pub fn unpack(packed: &Packed<'_>) -> Option<Answer> {
    let code = packed.code(0, CODE);
    if !code.starts_with(&LOADER) || code.get(JUMP) != Some(&0xe9) {
        return None;
    }
    let mut image = match Image::new(packed) {
        Ok(image) => image,
        Err(fault) => return Some(Err(fault)),
    };
    Some(run(packed, &code, &mut image).ok_or(Fault::Damaged))
}

fn run(packed: &Packed<'_>, code: &[u8], image: &mut Image) -> Option<Vec<u8>> {
    let loader = packed.header.entry_address;
    let distance = u32::from_le_bytes(*code.get(JUMP + 1..)?.first_chunk()?);
    let entry = loader.wrapping_add(JUMP as u32 + 5).wrapping_add(distance);
    for fields in code.get(TABLE..)?.chunks_exact(ENTRY) {
        let number = |at: usize| Some(u32::from_le_bytes(*fields.get(at..)?.first_chunk()?));
        let start = loader.checked_sub(number(0)?)?;
        let end = start.checked_add(number(4)?)?.checked_add(4)?;
        let size = number(8)?.checked_mul(4)?;
        let from = start.checked_add(number(12)?)?.checked_add(4)?.checked_sub(size)?;
        image.charge(end - start)?;
        let source = image.bytes.get(from as usize..from.checked_add(size)? as usize)?.to_vec();
        let memory = image.bytes.get_mut(start as usize..end as usize)?;
        let mut output = Output::new(memory, 0);
        decode(&mut Input::new(&source, 0), &mut output)?;
        let made = output.position();
        memory.get_mut(made..)?.fill(0);
        if fields.last() == Some(&0) {
            return image.file(packed, loader, entry);
        }
    }
    None
}

struct Bits<'i, 'a> {
    input: &'i mut Input<'a>,
    word: u32,
    left: u32,
}

impl Bits<'_, '_> {
    /// The next word; nothing is behind the last one.
    fn refill(&mut self) {
        match self.input.u32() {
            Some(word) => (self.word, self.left) = (word, 32),
            None => self.left = 0,
        }
    }

    fn bit(&mut self) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        let bit = self.word >> self.left & 1;
        if self.left == 0 {
            self.refill();
        }
        Some(bit)
    }

    fn bits(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |number, _| Some(number << 1 | self.bit()?))
    }
}

pub fn decode(input: &mut Input<'_>, output: &mut Output<'_>) -> Option<()> {
    let mut bits = Bits { input, word: 0, left: 0 };
    bits.refill();
    loop {
        if bits.bit()? == 0 {
            output.push(bits.input.byte()?)?;
            continue;
        }
        let (distance, length) = match bits.bits(2)? {
            3 => match near(&mut bits)? {
                0 => return Some(()),
                distance => (distance, 2),
            },
            kind => (far(&mut bits)?, if kind == 0 { long(&mut bits)? } else { kind + 2 }),
        };
        output.copy((distance & 0xffff) as usize, length as usize)?;
    }
}

/// The distance of a match of two bytes; 0 at the end.
fn near(bits: &mut Bits<'_, '_>) -> Option<u32> {
    let (count, first) = match bits.bits(2)? {
        0 => (5, 0x01),
        1 => (6, 0x21),
        2 => (8, 0x61),
        _ => (9, 0x161),
    };
    let number = bits.bits(count)?;
    Some(if number == END { 0 } else { number + first })
}

/// The distance of a longer match.
fn far(bits: &mut Bits<'_, '_>) -> Option<u32> {
    let count = match bits.bits(3)? {
        3 => 8 + bits.bit()?,
        4 => 10 + bits.bit()?,
        5 => 12,
        6 => return Some(bits.bits(14)? + 0x1fe1),
        7 => return Some(bits.bits(15)? + 0x5fe1),
        short => 5 + short,
    };
    Some(bits.bits(count)? + (1 << count) - 0x1f)
}

/// The length of a match of five bytes or more.
fn long(bits: &mut Bits<'_, '_>) -> Option<u32> {
    if bits.bit()? == 0 {
        return Some(5 + bits.bit()?);
    }
    let number = bits.bits(3)?;
    if number != 0 {
        return Some(6 + number);
    }
    let number = bits.bits(4)?;
    if number != 0 {
        return Some(13 + number);
    }
    for (count, first) in [(5, 29), (6, 61), (7, 125)] {
        if bits.bit()? == 1 {
            return Some(bits.bits(count)? + first);
        }
    }
    bits.bits(14)
}
