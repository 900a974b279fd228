//! Reduce, ZIP's methods 2 to 5: likely followers of each byte, then runs and copies (APPNOTE 5.2).

use crate::bounded::{Input, Output, Status};
use crate::history::History;
use crate::pkzip::bits::Bits;

const ESCAPE: u8 = 144;
const MOST_FOLLOWERS: usize = 32;
const SHORTEST_COPY: usize = 3;
/// The longest distance: four bits of a byte and another byte.
const WINDOW: usize = 4 << 10;

/// `factor` is 1 to 4: the method's number less one.
pub fn decode(factor: u32, size: u64, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let mut window = History::new(WINDOW, size, output);
    let result = expand(factor.clamp(1, 4), &mut Bits::new(input), &mut window);
    window.finish(result)
}

/// The bytes that likely follow each byte.
struct Followers(Vec<Vec<u8>>);

impl Followers {
    fn read(bits: &mut Bits<'_, '_>) -> Result<Self, Status> {
        let mut sets = vec![Vec::new(); 256];
        for set in sets.iter_mut().rev() {
            let count = bits.take(6)? as usize;
            if count > MOST_FOLLOWERS {
                return Err(Status::Corrupt);
            }
            *set = (0..count).map(|_| bits.byte()).collect::<Result<_, _>>()?;
        }
        Ok(Self(sets))
    }

    fn next(&self, last: u8, bits: &mut Bits<'_, '_>) -> Result<u8, Status> {
        let set = self.0.get(usize::from(last)).map_or(&[][..], Vec::as_slice);
        if set.is_empty() || bits.bit()? {
            return bits.byte();
        }
        let width = (set.len() - 1).checked_ilog2().map_or(1, |log| log + 1);
        set.get(bits.take(width)? as usize).copied().ok_or(Status::Corrupt)
    }
}

fn expand(factor: u32, bits: &mut Bits<'_, '_>, window: &mut History<'_>) -> Result<(), Status> {
    if window.full() {
        return Ok(());
    }
    let followers = Followers::read(bits)?;
    let longest = 0xff_u8 >> factor;
    let mut last = 0;
    let mut next = |bits: &mut Bits<'_, '_>| -> Result<u8, Status> {
        last = followers.next(last, bits)?;
        Ok(last)
    };
    while !window.full() {
        let byte = next(bits)?;
        if byte != ESCAPE {
            window.push(byte)?;
            continue;
        }
        let about = next(bits)?;
        if about == 0 {
            window.push(ESCAPE)?;
            continue;
        }
        let mut length = usize::from(about & longest);
        if length == usize::from(longest) {
            length += usize::from(next(bits)?);
        }
        let high = usize::from(about) >> (8 - factor);
        let distance = (high << 8) + usize::from(next(bits)?) + 1;
        window.copy(distance, length + SHORTEST_COPY)?;
    }
    Ok(())
}
