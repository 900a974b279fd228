//! Brotli (RFC 7932).

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

use crate::bounded::{Input, Output, Progress, Status, Step, Stream, pump};

type State = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

impl Stream for State {
    /// A failing step gives nothing of what it had decoded.
    const OFFER: usize = 64;

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        let (mut left, mut consumed) = (input.len(), 0);
        let (mut room, mut produced, mut total) = (output.len(), 0, 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut consumed,
            input,
            &mut room,
            &mut produced,
            output,
            &mut total,
            self,
        );
        let progress = match result {
            BrotliResult::ResultSuccess => Progress::End,
            BrotliResult::ResultFailure => Progress::Failed(Status::Corrupt),
            BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => Progress::More,
        };
        Step { consumed, produced, progress }
    }
}

/// One stream; its window, of at most 16 MiB, is what the format's own small form allows.
pub fn decode(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let memory = StandardAlloc::default;
    pump(&mut State::new(memory(), memory(), memory()), input, output)
}
