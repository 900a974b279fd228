//! xz: all streams and the padding between them, joined, as unxz gives them.

use lzma_rust2::{Action, XzReader, XzStream};

use crate::bounded::{Input, Output, Progress, Status, Step, Stream, pump, status_of};
use crate::lzma::{DICTIONARY_KIB, OFFER};

const MAGIC: [u8; 6] = [0xfd, b'7', b'z', b'X', b'Z', 0];

impl Stream for XzStream {
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

pub fn streams(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    loop {
        stream(input, output)?;
        skip_padding(input);
        if input.peek() != Some(MAGIC) {
            return Ok(());
        }
    }
}

fn stream(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let (start, before) = (input.position(), output.len());
    let result = pump(&mut XzStream::new_mem_limit(false, DICTIONARY_KIB), input, output);
    if result == Err(Status::Corrupt) && output.len() == before {
        // The pushed decoder knows one filter before LZMA2; the pulled one knows the three xz allows,
        // but gives up the output of a whole chunk when it fails. So it comes second.
        input.seek(start);
        return output.drain(&mut XzReader::new_mem_limit(input, false, DICTIONARY_KIB));
    }
    result
}

/// Skips the zeros between streams, which come in fours.
fn skip_padding(input: &mut Input<'_>) {
    while input.peek() == Some([0; 4]) {
        input.advance(4);
    }
}
