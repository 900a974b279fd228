//! `PPMd` version I, ZIP's method 98: two bytes of parameters, then the range coder (APPNOTE 5.10).

use std::io::Read as _;

use ppmd_rust::{PPMD8_MIN_ORDER, Ppmd8Decoder, RestoreMethod};

use crate::bounded::{Input, Output, Status};

pub fn decode(size: u64, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let parameters = u32::from(u16::from_le_bytes(input.take().ok_or(Status::Truncated)?));
    let order = (parameters & 15) + 1;
    let memory = ((parameters >> 4 & 0xff) + 1) << 20; // 256 MiB at most, taken as it is used
    let restore = RestoreMethod::from(parameters >> 12);
    if order < PPMD8_MIN_ORDER || restore == RestoreMethod::Unsupported {
        return Err(Status::Corrupt);
    }
    let before = output.len();
    let decoder = Ppmd8Decoder::new(input, order, memory, restore).map_err(|_| Status::Truncated)?;
    output.drain(&mut decoder.take(size))?;
    if output.len() - before == size { Ok(()) } else { Err(Status::Truncated) }
}
