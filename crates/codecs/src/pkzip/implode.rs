//! Implode, ZIP's method 6: copies out of 4 or 8 KiB, with Shannon-Fano trees (APPNOTE 5.3).

use crate::bounded::{Input, Output, Status};
use crate::history::History;
use crate::pkzip::bits::Bits;

const WINDOW: usize = 8 << 10;
const LONGEST_CODE: usize = 16;
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

/// A code of up to 16 bits a symbol.
struct Tree {
    /// Symbols of each length of code, from 1.
    counts: [u32; LONGEST_CODE],
    /// All symbols, those with short codes first.
    symbols: Vec<u8>,
}

impl Tree {
    /// Reads the lengths, which come as runs.
    fn read(size: usize, bits: &mut Bits<'_, '_>) -> Result<Self, Status> {
        let mut lengths = Vec::with_capacity(LITERALS);
        for _ in 0..=bits.byte()? {
            let run = bits.byte()?;
            let length = usize::from(run & 15);
            lengths.extend(std::iter::repeat_n(length, usize::from(run >> 4) + 1));
        }
        if lengths.len() != size {
            return Err(Status::Corrupt);
        }
        let mut counts = [0_u32; LONGEST_CODE];
        let mut symbols = Vec::with_capacity(size);
        for (length, count) in counts.iter_mut().enumerate() {
            let of_length = (0_u8..=255).zip(&lengths).filter(|&(_, &other)| other == length);
            symbols.extend(of_length.map(|(symbol, _)| symbol));
            *count = lengths.iter().filter(|&&other| other == length).count() as u32;
        }
        let used: u32 = (1_u32..).zip(counts).map(|(length, count)| count << (16 - length)).sum();
        if used == 1 << 16 { Ok(Self { counts, symbols }) } else { Err(Status::Corrupt) }
    }

    /// The codes are those of the usual canonical order with all bits turned.
    fn next(&self, bits: &mut Bits<'_, '_>) -> Result<usize, Status> {
        let (mut code, mut first, mut before) = (0, 0, 0);
        for count in self.counts {
            code = code << 1 | u32::from(!bits.bit()?);
            if code < first + count {
                let symbol = self.symbols.get((before + code - first) as usize);
                return symbol.map(|&symbol| usize::from(symbol)).ok_or(Status::Corrupt);
            }
            before += count;
            first = (first + count) << 1;
        }
        Err(Status::Corrupt)
    }
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
    let literals = flavour.literal_tree.then(|| Tree::read(LITERALS, bits)).transpose()?;
    let lengths = Tree::read(LENGTHS, bits)?;
    let distances = Tree::read(DISTANCES, bits)?;
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
