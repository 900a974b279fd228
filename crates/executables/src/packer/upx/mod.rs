//! UPX: the program is one compressed piece, its own headers at the end of it.
//!
//! Layout: an empty section, whose memory the program will fill, and one with the compressed bytes and the
//! loader at the entry point. Unpacked bytes begin at the first section's address; their last four say where
//! in them the original PE header and section table are. Recognised by the empty section; the loader tells
//! the method, and where the bytes begin. As in ClamAV, the filter that makes addresses of calls absolute
//! is not undone, because signatures were made without that. Beyond ClamAV: LZMA of today's UPX.

mod elf;
mod filter;
mod lists;
mod stream;
mod wide;

pub use elf::unpack as unpack_elf;
pub use wide::unpack as unpack_wide;

use super::nrv::{self, Method, Unit};
use super::rebuild::{Facts, Piece, align, put, rebuild, stub};
use super::stream::{Input, Output};
use super::{Answer, Fault, Packed, lzma};

const PE_HEADER: usize = 248;
const SECTION: usize = 40;
const MAX_SECTIONS: usize = 96;
const PAGE: u32 = 0x1000;
/// `mov eax, 1` where the loader begins to read the distance of a match.
const MATCH: [u8; 5] = [0xb8, 1, 0, 0, 0];

/// What the loader says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loader {
    Nrv(Method),
    /// Properties and size of the content.
    Lzma {
        properties: u8,
        size: u32,
    },
}

/// Unpacks it; None when no section is laid out as UPX does.
pub fn unpack(packed: &Packed<'_>) -> Option<Answer> {
    let (empty, full) = packed.empty_section()?;
    let code = packed.code(0, 0x200);
    let loader = loader(&code);
    if loader.is_none() && !packed.enters(full) {
        return None;
    }
    let start = start(&code, packed.header.image_base, full.address).unwrap_or(0);
    let size = empty.virtual_size.checked_add(full.virtual_size)?;
    let source = match packed.read(full.offset, full.size) {
        Ok(source) => source,
        Err(fault) => return loader.map(|_| Err(fault)),
    };
    let mut memory = match packed.memory(size) {
        Ok(memory) => memory,
        Err(fault) => return loader.map(|_| Err(fault)),
    };
    let made = decode(loader, &source, start, &mut memory);
    let content = memory.get(..made.unwrap_or(0)).unwrap_or(&[]);
    let address = empty.address as u32;
    match (made, loader) {
        (Some(_), _) => {
            let rebuilt = original(content, &memory, address);
            Some(rebuilt.or_else(|| headless(packed, &memory, address)).ok_or(Fault::Damaged))
        }
        (None, Some(_)) => Some(Err(Fault::Damaged)),
        (None, None) => None,
    }
}

/// Unpacks in the way of the loader, or in any that leads to an end; the size of what came out.
fn decode(loader: Option<Loader>, source: &[u8], start: usize, memory: &mut [u8]) -> Option<usize> {
    let first = match loader {
        Some(Loader::Lzma { properties, size }) => {
            return unpack_lzma(properties, size, source, start, memory);
        }
        Some(Loader::Nrv(method)) => Some(method),
        None => None,
    };
    let all = [Method::B, Method::D, Method::E];
    let others = all.into_iter().filter(|method| Some(*method) != first);
    first.into_iter().chain(others).find_map(|method| {
        memory.fill(0);
        let mut output = Output::new(memory, 0);
        nrv::decode(method, Unit::Long, &mut Input::new(source, start), &mut output)?;
        Some(output.position())
    })
}

/// The loader's method.
fn loader(code: &[u8]) -> Option<Loader> {
    let at = |offset: usize, bytes: &[u8]| code.get(offset..).is_some_and(|rest| rest.starts_with(bytes));
    // push ebx; push SIZE; push edi; add ebx, 4; push ebx; push PACKED; push esi; add ebx, 4; push ebx;
    // push eax; mov [ebx], PROPERTIES
    let size = [0x57, 0x83, 0xc3, 0x04, 0x53, 0x68];
    let last = [0x56, 0x83, 0xc3, 0x04, 0x53, 0x50, 0xc7, 0x03];
    for offset in 0..code.len() {
        if at(offset, &[0x53, 0x68]) && at(offset + 6, &size) && at(offset + 16, &last) {
            let number = |at: usize| Some(u32::from_le_bytes(code.get(at..at + 4)?.try_into().ok()?));
            let [context, literal, position, _] = number(offset + 24)?.to_le_bytes();
            let properties = (u32::from(position) * 5 + u32::from(literal)) * 9 + u32::from(context);
            return Some(Loader::Lzma {
                properties: u8::try_from(properties).ok()?,
                size: number(offset + 2)?,
            });
        }
        if at(offset, &MATCH) {
            // Behind two reads of a bit: jae back for B, jae forward for D and E.
            let rest = code.get(offset + MATCH.len()..)?;
            let at = rest.windows(3).position(|window| window == [0x01, 0xdb, 0x73])?;
            let back = *rest.get(at + 3)? >= 0x80;
            // add of a bit to the length before the next distance: only in E
            let extra = rest.get(..0x60)?.windows(4).any(|window| window == [0x11, 0xc9, 0xeb, 0x52]);
            return Some(Loader::Nrv(match (back, extra) {
                (true, _) => Method::B,
                (false, false) => Method::D,
                (false, true) => Method::E,
            }));
        }
    }
    None
}

