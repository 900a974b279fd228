//! LZ77 with static Huffman codes in blocks: LHA's -lh4- to -lh7- and -lhx-, ARJ's methods 1 to 3.
//!
//! Source: the descriptions in LHA's header.doc and ARJ's TECHNOTE.TXT, ar002 by Haruhiko Okumura.

use crate::bits::Bits;
use crate::bounded::{Input, Output, Status};
use crate::huffman::Huffman;
use crate::window::{Window, through};

const SHORTEST: usize = 3;
const LITERALS: u16 = 256;
/// Symbols of literals and lengths, and of the code that their lengths are written in.
const CODES: usize = 510;
const CODES_BITS: u32 = 9;
const LENGTHS: usize = 19;
const LENGTHS_BITS: u32 = 5;
/// After so many lengths of lengths, a run of zeros may be told.
const GAP: usize = 3;

/// What differs between the methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// Bytes that matches may reach back, as a power of two.
    pub window_bits: u32,
    /// Symbols for distances, and bits of their number.
    pub distances: usize,
    pub distances_bits: u32,
}

impl Form {
    pub const LH5: Self = Self { window_bits: 13, distances: 14, distances_bits: 4 };
    pub const LH6: Self = Self { window_bits: 15, distances: 16, distances_bits: 5 };
    pub const LH7: Self = Self { window_bits: 16, distances: 17, distances_bits: 5 };
    pub const LHX: Self = Self { window_bits: 20, distances: 21, distances_bits: 5 };
    pub const ARJ: Self = Self { window_bits: 15, distances: 17, distances_bits: 5 };
}

/// Decodes `size` bytes.
pub fn decode(form: Form, size: u64, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    through(Window::filled(1 << form.window_bits, b' '), output, |window, output| {
        let mut bits = Bits::new(input);
        let mut lengths = Huffman::new();
        let mut codes = Huffman::new();
        let mut distances = Huffman::new();
        let (mut made, mut left) = (0, 0);
        while made < size {
            if left == 0 {
                left = match bits.take(16)? {
                    0 => 1 << 16,
                    count => count,
                };
                read_lengths(&mut bits, &mut lengths, LENGTHS, LENGTHS_BITS, GAP)?;
                read_codes(&mut bits, &lengths, &mut codes)?;
                read_lengths(&mut bits, &mut distances, form.distances, form.distances_bits, usize::MAX)?;
            }
            left -= 1;
            let code = codes.decode(&mut bits)?;
            let Some(length) = code.checked_sub(LITERALS) else {
                window.put(code as u8);
                made += 1;
                window.spill_when_full(output)?;
                continue;
            };
            let distance = match u32::from(distances.decode(&mut bits)?) {
                0 => 1,
                slot => (1 << (slot - 1)) + bits.take(slot - 1)? + 1,
            };
            let length = (u64::from(length) + SHORTEST as u64).min(size - made);
            window.copy(distance as usize, length as usize)?;
            made += length;
            window.spill_when_full(output)?;
        }
        bits.bytes();
        Ok(())
    })
}

/// A code whose lengths stand there as they are: three bits, of which seven goes on in ones.
fn read_lengths(
    bits: &mut Bits<'_, '_>,
    code: &mut Huffman,
    most: usize,
    count_bits: u32,
    gap: usize,
) -> Result<(), Status> {
    let count = bits.take(count_bits)? as usize;
    if count == 0 {
        code.set_only(bits.take(count_bits)? as u16);
        return Ok(());
    }
    let mut lengths = Vec::with_capacity(most);
    while lengths.len() < count.min(most) {
        let mut length = bits.take(3)? as u8;
        if length == 7 {
            while bits.take(1)? == 1 {
                length += 1;
                if length > 16 {
                    return Err(Status::Corrupt);
                }
            }
        }
        lengths.push(length);
        if lengths.len() == gap {
            lengths.resize(gap + bits.take(2)? as usize, 0);
        }
    }
    code.set(&lengths)
}

fn read_codes(bits: &mut Bits<'_, '_>, lengths: &Huffman, codes: &mut Huffman) -> Result<(), Status> {
    let count = bits.take(CODES_BITS)? as usize;
    if count == 0 {
        codes.set_only(bits.take(CODES_BITS)? as u16);
        return Ok(());
    }
    let mut found = Vec::with_capacity(CODES);
    while found.len() < count.min(CODES) {
        match lengths.decode(bits)? {
            0 => found.push(0),
            1 => found.resize(found.len() + 3 + bits.take(4)? as usize, 0),
            2 => found.resize(found.len() + 20 + bits.take(CODES_BITS)? as usize, 0),
            length => found.push(length as u8 - 2),
        }
    }
    found.truncate(CODES);
    codes.set(&found)
}
