//! UPX in ELF programs and libraries: every segment compressed by itself, and what lies between segments too.
//!
//! Layout: a header of 12 bytes with the magic at 4, one of 12 with the size of the original and of its largest
//! block, then blocks: sizes unpacked and packed, method, filter, the filter's mark, a zero; and the bytes, as they
//! are where both sizes are alike. The first block has the original's own headers, those that follow fill its segments
//! one after another, then the loader comes. At the next four bytes behind the segment with all that are blocks of
//! what lies between segments and behind them, up to a block of size 0. In programs the headers lie behind the
//! table of segments. In libraries what the dynamic linker needs stays as it is, in front of the headers and in
//! segments of its own; the last number of the file says where they are. `DT_INIT` leads to the loader there, and
//! what it was is twelve bytes before that.
//! Numbers have the program's byte order. Beyond ClamAV, which unpacks no ELF programs.
//! What is made is the original file. Neither the magic nor the sizes in the headers are relied on, because
//! malware overwrites them.

use super::filter;
use super::stream::Coding;
use crate::elf::{self, Loaded};
use crate::packer::{Fault, Packer, Unpacked};
use crate::reader::Reader;
use nacre_fmap::Fmap;

const MAGIC: &[u8] = b"UPX!";
/// Both headers before the blocks.
const HEADERS: u64 = 24;
const BLOCK: u64 = 12;
/// The part of both headers that a number at the end of the file leads to.
const SECOND: u64 = 12;
/// Where the original's size is in them.
const SIZE: u64 = 16;
/// How far before the code that a library begins with its first address of before is.
const BEFORE: u64 = 12;
/// Work that a block costs whatever is in it, in bytes.
const BLOCK_COST: u64 = 4096;

/// Without the magic, a first block has the headers of a program and no more.
const MOST_HEADERS: u32 = 0x4000;

/// Unpacks it; None when it is not packed so.
pub fn unpack(data: &Fmap, most: u64) -> Option<Unpacked> {
    let packed = elf::loaded(data)?;
    let mut reader = Reader::new(data);
    reader.big_endian = packed.big_endian;
    let (info, known) = headers(&mut reader, &packed);
    let work = most.saturating_mul(4).saturating_add(1 << 20);
    let at = info.saturating_add(HEADERS);
    let mut walk = Walk { data, reader, at, file: Vec::new(), most, work, whole: true, begun: false };
    let made = match walk.peek() {
        Some(first) if known || first.unpacked <= MOST_HEADERS => walk.original(&packed, info, first),
        _ => Err(Fault::Damaged),
    };
    if !known && !walk.begun {
        return None;
    }
    let (file, whole) = match made {
        Err(Fault::Damaged) if walk.begun => (Ok(walk.file), false),
        made => (made.map(|()| walk.file), walk.whole),
    };
    Some(Unpacked { packer: Packer::Upx, whole: whole && file.is_ok(), file })
}

/// Where the headers are, and whether the magic says so.
fn headers(reader: &mut Reader<'_>, packed: &Loaded) -> (u64, bool) {
    let end = reader.len().saturating_sub(4);
    let stated = reader.u32(end).and_then(|second| u64::from(second).checked_sub(SECOND));
    let begun = packed.segments.iter().map(|place| place.offset);
    let mut places = std::iter::once(packed.table_end).chain(stated).chain(begun);
    let magic = |at: &u64| at.checked_add(4).is_some_and(|at| reader.bytes(at, 4) == Some(MAGIC));
    places.find(magic).map_or((packed.table_end, false), |info| (info, true))
}

/// The header of a block.
#[derive(Clone, Copy)]
struct Block {
    unpacked: u32,
    packed: u32,
    /// None for bytes as they are.
    coding: Option<Coding>,
    filter: u8,
    mark: u8,
}

/// Blocks on their way into a file.
struct Walk<'a> {
    data: &'a Fmap,
    reader: Reader<'a>,
    /// Where the next block is.
    at: u64,
    file: Vec<u8>,
    most: u64,
    /// Bytes that may still be unpacked, because blocks may fill the same place again and again.
    work: u64,
    /// Nothing was damaged or missing up to now.
    whole: bool,
    /// The original's headers are there.
    begun: bool,
}

