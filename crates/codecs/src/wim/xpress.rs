//! XPRESS with Huffman codes ([MS-XCA] 2.1 and 2.2): LZ77 whose tokens are symbols of one code per chunk.
//!
//! Bits come in words of 16, the most significant first; between them are the bytes of long lengths, at the
//! place to which words were read.

use super::repeat;
use crate::bounded::Status;

const SYMBOLS: usize = 512;
const LONGEST: usize = 15;
const LITERALS: u16 = 256;
const SHORTEST: usize = 3;
/// Lengths from here on are in a byte of their own, and from there on in two.
const MORE: usize = 15;
const MUCH_MORE: usize = 255;

/// Decodes a chunk of `size` bytes, and keeps what it made before an error.
pub fn chunk(packed: &[u8], size: usize) -> (Vec<u8>, Result<(), Status>) {
    let mut made = Vec::new();
    let result = run(packed, size, &mut made);
    (made, result)
}

fn run(packed: &[u8], size: usize, made: &mut Vec<u8>) -> Result<(), Status> {
    let (lengths, rest) = packed.split_at_checked(SYMBOLS / 2).ok_or(Status::Truncated)?;
    let code = Code::new(lengths)?;
    let mut bits = Bits::new(rest);
    while made.len() < size {
        let symbol = code.decode(&mut bits)?;
        let Some(token) = symbol.checked_sub(LITERALS) else {
            made.push(symbol as u8);
            continue;
        };
        let mut length = usize::from(token & 15);
        if length == MORE {
            length += bits.byte()?;
            if length == MORE + MUCH_MORE {
                length = bits.byte()? | bits.byte()? << 8;
                length = if length < MORE { return Err(Status::Corrupt) } else { length };
            }
        }
        let exponent = u32::from(token >> 4);
        let distance = 1_usize << exponent | bits.take(exponent)? as usize;
        repeat(made, distance, length + SHORTEST, size)?;
    }
    Ok(())
}

/// At least 16 bits are held, so that a code is always seen whole.
struct Bits<'a> {
    rest: &'a [u8],
    held: u32,
    count: u32,
    /// Words behind the end.
    missing: u32,
}

impl<'a> Bits<'a> {
    fn new(rest: &'a [u8]) -> Self {
        let mut bits = Self { rest, held: 0, count: 0, missing: 0 };
        bits.refill();
        bits
    }

    fn refill(&mut self) {
        while self.count <= 16 {
            let word = if let Some((word, rest)) = self.rest.split_first_chunk::<2>() {
                self.rest = rest;
                u16::from_le_bytes(*word)
            } else {
                self.missing += 1;
                0
            };
            self.held |= u32::from(word) << (16 - self.count);
            self.count += 16;
        }
    }

    fn take(&mut self, count: u32) -> Result<u32, Status> {
        let value = if count == 0 { 0 } else { self.held >> (32 - count) };
        self.skip(count)?;
        Ok(value)
    }

    fn skip(&mut self, count: u32) -> Result<(), Status> {
        self.held <<= count;
        self.count -= count;
        if self.count < self.missing * 16 {
            return Err(Status::Truncated);
        }
        if self.count < 16 {
            self.refill();
        }
        Ok(())
    }

    fn byte(&mut self) -> Result<usize, Status> {
        let (byte, rest) = self.rest.split_first().ok_or(Status::Truncated)?;
        self.rest = rest;
        Ok(usize::from(*byte))
    }
}

/// Symbol and length for all 15 bits that may come.
struct Code(Vec<u16>);

impl Code {
    /// A code by the lengths of its symbols, half a byte each.
    fn new(packed: &[u8]) -> Result<Self, Status> {
        let lengths = packed.iter().flat_map(|both| [both & 15, both >> 4]);
        let lengths: Vec<usize> = lengths.map(usize::from).collect();
        let mut table = Vec::with_capacity(1 << LONGEST);
        for length in 1..=LONGEST {
            for (symbol, _) in lengths.iter().enumerate().filter(|(_, own)| **own == length) {
                let entry = (symbol << 4 | length) as u16;
                table.resize(table.len() + (1 << (LONGEST - length)), entry);
                if table.len() > 1 << LONGEST {
                    return Err(Status::Corrupt);
                }
            }
        }
        Ok(Self(table))
    }

    fn decode(&self, bits: &mut Bits<'_>) -> Result<u16, Status> {
        let entry = self.0.get((bits.held >> (32 - LONGEST)) as usize).ok_or(Status::Corrupt)?;
        bits.skip(u32::from(entry & 15))?;
        Ok(entry >> 4)
    }
}
