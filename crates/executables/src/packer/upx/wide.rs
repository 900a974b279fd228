//! UPX in 64-bit programs of Windows.
//!
//! Layout: as in those of 32 bits (see the module above this one), but the loader says only where the bytes begin
//! and where they go: `lea rsi, [rip + PACKED]; lea rdi, [rsi + CONTENT]`, in libraries behind a test of why they
//! were called. Right before the bytes are 32 which say how they are packed: `UPX!`, version, format, method,
//! level, two checksums, size unpacked and packed, size of the file, filter, its mark, a number, and the sum of
//! all but the first four modulo 251. Where that sum is wrong, as in programs made to look otherwise, each
//! method is tried, and LZMA with the size that its loader has. The content ends with the place in it of the
//! original headers and section table; two numbers for the imports and the list of places to relocate follow these.
//!
//! Filter and relocation are undone, so that code and data are those of the original file. Imports and exports are
//! not put back: the names of the imports, as the loader has them, follow the sections; exports and resources stand
//! in the packed file.

use super::filter;
use super::lists;
use super::stream::Coding;
use crate::packer::nrv::{self, Method, Unit};
use crate::packer::rebuild::{align, put, stub};
use crate::packer::stream::{Input, Output};
use crate::packer::{Answer, Fault, Packed};

const PACK_HEADER: usize = 32;
const PE_HEADER: usize = 264;
const SECTION: usize = 40;
const MAX_SECTIONS: usize = 96;
const FILE_ALIGNMENT: u32 = 0x200;
/// Bytes between two sections of a file, or between the headers and the first, that are believed.
const MOST_BETWEEN: usize = 0x1000;
/// Furthest that the loader's first instruction is behind the entry point.
const FURTHEST: usize = 64;
/// push rbx; push rsi; push rdi; push rbp; lea rsi, [rip + …]
const LOADER: [u8; 7] = [0x53, 0x56, 0x57, 0x55, 0x48, 0x8d, 0x35];
/// lea rdi, [rsi + …]
const TARGET: [u8; 3] = [0x48, 0x8d, 0xbe];
/// push rdi; mov eax, SIZE
const LZMA: [u8; 2] = [0x57, 0xb8];

/// What the loader says, as addresses relative to the image.
struct Loader {
    source: u32,
    target: u32,
    /// Of LZMA the size of the content.
    lzma: Option<u32>,
}

/// What the header before the bytes says.
struct Header {
    coding: Coding,
    size: u32,
    filter: u8,
    mark: u8,
}

/// Unpacks it; None when the loader is not that of UPX.
pub fn unpack(packed: &Packed<'_>) -> Option<Answer> {
    let loader = loader(&packed.code(0, FURTHEST + 40), packed.header.entry_address)?;
    let mut places = packed.sections.iter().map(|section| &section.place);
    let holds = |start: u64, size: u64, address: u32| {
        u64::from(address).checked_sub(start).is_some_and(|skew| skew < size)
    };
    let full = places.find(|place| holds(place.address, place.virtual_size, loader.source))?;
    let skew = u64::from(loader.source) - full.address;
    let most = (full.address + full.virtual_size).checked_sub(u64::from(loader.target))?;
    let from = full.offset.checked_add(skew)?;
    let size = full.size.checked_sub(skew)?;
    let mut head = [0; PACK_HEADER];
    let got = from.checked_sub(PACK_HEADER as u64).map(|at| packed.data.read_at(at, &mut head));
    let header = header(&head).filter(|header| got == Some(PACK_HEADER) && u64::from(header.size) <= most);
    let content =
        packed.read(from, size).and_then(|source| content(packed, &loader, header.as_ref(), &source, most));
    Some(
        content.and_then(|mut content| {
            original(&mut content, header.as_ref(), loader.target).ok_or(Fault::Damaged)
        }),
    )
}

fn loader(code: &[u8], entry: u32) -> Option<Loader> {
    let at = code.windows(LOADER.len()).take(FURTHEST).position(|window| window == LOADER)? + LOADER.len();
    let number = |at: usize| Some(u32::from_le_bytes(*code.get(at..)?.first_chunk()?));
    let behind = code.get(at + 4..)?;
    if !behind.starts_with(&TARGET) {
        return None;
    }
    let source = entry.wrapping_add(at as u32 + 4).wrapping_add(number(at)?);
    let target = source.wrapping_add(number(at + 7)?);
    let lzma = if behind.get(7..9) == Some(&LZMA) { number(at + 13) } else { None };
    Some(Loader { source, target, lzma })
}