impl Walk<'_> {
    /// Puts the original together; an error when nothing is left of its headers, or it is too large.
    fn original(&mut self, packed: &Loaded, info: u64, first: Block) -> Result<(), Fault> {
        self.take(first, 0)?;
        let headers = u64::from(first.unpacked);
        let library = info != packed.table_end;
        let Some(original) = elf::loaded(&Fmap::from_vec(self.file.clone())) else {
            return if library { self.headless(info, headers) } else { Err(Fault::Damaged) };
        };
        self.begun = true;
        let start = if library { headers.max(info) } else { headers };
        if library {
            self.copy(headers, headers, info.saturating_sub(headers))?;
        }
        let mut blocks = true;
        for place in &original.segments {
            let end = place.offset.checked_add(place.size).ok_or(Fault::Damaged)?;
            let kept = packed.segments.iter().find(|kept| {
                library && kept.offset > info && (kept.address, kept.size) == (place.address, place.size)
            });
            if let Some(kept) = kept {
                self.copy(place.offset, kept.offset, place.size)?;
            } else if end > start {
                blocks = blocks && self.fill(place.offset.max(start), end)?;
                self.whole &= blocks;
            }
        }
        self.between(packed, &original, info, start)?;
        if library {
            self.first(packed, &original);
        }
        let stated = self.reader.u32(info.saturating_add(SIZE)).unwrap_or(0);
        self.whole &= self.file.len() as u64 >= stated.into();
        Ok(())
    }

    /// Gives a library back the address where its own code begins.
    fn first(&mut self, packed: &Loaded, original: &Loaded) -> Option<()> {
        const INIT: u64 = 12;
        let place = original.dynamic?;
        let end = place.offset.checked_add(place.size)? as usize;
        let table = self.file.get_mut(place.offset as usize..end)?;
        let word = usize::from(packed.word);
        let read = |bytes: &[u8]| {
            let mut wide = [0; 8];
            wide.get_mut(..word)?.copy_from_slice(bytes.get(..word)?);
            if packed.big_endian {
                wide.get_mut(..word)?.reverse();
            }
            Some(u64::from_le_bytes(wide))
        };
        let entry = table.chunks_exact_mut(2 * word).find(|entry| read(entry) == Some(INIT))?;
        let value = entry.get_mut(word..)?;
        let address = read(value)?.checked_sub(BEFORE)?;
        let held = packed
            .segments
            .iter()
            .find(|held| address.checked_sub(held.address).is_some_and(|ahead| ahead < held.size))?;
        let before = self.reader.u32((address - held.address).checked_add(held.offset)?)?;
        let mut bytes = u64::from(before).to_le_bytes();
        let bytes = bytes.get_mut(..word)?;
        if packed.big_endian {
            bytes.reverse();
        }
        value.copy_from_slice(bytes);
        Some(())
    }

    /// A library of which UPX 3.96 packed nothing but code, where that was; the rest need not be unpacked.
    fn headless(&mut self, info: u64, size: u64) -> Result<(), Fault> {
        if !self.whole {
            return Err(Fault::Damaged);
        }
        let code = std::mem::take(&mut self.file);
        self.copy(0, 0, info)?;
        self.room(info, size)?.copy_from_slice(&code);
        Ok(())
    }

    /// What lies between segments and behind them.
    fn between(&mut self, packed: &Loaded, original: &Loaded, info: u64, start: u64) -> Result<(), Fault> {
        let ends = packed.segments.iter().filter_map(|place| {
            let end = place.offset.checked_add(place.size)?;
            (place.offset <= info && info < end).then_some(end)
        });
        let Some(at) = ends.max().and_then(|end| end.checked_next_multiple_of(4)) else { return Ok(()) };
        self.at = at;
        let mut places: Vec<_> = original.segments.iter().map(|place| (place.offset, place.size)).collect();
        places.sort_unstable();
        let mut end = start;
        for (offset, size) in places {
            if offset > end && !self.fill(end, offset)? {
                return Ok(());
            }
            end = end.max(offset.saturating_add(size));
        }
        while let Some(block) = self.peek() {
            self.take(block, end)?;
            end += u64::from(block.unpacked);
        }
        Ok(())
    }

    /// The next block, where one is.
    fn peek(&mut self) -> Option<Block> {
        let (unpacked, packed) = (self.reader.u32(self.at)?, self.reader.u32(self.at.checked_add(4)?)?);
        let [method, filter, mark, _] = self.reader.array(self.at.checked_add(8)?)?;
        let coding = Coding::numbered(method).filter(|_| packed < unpacked);
        let fits = packed != 0 && (coding.is_some() || packed == unpacked);
        fits.then_some(Block { unpacked, packed, coding, filter, mark })
    }

    /// Fills a part of the file from blocks; false when those that follow are none of it.
    fn fill(&mut self, mut at: u64, end: u64) -> Result<bool, Fault> {
        while at < end {
            let fitting = |block: &Block| u64::from(block.unpacked) <= end - at;
            let Some(block) = self.peek().filter(fitting) else { return Ok(false) };
            self.take(block, at)?;
            at += u64::from(block.unpacked);
        }
        Ok(true)
    }

    /// Unpacks the next block to its place in the file.
    fn take(&mut self, block: Block, place: u64) -> Result<(), Fault> {
        let content = self.at.checked_add(BLOCK).ok_or(Fault::Damaged)?;
        let mut source = Vec::new();
        let data = self.data;
        let left = data.len().saturating_sub(content);
        let source = data.fetch(content..content + left.min(block.packed.into()), &mut source);
        let cost = block.coding.map_or(0, |coding| coding.cost(source));
        let cost = cost + u64::from(block.unpacked) + BLOCK_COST;
        self.work = self.work.checked_sub(cost).ok_or(Fault::Damaged)?;
        let memory = self.room(place, block.unpacked.into())?;
        let made = if let Some(coding) = block.coding {
            coding.decode(source, memory).is_some()
        } else {
            let present = memory.len().min(source.len());
            memory.iter_mut().zip(source).for_each(|(to, from)| *to = *from);
            present == memory.len()
        };
        self.whole &= filter::undo(block.filter, block.mark, 0, memory) && made;
        self.at = content.saturating_add(block.packed.into());
        Ok(())
    }

    /// Takes bytes of the packed file as they are; fewer where it ends.
    fn copy(&mut self, place: u64, from: u64, size: u64) -> Result<(), Fault> {
        let present = size.min(self.data.len().saturating_sub(from));
        self.whole &= present == size;
        self.work = self.work.checked_sub(present).ok_or(Fault::Damaged)?;
        let data = self.data;
        data.read_at(from, self.room(place, present)?);
        Ok(())
    }

    /// A part of the file to be written, which grows to have it.
    fn room(&mut self, place: u64, size: u64) -> Result<&mut [u8], Fault> {
        let end = place.saturating_add(size);
        if end > self.most {
            return Err(Fault::TooLarge(end));
        }
        let (place, end) = (place as usize, end as usize);
        if end > self.file.len() {
            self.file.resize(end, 0);
        }
        self.file.get_mut(place..end).ok_or(Fault::Damaged)
    }
}
