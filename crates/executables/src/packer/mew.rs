//! MEW 11: aPLib streams, each followed by the address of the next one, unpacked into an empty section.
//!
//! The entry point jumps into the headers, where the loader is: `mov esi, DATA`. There are the address of a
//! function, the original entry point and where the first stream goes. In its LZMA form the only stream is
//! code, which the loader calls then; behind the streams is where that code keeps its numbers, and the
//! program in blocks: size, address, size of the packed bytes, a byte nobody reads, LZMA. A size of 0 is the
//! end. Code with a `push eax` at its ninth byte unpacks one block, and makes addresses of calls in so many
//! bytes of it relative again; their number is before all else.

use super::rebuild::{Facts, Piece, pieces, rebuild};
use super::stream::{Input, Output};
use super::{Answer, Fault, Packed, aplib, lzma};
use crate::Place;

/// mov ebx, esi; lodsd; lodsd; push eax; lodsd; xchg edi, eax; mov dl, 80h; movsb; mov dh, 80h
const LOADER: [u8; 12] = [0x8b, 0xde, 0xad, 0xad, 0x50, 0xad, 0x97, 0xb2, 0x80, 0xa4, 0xb6, 0x80];
/// Where the loader goes on after the last stream: in the LZMA form with a call.
const AFTER: usize = 0x7b;
const CALL: u8 = 0xe8;
/// Where in the LZMA code its two kinds differ.
const KIND: usize = 8;
const PUSH_EAX: u8 = 0x50;
/// 4 bits of context, 2 of position.
const PROPERTIES: u8 = 0x5e;
/// Each has tables of its own to be filled.
const MAX_BLOCKS: usize = 0x1000;

/// Memory from the empty section to the end of the full one.
struct Memory {
    bytes: Vec<u8>,
    base: u32,
    address: u32,
    /// Of the empty section.
    size: u32,
    /// Bytes that may still be unpacked: streams may name the same memory again and again.
    room: usize,
}

/// Unpacks it; None when the loader is not MEW's.
pub fn unpack(packed: &Packed<'_>) -> Option<Answer> {
    let (empty, full) = packed.empty_section()?;
    let code = packed.code(0, 5);
    let [0xe9, distance @ ..] = *code.first_chunk::<5>()? else { return None };
    let entry = packed.header.entry_address.wrapping_add(5);
    let loader = entry.wrapping_add(u32::from_le_bytes(distance));
    if loader >= empty.address as u32 {
        return None;
    }
    let code = packed.at(packed.image_base().wrapping_add(loader), AFTER + 5);
    let [0xbe, data @ ..] = *code.first_chunk::<5>()? else { return None };
    if !code.get(5..)?.starts_with(&LOADER) {
        return None;
    }
    let called = match code.get(AFTER..).and_then(|rest| rest.first_chunk::<5>()) {
        Some([CALL, distance @ ..]) => {
            Some(loader.wrapping_add(AFTER as u32 + 5).wrapping_add(u32::from_le_bytes(*distance)))
        }
        _ => None,
    };
    let source = match packed.read(full.offset, full.size) {
        Ok(source) => source,
        Err(fault) => return Some(Err(fault)),
    };
    let mut memory = match Memory::new(packed, empty, full, &source) {
        Ok(memory) => memory,
        Err(fault) => return Some(Err(fault)),
    };
    let start = u32::from_le_bytes(data).wrapping_sub(packed.image_base()).wrapping_sub(full.address as u32);
    let input = Input::new(&source, start as usize);
    Some(memory.run(input, called).ok_or(Fault::Damaged))
}

impl Memory {
    fn new(packed: &Packed<'_>, empty: &Place, full: &Place, source: &[u8]) -> Result<Self, Fault> {
        let end = (full.address + full.virtual_size).max(empty.address + empty.virtual_size);
        let mut bytes = packed.memory(end - empty.address)?;
        let room = full.address.checked_sub(empty.address).and_then(|at| bytes.get_mut(at as usize..));
        for (to, from) in room.unwrap_or_default().iter_mut().zip(source) {
            *to = *from;
        }
        let room = bytes.len().saturating_mul(2);
        let (address, size) = (empty.address as u32, empty.virtual_size as u32);
        Ok(Self { bytes, base: packed.image_base(), address, size, room })
    }

    /// Where in memory an address is.
    fn place(&self, address: u32) -> Option<u32> {
        address.checked_sub(self.base)?.checked_sub(self.address)
    }

    fn charge(&mut self, size: usize) -> Option<()> {
        self.room = self.room.checked_sub(size)?;
        Some(())
    }

    fn run(&mut self, mut input: Input<'_>, called: Option<u32>) -> Option<Vec<u8>> {
        let [_, entry, mut destination] = [input.u32()?, input.u32()?, input.u32()?];
        let mut starts = Vec::new();
        while destination != 0 {
            let at = self.place(destination)?;
            let mut output = Output::new(&mut self.bytes, at as usize);
            aplib::decode(&mut input, &mut output)?;
            let made = output.position() - at as usize;
            self.charge(made)?;
            starts.push(at);
            destination = input.u32()?;
        }
        let facts = Facts { image_base: self.base, entry: entry.checked_sub(self.base)?, ..Facts::default() };
        if let Some(code) = called {
            self.blocks(&mut input, code)?;
            let bytes = self.bytes.get(..self.size as usize)?.to_vec();
            return rebuild(&facts, &[Piece { address: self.address, virtual_size: self.size, bytes }]);
        }
        starts.retain(|start| *start < self.size);
        rebuild(&facts, &pieces(self.bytes.get(..self.size as usize)?, self.address, &starts)?)
    }

    fn blocks(&mut self, input: &mut Input<'_>, code: u32) -> Option<()> {
        let kind = *self.bytes.get(code.checked_sub(self.address)? as usize + KIND)?;
        let filtered = if kind == PUSH_EAX { Some(input.u32()?) } else { None };
        input.u32()?;
        for _ in 0..MAX_BLOCKS {
            let size = input.u32()? as usize;
            if size == 0 {
                return Some(());
            }
            let start = self.place(input.u32()?)? as usize;
            let packed = input.u32()?;
            input.byte()?;
            self.charge(size)?;
            let memory = self.bytes.get_mut(start..start.checked_add(size)?)?;
            lzma::decode(PROPERTIES, [input.rest(), &[]], memory)?;
            if let Some(count) = filtered {
                relative(self.bytes.get_mut(start..)?, count as usize);
                return Some(());
            }
            input.skip(packed as usize);
        }
        None
    }
}

/// Makes addresses of calls and jumps among the first `count` bytes relative again.
fn relative(memory: &mut [u8], count: usize) {
    let mut at = 0;
    while at + 6 <= count {
        let Some([opcode, field @ ..]) = memory.get_mut(at..).and_then(|rest| rest.first_chunk_mut::<5>())
        else {
            return;
        };
        if matches!(opcode, 0xe8 | 0xe9) {
            *field = u32::from_be_bytes(*field).wrapping_sub(at as u32 + 1).to_le_bytes();
            at += 4;
        }
        at += 1;
    }
}
