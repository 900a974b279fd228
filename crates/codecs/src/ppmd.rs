//! `PPMd`, variant H, with the range coder of 7z. It has no end: the output size must be known.

use std::io::{self, BufReader, Read};

use ppmd_rust::{Error, Ppmd7Decoder};

use crate::bounded::{Input, Output, Status, status_of};
use crate::lzma::DICTIONARY_KIB;

/// Bytes asked for at once: what is lost when one of them cannot be decoded.
const PIECE: usize = 1 << 10;

/// Decodes `size` bytes with the model's order and memory that `properties` say.
pub fn decode(
    [order, memory @ ..]: [u8; 5],
    size: u64,
    input: &mut Input<'_>,
    output: &mut Output,
) -> Result<(), Status> {
    let memory = u32::from_le_bytes(memory);
    if memory / 1024 > DICTIONARY_KIB {
        return Err(Status::Window);
    }
    // The decoder would abort the process where this says no.
    Vec::<u8>::new().try_reserve_exact(memory as usize).map_err(|_| Status::Window)?;
    let decoder =
        Ppmd7Decoder::new(BufReader::new(input), order.into(), memory).map_err(|error| match error {
            Error::IoError(error) => status_of(&error),
            _ => Status::Corrupt,
        })?;
    output.drain(&mut Pieces(decoder.take(size)))?;
    if output.len() < size { Err(Status::Truncated) } else { Ok(()) }
}

struct Pieces<R>(R);

impl<R: Read> Read for Pieces<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(PIECE);
        self.0.read(buffer.get_mut(..count).unwrap_or_default())
    }
}
