//! YARA rules: their conditions asked about one view.

use std::ops::ControlFlow;
use std::rc::Rc;

use crate::logical::Program;
use crate::scan::Scan;
use crate::scan::answer::{Found, Match};
use crate::signature::{Content, Record, RuleString};
use crate::steps::Exhausted;
use crate::yara::{Scene, Tree, holds};

/// Offsets of later matches are undefined.
const MOST_STARTS: usize = 1 << 20;
/// Rules name rules that name rules, but no builder makes more of it.
const MOST_REFERENCES: u8 = 40;

/// What a scan remembers of rules.
#[derive(Default)]
pub(super) struct RuleState {
    /// Whether a rule holds.
    truths: hashbrown::HashMap<u32, bool>,
    /// Where an atom's matches begin.
    starts: hashbrown::HashMap<u32, Rc<[u64]>>,
    /// Where the first match of a rule's regex begins.
    regexes: hashbrown::HashMap<(u32, u8), Option<u64>>,
    depth: u8,
}

impl Scan<'_, '_> {
    pub(super) fn evaluate_rule(&mut self, signature: u32, record: &Record<'_>) {
        if self.is_selected(record) && self.rule_holds(signature, record) {
            let found = Found::Signature(signature);
            self.logicals.push(Match { found, logical: true, offset: 0, handler: None });
        }
    }

    fn rule_holds(&mut self, signature: u32, record: &Record<'_>) -> bool {
        if let Some(known) = self.rules.truths.get(&signature) {
            return *known;
        }
        let Content::Rule { condition, strings, .. } = &record.content else { return false };
        let Some(tree) = Tree::decode(&mut &**condition) else {
            self.damaged = true;
            return false;
        };
        self.rules.depth += 1;
        let truth = holds(&tree, &mut Rule { scan: self, signature, strings });
        self.rules.depth -= 1;
        self.rules.truths.insert(signature, truth);
        truth
    }

    /// The start of a regex's first match.
    fn first_match(&mut self, pattern: &[u8], nocase: bool, dotall: bool) -> Option<u64> {
        if self.is_too_large_for_regexes() {
            return None;
        }
        let Ok(program) = Program::of(pattern, nocase, dotall) else {
            self.damaged = true;
            return None;
        };
        let mut buffer = Vec::new();
        let subject = self.subject(&mut buffer)?;
        let hits = program.count(subject, None, 1, self.request.pcre);
        (hits.count > 0).then_some(hits.last)
    }
}

/// One rule in a scan.
struct Rule<'r, 'm, 's> {
    scan: &'r mut Scan<'m, 's>,
    signature: u32,
    strings: &'r [RuleString<'r>],
}

impl Rule<'_, '_, '_> {
    fn regex(&mut self, index: u8, string: RuleString<'_>) -> Option<u64> {
        let RuleString::Regex { pattern, nocase, dotall, gate } = string else { return None };
        let key = (self.signature, index);
        if let Some(known) = self.scan.rules.regexes.get(&key) {
            return *known;
        }
        let open = gate.is_none_or(|atom| self.scan.hits(atom, 1).count > 0);
        let first = if open { self.scan.first_match(pattern, nocase, dotall) } else { None };
        self.scan.rules.regexes.insert(key, first);
        first
    }
}

impl Scene for Rule<'_, '_, '_> {
    fn count(&mut self, string: u8, need: u32) -> u32 {
        match self.strings.get(usize::from(string)) {
            None => 0,
            Some(RuleString::Body(atom)) => self.scan.hits(*atom, need).count,
            Some(regex) => u32::from(self.regex(string, *regex).is_some()),
        }
    }

    fn starts(&mut self, string: u8) -> Rc<[u64]> {
        let atom = match self.strings.get(usize::from(string)) {
            None => return Rc::from([]),
            Some(RuleString::Body(atom)) => *atom,
            Some(regex) => return self.regex(string, *regex).into_iter().collect(),
        };
        if let Some(known) = self.scan.rules.starts.get(&atom) {
            return Rc::clone(known);
        }
        let starts: Rc<[u64]> = self.scan.ordered_places(atom, MOST_STARTS).into();
        self.scan.rules.starts.insert(atom, Rc::clone(&starts));
        starts
    }

    fn rule(&mut self, signature: u32) -> bool {
        let record = self.scan.matcher.record(signature);
        let Some(record) = record.filter(|_| self.scan.rules.depth < MOST_REFERENCES) else {
            self.scan.damaged = true;
            return false;
        };
        self.scan.rule_holds(signature, &record)
    }

    fn file_size(&self) -> u64 {
        self.scan.request.file_size
    }

    /// 0 where there is none, as in `ClamAV`.
    fn entry_point(&self) -> u64 {
        self.scan.request.facts.entry_point.unwrap_or(0)
    }

    fn read(&mut self, at: u64, bytes: u8) -> Option<u32> {
        let map = self.scan.request.whole.unwrap_or(self.scan.map);
        let end = at.checked_add(u64::from(bytes)).filter(|end| *end <= map.len())?;
        let mut buffer = Vec::new();
        let read = map.fetch(at..end, &mut buffer);
        let mut word = [0; 4];
        word.get_mut(..read.len()).filter(|part| part.len() == usize::from(bytes))?.copy_from_slice(read);
        Some(u32::from_le_bytes(word))
    }

    fn charge(&mut self, steps: u64) -> Result<(), Exhausted> {
        self.scan.steps.charge(steps)
    }
}

impl Scan<'_, '_> {
    /// Start offsets of an atom's hits in the order in which they are found, at most `most`.
    fn ordered_places(&mut self, atom: u32, most: usize) -> Vec<u64> {
        let Some(prepared) = self.prepare(atom) else { return Vec::new() };
        let mut places = Vec::new();
        for program in &prepared.atom.programs {
            let end = places.len() + most;
            // A search that gives up leaves the steps exhausted, which the answer reports.
            let _ = program.each(self.map, &prepared.starts, &mut self.steps, |start, _| {
                places.push(start);
                if places.len() < end { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
        }
        if prepared.atom.programs.len() > 1 {
            places.sort_unstable();
        }
        places
    }
}
