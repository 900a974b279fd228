//! LZMA without a header, as packers have it.

use lzma_rust2::{Action, LzmaStream, Status};

/// Fills `memory` from `parts`, one after the other; None when they do not suffice.
pub fn decode(properties: u8, parts: [&[u8]; 2], memory: &mut [u8]) -> Option<()> {
    let size = memory.len();
    let dictionary = u32::try_from(size).ok()?;
    let mut stream = LzmaStream::new_with_props(size as u64, properties, dictionary, None).ok()?;
    let mut made = 0;
    for part in parts {
        let before = stream.total_in() as usize;
        let mut read = 0;
        while made < size {
            let result = stream.process(part.get(read..)?, memory.get_mut(made..)?, Action::Run).ok()?;
            let (now_read, now_made) = (stream.total_in() as usize - before, stream.total_out() as usize);
            let stalled = now_read == read && now_made == made;
            (read, made) = (now_read, now_made);
            if stalled || result.status == Status::StreamEnd {
                break;
            }
        }
    }
    (made == size).then_some(())
}
