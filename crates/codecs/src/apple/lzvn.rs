//! LZVN, a method of Apple's file systems and of LZFSE's short blocks: one to three bytes say how many bytes
//! follow, how many are then copied, and from where.

use crate::bounded::{Input, Output, Status};
use crate::history::History;

const WINDOW: usize = 64 << 10;
/// Bytes of the code that ends a stream.
const END_SIZE: usize = 8;

/// Decodes until the code for the end, or until `size` bytes are there.
pub fn decode(size: u64, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let mut window = History::new(WINDOW, size, output);
    let result = codes(input, &mut window);
    window.finish(result)
}

/// Bytes that follow, bytes to copy, and how far back they are; no distance is that of the copy before.
struct Code {
    plain: usize,
    copied: usize,
    distance: Option<usize>,
}

/// Decodes one stream into `window`.
pub fn codes(input: &mut Input<'_>, window: &mut History<'_>) -> Result<(), Status> {
    let mut distance = 0;
    while !window.full() {
        let [head] = input.take().ok_or(Status::Truncated)?;
        let code = match head {
            0x06 => {
                input.advance(END_SIZE - 1);
                return Ok(());
            }
            0x0e | 0x16 => continue,
            _ => read(head, input)?,
        };
        for _ in 0..code.plain {
            let [byte] = input.take().ok_or(Status::Truncated)?;
            window.push(byte)?;
        }
        distance = code.distance.unwrap_or(distance);
        if code.copied > 0 && (distance == 0 || distance as u64 > window.written()) {
            return Err(Status::Corrupt);
        }
        window.copy(distance, code.copied)?;
    }
    Ok(())
}

fn read(head: u8, input: &mut Input<'_>) -> Result<Code, Status> {
    let bits = usize::from(head);
    let (plain, copied) = (bits >> 6, (bits >> 3 & 7) + 3);
    Ok(match head {
        0x70..=0x7f | 0xd0..=0xdf => return Err(Status::Corrupt),
        0xa0..=0xbf => {
            let more = usize::from(input.take().map(u16::from_le_bytes).ok_or(Status::Truncated)?);
            let copied = ((bits & 7) << 2 | more & 3) + 3;
            Code { plain: bits >> 3 & 3, copied, distance: Some(more >> 2) }
        }
        0xe0..=0xef => Code { plain: count(bits & 15, input)?, copied: 0, distance: None },
        0xf0..=0xff => Code { plain: 0, copied: count(bits & 15, input)?, distance: None },
        _ if bits & 7 == 6 => {
            if head < 0x40 {
                return Err(Status::Corrupt);
            }
            Code { plain, copied, distance: None }
        }
        _ if bits & 7 == 7 => {
            let distance = input.take().map(u16::from_le_bytes).ok_or(Status::Truncated)?;
            Code { plain, copied, distance: Some(distance.into()) }
        }
        _ => {
            let [low] = input.take().ok_or(Status::Truncated)?;
            Code { plain, copied, distance: Some((bits & 7) << 8 | usize::from(low)) }
        }
    })
}

/// A count of up to 15, or one that a byte of its own tells.
fn count(short: usize, input: &mut Input<'_>) -> Result<usize, Status> {
    if short > 0 {
        return Ok(short);
    }
    let [long] = input.take().ok_or(Status::Truncated)?;
    Ok(usize::from(long) + 16)
}
