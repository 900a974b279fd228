//! LZMA: the `.lzma` file ("LZMA alone"), ZIP's method 14 (APPNOTE 5.8) and the raw stream of 7z.

use lzma_rust2::{Action, Lzma2Stream, LzmaStream, XzStream};

use crate::bounded::{Input, Output, Progress, Status, Step, Stream, pump_over, pump_twice, status_of};

/// Largest dictionary, in KiB. The window grows with the output, never ahead of it, so that this
/// bounds what a scan with lifted limits may hold.
pub const DICTIONARY_KIB: u32 = (1 << 20) + 4096;

/// Smallest dictionary of the format.
const SMALLEST: u64 = 4 << 10;

/// Input offered to one step: a failing step loses what it had decoded.
const OFFER: usize = 4 << 10;

/// The streams of the library have no trait in common, but steps and counts of one shape.
macro_rules! pumped {
    ($($stream:ty),+) => {$(
        impl Stream for $stream {
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
    )+};
}

pumped!(LzmaStream, Lzma2Stream, XzStream);

/// A `.lzma` file: properties, dictionary size, output size or all ones, data.
pub fn alone(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let [properties, dictionary @ ..] = input.take::<5>().ok_or(Status::Truncated)?;
    let size = u64::from_le_bytes(input.take().ok_or(Status::Truncated)?);
    run(size, properties, bounded(dictionary)?, input, output)
}

/// ZIP's form: version, length of the properties, properties, data. The output size is in the member's
/// header or, with flag bit 1 there, given by an end marker; `size` is `None` then.
pub fn zip(size: Option<u64>, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let [_, _, length, zero] = input.take().ok_or(Status::Truncated)?;
    if [length, zero] != [5, 0] {
        return Err(Status::Corrupt);
    }
    let [properties, dictionary @ ..] = input.take::<5>().ok_or(Status::Truncated)?;
    run(size.unwrap_or(u64::MAX), properties, bounded(dictionary)?, input, output)
}

/// 7z's form: properties and dictionary size stand in the archive's header, and so does the output size.
pub fn raw(
    [properties, dictionary @ ..]: [u8; 5],
    size: u64,
    input: &mut Input<'_>,
    output: &mut Output,
) -> Result<(), Status> {
    run(size, properties, needed(u32::from_le_bytes(dictionary), size)?, input, output)
}

/// The dictionary that `size` bytes of output can use of a declared one.
pub fn needed(declared: u32, size: u64) -> Result<u32, Status> {
    let dictionary = u64::from(declared).min(size.max(SMALLEST)) as u32;
    if dictionary / 1024 > DICTIONARY_KIB { Err(Status::Window) } else { Ok(dictionary) }
}

fn bounded(dictionary: [u8; 4]) -> Result<u32, Status> {
    let dictionary = u32::from_le_bytes(dictionary);
    if dictionary / 1024 > DICTIONARY_KIB { Err(Status::Window) } else { Ok(dictionary) }
}

/// Runs one stream of a stated size, all ones for one with an end mark, and leaves the input at its end.
///
/// A stream that fails is run as one with an end mark: its size may be a lie, and most unpackers take both.
pub fn run(
    size: u64,
    properties: u8,
    dictionary: u32,
    input: &mut Input<'_>,
    output: &mut Output,
) -> Result<(), Status> {
    let make = |size| {
        LzmaStream::new_with_props(size, properties, dictionary, None).map_err(|error| status_of(&error))
    };
    let (start, before) = (input.position(), output.len());
    let stream = match pump_twice(|| make(size), input, output) {
        Err(Status::Corrupt) if size != u64::MAX => {
            input.seek(start);
            let mut stream = make(u64::MAX)?;
            pump_over(&mut stream, output.len().saturating_sub(before), input, output)?;
            stream
        }
        result => result?,
    };
    // The decoder looks ahead by a few bytes, which are not its own.
    input.seek(input.position().saturating_sub(stream.unused_input().len() as u64));
    Ok(())
}
