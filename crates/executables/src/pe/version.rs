//! Where the keys of the version information are.
//!
//! Layout ("`VS_VERSIONINFO` structure"): nested blocks of length, length of the value, type, a key in UTF-16
//! that ends in a NUL, padding to four bytes, value, children. The strings of `StringFileInfo` are what
//! signatures mean: the place of each key, in every table of the first version resources. A block that does
//! not fit into the one around it ends the walk, as in ClamAV 1.4.6; a string must fit with its padding. A
//! length has 16 bits and blocks do not overlap, so that one resource has some thousand keys at most.

use std::ops::Range;

use super::resource::{VERSION, resources};
use crate::Program;
use crate::reader::Reader;

/// Version resources that are looked at.
const MAX_RESOURCES: usize = 16;
/// Length, length of the value, type.
const BLOCK: u64 = 6;
const ROOT_KEY: &str = "VS_VERSION_INFO";
const FIXED_AT: u64 = 40;
const FIXED_SIZE: u16 = 52;
const FIXED_SIGNATURE: u32 = 0xfeef_04bd;
const INFO_KEY: &str = "StringFileInfo";
const INFO: u64 = 36;
const TABLE: u64 = 24;

/// File offsets of the keys.
pub fn version_keys(reader: &mut Reader<'_>, program: &Program) -> Vec<u64> {
    let mut keys = Vec::new();
    for resource in resources(reader, program, VERSION).into_iter().take(MAX_RESOURCES) {
        if let Some(offset) = resource.offset {
            in_resource(reader, offset, resource.size.into(), &mut keys);
        }
    }
    keys
}

fn in_resource(reader: &mut Reader<'_>, offset: u64, size: u64, keys: &mut Vec<u64>) -> Option<()> {
    let length = u64::from(reader.u16(offset)?);
    let fixed = reader.u16(offset + 2)? == FIXED_SIZE && reader.u32(offset + FIXED_AT)? == FIXED_SIGNATURE;
    if !fixed || length > size || !has_key(reader, offset, ROOT_KEY) {
        return None;
    }
    let children = FIXED_AT + u64::from(FIXED_SIZE);
    each(reader, offset + children..offset + length, 1, |reader, info| {
        !has_key(reader, info.start, INFO_KEY)
            || each(reader, info.start + INFO..info.end, 1, |reader, table| {
                each(reader, table.start + TABLE..table.end, 4, |reader, string| {
                    let value = value_of(reader, &string);
                    if value.is_some_and(|value| value < string.end) {
                        keys.push(string.start + BLOCK);
                    }
                    value.is_some()
                })
            })
    });
    Some(())
}

/// Visits the blocks that fill `room`. A block that does not fit when its length is rounded up to `unit`, or
/// that `visit` refuses, ends the walk, and then the answer is false.
fn each(
    reader: &mut Reader<'_>,
    room: Range<u64>,
    unit: u64,
    mut visit: impl FnMut(&mut Reader<'_>, Range<u64>) -> bool,
) -> bool {
    let mut at = room.start;
    while at + BLOCK < room.end {
        let Some(length) = reader.u16(at).map(u64::from).filter(|length| *length > BLOCK) else {
            return false;
        };
        if length.next_multiple_of(unit) > room.end - at || !visit(reader, at..at + length) {
            return false;
        }
        at += length.next_multiple_of(4);
    }
    true
}

/// Where the value of a string begins, behind its key; None when the key does not end.
fn value_of(reader: &mut Reader<'_>, string: &Range<u64>) -> Option<u64> {
    let size = string.end - string.start - BLOCK;
    let text = reader.bytes(string.start + BLOCK, size as usize)?;
    let key = text.chunks_exact(2).position(|unit| unit == [0, 0])? as u64 * 2 + 2;
    Some(string.start + (BLOCK + key).next_multiple_of(4))
}

fn has_key(reader: &mut Reader<'_>, at: u64, key: &str) -> bool {
    let key: Vec<u8> = key.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    reader.bytes(at + BLOCK, key.len()) == Some(&key)
}
