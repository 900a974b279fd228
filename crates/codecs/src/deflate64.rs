//! Deflate64, ZIP's method 9: deflate with a 64 KiB window and longer matches (APPNOTE 4.4.5).

use deflate64::InflaterManaged;

use crate::bounded::{Input, Output, Progress, Status, Step, Stream, pump};

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
    pump(&mut InflaterManaged::new(), input, output)
}
