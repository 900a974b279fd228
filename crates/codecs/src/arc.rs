//! Methods of ARC and ZOO: runs (packed), Huffman codes (squeezed), LZW (crunched, squashed, ZOO's).
//!
//! Source: the notes on ARC files by K. W. Rogers, and what arc and zoo write. Below all of ARC's methods but
//! squashing and the oldest crunching, a byte 90 and a count stand for a run of the byte before.

use crate::bounded::{Input, Output, Status};
use crate::compress::{Form, strings};
use crate::crunch::{self, Hash};
use crate::window::{Window, through};

/// A method of ARC or ZOO.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// ARC's method 3.
    Packed,
    /// ARC's method 4.
    Squeezed,
    /// ARC's method 5.
    Crunched5,
    /// ARC's method 6.
    Crunched6,
    /// ARC's method 7.
    Crunched7,
    /// ARC's method 8.
    Crunched,
    /// ARC's method 9.
    Squashed,
    /// ZOO's method 1.
    ZooLzw,
}

const RUN: u8 = 0x90;
/// Bits of the widest code, which the first byte of crunched data tells.
const CRUNCHED: u32 = 12;
const SQUASHED: u32 = 13;
const NODES: usize = 256;
const END: i16 = 256;

/// Where decoded bytes go: runs are unpacked, and no more than `left` bytes come out.
struct Sink<'w, 'o> {
    window: &'w mut Window,
    output: &'o mut Output,
    left: u64,
    runs: bool,
    last: u8,
    counting: bool,
}

impl Sink<'_, '_> {
    fn put(&mut self, byte: u8) -> Result<(), Status> {
        if !self.runs {
            return self.repeat(byte, 1);
        }
        match (self.counting, byte) {
            (false, RUN) => self.counting = true,
            (false, _) => {
                self.last = byte;
                self.repeat(byte, 1)?;
            }
            (true, 0) => {
                self.counting = false;
                self.repeat(RUN, 1)?;
            }
            (true, count) => {
                self.counting = false;
                self.repeat(self.last, u64::from(count) - 1)?;
            }
        }
        Ok(())
    }

    fn repeat(&mut self, byte: u8, count: u64) -> Result<(), Status> {
        for _ in 0..count.min(self.left) {
            self.window.put(byte);
        }
        self.left -= count.min(self.left);
        self.window.spill_when_full(self.output)
    }
}

/// Decodes `size` bytes.
pub fn decode(method: Method, size: u64, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    through(Window::new(0), output, |window, output| {
        let runs = !matches!(method, Method::Crunched5 | Method::Squashed | Method::ZooLzw);
        let mut sink = Sink { window, output, left: size, runs, last: 0, counting: false };
        let result = match method {
            Method::Packed => packed(input, &mut sink),
            Method::Squeezed => squeezed(input, &mut sink),
            Method::Crunched5 | Method::Crunched6 => crunched(Hash::Square, input, &mut sink),
            Method::Crunched7 => crunched(Hash::Product, input, &mut sink),
            Method::Crunched => match input.byte().map(u32::from) {
                Some(CRUNCHED) => lzw(CRUNCHED, false, input, &mut sink),
                Some(_) => Err(Status::Corrupt),
                None => Err(Status::Truncated),
            },
            Method::Squashed => lzw(SQUASHED, false, input, &mut sink),
            Method::ZooLzw => lzw(SQUASHED, true, input, &mut sink),
        };
        match result {
            Ok(()) if sink.left > 0 => Err(Status::Truncated),
            Err(Status::Truncated) if sink.left == 0 => Ok(()),
            result => result,
        }
    })
}

fn packed(input: &mut Input<'_>, sink: &mut Sink<'_, '_>) -> Result<(), Status> {
    while sink.left > 0 {
        sink.put(input.byte().ok_or(Status::Truncated)?)?;
    }
    Ok(())
}

fn lzw(widest: u32, marked: bool, input: &mut Input<'_>, sink: &mut Sink<'_, '_>) -> Result<(), Status> {
    strings(Form { widest, blocks: true, marked }, input, &mut |string| spelled(string, sink))
}

fn crunched(hash: Hash, input: &mut Input<'_>, sink: &mut Sink<'_, '_>) -> Result<(), Status> {
    crunch::strings(hash, input, &mut |string| spelled(string, sink))
}

fn spelled(backwards: &[u8], sink: &mut Sink<'_, '_>) -> Result<(), Status> {
    backwards.iter().rev().try_for_each(|byte| sink.put(*byte))?;
    // Not an end of the stream, but nobody asks for what is behind it.
    if sink.left > 0 { Ok(()) } else { Err(Status::Truncated) }
}

/// A tree of nodes with two branches each, below it bits from the least significant up.
fn squeezed(input: &mut Input<'_>, sink: &mut Sink<'_, '_>) -> Result<(), Status> {
    let count = usize::from(u16::from_le_bytes(input.take().ok_or(Status::Truncated)?));
    if count > NODES {
        return Err(Status::Corrupt);
    }
    let mut nodes = Vec::new();
    for _ in 0..count {
        let [low, high, next_low, next_high] = input.take().ok_or(Status::Truncated)?;
        nodes.push([i16::from_le_bytes([low, high]), i16::from_le_bytes([next_low, next_high])]);
    }
    let (mut held, mut bits) = (0_u8, 0);
    let mut node = 0_i16;
    while sink.left > 0 && count > 0 {
        if bits == 0 {
            held = input.byte().ok_or(Status::Truncated)?;
            bits = 8;
        }
        let branches = usize::try_from(node).ok().and_then(|node| nodes.get(node));
        let [zero, one] = *branches.ok_or(Status::Corrupt)?;
        node = if held & 1 == 0 { zero } else { one };
        held >>= 1;
        bits -= 1;
        if node < 0 {
            let symbol = -(node + 1);
            node = 0;
            match u8::try_from(symbol) {
                Ok(byte) => sink.put(byte)?,
                Err(_) if symbol == END => return Ok(()),
                Err(_) => return Err(Status::Corrupt),
            }
        }
    }
    Ok(())
}
