//! MSZIP ([MS-MCI]): blocks of `CK` and a deflate stream each, which may repeat the 32 KiB before.
//!
//! Comes in pieces of one block. A damaged one leaves those behind it in their place: what is missing of it
//! is zeros.

use flate2::{Decompress, FlushDecompress};

use crate::bounded::{Input, Output, Status};

const MAGIC: [u8; 2] = *b"CK";
const BLOCK: usize = 32 << 10;

pub fn pieces(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let mut inflater = Decompress::new(false);
    let mut history: Vec<u8> = Vec::new();
    let (mut whole, mut missing) = (Ok(()), 0);
    while let Some(piece) = input.piece() {
        if output.expired() {
            return Err(Status::Limit);
        }
        remember(&vec![0; missing], &mut history, output)?;
        inflater.reset(false);
        let _ = inflater.set_dictionary(&history); // fails for no history alone
        let (block, result) = match piece.bytes.strip_prefix(&MAGIC) {
            Some(packed) => inflate(&mut inflater, packed),
            None => (Vec::new(), Err(Status::Corrupt)),
        };
        remember(&block, &mut history, output)?;
        missing = piece.size.min(BLOCK).saturating_sub(block.len());
        whole = whole.and(result).and(if missing > 0 { Err(Status::Truncated) } else { Ok(()) });
    }
    whole.and(if input.at_end() { Ok(()) } else { Err(Status::Truncated) })
}

fn remember(bytes: &[u8], history: &mut Vec<u8>, output: &mut Output) -> Result<(), Status> {
    output.keep(bytes)?;
    history.extend_from_slice(bytes);
    history.drain(..history.len().saturating_sub(BLOCK));
    Ok(())
}

fn inflate(inflater: &mut Decompress, mut packed: &[u8]) -> (Vec<u8>, Result<(), Status>) {
    let mut block = vec![0; BLOCK];
    let mut made = 0;
    loop {
        let (before_in, before_out) = (inflater.total_in(), inflater.total_out());
        let room = block.get_mut(made..).unwrap_or_default();
        let result = inflater.decompress(packed, room, FlushDecompress::None);
        let taken = (inflater.total_in() - before_in) as usize;
        let given = (inflater.total_out() - before_out) as usize;
        made += given;
        packed = packed.get(taken..).unwrap_or_default();
        let end = match result {
            Ok(flate2::Status::StreamEnd) => Some(Ok(())),
            Err(_) => Some(Err(Status::Corrupt)),
            Ok(_) if made == BLOCK => Some(Ok(())),
            Ok(_) if taken == 0 && given == 0 => Some(Err(Status::Truncated)),
            Ok(_) => None,
        };
        if let Some(end) = end {
            block.truncate(made);
            return (block, end);
        }
    }
}
