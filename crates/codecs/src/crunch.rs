//! Crunching as ARC had it before version 5: LZW with codes of twelve bits, most significant first.
//!
//! A code is no number in a row but the place of a string in a hash table, so a decoder fills the same table in
//! the same order. The single bytes are put in first; a full table stays as it is.
//! Source: the notes on ARC files by R. A. Freed, and what arc, nomarch and unar read.

use crate::bits::Bits;
use crate::bounded::{Input, Status};

/// How a string gets its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// The middle of a square: methods 5 and 6.
    Square,
    /// The low bits of a product: method 7.
    Product,
}

const WIDTH: u32 = 12;
const PLACES: usize = 1 << WIDTH;
const MASK: usize = PLACES - 1;
/// What a string of one byte has before it.
const NOTHING: u16 = u16::MAX;
/// From the end of a chain to where the search for a free place begins.
const STEP: usize = 101;
const FACTOR: u32 = 15_073;

#[derive(Clone, Copy)]
struct Entry {
    before: u16,
    last: u8,
    /// The next of the same hash; none if 0, be it the place that was found.
    next: u16,
}

struct Table {
    hash: Hash,
    entries: Vec<Option<Entry>>,
    free: usize,
    /// Backwards, a string on its way out.
    spelled: Vec<u8>,
}

impl Table {
    fn new(hash: Hash) -> Self {
        let mut table = Self { hash, entries: vec![None; PLACES], free: PLACES, spelled: Vec::new() };
        (0..=u8::MAX).for_each(|byte| table.add(NOTHING, byte));
        table
    }

    fn get(&self, place: usize) -> Option<Entry> {
        self.entries.get(place).copied().flatten()
    }

    fn hash(&self, before: u16, last: u8) -> usize {
        let sum = u32::from(before.wrapping_add(u16::from(last)));
        let place = match self.hash {
            Hash::Square => (sum | 0x800).wrapping_pow(2) >> 6,
            Hash::Product => sum.wrapping_mul(FACTOR),
        };
        place as usize & MASK
    }

    /// Puts in a string, unless the table is full.
    fn add(&mut self, before: u16, last: u8) {
        if self.free == 0 {
            return;
        }
        let mut place = self.hash(before, last);
        if self.get(place).is_some() {
            // What is put in is no chain's middle, so chains end.
            while let Some(Entry { next: next @ 1.., .. }) = self.get(place) {
                place = usize::from(next);
            }
            let end = place;
            place = (place + STEP) & MASK;
            while self.get(place).is_some() {
                place = (place + 1) & MASK;
            }
            if let Some(Some(entry)) = self.entries.get_mut(end) {
                entry.next = place as u16;
            }
        }
        if let Some(entry) = self.entries.get_mut(place) {
            *entry = Some(Entry { before, last, next: 0 });
            self.free -= 1;
        }
    }

    /// Spells the string at a place that has one, and gives its first byte.
    fn spell(&mut self, place: usize) -> u8 {
        self.spelled.clear();
        let mut place = place;
        let mut first = 0;
        // A string is put in after the one that it is made of, so this ends.
        while let Some(entry) = self.get(place) {
            first = entry.last;
            self.spelled.push(first);
            place = usize::from(entry.before);
        }
        first
    }
}

/// Gives each string to `give`, its last byte first.
pub fn strings(
    hash: Hash,
    input: &mut Input<'_>,
    give: &mut impl FnMut(&[u8]) -> Result<(), Status>,
) -> Result<(), Status> {
    let mut table = Table::new(hash);
    let mut bits = Bits::new(input);
    let mut before: Option<u16> = None;
    while let Ok(code) = bits.take(WIDTH) {
        let place = code as usize;
        let known = table.get(place).is_some();
        let first = match before {
            _ if known => table.spell(place),
            Some(before) => {
                let first = table.spell(usize::from(before));
                table.spelled.insert(0, first);
                first
            }
            None => return Err(Status::Corrupt),
        };
        if let Some(before) = before {
            table.add(before, first);
        }
        // A place that was empty can only be that of the string just put in.
        if !known && table.get(place).is_none() {
            return Err(Status::Corrupt);
        }
        give(&table.spelled)?;
        before = Some(code as u16);
    }
    Ok(())
}
