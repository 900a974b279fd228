//! bzip2 as NSIS stores it: bare blocks, each behind one byte, without magic, checksums or randomising.

use crate::bits::Bits;
use crate::bounded::{Input, Output, Status};
use crate::huffman::Huffman;

const BLOCK: u32 = 0x31;
const END: u32 = 0x17;
/// Bytes of a block before its runs are written out.
const LARGEST: usize = 900_000;
const TABLES: std::ops::RangeInclusive<usize> = 2..=6;
const LONGEST_CODE: u8 = 20;
/// Symbols that one choice of a table is good for.
const GROUP: usize = 50;
/// Equal bytes that a count follows.
const RUN: u32 = 4;

pub fn bzip2(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let mut bits = Bits::new(input);
    let result = blocks(&mut bits, output);
    bits.bytes();
    result
}

fn blocks(bits: &mut Bits<'_, '_>, output: &mut Output) -> Result<(), Status> {
    loop {
        match bits.take(8)? {
            BLOCK => {}
            END => return Ok(()),
            _ => return Err(Status::Corrupt),
        }
        let origin = bits.take(24)? as usize;
        let sorted = sorted(bits, output)?;
        write_block(&sorted, origin, output)?;
    }
}

/// What a block is coded with.
struct Code {
    /// The bytes that occur, in the order of the last use.
    recent: Vec<u8>,
    tables: Vec<Huffman>,
    /// The table of each group of symbols.
    selectors: Vec<u8>,
}

fn code(bits: &mut Bits<'_, '_>) -> Result<Code, Status> {
    let recent = used_bytes(bits)?;
    let count = bits.take(3)? as usize;
    if recent.is_empty() || !TABLES.contains(&count) {
        return Err(Status::Corrupt);
    }
    let selectors = selectors(bits, count)?;
    let symbols = recent.len() + 2;
    let tables = (0..count).map(|_| table(bits, symbols)).collect::<Result<_, _>>()?;
    Ok(Code { recent, tables, selectors })
}

fn used_bytes(bits: &mut Bits<'_, '_>) -> Result<Vec<u8>, Status> {
    let rows = bits.take(16)?;
    let mut used = Vec::new();
    for row in 0..16_u8 {
        if rows >> (15 - row) & 1 == 0 {
            continue;
        }
        let columns = bits.take(16)?;
        used.extend(
            (0..16_u8).filter(|column| columns >> (15 - column) & 1 == 1).map(|column| row << 4 | column),
        );
    }
    Ok(used)
}

fn selectors(bits: &mut Bits<'_, '_>, tables: usize) -> Result<Vec<u8>, Status> {
    let count = bits.take(15)?;
    let mut recent: Vec<u8> = (0..tables as u8).collect();
    let mut selectors = Vec::new();
    for _ in 0..count {
        let mut index = 0;
        while bits.take(1)? == 1 {
            index += 1;
        }
        selectors.push(to_front(&mut recent, index)?);
    }
    Ok(selectors)
}

fn table(bits: &mut Bits<'_, '_>, symbols: usize) -> Result<Huffman, Status> {
    let mut length = bits.take(5)? as u8;
    let mut lengths = Vec::with_capacity(symbols);
    for _ in 0..symbols {
        loop {
            if !(1..=LONGEST_CODE).contains(&length) {
                return Err(Status::Corrupt);
            }
            if bits.take(1)? == 0 {
                break;
            }
            length = if bits.take(1)? == 0 { length + 1 } else { length - 1 };
        }
        lengths.push(length);
    }
    let mut table = Huffman::new();
    table.set(&lengths)?;
    Ok(table)
}

/// The item at `index`, which becomes the first.
fn to_front(items: &mut [u8], index: usize) -> Result<u8, Status> {
    let moved = items.get_mut(..=index).ok_or(Status::Corrupt)?;
    moved.rotate_right(1);
    moved.first().copied().ok_or(Status::Corrupt)
}

/// The last column of the sorted rotations.
fn sorted(bits: &mut Bits<'_, '_>, output: &Output) -> Result<Vec<u8>, Status> {
    let mut code = code(bits)?;
    let end = code.recent.len() as u16 + 1;
    let mut sorted = Vec::new();
    let (mut run, mut weight) = (0_usize, 1_usize);
    for selector in &code.selectors {
        if output.expired() {
            return Err(Status::Limit);
        }
        let table = code.tables.get(usize::from(*selector)).ok_or(Status::Corrupt)?;
        for _ in 0..GROUP {
            let symbol = table.decode(bits)?;
            if symbol < 2 {
                run += weight << symbol;
                weight <<= 1;
                if run > LARGEST {
                    return Err(Status::Corrupt);
                }
                continue;
            }
            let byte = code.recent.first().copied().unwrap_or(0);
            sorted.resize(sorted.len() + run, byte);
            (run, weight) = (0, 1);
            if sorted.len() > LARGEST {
                return Err(Status::Corrupt);
            }
            if symbol == end {
                return Ok(sorted);
            }
            sorted.push(to_front(&mut code.recent, usize::from(symbol) - 1)?);
        }
    }
    Err(Status::Corrupt)
}

/// Turns the rotations back and writes the runs out.
fn write_block(sorted: &[u8], origin: usize, output: &mut Output) -> Result<(), Status> {
    let mut first = [0_u32; 256];
    for &byte in sorted {
        first[usize::from(byte)] += 1;
    }
    let mut total = 0;
    for entry in &mut first {
        total += std::mem::replace(entry, total);
    }
    let mut next = vec![0_u32; sorted.len()];
    for (index, &byte) in sorted.iter().enumerate() {
        let place = &mut first[usize::from(byte)];
        *next.get_mut(*place as usize).ok_or(Status::Corrupt)? = index as u32;
        *place += 1;
    }
    let mut at = *next.get(origin).ok_or(Status::Corrupt)? as usize;
    let mut plain = Vec::new();
    let (mut last, mut same) = (0, 0);
    for _ in 0..sorted.len() {
        let byte = *sorted.get(at).ok_or(Status::Corrupt)?;
        at = *next.get(at).ok_or(Status::Corrupt)? as usize;
        if same == RUN {
            plain.resize(plain.len() + usize::from(byte), last);
            same = 0;
        } else {
            same = if byte == last && same > 0 { same + 1 } else { 1 };
            last = byte;
            plain.push(byte);
        }
        if plain.len() >= LARGEST {
            output.keep(&plain)?;
            plain.clear();
        }
    }
    output.keep(&plain)
}
