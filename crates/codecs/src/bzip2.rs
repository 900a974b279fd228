//! bzip2: all streams up to the first bytes that are none, joined, as bunzip2 gives them.

use bzip2::Decompress;

use crate::bounded::{Input, Output, Progress, Status, Step, Stream, pump};

impl Stream for Decompress {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        let (before_in, before_out) = (self.total_in(), self.total_out());
        let result = self.decompress(input, output);
        Step {
            consumed: (self.total_in() - before_in) as usize,
            produced: (self.total_out() - before_out) as usize,
            progress: match result {
                Ok(bzip2::Status::StreamEnd) => Progress::End,
                Ok(_) => Progress::More,
                Err(_) => Progress::Failed(Status::Corrupt),
            },
        }
    }
}

/// The first stream alone.
pub fn first(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    pump(&mut Decompress::new(false), input, output)
}

pub fn streams(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    loop {
        pump(&mut Decompress::new(false), input, output)?;
        if !matches!(input.peek(), Some([b'B', b'Z', b'h', b'1'..=b'9'])) {
            return Ok(());
        }
    }
}