fn header(bytes: &[u8; PACK_HEADER]) -> Option<Header> {
    let [_, _, _, _, checked @ .., sum] = *bytes;
    let number = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    if checked.iter().map(|byte| u32::from(*byte)).sum::<u32>() % 251 != u32::from(sum) {
        return None;
    }
    let [_, _, method, ..] = checked;
    let [.., filter, mark, _] = checked;
    Some(Header { coding: Coding::numbered(method)?, size: number(16)?, filter, mark })
}

/// The content, all of it.
fn content(
    packed: &Packed<'_>,
    loader: &Loader,
    header: Option<&Header>,
    source: &[u8],
    most: u64,
) -> Result<Vec<u8>, Fault> {
    if let Some(header) = header {
        let mut memory = packed.memory(header.size.into())?;
        return header.coding.decode(source, &mut memory).map(|()| memory).ok_or(Fault::Damaged);
    }
    if let Some(size) = loader.lzma {
        let mut memory = packed.memory(u64::from(size).min(most))?;
        return Coding::Lzma.decode(source, &mut memory).map(|()| memory).ok_or(Fault::Damaged);
    }
    let mut memory = packed.memory(most)?;
    for method in [Method::E, Method::D, Method::B] {
        memory.fill(0);
        let mut output = Output::new(&mut memory, 0);
        if nrv::decode(method, Unit::Long, &mut Input::new(source, 0), &mut output).is_some() {
            let size = output.position();
            memory.truncate(size);
            return Ok(memory);
        }
    }
    Err(Fault::Damaged)
}

/// The original file, as far as `content`, which begins at `address`, has it.
fn original(content: &mut [u8], header: Option<&Header>, address: u32) -> Option<Vec<u8>> {
    let at = u32::from_le_bytes(*content.last_chunk()?) as usize;
    let table = content.get(at..)?.get(PE_HEADER..)?;
    let pe = content.get(at..at + PE_HEADER)?.to_vec();
    let number = |at: usize| Some(u32::from_le_bytes(*pe.get(at..)?.first_chunk()?));
    let count = usize::from(u16::from_le_bytes(*pe.get(6..)?.first_chunk()?));
    if !pe.starts_with(b"PE\0\0") || !(1..=MAX_SECTIONS).contains(&count) {
        return None;
    }
    let (table, rest) = table.split_at_checked(count * SECTION)?;
    let (mut table, rest) = (table.to_vec(), rest.to_vec());
    let code = (number(28)?, number(44)?);
    if let Some(header) = header {
        let start = code.1.checked_sub(address)?;
        let (from, size) = (start as usize, code.0 as usize);
        let covered = content.get_mut(from..from.checked_add(size)?)?;
        filter::undo(header.filter, header.mark, start, covered);
    }
    lists::relocate(content, &pe, &rest, address);
    let content = content.get(..at)?;
    laid_out(content, &pe, &mut table, address)
}

/// The file: headers, and the sections where they were in it, or right behind the one before where that cannot be.
/// None unless they lie one behind the other in memory.
fn laid_out(content: &[u8], pe: &[u8], table: &mut [u8], address: u32) -> Option<Vec<u8>> {
    let mut file = stub();
    file.extend_from_slice(pe);
    let headers = file.len();
    file.resize(headers + table.len(), 0);
    let end = align(u32::try_from(file.len()).ok()?, FILE_ALIGNMENT)?;
    file.resize(end as usize, 0);
    let mut last = 0;
    for entry in table.chunks_exact_mut(SECTION) {
        let number = |at: usize| Some(u32::from_le_bytes(*entry.get(at..)?.first_chunk()?));
        let (start, size) = (number(12)?.checked_sub(address)? as usize, number(16)? as usize);
        if start < last {
            return None;
        }
        let bytes = content.get(start..content.len().min(start.checked_add(size)?))?;
        last = start.saturating_add(bytes.len().max(number(8)? as usize)).min(content.len());
        if size == 0 {
            continue;
        }
        let (told, least) = (number(20)? as usize, file.len());
        let place = if (least..least + MOST_BETWEEN).contains(&told) { told } else { least };
        file.resize(place, 0);
        file.extend_from_slice(bytes);
        let missing = (size - bytes.len()).min(FILE_ALIGNMENT as usize);
        file.resize(file.len() + missing, 0);
        put(entry, 16, &u32::try_from(bytes.len() + missing).ok()?.to_le_bytes())?;
        put(entry, 20, &u32::try_from(place).ok()?.to_le_bytes())?;
    }
    put(&mut file, headers, table)?;
    file.extend_from_slice(content.get(last..)?);
    Some(file)
}
