//! gzip (RFC 1952): all members up to the first bytes that are none, joined, as gunzip gives them.
//!
//! A member whose checksum or length is another is told of in the end: what was decoded is what a user may get.

use crate::bounded::{Input, Output, Status, pump};
use crate::checksum::Checksum;
use crate::deflate::Inflater;

const MAGIC: [u8; 2] = [0x1f, 0x8b];
const HEADER_CRC: u8 = 1 << 1;
const EXTRA: u8 = 1 << 2;
const NAME: u8 = 1 << 3;
const COMMENT: u8 = 1 << 4;

pub fn members(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let mut inflater = Inflater::new(false);
    let mut right = true;
    loop {
        header(input)?;
        let start = output.len();
        output.sum(Checksum::Crc32);
        pump(&mut inflater, input, output)?;
        let sum = u32::from_le_bytes(input.take().ok_or(Status::Truncated)?);
        let size = u32::from_le_bytes(input.take().ok_or(Status::Truncated)?);
        right &= output.summed() == Some(sum) && (output.len() - start) as u32 == size;
        if input.peek::<2>() != Some(MAGIC) {
            return if right { Ok(()) } else { Err(Status::Checksum) };
        }
        inflater.reset();
    }
}

fn header(input: &mut Input<'_>) -> Result<(), Status> {
    let [first, second, method, flags, ..] = input.take::<10>().ok_or(Status::Truncated)?;
    if [first, second] != MAGIC || method != 8 {
        return Err(Status::Corrupt);
    }
    if flags & EXTRA != 0 {
        let length = u16::from_le_bytes(input.take().ok_or(Status::Truncated)?);
        input.advance(length.into());
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            skip_text(input)?;
        }
    }
    if flags & HEADER_CRC != 0 {
        input.advance(2);
    }
    Ok(())
}

fn skip_text(input: &mut Input<'_>) -> Result<(), Status> {
    loop {
        let piece = input.chunk();
        if piece.is_empty() {
            return Err(Status::Truncated);
        }
        if let Some(end) = memchr::memchr(0, piece) {
            input.advance(end + 1);
            return Ok(());
        }
        let length = piece.len();
        input.advance(length);
    }
}
