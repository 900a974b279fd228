//! lzip (.lz): members of a header, LZMA data with an end mark and a trailer, joined.
//!
//! Spec: the lzip manual, "File format".

use crate::bounded::{Input, Output, Status};
use crate::checksum::Checksum;
use crate::lzma::{DICTIONARY_KIB, run};

const MAGIC: [u8; 4] = *b"LZIP";
/// lc=3, lp=0, pb=2: the only ones.
const PROPERTIES: u8 = 0x5d;
const TRAILER: usize = 4 + 8 + 8;

pub fn members(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let mut right = true;
    loop {
        let [m0, m1, m2, m3, version, dictionary] = input.take().ok_or(Status::Truncated)?;
        if [m0, m1, m2, m3] != MAGIC || version > 1 {
            return Err(Status::Corrupt);
        }
        let size = dictionary_size(dictionary).ok_or(Status::Corrupt)?;
        if size / 1024 > DICTIONARY_KIB {
            return Err(Status::Window);
        }
        output.sum(Checksum::Crc32);
        run(u64::MAX, PROPERTIES, size, input, output)?;
        let [a, b, c, d, ..] = input.take::<TRAILER>().ok_or(Status::Truncated)?;
        right &= output.summed() == Some(u32::from_le_bytes([a, b, c, d]));
        if input.peek() != Some(MAGIC) {
            return if right { Ok(()) } else { Err(Status::Checksum) };
        }
    }
}

/// A power of two, less some sixteenths of it.
fn dictionary_size(byte: u8) -> Option<u32> {
    let size = 1_u32.checked_shl((byte & 0x1f).into())?;
    Some(size - size / 16 * u32::from(byte >> 5)).filter(|size| *size >= 1 << 12)
}
