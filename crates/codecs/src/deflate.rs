//! Deflate (RFC 1951), bare or in a zlib envelope (RFC 1950).

use flate2::{Decompress, FlushDecompress};

use crate::bounded::{Input, Output, Progress, Status, Step, Stream, pump};

/// The inflater, which can be used again after each stream.
pub struct Inflater(Decompress);

impl Inflater {
    pub fn new(zlib: bool) -> Self {
        Self(Decompress::new(zlib))
    }

    /// Makes ready for another bare stream.
    pub fn reset(&mut self) {
        self.0.reset(false);
    }
}

impl Stream for Inflater {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        let (before_in, before_out) = (self.0.total_in(), self.0.total_out());
        let result = self.0.decompress(input, output, FlushDecompress::None);
        Step {
            consumed: (self.0.total_in() - before_in) as usize,
            produced: (self.0.total_out() - before_out) as usize,
            progress: match result {
                Ok(flate2::Status::StreamEnd) => Progress::End,
                Ok(_) => Progress::More,
                Err(_) => Progress::Failed(Status::Corrupt),
            },
        }
    }
}

/// A bare deflate stream, as in ZIP.
pub fn raw(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    pump(&mut Inflater::new(false), input, output)
}

/// A deflate stream with zlib header and checksum.
pub fn zlib(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    pump(&mut Inflater::new(true), input, output)
}
