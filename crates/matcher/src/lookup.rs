//! Which hash signatures match: a layer as a whole, sections of a program, the text of its imports.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use nacre_fmap::{DigestKind, Fmap};

use crate::hash::{Row, Use};
use crate::matcher::Matcher;
use crate::scan::{Answer, Found, Match, Problem};
use crate::select::Selection;

/// What the sections of one program may cost: this many times its size is hashed with each kind of digest,
/// though small programs may have more. Honest sections do not overlap and stay within once.
const SIZES_HASHED: u64 = 4;
const ALWAYS_HASHED: u64 = 32 << 20;

impl Matcher<'_> {
    /// The hash signatures of a layer, in `ClamAV`'s order: by digest kind, those of its size before those of
    /// any size.
    pub fn hash_matches(&self, map: &Fmap, selection: &Selection) -> Vec<Match> {
        self.selected(Use::Detect, map, selection)
    }

    /// True when an allow list names one of the layer's digests.
    pub fn trusts(&self, map: &Fmap) -> bool {
        self.rows(Use::Allow, map).next().is_some()
    }

    /// The section hashes that match the parts `sections` (offset and size, cut to what exists) of a program,
    /// section after section.
    ///
    /// Sections that overlap are hashed as far as a small multiple of the program's size goes; the answer
    /// says when that did not suffice.
    pub fn section_matches(&self, map: &Fmap, sections: &[(u64, u64)], selection: &Selection) -> Answer {
        let mut answer = Answer::default();
        let mut left = ALWAYS_HASHED.max(map.len().saturating_mul(SIZES_HASHED));
        let mut seen: HashMap<(u64, u64), Vec<Match>> = HashMap::new();
        for &(offset, size) in sections {
            let section = map.slice(offset, size);
            if section.is_empty() || !self.any_wanted(Use::Section, section.len()) {
                continue;
            }
            let found = match seen.entry((offset, section.len())) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => {
                    let Some(rest) = left.checked_sub(section.len()) else {
                        answer.problems = vec![Problem::Sections];
                        continue;
                    };
                    left = rest;
                    place.insert(self.selected(Use::Section, &section, selection))
                }
            };
            answer.matches.extend_from_slice(found);
        }
        answer
    }

    /// The import hashes that match the text of a program's imports.
    pub fn import_matches(&self, text: &[u8], selection: &Selection) -> Vec<Match> {
        self.selected(Use::Import, &Fmap::from_vec(text.to_vec()), selection)
    }

    /// The signatures for `usage` that are reported: of equal lines only the last loaded among those that
    /// count at all.
    fn selected(&self, usage: Use, map: &Fmap, selection: &Selection) -> Vec<Match> {
        let mut matches = Vec::new();
        let mut reported = None;
        for (kind, row) in self.rows(usage, map) {
            let place = Some((kind, row.wildcard));
            let (Some(name), Some(class)) = (self.hashes().name(&row), self.hashes().class(&row)) else {
                continue;
            };
            if reported != place && selection.takes(&String::from_utf8_lossy(&name), class, false) {
                reported = place;
                matches.push(Match { found: Found::Hash(row), logical: false, offset: 0, handler: None });
            }
        }
        matches
    }

    fn rows(&self, usage: Use, map: &Fmap) -> impl Iterator<Item = (DigestKind, Row)> {
        let wanted = move |kind: &DigestKind| self.hashes().wanted(usage, *kind, map.len());
        DigestKind::ALL.into_iter().filter(wanted).flat_map(move |kind| {
            let rows = self.hashes().lookup(usage, map.digest(kind).as_bytes(), map.len());
            rows.map(move |row| (kind, row))
        })
    }

    fn any_wanted(&self, usage: Use, size: u64) -> bool {
        DigestKind::ALL.into_iter().any(|kind| self.hashes().wanted(usage, kind, size))
    }
}
