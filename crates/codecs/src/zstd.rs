//! Zstandard (RFC 8878): all frames, skippable ones left out, joined, as unzstd gives them.

use ruzstd::decoding::errors::{FrameDecoderError, FrameHeaderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::bounded::{Input, Output, Status};

/// Largest window: what `zstd -d` accepts without being told to take more.
const WINDOW: u64 = 128 << 20;

/// An empty last block and a checksum: ends a broken frame, so that its window can be taken out.
const END_OF_FRAME: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

pub fn frames(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(WINDOW);
    let mut right = true;
    loop {
        let start = input.position();
        match decoder.reset(&mut *input) {
            Ok(()) => {
                frame(&mut decoder, input, output)?;
                let told = decoder.get_checksum_from_data();
                right &= told.is_none() || told == decoder.get_calculated_checksum();
            }
            Err(error) => match skip_length(&error) {
                Some(length) => {
                    input.seek(start.saturating_add(8));
                    if input.left() < length.into() {
                        return Err(Status::Truncated);
                    }
                    input.advance(length as usize);
                }
                None => return Err(status_of(&error, input)),
            },
        }
        match input.peek() {
            Some(MAGIC | [0x50..=0x5f, 0x2a, 0x4d, 0x18]) => {}
            _ if right => return Ok(()),
            _ => return Err(Status::Checksum),
        }
    }
}

fn frame(decoder: &mut FrameDecoder, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    while !decoder.is_finished() {
        if output.expired() {
            return Err(Status::Limit);
        }
        let decoded = decoder.decode_blocks(&mut *input, BlockDecodingStrategy::UptoBlocks(1));
        if decoded.is_err() {
            let status = if input.at_end() { Status::Truncated } else { Status::Corrupt };
            let _ = decoder.decode_blocks(&END_OF_FRAME[..], BlockDecodingStrategy::UptoBlocks(1));
            collect(decoder, output)?;
            return Err(status);
        }
        collect(decoder, output)?;
    }
    collect(decoder, output)
}

fn collect(decoder: &mut FrameDecoder, output: &mut Output) -> Result<(), Status> {
    output.drain(&mut Collected(decoder))
}

/// What the decoder can give away without the window it still needs.
struct Collected<'a>(&'a mut FrameDecoder);

impl std::io::Read for Collected<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

fn skip_length(error: &FrameDecoderError) -> Option<u32> {
    match error {
        FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. }) => {
            Some(*length)
        }
        _ => None,
    }
}

fn status_of(error: &FrameDecoderError, input: &Input<'_>) -> Status {
    match error {
        FrameDecoderError::WindowSizeTooBig { .. }
        | FrameDecoderError::FrameHeaderError(FrameHeaderError::WindowTooBig { .. }) => Status::Window,
        _ if input.at_end() => Status::Truncated,
        _ => Status::Corrupt,
    }
}
