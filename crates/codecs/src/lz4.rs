//! LZ4 files (.lz4): frames, skippable frames between them, and the older legacy form, joined. Also a block
//! alone, as file systems have them.
//!
//! Spec: LZ4 Frame Format 1.6.4, LZ4 Block Format. Of the checksums that of the content is compared; a frame that
//! needs a dictionary of its own is damage where it uses it.

use crate::bounded::{Input, Output, Status};
use crate::checksum::Checksum;
use crate::lzo::literals;
use crate::window::{Window, through};

const FRAME: u32 = 0x184d_2204;
const LEGACY: u32 = 0x184c_2102;
const SKIPPABLE: std::ops::RangeInclusive<u32> = 0x184d_2a50..=0x184d_2a5f;
const VERSION: u8 = 0xc0;
const VERSION_1: u8 = 0x40;
const BLOCK_CHECKSUMS: u8 = 1 << 4;
const CONTENT_SIZE: u8 = 1 << 3;
const CONTENT_CHECKSUM: u8 = 1 << 2;
const DICTIONARY: u8 = 1;
const STORED: u32 = 1 << 31;
const WINDOW: usize = 64 << 10;
const SHORTEST: usize = 4;
/// Values of half a token that go on in bytes.
const MORE: usize = 15;

pub fn frames(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    through(Window::new(WINDOW), output, |window, output| {
        let mut first = true;
        let mut right = true;
        loop {
            match input.peek().map(u32::from_le_bytes) {
                Some(FRAME) => right &= frame(input, window, output)?,
                Some(LEGACY) => legacy(input, window, output)?,
                Some(magic) if SKIPPABLE.contains(&magic) => {
                    input.advance(4);
                    let size = number(input)?;
                    if input.left() < size.into() {
                        return Err(Status::Truncated);
                    }
                    input.advance(size as usize);
                }
                _ if first => return Err(Status::Corrupt),
                _ if right => return Ok(()),
                _ => return Err(Status::Checksum),
            }
            first = false;
        }
    })
}

/// One block without a frame, which is all of the input.
pub fn lone_block(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let size = u32::try_from(input.left()).map_err(|_| Status::Corrupt)?;
    through(Window::new(WINDOW), output, |window, output| block(size, false, input, window, output))
}

fn number(input: &mut Input<'_>) -> Result<u32, Status> {
    input.take().map(u32::from_le_bytes).ok_or(Status::Truncated)
}

/// Whether the content has the checksum that the frame says, if it says one.
fn frame(input: &mut Input<'_>, window: &mut Window, output: &mut Output) -> Result<bool, Status> {
    let [_, _, _, _, flags, _] = input.take().ok_or(Status::Truncated)?;
    if flags & VERSION != VERSION_1 {
        return Err(Status::Corrupt);
    }
    let optional = [(CONTENT_SIZE, 8), (DICTIONARY, 4)];
    input.advance(
        optional.iter().map(|(flag, size)| if flags & flag != 0 { *size } else { 0 }).sum::<usize>() + 1,
    );
    window.spill(output)?;
    output.sum(Checksum::Xxh32);
    loop {
        let size = number(input)?;
        if size == 0 {
            break;
        }
        block(size & !STORED, size & STORED != 0, input, window, output)?;
        if flags & BLOCK_CHECKSUMS != 0 {
            input.advance(4);
        }
    }
    if flags & CONTENT_CHECKSUM == 0 {
        return Ok(true);
    }
    window.spill(output)?;
    Ok(output.summed() == Some(number(input)?))
}

fn legacy(input: &mut Input<'_>, window: &mut Window, output: &mut Output) -> Result<(), Status> {
    input.advance(4);
    while let Some(size) = input.peek().map(u32::from_le_bytes) {
        // Blocks end where another frame begins; none is that large.
        if size == FRAME || size == LEGACY || SKIPPABLE.contains(&size) {
            break;
        }
        input.advance(4);
        block(size, false, input, window, output)?;
    }
    Ok(())
}

fn block(
    size: u32,
    stored: bool,
    input: &mut Input<'_>,
    window: &mut Window,
    output: &mut Output,
) -> Result<(), Status> {
    let end = input.position().saturating_add(size.into());
    if stored {
        return literals(size as usize, input, window, output);
    }
    while input.position() < end {
        let token = usize::from(input.byte().ok_or(Status::Truncated)?);
        let count = length(token >> 4, input)?;
        literals(count, input, window, output)?;
        if input.position() >= end {
            break; // the last sequence has no match
        }
        let distance = u16::from_le_bytes(input.take().ok_or(Status::Truncated)?);
        let length = length(token & 15, input)?.saturating_add(SHORTEST);
        window.copy_long(distance.into(), length, output)?;
    }
    if input.position() == end { Ok(()) } else { Err(Status::Corrupt) }
}

fn length(short: usize, input: &mut Input<'_>) -> Result<usize, Status> {
    let mut length = short;
    if short == MORE {
        loop {
            let byte = input.byte().ok_or(Status::Truncated)?;
            length += usize::from(byte);
            if byte != u8::MAX {
                break;
            }
        }
    }
    Ok(length)
}
