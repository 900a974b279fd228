//! Deflate64, ZIP's method 9: deflate with a 64 KiB window and longer matches (APPNOTE 4.4.5).

use deflate64::InflaterManaged;

use crate::bounded::{Input, Output, Progress, Status, Step, Stream, pump};

/// Whole bytes that the bit buffer may hold when the last symbol was read.
const BIT_BUFFER: u64 = 3;

impl Stream for InflaterManaged {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        let mut result = self.inflate(input, output);
        if result.data_error {
            // The output of the failing block is still in the window: fetch it.
            let rest = output.get_mut(result.bytes_written..).unwrap_or_default();
            result.bytes_written += self.inflate(&[], rest).bytes_written;
        }
        let progress = if result.data_error && self.available_output() == 0 {
            Progress::Failed(Status::Corrupt)
        } else if self.finished() {
            Progress::End
        } else {
            Progress::More
        };
        Step { consumed: result.bytes_consumed, produced: result.bytes_written, progress }
    }
}

pub fn decode(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    pump(&mut InflaterManaged::new(), input, output)?;
    // Some bytes behind the end are in the decoder's bit buffer, and it does not say how many. Nothing that
    // follows may be missed, so the end is taken to be before all that may be there.
    input.seek(input.position().saturating_sub(BIT_BUFFER));
    Ok(())
}
