//! The LZSS of the members.

use crate::bits::Bits;
use crate::bounded::{Input, Output, Status};
use crate::window::{Window, through};

const OFFSET_BITS: u32 = 15;
const SHORTEST: usize = 3;
/// How the length of a repetition grows: bits, and what all of them set adds before more bits come.
const LENGTHS: [(u32, usize); 4] = [(2, 3), (3, 7), (5, 31), (8, 255)];

/// LZSS: an output size after a mark, then literals and repetitions.
///
/// The mark also says which bit a literal begins with.
pub fn decode(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let literal = match &input.take::<4>().ok_or(Status::Truncated)? {
        b"EA05" | b"JB00" | b"JB01" => 0,
        b"EA06" => 1,
        _ => return Err(Status::Corrupt),
    };
    let size = u64::from(u32::from_be_bytes(input.take().ok_or(Status::Truncated)?));
    let mut bits = Bits::new(input);
    let result = through(Window::new(1 << OFFSET_BITS), output, |window, output| {
        while output.len() + (window.fresh().len() as u64) < size {
            if bits.take(1)? == literal {
                window.put(bits.take(8)? as u8);
            } else {
                let distance = bits.take(OFFSET_BITS)? as usize;
                let left = size.saturating_sub(output.len()).saturating_sub(window.fresh().len() as u64);
                let length = length(&mut bits)?.min(usize::try_from(left).unwrap_or(usize::MAX));
                window.copy_long(distance, length, output)?;
            }
            window.spill_when_full(output)?;
        }
        Ok(())
    });
    bits.bytes();
    result
}

fn length(bits: &mut Bits<'_, '_>) -> Result<usize, Status> {
    let mut length = SHORTEST;
    for (width, full) in LENGTHS {
        let more = bits.take(width)? as usize;
        length += more;
        if more < full {
            return Ok(length);
        }
    }
    loop {
        let more = bits.take(8)? as usize;
        length += more;
        if more < 255 {
            return Ok(length);
        }
    }
}
