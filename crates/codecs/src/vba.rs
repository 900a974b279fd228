//! The compression of VBA source text and of a project's `dir` stream (MS-OVBA 2.4.1).
//!
//! After a signature byte follow chunks of 4096 bytes of text, each with a header of its own: copy tokens reach
//! back to the start of their chunk at most. What a damaged chunk gave is kept.

use std::io::Read;

use crate::bounded::{Input, Output, Status};

const CHUNK: usize = 4096;
const SIGNATURE: u16 = 0b011;
const COMPRESSED: u16 = 0x8000;
const SHORTEST: usize = 3;
/// Least bits of a copy token that are its offset.
const LEAST_BITS: u32 = 4;

/// Decodes one container. The signature byte is not believed: macros run with any.
///
/// Without `headers` those of chunks are passed over: each chunk goes on until it has all its text.
pub fn container(headers: bool, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    input.take::<1>().ok_or(Status::Truncated)?;
    if !headers {
        return bare(input, output);
    }
    while !input.at_end() {
        if output.expired() {
            return Err(Status::Limit);
        }
        let header = u16::from_le_bytes(input.take().ok_or(Status::Truncated)?);
        if header >> 12 & 0b111 != SIGNATURE {
            return Err(Status::Corrupt);
        }
        let size = usize::from(header & 0xFFF) + SHORTEST - 2;
        let mut packed = Vec::with_capacity(size);
        Read::take(&mut *input, size as u64).read_to_end(&mut packed).map_err(|_| Status::Truncated)?;
        if header & COMPRESSED == 0 {
            output.keep(&packed)?;
            if size != CHUNK {
                return Err(Status::Corrupt);
            }
        } else {
            let mut plain = Vec::with_capacity(CHUNK);
            let result = chunk(&mut packed.iter().copied(), &mut plain, false);
            output.keep(&plain)?;
            result?;
        }
        if packed.len() < size {
            return Err(Status::Truncated);
        }
    }
    Ok(())
}

fn bare(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    while input.take::<2>().is_some() {
        if output.expired() {
            return Err(Status::Limit);
        }
        let mut plain = Vec::with_capacity(CHUNK);
        let result = chunk(&mut std::iter::from_fn(|| input.byte()), &mut plain, true);
        output.keep(&plain)?;
        result?;
    }
    Ok(())
}

/// Decodes the tokens of one chunk: groups of up to eight behind a byte that says which are copies.
/// It ends with its bytes, or where `until_full` says so as soon as it has all its text.
fn chunk(bytes: &mut impl Iterator<Item = u8>, plain: &mut Vec<u8>, until_full: bool) -> Result<(), Status> {
    while let Some(flags) = bytes.next() {
        for bit in 0..8 {
            let Some(low) = bytes.next() else { return Ok(()) };
            if flags >> bit & 1 == 0 {
                plain.push(low);
            } else {
                let high = bytes.next().ok_or(Status::Truncated)?;
                copy(u16::from_le_bytes([low, high]), plain)?;
            }
            if plain.len() > CHUNK {
                plain.truncate(CHUNK);
                return Err(Status::Corrupt);
            }
            if until_full && plain.len() == CHUNK {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn copy(token: u16, plain: &mut Vec<u8>) -> Result<(), Status> {
    // The more text there is to reach back to, the fewer bits of the token are left for the length.
    let reach = plain.len().checked_sub(1).ok_or(Status::Corrupt)?;
    let bits = (usize::BITS - reach.leading_zeros()).clamp(LEAST_BITS, 12);
    let length = usize::from(token & (0xFFFF >> bits)) + SHORTEST;
    let distance = usize::from(token >> (16 - bits)) + 1;
    let start = plain.len().checked_sub(distance).ok_or(Status::Corrupt)?;
    for at in start..start + length {
        let byte = *plain.get(at).ok_or(Status::Corrupt)?;
        plain.push(byte);
    }
    Ok(())
}
