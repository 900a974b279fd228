//! `RunLengthDecode` of PDF (ISO 32000-1, 7.4.5), which is `PackBits` with an end mark.

use crate::bounded::{Input, Output, Status};

const END: u8 = 128;
/// Runs of one step, after which the clock is looked at.
const STEP: u32 = 1024;

/// Decodes runs until the end mark; a missing one is no damage.
pub fn decode(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    loop {
        if output.expired() {
            return Err(Status::Limit);
        }
        for _ in 0..STEP {
            let Some([length]) = input.take() else { return Ok(()) };
            match length {
                0..END => copy(input, output, usize::from(length) + 1)?,
                END => return Ok(()),
                _ => {
                    let [byte] = input.take().ok_or(Status::Truncated)?;
                    let run = [byte; END as usize];
                    output.keep(run.get(..257 - usize::from(length)).unwrap_or(&run))?;
                }
            }
        }
    }
}

fn copy(input: &mut Input<'_>, output: &mut Output, mut count: usize) -> Result<(), Status> {
    while count > 0 {
        let piece = input.chunk();
        let piece = piece.get(..piece.len().min(count)).unwrap_or(piece);
        let taken = piece.len();
        output.keep(piece)?;
        input.advance(taken);
        if taken == 0 {
            return Err(Status::Truncated);
        }
        count -= taken;
    }
    Ok(())
}
