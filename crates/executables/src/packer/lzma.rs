//! LZMA without a header, as packers have it.

use lzma_rust2::{Action, LzmaStream, Status};

/// Fills `memory` from `parts`, one after the other, or as far as an end mark in them leads, since loaders
/// stop there too; None when they do not suffice.
pub fn decode(properties: u8, parts: [&[u8]; 2], memory: &mut [u8]) -> Option<()> {
    let size = memory.len() as u64;
    attempt(properties, parts, memory, size).or_else(|| attempt(properties, parts, memory, u64::MAX))
}

/// The decoder takes an end mark only where it was told no `content` size.
fn attempt(properties: u8, parts: [&[u8]; 2], memory: &mut [u8], content: u64) -> Option<()> {
    let size = memory.len();
    let dictionary = u32::try_from(size).ok()?;
    let mut stream = LzmaStream::new_with_props(content, properties, dictionary, None).ok()?;
    let mut made = 0;
    for part in parts {
        let before = stream.total_in() as usize;
        let mut read = 0;
        while made < size {
            let result = stream.process(part.get(read..)?, memory.get_mut(made..)?, Action::Run).ok()?;
            let (now_read, now_made) = (stream.total_in() as usize - before, stream.total_out() as usize);
            let stalled = now_read == read && now_made == made;
            (read, made) = (now_read, now_made);
            if result.status == Status::StreamEnd {
                return Some(());
            }
            if stalled {
                break;
            }
        }
    }
    (made == size).then_some(())
}
