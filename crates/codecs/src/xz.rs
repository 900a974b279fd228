//! xz: all streams and the padding between them, joined, as unxz gives them.

use lzma_rust2::{XzReader, XzStream};

use crate::bounded::{Input, Output, Status, pump_twice};
use crate::lzma::DICTIONARY_KIB;

const MAGIC: [u8; 6] = [0xfd, b'7', b'z', b'X', b'Z', 0];

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
    let result = pump_twice(|| Ok(XzStream::new_mem_limit(false, DICTIONARY_KIB)), input, output).map(|_| ());
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
