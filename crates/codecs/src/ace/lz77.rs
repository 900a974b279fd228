//! LZ77 of ACE: literals, copies by one of the last four distances or a new one, changes of the mode.

use super::Mode;
use super::tree::Tree;
use crate::bits::Bits;
use crate::bounded::Status;
use crate::window::Window;

const LONGEST: u32 = 11;
const SYMBOLS: usize = 284;
const LENGTHS: usize = 255;
const FIRST_AGAIN: u16 = 256;
const FIRST_DISTANCE: u16 = 260;
const CHANGE: u16 = 283;

/// The state of one member.
#[derive(Default)]
pub struct Lz77 {
    symbols: Tree,
    lengths: Tree,
    /// Symbols to the next pair of codes.
    left: i64,
    /// The last distances less one, the latest first.
    distances: [u32; 4],
}

impl Lz77 {
    /// Decodes up to `most` bytes into the window, or a step of them, or what comes before the next mode.
    pub fn read(
        &mut self,
        bits: &mut Bits<'_, '_>,
        window: &mut Window,
        most: u64,
    ) -> Result<Option<Mode>, Status> {
        let before = window.fresh().len();
        loop {
            let made = (window.fresh().len() - before) as u64;
            if made >= most.min(super::STEP) {
                return Ok(None);
            }
            let symbol = self.symbol(bits)?;
            if symbol < FIRST_AGAIN {
                window.put(symbol as u8);
                continue;
            }
            if symbol >= CHANGE {
                return if symbol == CHANGE { Mode::read(bits).map(Some) } else { Err(Status::Corrupt) };
            }
            let (distance, length) = self.copy(symbol, bits)?;
            if made + length as u64 > most {
                return Err(Status::Corrupt);
            }
            window.copy(distance, length)?;
        }
    }

    fn symbol(&mut self, bits: &mut Bits<'_, '_>) -> Result<u16, Status> {
        if self.left == 0 {
            self.symbols = Tree::read(bits, LONGEST, SYMBOLS)?;
            self.lengths = Tree::read(bits, LONGEST, LENGTHS)?;
            self.left = bits.take(15)?.into();
        }
        self.left -= 1;
        self.symbols.symbol(bits)
    }

    /// How far back, and how much.
    fn copy(&mut self, symbol: u16, bits: &mut Bits<'_, '_>) -> Result<(usize, usize), Status> {
        let (distance, least) = if symbol < FIRST_DISTANCE {
            let back = usize::from(symbol - FIRST_AGAIN);
            if let Some(latest) = self.distances.get_mut(..=back) {
                latest.rotate_right(1);
            }
            (self.distances[0], if back > 1 { 3 } else { 2 })
        } else {
            let width = u32::from(symbol - FIRST_DISTANCE);
            // The highest bit is always set, and not stored.
            let distance = if width < 2 { width } else { bits.take(width - 1)? | 1 << (width - 1) };
            self.distances.rotate_right(1);
            self.distances[0] = distance;
            (
                distance,
                match distance {
                    ..256 => 2,
                    256..8192 => 3,
                    _ => 4,
                },
            )
        };
        let length = usize::from(self.lengths.symbol(bits)?);
        Ok((distance as usize + 1, length + least))
    }
}
