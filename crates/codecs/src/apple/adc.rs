//! Apple Data Compression, a method of disk images: runs of bytes and copies of two or three bytes.

use crate::bounded::{Input, Output, Status};
use crate::history::History;

const WINDOW: usize = 64 << 10;
const PLAIN: u8 = 0x80;
const LONG: u8 = 0x40;

/// Decodes until `size` bytes are there.
pub fn decode(size: u64, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let mut window = History::new(WINDOW, size, output);
    let result = chunks(input, &mut window);
    window.finish(result)
}

fn chunks(input: &mut Input<'_>, window: &mut History<'_>) -> Result<(), Status> {
    while !window.full() {
        let [head] = input.take().ok_or(Status::Truncated)?;
        if head & PLAIN != 0 {
            for _ in 0..=head & !PLAIN {
                let [byte] = input.take().ok_or(Status::Truncated)?;
                window.push(byte)?;
            }
            continue;
        }
        let (length, distance) = if head & LONG != 0 {
            let distance = input.take().map(u16::from_be_bytes).ok_or(Status::Truncated)?;
            (usize::from(head & 0x3f) + 4, usize::from(distance))
        } else {
            let [low] = input.take().ok_or(Status::Truncated)?;
            (usize::from(head >> 2) + 3, usize::from(head & 3) << 8 | usize::from(low))
        };
        if distance as u64 >= window.written() {
            return Err(Status::Corrupt);
        }
        window.copy(distance + 1, length)?;
    }
    Ok(())
}
