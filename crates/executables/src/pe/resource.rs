//! The resource directory: a tree of three levels, type, name and language.
//!
//! Layout ("PE Format", .rsrc section): a directory is 16 bytes, the last four of which count its named and its
//! numbered entries; an entry is an id and an offset from the root, with the top bit for a further directory.
//! The depth is fixed, so no cycle is possible, and the number of entries read is bounded.

use crate::Program;
use crate::reader::Reader;

const DIRECTORY: usize = 2;
const BRANCH: u32 = 1 << 31;
/// Entries looked at in one walk below the kinds: all that one directory can have, and as many again.
const MAX_ENTRIES: u32 = 1 << 18;
const HEADER: u64 = 16;
const ENTRY: u64 = 8;

/// Kinds of resources that are looked at.
pub const ICON: u32 = 3;
pub const ICON_GROUP: u32 = 14;
pub const VERSION: u32 = 16;

/// One resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Number of its name, or the place of the name in the tree with the top bit set.
    pub name: u32,
    pub language: u32,
    pub address: u32,
    pub size: u32,
    /// Where it is in the file; None when it has no place there.
    pub offset: Option<u64>,
}

/// The resources of one kind, in the order of the tree.
pub fn resources(reader: &mut Reader<'_>, program: &Program, kind: u32) -> Vec<Resource> {
    in_directories(reader, program, kind, usize::MAX)
}

/// Those in the first directory of their kind: a tree should have one, and ClamAV reads no other for icons.
pub fn first_resources(reader: &mut Reader<'_>, program: &Program, kind: u32) -> Vec<Resource> {
    in_directories(reader, program, kind, 1)
}

fn in_directories(reader: &mut Reader<'_>, program: &Program, kind: u32, most: usize) -> Vec<Resource> {
    let mut found = Vec::new();
    let Some(header) = &program.pe else { return found };
    let Some(directory) = header.directory(DIRECTORY) else { return found };
    let Some(root) = header.offset_of(directory.address.into(), &program.sections, reader.len()) else {
        return found;
    };
    let mut tree = Tree { reader, root, left: MAX_ENTRIES };
    let directories = tree.kinds().into_iter().filter(|(id, at)| *id == kind && at & BRANCH != 0);
    for (_, names) in directories.take(most) {
        for (name, languages) in tree.entries(names & !BRANCH).into_iter().filter(|(_, at)| at & BRANCH != 0)
        {
            for (language, at) in tree.entries(languages & !BRANCH) {
                let Some((address, size)) = tree.leaf(at).filter(|_| at & BRANCH == 0) else { continue };
                let offset = header.offset_of(address.into(), &program.sections, tree.reader.len());
                found.push(Resource { name, language, address, size, offset });
            }
        }
    }
    found
}

struct Tree<'a, 'b> {
    reader: &'a mut Reader<'b>,
    root: u64,
    left: u32,
}

impl Tree<'_, '_> {
    /// (id, offset) of the kinds that have a number. Those with a name come first, and whatever stands there
    /// for the name's place is no number.
    fn kinds(&mut self) -> Vec<(u32, u32)> {
        let Some((named, numbered)) = self.counts(self.root) else { return Vec::new() };
        self.table(self.root + HEADER + ENTRY * u64::from(named), numbered.into())
    }

    /// (id, offset) of the entries of the directory at `at`, as far as they are there and the bound allows.
    fn entries(&mut self, at: u32) -> Vec<(u32, u32)> {
        let base = self.root + u64::from(at);
        let Some((named, numbered)) = self.counts(base) else { return Vec::new() };
        let count = (u32::from(named) + u32::from(numbered)).min(self.left);
        self.left -= count;
        self.table(base + HEADER, count)
    }

    fn counts(&mut self, directory: u64) -> Option<(u16, u16)> {
        Some((self.reader.u16(directory + 12)?, self.reader.u16(directory + 14)?))
    }

    fn table(&mut self, start: u64, count: u32) -> Vec<(u32, u32)> {
        let entry = |index: u32| {
            let at = start + ENTRY * u64::from(index);
            Some((self.reader.u32(at)?, self.reader.u32(at + 4)?))
        };
        (0..count).map_while(entry).collect()
    }

    fn leaf(&mut self, at: u32) -> Option<(u32, u32)> {
        let base = self.root + u64::from(at);
        Some((self.reader.u32(base)?, self.reader.u32(base + 4)?))
    }
}
