//! The atoms of all signatures, each stored once.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use crate::atom::{self, Anchor, Direct};
use crate::filter::Crowd;
use crate::offset::Offset;
use crate::pattern::Pattern;

/// Number of an atom.
pub type AtomId = u32;

/// What the builder remembers of an atom besides its code.
struct Entry {
    /// End of the code in the blob; it starts where the one before ends.
    end: u32,
    cost: f32,
    /// Index of the first anchor; the next entry's is where they end.
    anchors: u32,
    /// Index of the direct place plus one; 0 is none.
    direct: u32,
}

/// Interned atoms with their anchors.
pub struct Atoms {
    blob: Vec<u8>,
    entries: Vec<Entry>,
    anchors: Vec<Anchor>,
    directs: Vec<Direct>,
    index: HashTable<AtomId>,
    hasher: RandomState,
    crowd: Crowd,
}

impl Default for Atoms {
    fn default() -> Self {
        Self {
            blob: Vec::new(),
            entries: Vec::new(),
            anchors: Vec::new(),
            directs: Vec::new(),
            index: HashTable::new(),
            hasher: RandomState::new(),
            crowd: Crowd::default(),
        }
    }
}

impl Atoms {
    /// The number of this atom; stored at its first occurrence. None when the image would exceed 4 GiB of codes.
    pub fn intern(&mut self, offset: &Offset, patterns: &[Pattern]) -> Option<AtomId> {
        let (code, bases) = atom::encode(offset, patterns);
        let hash = self.hasher.hash_one(&code);
        let (blob, entries) = (&self.blob, &self.entries);
        if let Some(found) = self.index.find(hash, |id| code_of(blob, entries, *id) == code) {
            return Some(*found);
        }
        let id = u32::try_from(self.entries.len()).ok()?;
        let end = u32::try_from(self.blob.len() + code.len()).ok()?;
        let access = atom::access(offset, patterns, &code, &bases, &self.crowd);
        self.blob.extend_from_slice(&code);
        for anchor in &access.anchors {
            let at = anchor.at as usize;
            self.crowd.add(code.get(at..at + anchor.len as usize).unwrap_or(&[]), &anchor.choice);
        }
        let anchors = self.anchors.len() as u32;
        self.anchors.extend(access.anchors);
        self.directs.extend(access.direct);
        let direct = if access.direct.is_some() { self.directs.len() as u32 } else { 0 };
        self.entries.push(Entry { end, cost: access.cost, anchors, direct });
        let (blob, entries, hasher) = (&self.blob, &self.entries, &self.hasher);
        self.index.insert_unique(hash, id, |id| hasher.hash_one(code_of(blob, entries, *id)));
        Some(id)
    }

    /// Expected work per MB of having this atom in the filter.
    pub fn cost(&self, id: AtomId) -> f32 {
        self.entries.get(id as usize).map_or(f32::INFINITY, |entry| entry.cost)
    }

    /// The atom's code.
    pub fn code(&self, id: AtomId) -> &[u8] {
        code_of(&self.blob, &self.entries, id)
    }

    /// The atom's anchors.
    pub fn anchors(&self, id: AtomId) -> &[Anchor] {
        let start = self.entries.get(id as usize).map_or(0, |entry| entry.anchors) as usize;
        let end = self.entries.get(id as usize + 1).map_or(self.anchors.len(), |next| next.anchors as usize);
        self.anchors.get(start..end).unwrap_or(&[])
    }

    /// Where to compare the atom instead of filtering it.
    pub fn direct(&self, id: AtomId) -> Option<&Direct> {
        let number = (self.entries.get(id as usize)?.direct as usize).checked_sub(1)?;
        self.directs.get(number)
    }

    /// Where the atom's code starts in the blob.
    pub fn start(&self, id: AtomId) -> u32 {
        (id as usize).checked_sub(1).and_then(|before| self.entries.get(before)).map_or(0, |entry| entry.end)
    }

    /// All codes, one after the other.
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// Ends of the codes in the blob, by atom.
    pub fn ends(&self) -> impl Iterator<Item = u32> + '_ {
        self.entries.iter().map(|entry| entry.end)
    }
}

fn code_of<'a>(blob: &'a [u8], entries: &[Entry], id: AtomId) -> &'a [u8] {
    let id = id as usize;
    let start = id.checked_sub(1).and_then(|before| entries.get(before)).map_or(0, |entry| entry.end);
    let end = entries.get(id).map_or(start, |entry| entry.end);
    blob.get(start as usize..end as usize).unwrap_or(&[])
}
