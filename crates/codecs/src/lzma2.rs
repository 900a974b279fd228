//! LZMA2 as in 7z: chunks with an end marker, the dictionary size apart from them.

use lzma_rust2::{Action, Lzma2Stream};

use crate::bounded::{Input, Output, Progress, Status, Step, Stream, pump, status_of};
use crate::lzma::{OFFER, needed};

/// The property of a dictionary of 4 GiB less one byte; the others count half powers of two.
const LARGEST: u8 = 40;

impl Stream for Lzma2Stream {
    const OFFER: usize = OFFER;

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        let (before_in, before_out) = (self.total_in(), self.total_out());
        let action = if input.is_empty() { Action::Finish } else { Action::Run };
        let progress = match self.process(input, output, action) {
            Ok(result) if result.status == lzma_rust2::Status::StreamEnd => Progress::End,
            Ok(_) => Progress::More,
            Err(error) => Progress::Failed(status_of(&error)),
        };
        Step {
            consumed: (self.total_in() - before_in) as usize,
            produced: (self.total_out() - before_out) as usize,
            progress,
        }
    }
}

/// Decodes chunks up to their end marker. `size` is how much shall come out.
pub fn decode(property: u8, size: u64, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let declared = match property {
        0..LARGEST => (2 | u32::from(property & 1)) << (property / 2 + 11),
        LARGEST => u32::MAX,
        _ => return Err(Status::Corrupt),
    };
    pump(&mut Lzma2Stream::new(needed(declared, size)?), input, output)
}
