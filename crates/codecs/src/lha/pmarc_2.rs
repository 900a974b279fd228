//! `PMarc`'s -pm2-: LZ77 over 8 KiB in Huffman codes that are told anew at fixed places.
//!
//! Source: what lhasa's documentation and tests say of the format.

use crate::bits::Bits;
use crate::bounded::{Input, Output, Status};
use crate::huffman::Huffman;
use crate::lha::pmarc::{Range, Recent, in_range};
use crate::window::{Window, through};

const WINDOW: usize = 8 << 10;
/// Symbols from here on are copies.
const LITERALS: u16 = 8;
/// How long ago a byte was seen.
const AGES: [Range; 8] = [(0, 3), (8, 3), (16, 4), (32, 5), (64, 5), (96, 5), (128, 6), (192, 6)];
/// Lengths of the copies whose symbol does not tell it.
const LENGTHS: [Range; 6] = [(17, 3), (25, 3), (33, 5), (65, 6), (129, 7), (256, 0)];
const SHORTEST: u32 = 2;
const TOLD: u16 = 15;
/// From this copy on the distance is 1.
const NEXT: u16 = 20;
/// Bits of the nearest distances.
const NEAR: u32 = 6;

/// The codes, and when they change.
struct Codes {
    symbols: Huffman,
    distances: Huffman,
    /// Whether copies have distances that need a code.
    far: bool,
    changes: u32,
    /// Output until the next change.
    left: u32,
}

impl Codes {
    fn new() -> Self {
        let (symbols, distances) = (Huffman::new(), Huffman::new());
        Self { symbols, distances, far: false, changes: 0, left: 0 }
    }

    /// To be called before each byte of output.
    fn change(&mut self, bits: &mut Bits<'_, '_>) -> Result<(), Status> {
        if self.left > 0 {
            self.left -= 1;
            return Ok(());
        }
        let (anew, distances, left) = match self.changes {
            0 => (true, 5, 1 << 10),
            1 => (false, 6, 1 << 10),
            2 => (false, 7, 2 << 10),
            _ => (bits.take(1)? == 1, 8, 4 << 10),
        };
        if anew {
            self.read_symbols(bits)?;
        }
        if anew || self.changes <= 3 {
            self.read_distances(distances, bits)?;
        }
        self.changes = self.changes.saturating_add(1);
        self.left = left - 1;
        Ok(())
    }

    fn read_symbols(&mut self, bits: &mut Bits<'_, '_>) -> Result<(), Status> {
        let count = bits.take(5)?;
        let shortest = bits.take(3)?;
        self.far = count >= 10 && !(count == 29 && shortest == 0);
        if shortest == 0 {
            self.symbols.set_only(count.checked_sub(1).ok_or(Status::Corrupt)? as u16);
            return Ok(());
        }
        let width = bits.take(3)?;
        let lengths: Vec<u8> = (0..count)
            .map(|_| Ok(bits.take(width)?.checked_sub(1).map_or(0, |more| shortest + more) as u8))
            .collect::<Result<_, Status>>()?;
        self.symbols.set(&lengths)
    }

    fn read_distances(&mut self, count: usize, bits: &mut Bits<'_, '_>) -> Result<(), Status> {
        if !self.far {
            return Ok(());
        }
        let lengths: Vec<u8> = (0..count).map(|_| Ok(bits.take(3)? as u8)).collect::<Result<_, Status>>()?;
        let mut used = (0..).zip(&lengths).filter(|&(_, &length)| length > 0);
        match (used.next(), used.next()) {
            (Some((only, _)), None) => {
                self.distances.set_only(only);
                Ok(())
            }
            _ => self.distances.set(&lengths),
        }
    }

    /// Length and distance of a copy.
    fn copy(&self, copy: u16, bits: &mut Bits<'_, '_>) -> Result<(u64, usize), Status> {
        let length = match copy.checked_sub(TOLD) {
            None => u32::from(copy) + SHORTEST,
            Some(range) => in_range(&LENGTHS, range.into(), bits)?,
        };
        let before = match copy {
            0 => bits.take(NEAR)?,
            NEXT.. => 0,
            _ => match u32::from(self.distances.decode(bits)?) {
                0 => bits.take(NEAR)?,
                slot => {
                    let width = slot + NEAR - 1;
                    (1 << width) + bits.take(width)?
                }
            },
        };
        Ok((length.into(), before as usize + 1))
    }
}

/// Decodes `size` bytes.
pub fn decode(size: u64, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    through(Window::filled(WINDOW, b' '), output, |window, output| {
        let mut bits = Bits::new(input);
        let mut codes = Codes::new();
        let mut recent = Recent::new();
        bits.take(1)?;
        let mut made = 0;
        while made < size {
            codes.change(&mut bits)?;
            let symbol = codes.symbols.decode(&mut bits)?;
            let Some(copy) = symbol.checked_sub(LITERALS) else {
                let byte = recent.byte(in_range(&AGES, symbol.into(), &mut bits)?)?;
                recent.touch(byte);
                window.put(byte);
                made += 1;
                window.spill_when_full(output)?;
                continue;
            };
            let (length, distance) = codes.copy(copy, &mut bits)?;
            for at in 0..length.min(size - made) {
                if at > 0 {
                    codes.change(&mut bits)?;
                }
                window.copy(distance, 1)?;
                recent.touch(window.last());
            }
            made += length;
            window.spill_when_full(output)?;
        }
        bits.bytes();
        Ok(())
    })
}
