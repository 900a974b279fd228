//! The codes of implode and of PKWARE's library: canonical ones, with all bits turned.

use crate::bounded::Status;
use crate::pkzip::bits::Bits;

const LONGEST_CODE: usize = 16;

/// A code of 1 to 16 bits for each symbol.
pub struct Tree {
    /// Symbols of each length of code, from 1.
    counts: [u32; LONGEST_CODE],
    /// All symbols, those with short codes first.
    symbols: Vec<u8>,
}

impl Tree {
    /// The code in which symbol n, of at most 255, has `lengths[n]` bits. It must use up all codes.
    pub fn new(lengths: &[u8]) -> Result<Self, Status> {
        let mut counts = [0_u32; LONGEST_CODE];
        let mut symbols = Vec::with_capacity(lengths.len());
        for (length, count) in (1_u8..).zip(counts.iter_mut()) {
            let before = symbols.len();
            let of_length = (0_u8..=255).zip(lengths).filter(|&(_, &other)| other == length);
            symbols.extend(of_length.map(|(symbol, _)| symbol));
            *count = (symbols.len() - before) as u32;
        }
        let used: u32 = (1_u32..).zip(counts).map(|(length, count)| count << (16 - length)).sum();
        if used == 1 << 16 { Ok(Self { counts, symbols }) } else { Err(Status::Corrupt) }
    }

    /// The next symbol.
    pub fn next(&self, bits: &mut Bits<'_, '_>) -> Result<usize, Status> {
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
