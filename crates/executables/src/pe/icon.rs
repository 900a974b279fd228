//! The icons that stand for a program: the pictures that its first group of icons names.
//!
//! Layout (resource `GRPICONDIR`): reserved u16, type u16, count u16, then entries of 14 bytes, the last two of
//! which are the number of a picture among the resources of type icon. Which are looked at is as in ClamAV
//! 1.4.6: the first group in all its languages, unless it says that it is longer than the file; every picture of
//! a number, again in all languages; no further entry once `most` were seen, of which there is always one.

use std::collections::{HashMap, HashSet};

use super::resource::{ICON, ICON_GROUP, Resource, first_resources};
use crate::Program;
use crate::reader::Reader;

const HEAD: u64 = 6;
const COUNT_AT: u64 = 4;
const ENTRY: u64 = 14;
const NUMBER_AT: u64 = 12;
/// Bounds that no real program comes near: entries looked at, and pictures in all.
const MOST_ENTRIES: u32 = 1 << 16;
const MOST_PLACES: usize = 1024;

/// Where the icons of a program begin in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Icons {
    /// Each place once.
    pub places: Vec<u64>,
    /// There are more, which were not looked at.
    pub more: bool,
}

/// The icons named by up to `most` entries.
pub fn icons(reader: &mut Reader<'_>, program: &Program, most: u32) -> Icons {
    let groups = first_resources(reader, program, ICON_GROUP);
    let Some(first) = groups.first().map(|group| group.name) else { return Icons::default() };
    let mut walk = Walk::new(&first_resources(reader, program, ICON), most.clamp(1, MOST_ENTRIES));
    for group in groups.iter().take_while(|group| group.name == first) {
        walk.group(reader, group);
    }
    walk.found
}

struct Walk {
    pictures: HashMap<u32, Vec<u64>>,
    seen: HashSet<u64>,
    /// Entries that may still be looked at.
    left: u32,
    found: Icons,
}

impl Walk {
    fn new(pictures: &[Resource], left: u32) -> Self {
        let mut by_number: HashMap<u32, Vec<u64>> = HashMap::new();
        for picture in pictures {
            by_number.entry(picture.name).or_default().extend(picture.offset);
        }
        Self { pictures: by_number, seen: HashSet::new(), left, found: Icons::default() }
    }

    fn group(&mut self, reader: &mut Reader<'_>, group: &Resource) {
        let size = u64::from(group.size);
        let Some(at) = group.offset.filter(|at| at.saturating_add(size) <= reader.len()) else { return };
        let Some(entries) = size.checked_sub(HEAD).map(|room| room / ENTRY) else { return };
        let Some(count) = reader.u16(at + COUNT_AT) else { return };
        for entry in 0..entries.min(count.into()) {
            let Some(left) = self.left.checked_sub(1) else {
                self.found.more = true;
                return;
            };
            self.left = left;
            if let Some(number) = reader.u16(at + HEAD + entry * ENTRY + NUMBER_AT) {
                self.picture(number.into());
            }
        }
    }

    /// Adds the pictures of a number, which are not asked for again.
    fn picture(&mut self, number: u32) {
        for place in self.pictures.remove(&number).unwrap_or_default() {
            if self.found.places.len() >= MOST_PLACES {
                self.found.more = true;
            } else if self.seen.insert(place) {
                self.found.places.push(place);
            }
        }
    }
}
