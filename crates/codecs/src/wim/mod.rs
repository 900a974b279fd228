//! Chunks of Windows images (.wim, .esd): LZX, XPRESS and LZMS. Each is decoded by itself.
//!
//! Comes in pieces of one chunk; one as large as its content is stored.

mod lzms;
mod xpress;

use nacre_fmap::Fmap;

use crate::bounded::{Input, Output, Status};
use crate::lzx;

/// Content of a chunk: more than any program puts into one.
const LARGEST: usize = 64 << 20;

/// How the chunks of a resource are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Xpress,
    /// With the window's size as a power of two.
    Lzx(u32),
    Lzms,
}

pub fn chunks(method: Method, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let mut lzms = lzms::Decoder::new();
    while let Some(piece) = input.piece() {
        if output.expired() {
            return Err(Status::Limit);
        }
        if piece.size == piece.bytes.len() {
            output.keep(&piece.bytes)?;
            continue;
        }
        if piece.size > LARGEST {
            return Err(Status::Window);
        }
        let (made, result) = match method {
            Method::Xpress => xpress::chunk(&piece.bytes, piece.size),
            Method::Lzx(window_bits) => lzx::chunk(window_bits, &Fmap::from_vec(piece.bytes), piece.size),
            Method::Lzms => lzms.chunk(&piece.bytes, piece.size),
        };
        output.keep(&made)?;
        result?;
    }
    if input.at_end() { Ok(()) } else { Err(Status::Truncated) }
}

/// Repeats `length` bytes from `distance` before the end of `made`, whose whole is to have `size` bytes.
fn repeat(made: &mut Vec<u8>, distance: usize, length: usize, size: usize) -> Result<(), Status> {
    let start = made.len().checked_sub(distance).filter(|_| distance > 0).ok_or(Status::Corrupt)?;
    if length > size - made.len() {
        return Err(Status::Corrupt);
    }
    if length <= distance {
        made.extend_from_within(start..start + length);
    } else {
        for at in start..start + length {
            let byte = made.get(at).copied().unwrap_or(0);
            made.push(byte);
        }
    }
    Ok(())
}
