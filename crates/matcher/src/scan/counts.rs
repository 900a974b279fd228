//! How often a subsignature matches, found out on demand and remembered.

use std::rc::Rc;

use std::ops::ControlFlow;

use crate::atom::Atom;
use crate::leb128;
use crate::logical::{ByteCompare, Expression, Macro, Pcre};
use crate::offset::{Offset, Starts};
use crate::scan::{Picture, Scan};
use crate::signature::Stored;

/// What is known of an atom in this view.
#[derive(Clone, Copy, Default)]
pub(super) struct Hits {
    pub count: u32,
    pub first: u64,
    pub last: u64,
    /// The search ended because enough was found.
    pub more: bool,
}

/// An atom with its offset resolved for this view.
pub(super) struct Prepared<'m> {
    pub atom: Atom<'m>,
    pub starts: Starts,
}

/// Macro searches look at this many places of the preceding subsignature and of the macro's patterns.
const MOST_PLACES: usize = 1024;

impl<'m, 's> Scan<'m, 's> {
    /// The atom, decoded and resolved once per view. None when its code is damaged.
    pub(super) fn prepare(&mut self, atom: u32) -> Option<Rc<Prepared<'m>>> {
        if let Some(known) = self.prepared.get(&atom) {
            return known.clone();
        }
        let prepared = self.matcher.atom(atom).and_then(Atom::decode).map(|atom| {
            let starts = atom.offset.resolve(self.request.facts, self.map.len());
            Rc::new(Prepared { atom, starts })
        });
        self.damaged |= prepared.is_none();
        self.prepared.insert(atom, prepared.clone());
        prepared
    }

    /// At least `need` hits of an atom, or all of them.
    pub(super) fn hits(&mut self, atom: u32, need: u32) -> Hits {
        if let Some(known) = self.hits.get(&atom)
            && (!known.more || known.count >= need)
        {
            return *known;
        }
        if need <= 1
            && let Some(&at) = self.confirmed.get(&atom)
        {
            return Hits { count: 1, first: at, last: at, more: true };
        }
        let hits = self.search(atom, need);
        self.hits.insert(atom, hits);
        hits
    }

    fn search(&mut self, atom: u32, need: u32) -> Hits {
        let mut total = Hits::default();
        let Some(prepared) = self.prepare(atom) else { return total };
        for program in &prepared.atom.programs {
            let found = program.search(self.map, &prepared.starts, need, &mut self.steps);
            if found.count == 0 {
                continue;
            }
            total.first = if total.count == 0 { found.first } else { total.first.min(found.first) };
            total.last = total.last.max(found.last);
            total.count = total.count.saturating_add(found.count);
            total.more |= found.count >= need;
        }
        total
    }

    /// Where an atom's hits start, ascending, each with the start of its last part; at most `most`.
    pub(super) fn places(&mut self, atom: u32, most: usize) -> Vec<(u64, u64)> {
        let Some(prepared) = self.prepare(atom) else { return Vec::new() };
        let mut places = Vec::new();
        for program in &prepared.atom.programs {
            // A search that gives up leaves the steps exhausted, which the answer reports.
            let _ = program.each(self.map, &prepared.starts, &mut self.steps, |start, last| {
                places.push((start, last));
                if places.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
        }
        places.sort_unstable();
        places.dedup_by_key(|(start, _)| *start);
        places
    }

    /// The number of matches of subsignature `index`, exact below `need`.
    pub(super) fn count(&mut self, subsigs: &Subsignatures<'_>, index: u8, need: u32) -> u32 {
        match subsigs.list.get(usize::from(index)) {
            None => 0,
            Some(Stored::Body(atom)) => self.hits(*atom, need).count,
            Some(Stored::Pcre(code)) => self.count_pcre(subsigs, index, code, need),
            Some(Stored::ByteCompare(code)) => u32::from(self.compare(subsigs, code)),
            Some(Stored::Macro(code)) => u32::from(self.macro_reached(subsigs, index, code)),
            Some(Stored::Picture(hash)) => u32::from(self.picture().is_some_and(|own| own[..] == **hash)),
        }
    }

    /// The layer's perceptual hash.
    pub(super) fn picture(&mut self) -> Option<[u8; 8]> {
        let ask = self.request.picture?;
        match self.picture.get_or_insert_with(ask) {
            Picture::Hash(hash) => Some(*hash),
            Picture::None | Picture::Unseen => None,
        }
    }

    fn count_pcre(&mut self, subsigs: &Subsignatures<'_>, index: u8, code: &[u8], need: u32) -> u32 {
        if self.is_too_large_for_regexes() {
            return 0;
        }
        let mut rest = code;
        let Some(offset) = leb128::take_bytes(&mut rest).and_then(|mut code| Offset::decode(&mut code))
        else {
            return self.damage();
        };
        let Some(pcre) = Pcre::decode(rest) else { return self.damage() };
        if let Some(known) = self.pcre.get(&(subsigs.signature, index))
            && (known.1 >= need || known.0 < known.1)
        {
            return known.0;
        }
        if !self.holds(subsigs, &pcre.trigger) {
            return 0;
        }
        let Ok(program) = pcre.compile() else { return self.damage() };
        let starts = offset.resolve(self.request.facts, self.map.len());
        let ranges = if offset.is_any() { None } else { Some(starts.ranges()) };
        let mut buffer = Vec::new();
        let Some(subject) = self.subject(&mut buffer) else { return 0 };
        let hits = program.count(subject, ranges, need, self.request.pcre);
        self.pcre.insert((subsigs.signature, index), (hits.count, need));
        hits.count
    }

    pub(super) fn is_too_large_for_regexes(&self) -> bool {
        self.map.len() > self.request.pcre_max_size && self.request.pcre_max_size != 0
    }

    /// The whole layer for a regex; None when the steps are used up.
    pub(super) fn subject<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Option<&'b [u8]>
    where
        's: 'b,
    {
        let map = self.map;
        let subject = match map.memory() {
            Some(bytes) => bytes,
            None => map.fetch(0..map.len(), buffer),
        };
        // A regex costs about a step per byte of its subject, and what its own limits allow beyond that.
        self.steps.charge(subject.len() as u64 / 8).ok()?;
        Some(subject)
    }

    /// Whether an expression over earlier subsignatures holds.
    pub(super) fn holds(&mut self, subsigs: &Subsignatures<'_>, expression: &Expression) -> bool {
        expression.evaluate(&mut |index, need| self.count(subsigs, index, need))
    }

    fn compare(&mut self, subsigs: &Subsignatures<'_>, code: &[u8]) -> bool {
        let Some(compare) = ByteCompare::decode(code) else { return self.damage() != 0 };
        let Some(Stored::Body(atom)) = subsigs.list.get(usize::from(compare.reference)) else { return false };
        let hits = self.hits(*atom, u32::MAX);
        hits.count > 0
            && compare.evaluate(hits.last, &|at, size| {
                let mut buffer = Vec::new();
                self.map.fetch(at..at.saturating_add(size as u64), &mut buffer).to_vec()
            })
    }

    fn macro_reached(&mut self, subsigs: &Subsignatures<'_>, index: u8, code: &[u8]) -> bool {
        let Some(wanted) = Macro::decode(code) else { return self.damage() != 0 };
        let before = index.checked_sub(1).and_then(|before| subsigs.list.get(usize::from(before)));
        let Some(Stored::Body(atom)) = before else { return false };
        let starts = self.starts(*atom);
        let fed: Vec<u32> = self.matcher.macro_atoms(wanted.group, self.request.target).collect();
        fed.into_iter().any(|atom| {
            let found = self.starts(atom);
            found.iter().any(|found| starts.iter().any(|start| wanted.reaches(*start, *found)))
        })
    }

    fn starts(&mut self, atom: u32) -> Vec<u64> {
        self.places(atom, MOST_PLACES).into_iter().map(|(start, _)| start).collect()
    }

    fn damage(&mut self) -> u32 {
        self.damaged = true;
        0
    }
}

/// A logical signature's subsignatures.
pub(super) struct Subsignatures<'a> {
    pub signature: u32,
    pub list: Vec<Stored<'a>>,
}
