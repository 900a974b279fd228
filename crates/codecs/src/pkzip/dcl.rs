//! The compression library of `PKWARE` (DCL), ZIP's method 10: copies and literals in fixed codes.
//!
//! Source: the description by Ben Rudiak-Gould, comp.compression, 13 August 2001.

use crate::bounded::{Input, Output, Status};
use crate::history::History;
use crate::pkzip::bits::Bits;
use crate::pkzip::tree::Tree;

/// Bits of a literal's code, by the literal.
#[rustfmt::skip]
const LITERALS: [u8; 256] = [
    11, 12, 12, 12, 12, 12, 12, 12, 12, 8, 7, 12, 12, 7, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 13, 12, 12, 12, 12, 12,
    4, 10, 8, 12, 10, 12, 10, 8, 7, 7, 8, 9, 7, 6, 7, 8, 7, 6, 7, 7, 7, 7, 8, 7, 7, 8, 8, 12, 11, 7, 9, 11,
    12, 6, 7, 6, 6, 5, 7, 8, 8, 6, 11, 9, 6, 7, 6, 6, 7, 11, 6, 6, 6, 7, 9, 8, 9, 9, 11, 8, 11, 9, 12, 8,
    12, 5, 6, 6, 6, 5, 6, 6, 6, 5, 11, 7, 5, 6, 5, 5, 6, 10, 5, 5, 5, 5, 8, 7, 8, 8, 10, 11, 11, 12, 12, 12,
    13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13,
    13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12,
    12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12,
    13, 12, 13, 13, 13, 12, 13, 13, 13, 12, 13, 13, 13, 13, 12, 13, 13, 13, 12, 12, 12, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13,
];
/// Bits of the codes of lengths: their shortest, and the bits that are added to it.
const LENGTHS: [u8; 16] = [2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 7, 7];
const SHORTEST: [usize; 16] = [3, 2, 4, 5, 6, 7, 8, 9, 10, 12, 16, 24, 40, 72, 136, 264];
const ADDED: [u32; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
/// Bits of the codes of distances' upper parts.
#[rustfmt::skip]
const DISTANCES: [u8; 64] = [
    2, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8,
];
/// The length that ends the data.
const END: usize = 519;
/// Lower bits of the distances of copies of two bytes.
const NEAR: u32 = 2;

/// Decodes up to the mark at the end.
pub fn decode(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let [coded, low] = input.take().ok_or(Status::Truncated)?;
    if coded > 1 || !(4..=6).contains(&low) {
        return Err(Status::Corrupt);
    }
    let literals = (coded == 1).then(|| Tree::new(&LITERALS)).transpose()?;
    let mut window = History::new(64 << low, u64::MAX, output);
    let result = expand(literals.as_ref(), low.into(), &mut Bits::new(input), &mut window);
    window.finish(result)
}

fn expand(
    literals: Option<&Tree>,
    low: u32,
    bits: &mut Bits<'_, '_>,
    window: &mut History<'_>,
) -> Result<(), Status> {
    let (lengths, distances) = (Tree::new(&LENGTHS)?, Tree::new(&DISTANCES)?);
    loop {
        if !bits.bit()? {
            let byte = match literals {
                Some(tree) => tree.next(bits)? as u8,
                None => bits.byte()?,
            };
            window.push(byte)?;
            continue;
        }
        let symbol = lengths.next(bits)?;
        let (Some(&shortest), Some(&added)) = (SHORTEST.get(symbol), ADDED.get(symbol)) else {
            return Err(Status::Corrupt);
        };
        let length = shortest + bits.take(added)? as usize;
        if length == END {
            return Ok(());
        }
        let low = if length == 2 { NEAR } else { low };
        let distance = (distances.next(bits)? << low | bits.take(low)? as usize) + 1;
        if distance as u64 > window.written() {
            return Err(Status::Corrupt);
        }
        window.copy(distance, length)?;
    }
}