/// Where in the section the compressed bytes begin, as the loader says: `pushad; mov esi, START`.
fn start(code: &[u8], image_base: u64, section: u64) -> Option<usize> {
    let [0x60, 0xbe, address @ ..] = *code.first_chunk::<6>()? else { return None };
    let address = u64::from(u32::from_le_bytes(address));
    usize::try_from(address.checked_sub(image_base)?.checked_sub(section)?).ok().filter(|skew| *skew < 0x1000)
}

/// Two bytes with the properties once more, then the bare stream.
fn unpack_lzma(properties: u8, size: u32, source: &[u8], start: usize, memory: &mut [u8]) -> Option<usize> {
    let source = source.get(start.checked_add(2)?..)?;
    lzma::decode(properties, [source, &[]], memory.get_mut(..size as usize)?)?;
    Some(size as usize)
}

/// The original file as far as the unpacked memory has it, its sections where they are in memory.
fn original(content: &[u8], memory: &[u8], address: u32) -> Option<Vec<u8>> {
    let header = header_at(content, address, memory.len())?;
    let (header, table) = content.get(header..)?.split_at_checked(PE_HEADER)?;
    let count = usize::from(u16::from_le_bytes(header.get(6..8)?.try_into().ok()?));
    let mut file = stub();
    file.extend_from_slice(header);
    let optional = file.len().checked_sub(PE_HEADER - 24)?;
    put(&mut file, optional + 36, &PAGE.to_le_bytes())?;
    let entries = table.chunks_exact(SECTION).take(count);
    let first = align((file.len() + count * SECTION) as u32, PAGE)?;
    let mut offset = first;
    let mut places = Vec::with_capacity(count);
    for entry in entries {
        let number = |at: usize| Some(u32::from_le_bytes(entry.get(at..at + 4)?.try_into().ok()?));
        let (virtual_size, start) = (align(number(8)?, PAGE)?, number(12)?);
        file.extend_from_slice(entry.get(..8)?);
        for value in [virtual_size, start, virtual_size, offset, 0, 0, 0, number(36)?] {
            file.extend_from_slice(&value.to_le_bytes());
        }
        places.push((start.checked_sub(address)? as usize, virtual_size as usize));
        offset = offset.checked_add(virtual_size)?;
    }
    file.resize(first as usize, 0);
    for (start, size) in places {
        let bytes = memory.get(start..memory.len().min(start.checked_add(size)?))?;
        file.extend_from_slice(bytes);
        file.resize(file.len() + (size - bytes.len()), 0);
    }
    Some(file)
}

/// Where the original header is: the last four bytes say it; else it is looked for.
fn header_at(content: &[u8], address: u32, size: usize) -> Option<usize> {
    let stated = u32::from_le_bytes(*content.last_chunk()?) as usize;
    let most = align(address.checked_add(u32::try_from(size).ok()?)?, PAGE)?;
    if extent(content, stated, address, most).is_some() {
        return Some(stated);
    }
    // A header found by chance may be that of another program inside, which is smaller.
    let whole = |at: &usize| extent(content, *at, address, most).is_some_and(|size| size as usize >= at / 2);
    memchr::memmem::rfind_iter(content, b"PE\0\0").take(64).find(whole)
}

/// How much memory the header's sections span, which lie one behind the other and inside what was unpacked.
fn extent(content: &[u8], at: usize, first: u32, most: u32) -> Option<u32> {
    let bytes = content.get(at..)?;
    let count = usize::from(u16::from_le_bytes(bytes.get(6..8)?.try_into().ok()?));
    if !bytes.starts_with(b"PE\0\0") || !(1..=MAX_SECTIONS).contains(&count) {
        return None;
    }
    let table = bytes.get(PE_HEADER..PE_HEADER + count * SECTION)?;
    let mut end = first;
    for entry in table.chunks_exact(SECTION) {
        let number = |at: usize| Some(u32::from_le_bytes(entry.get(at..at + 4)?.try_into().ok()?));
        let (size, start) = (number(8)?, number(12)?);
        if start < end || size == 0 {
            return None;
        }
        end = align(start.checked_add(size)?, PAGE)?;
    }
    (end <= most).then_some(end - first)
}

/// Without a header of its own, all memory is one section.
fn headless(packed: &Packed<'_>, memory: &[u8], address: u32) -> Option<Vec<u8>> {
    let facts = Facts { image_base: packed.image_base(), entry: address, ..Facts::default() };
    let piece = Piece { address, virtual_size: memory.len() as u32, bytes: memory.to_vec() };
    rebuild(&facts, &[piece])
}
