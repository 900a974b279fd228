//! ARJ's method 4: literals and matches without a table, numbers in a growing form.
//!
//! Source: ARJ's TECHNOTE.TXT and its published decoder. Methods 1 to 3 are as LHA's.

use crate::bits::Bits;
use crate::bounded::{Input, Output, Status};
use crate::window::{Window, through};

const WINDOW: usize = 32 << 10;
const SHORTEST: u64 = 3;

/// Decodes `size` bytes.
pub fn decode(size: u64, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let mut bits = Bits::new(input);
    through(Window::new(WINDOW), output, |window, output| {
        let mut made = 0;
        while made < size {
            match number(&mut bits, 0, 7)? {
                0 => {
                    window.put(bits.take(8)? as u8);
                    made += 1;
                }
                length => {
                    let distance = number(&mut bits, 9, 13)? + 1;
                    let length = (u64::from(length) - 1 + SHORTEST).min(size - made);
                    window.copy(distance as usize, length as usize)?;
                    made += length;
                }
            }
            window.spill_when_full(output)?;
        }
        bits.bytes();
        Ok(())
    })
}

/// A number whose width, from `least` to `most` bits, is told by ones before it.
fn number(bits: &mut Bits<'_, '_>, least: u32, most: u32) -> Result<u32, Status> {
    let (mut width, mut base) = (least, 0);
    while width < most && bits.take(1)? == 1 {
        base += 1 << width;
        width += 1;
    }
    Ok(base + bits.take(width)?)
}
