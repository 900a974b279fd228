//! Where the keys of the version information are.
//!
//! Layout ("`VS_VERSIONINFO` structure"): nested blocks of length, length of the value, type, a key in UTF-16
//! that ends in a NUL, padding to four bytes, value, children. The strings of `StringFileInfo` are what
//! signatures mean: the place of each key, in every table of every version resource.

use super::resource::{VERSION, resources};
use crate::Program;
use crate::reader::Reader;

const BLOCK: u64 = 6;
const MAX_KEYS: usize = 4096;
const LONGEST_KEY: u64 = 128;

/// File offsets of the keys.
pub fn version_keys(reader: &mut Reader<'_>, program: &Program) -> Vec<u64> {
    let mut keys = Vec::new();
    for resource in resources(reader, program, VERSION) {
        let Some(offset) = resource.offset else { continue };
        let Some(root) = block(reader, offset, offset + u64::from(resource.size)) else { continue };
        let children = align(root.children(), offset).saturating_add(root.value_size);
        let mut info = Blocks { at: align(children, offset), end: root.end, base: offset };
        while let Some(file_info) = info.next(reader) {
            strings(reader, &file_info, offset, &mut keys);
        }
    }
    keys
}

fn strings(reader: &mut Reader<'_>, info: &Block, base: u64, keys: &mut Vec<u64>) {
    if info.key != utf16("StringFileInfo") {
        return;
    }
    let mut tables = Blocks { at: align(info.children(), base), end: info.end, base };
    while let Some(table) = tables.next(reader) {
        let mut strings = Blocks { at: align(table.children(), base), end: table.end, base };
        while let Some(string) = strings.next(reader).filter(|_| keys.len() < MAX_KEYS) {
            keys.push(string.at + BLOCK);
        }
    }
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Blocks are aligned from the start of the resource on.
fn align(at: u64, base: u64) -> u64 {
    base + (at - base).next_multiple_of(4)
}

struct Block {
    at: u64,
    end: u64,
    value_size: u64,
    key: Vec<u8>,
}

impl Block {
    /// Where the value or the first child begins, before padding.
    fn children(&self) -> u64 {
        self.at + BLOCK + self.key.len() as u64 + 2
    }
}

struct Blocks {
    at: u64,
    end: u64,
    base: u64,
}

impl Blocks {
    /// The next block of a list; each takes at least its header, so the walk ends.
    fn next(&mut self, reader: &mut Reader<'_>) -> Option<Block> {
        let block = block(reader, self.at, self.end)?;
        self.at = align(block.end, self.base);
        Some(block)
    }
}

/// The block at `at`, cut to `end`.
fn block(reader: &mut Reader<'_>, at: u64, end: u64) -> Option<Block> {
    let size = u64::from(reader.u16(at)?);
    let value_size = u64::from(reader.u16(at + 2)?);
    let end = end.min(at + size);
    let room = end.checked_sub(at + BLOCK)?.min(LONGEST_KEY * 2);
    let room = room.min(reader.len().checked_sub(at + BLOCK)?);
    let bytes = reader.bytes(at + BLOCK, room as usize)?;
    let size = bytes.chunks_exact(2).position(|unit| unit == [0, 0])? * 2;
    let key = bytes.get(..size)?.to_vec();
    Some(Block { at, end, value_size, key })
}
