//! LZMA2 as in 7z: chunks with an end marker, the dictionary size apart from them.

use lzma_rust2::Lzma2Stream;

use crate::bounded::{Input, Output, Status, pump_twice};
use crate::lzma::needed;

/// The property of a dictionary of 4 GiB less one byte; the others count half powers of two.
const LARGEST: u8 = 40;

/// Decodes chunks up to their end marker. `size` is how much shall come out.
pub fn decode(property: u8, size: u64, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let declared = match property {
        0..LARGEST => (2 | u32::from(property & 1)) << (property / 2 + 11),
        LARGEST => u32::MAX,
        _ => return Err(Status::Corrupt),
    };
    let dictionary = needed(declared, size)?;
    pump_twice(|| Ok(Lzma2Stream::new(dictionary)), input, output).map(|_| ())
}
