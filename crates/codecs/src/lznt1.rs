//! LZNT1, the compression of NTFS: chunks of 4 KiB of content, each on its own.
//!
//! Layout: a number of 16 bits a chunk, of which the low twelve are its size less one and the highest tells
//! that it is compressed; 0 ends them. Source: [MS-XCA] 2.5.

use crate::bounded::{Input, Output, Status};

const CHUNK: usize = 4 << 10;
const SIZE: u16 = 0xfff;
const COMPRESSED: u16 = 0x8000;
const SHORTEST: usize = 3;
/// Bits of a copy's distance at the beginning of a chunk; it takes one more whenever it must.
const DISTANCE_BITS: u32 = 4;

/// Decodes `size` bytes at most. All chunks but the last have 4 KiB of content, zeros where they are shorter.
pub fn decode(size: u64, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let start = output.len();
    let mut chunk = Vec::with_capacity(CHUNK);
    let mut first = true;
    while output.len() - start < size {
        if output.expired() {
            return Err(Status::Limit);
        }
        let Some(header) = input.take().map(u16::from_le_bytes).filter(|header| *header != 0) else { break };
        if !first {
            output.keep(&vec![0; CHUNK - chunk.len()])?;
        }
        first = false;
        let mut packed = Vec::new();
        let length = usize::from(header & SIZE) + 1;
        packed.extend(std::iter::from_fn(|| input.byte()).take(length));
        chunk.clear();
        let result = if header & COMPRESSED == 0 {
            chunk.extend(packed.iter().take(CHUNK));
            Ok(())
        } else {
            expand(&packed, &mut chunk)
        };
        let left = size.saturating_sub(output.len() - start);
        chunk.truncate(usize::try_from(left).unwrap_or(CHUNK));
        output.keep(&chunk)?;
        if packed.len() < length {
            return Err(Status::Truncated);
        }
        result?;
    }
    Ok(())
}

fn expand(packed: &[u8], chunk: &mut Vec<u8>) -> Result<(), Status> {
    let mut at = packed.iter().copied();
    while let Some(flags) = at.next() {
        for bit in 0..8 {
            if chunk.len() >= CHUNK {
                return Ok(());
            }
            let Some(first) = at.next() else { return Ok(()) };
            if flags >> bit & 1 == 0 {
                chunk.push(first);
                continue;
            }
            let second = at.next().ok_or(Status::Truncated)?;
            let copy = u16::from_le_bytes([first, second]);
            let needed = usize::BITS - chunk.len().saturating_sub(1).leading_zeros();
            let length_bits = u16::BITS - needed.max(DISTANCE_BITS);
            let distance = usize::from(copy >> length_bits) + 1;
            let length = usize::from(copy & ((1 << length_bits) - 1)) + SHORTEST;
            let start = chunk.len().checked_sub(distance).ok_or(Status::Corrupt)?;
            for from in start..start + length.min(CHUNK - chunk.len()) {
                chunk.push(chunk.get(from).copied().unwrap_or_default());
            }
        }
    }
    Ok(())
}
