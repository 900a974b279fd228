//! Implode, ZIP's method 6: copies out of 4 or 8 KiB, with Shannon-Fano trees (APPNOTE 5.3).

use crate::bounded::{Input, Output, Status};
use crate::history::History;
use crate::pkzip::bits::Bits;
use crate::pkzip::tree::Tree;

const WINDOW: usize = 8 << 10;
const LITERALS: usize = 256;
const LENGTHS: usize = 64;
const DISTANCES: usize = 64;
/// A length that another byte is added to.
const EXTENDED: usize = LENGTHS - 1;

/// What the member's header says of its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flavour {
    /// Flag bit 1: distances reach 8 KiB, not 4.
    pub large_window: bool,
    /// Flag bit 2: literals have a tree too.
    pub literal_tree: bool,
}

/// Reads the lengths of a code's symbols, which come as runs.
fn read(size: usize, bits: &mut Bits<'_, '_>) -> Result<Tree, Status> {
    let mut lengths = Vec::with_capacity(LITERALS);
    for _ in 0..=bits.byte()? {
        let run = bits.byte()?;
        lengths.extend(std::iter::repeat_n((run & 15) + 1, usize::from(run >> 4) + 1));
    }
    if lengths.len() == size { Tree::new(&lengths) } else { Err(Status::Corrupt) }
}

pub fn decode(flavour: Flavour, size: u64, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let mut window = History::new(WINDOW, size, output);
    let result = explode(flavour, &mut Bits::new(input), &mut window);
    window.finish(result)
}

fn explode(flavour: Flavour, bits: &mut Bits<'_, '_>, window: &mut History<'_>) -> Result<(), Status> {
    if window.full() {
        return Ok(());
    }
    let literals = flavour.literal_tree.then(|| read(LITERALS, bits)).transpose()?;
    let lengths = read(LENGTHS, bits)?;
    let distances = read(DISTANCES, bits)?;
    let low = if flavour.large_window { 7 } else { 6 };
    let shortest = if flavour.literal_tree { 3 } else { 2 };
    while !window.full() {
        if bits.bit()? {
            let byte = match &literals {
                Some(tree) => tree.next(bits)? as u8,
                None => bits.byte()?,
            };
            window.push(byte)?;
            continue;
        }
        let near = bits.take(low)? as usize;
        let distance = (distances.next(bits)? << low | near) + 1;
        let mut length = lengths.next(bits)?;
        if length == EXTENDED {
            length += usize::from(bits.byte()?);
        }
        window.copy(distance, length + shortest)?;
    }
    Ok(())
}
