//! Compressed RTF of mails (`LZFu`): literals and references into a ring of 4096 bytes that begins filled.
//!
//! Spec: MS-OXRTFCP. The header (16 bytes) gives sizes, the word `LZFu` or `MELA` (stored) and a checksum, which
//! is not compared.

use crate::bounded::{Input, Output, Status};

const RING: usize = 4096;
const FILLED: &[u8] =
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \
\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \
\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const COMPRESSED: &[u8; 4] = b"LZFu";
const STORED: &[u8; 4] = b"MELA";
/// Bytes collected before they are handed on.
const PIECE: usize = 32 << 10;
/// References shorter than this are not written.
const SHORTEST: usize = 2;

/// Decodes one stream with its header.
pub fn decode(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let [_, _, kind, _]: [[u8; 4]; 4] = [word(input)?, word(input)?, word(input)?, word(input)?];
    match &kind {
        STORED => output.drain(input),
        COMPRESSED => Ring::new().decode(input, output),
        _ => Err(Status::Corrupt),
    }
}

fn word(input: &mut Input<'_>) -> Result<[u8; 4], Status> {
    input.take().ok_or(Status::Truncated)
}

struct Ring {
    bytes: [u8; RING],
    at: usize,
    piece: Vec<u8>,
}

impl Ring {
    fn new() -> Self {
        let mut bytes = [b' '; RING];
        for (to, from) in bytes.iter_mut().zip(FILLED) {
            *to = *from;
        }
        Self { bytes, at: FILLED.len(), piece: Vec::with_capacity(PIECE + 32) }
    }

    fn decode(mut self, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
        let ended = self.groups(input, output);
        output.keep(&self.piece)?;
        ended
    }

    /// Groups of a byte of flags and eight tokens; a reference to where the next byte goes is the end.
    fn groups(&mut self, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
        loop {
            let [flags] = input.take().ok_or(Status::Truncated)?;
            for bit in 0..8 {
                if flags >> bit & 1 == 0 {
                    let [byte] = input.take().ok_or(Status::Truncated)?;
                    self.put(byte);
                    continue;
                }
                let token = usize::from(u16::from_be_bytes(input.take().ok_or(Status::Truncated)?));
                let from = token >> 4;
                if from == self.at {
                    return Ok(());
                }
                for step in 0..(token & 0xF) + SHORTEST {
                    let byte = self.bytes.get((from + step) % RING).copied().unwrap_or_default();
                    self.put(byte);
                }
            }
            if self.piece.len() >= PIECE {
                if output.expired() {
                    return Err(Status::Limit);
                }
                output.keep(&std::mem::take(&mut self.piece))?;
            }
        }
    }

    fn put(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.at) {
            *place = byte;
        }
        self.at = (self.at + 1) % RING;
        self.piece.push(byte);
    }
}
