//! Canonical Huffman codes of at most 20 bits, most significant first.

use crate::bits::Bits;
use crate::bounded::Status;

const LONGEST: usize = 20;
/// Codes up to this length are found at once.
const FAST: u32 = 10;

/// A code that may be incomplete: what no symbol has is damage only where it is met.
pub struct Huffman {
    /// Symbol and length of the code that these bits begin with; 0 for none.
    fast: Vec<u16>,
    /// How many codes there are of each length, and the first of them.
    count: [u32; LONGEST + 1],
    first: [u32; LONGEST + 1],
    /// Symbols in the order of their codes.
    symbols: Vec<u16>,
    only: Option<u16>,
}

impl Huffman {
    /// A code without symbols.
    pub fn new() -> Self {
        Self {
            fast: vec![0; 1 << FAST],
            count: [0; LONGEST + 1],
            first: [0; LONGEST + 1],
            symbols: Vec::new(),
            only: None,
        }
    }

    /// Becomes the code of one symbol, which takes no bits.
    pub fn set_only(&mut self, symbol: u16) {
        self.only = Some(symbol);
    }

    /// Becomes the code in which symbol n, of at most 4095, has `lengths[n]` bits, of at most 20, or none.
    pub fn set(&mut self, lengths: &[u8]) -> Result<(), Status> {
        self.only = None;
        self.count = [0; LONGEST + 1];
        for &length in lengths {
            *self.count.get_mut(usize::from(length)).ok_or(Status::Corrupt)? += 1;
        }
        self.count[0] = 0;
        let mut next = [0_usize; LONGEST + 1];
        let (mut code, mut total) = (0_u32, 0_usize);
        for (length, next) in next.iter_mut().enumerate().skip(1) {
            code <<= 1;
            self.first[length] = code;
            *next = total;
            code += self.count[length];
            total += self.count[length] as usize;
            if code > 1 << length {
                return Err(Status::Corrupt);
            }
        }
        self.fast.fill(0);
        self.symbols.clear();
        self.symbols.resize(total, 0);
        let mut codes = self.first;
        for (symbol, &length) in lengths.iter().enumerate().filter(|(_, length)| **length > 0) {
            let (at, code) = (&mut next[usize::from(length)], &mut codes[usize::from(length)]);
            if let Some(place) = self.symbols.get_mut(*at) {
                *place = symbol as u16;
            }
            let length = u32::from(length);
            if length <= FAST {
                let start = (*code << (FAST - length)) as usize;
                let entry = (symbol as u16) << 4 | length as u16;
                if let Some(entries) = self.fast.get_mut(start..start + (1 << (FAST - length))) {
                    entries.fill(entry);
                }
            }
            *at += 1;
            *code += 1;
        }
        Ok(())
    }

    /// The next symbol.
    #[inline]
    pub fn decode(&self, bits: &mut Bits<'_, '_>) -> Result<u16, Status> {
        if let Some(symbol) = self.only {
            return Ok(symbol);
        }
        let seen = bits.peek(LONGEST as u32);
        let entry = self.fast.get((seen >> (LONGEST as u32 - FAST)) as usize).copied().unwrap_or(0);
        if entry != 0 {
            bits.skip(u32::from(entry & 15))?;
            return Ok(entry >> 4);
        }
        self.decode_long(seen, bits)
    }

    fn decode_long(&self, seen: u32, bits: &mut Bits<'_, '_>) -> Result<u16, Status> {
        let mut before: usize = self.count.iter().take(FAST as usize + 1).map(|count| *count as usize).sum();
        for length in FAST as usize + 1..=LONGEST {
            let index = (seen >> (LONGEST - length)).wrapping_sub(self.first[length]);
            if index < self.count[length] {
                bits.skip(length as u32)?;
                return self.symbols.get(before + index as usize).copied().ok_or(Status::Corrupt);
            }
            before += self.count[length] as usize;
        }
        // Nothing has this code. At the end of the input that is what the zeros there look like.
        bits.take(LONGEST as u32)?;
        Err(Status::Corrupt)
    }
}
