//! Second pass: which of the activated signatures really match.

use crate::logical::{Circumstances, Expression, Tdb};
use crate::pattern::Program;
use crate::scan::Scan;
use crate::scan::answer::{Found, Match, TypeHit};
use crate::scan::counts::Subsignatures;
use crate::signature::{Content, Record};
use crate::sources::SourceId;

/// Positions of one type pattern that are reported.
const MOST_TYPE_HITS: usize = 10_000;

impl Scan<'_, '_> {
    /// Evaluates what the first pass activated.
    pub(super) fn evaluate(&mut self) {
        let mut active = std::mem::take(&mut self.active);
        active.sort_unstable();
        self.batch(&active);
        for signature in active {
            if self.is_exhausted() {
                return;
            }
            let matcher = self.matcher;
            let Some(record) = matcher.record(signature) else {
                self.damaged = true;
                continue;
            };
            match record.content {
                Content::Magic { required, detected, atom } => self.report_type(required, detected, atom),
                Content::Body { atom } => self.evaluate_body(signature, &record, atom),
                Content::Logical { .. } => self.evaluate_logical(signature, record),
                Content::Rule { .. } => self.evaluate_rule(signature, &record),
            }
        }
    }

    fn report_type(&mut self, required: u16, detected: u16, atom: u32) {
        let places = self.places(atom, MOST_TYPE_HITS);
        let hits = places.into_iter().map(|(offset, last)| (last, TypeHit { required, detected, offset }));
        self.types.extend(hits);
    }

    fn evaluate_body(&mut self, signature: u32, record: &Record<'_>, atom: u32) {
        if !self.is_selected(record) {
            return;
        }
        let hits = self.hits(atom, 1);
        if hits.count > 0 {
            let plain = self
                .prepare(atom)
                .is_some_and(|prepared| prepared.atom.programs.iter().all(Program::is_plain));
            let found = Found::Signature(signature);
            self.bodies.push((Match { found, logical: false, offset: hits.first, handler: None }, plain));
        }
    }

    pub(super) fn is_selected(&self, record: &Record<'_>) -> bool {
        let class = self.matcher.source_class(SourceId(record.source));
        self.request.selection.takes(&String::from_utf8_lossy(record.name), class, true)
    }

    /// Whether a logical signature's conditions hold; they come before any search because they cost nothing.
    pub(super) fn fits(&mut self, record: &Record<'_>) -> bool {
        let Content::Logical { block, .. } = record.content else { return false };
        let Some(tdb) = Tdb::decode(block) else {
            self.damaged = true;
            return false;
        };
        let facts = self.request.facts;
        let circumstances = Circumstances {
            file_size: self.request.file_size,
            entry_point: facts.entry_point,
            sections: facts.executable.then_some(facts.sections.len() as u64),
            ancestors: self.request.ancestors,
        };
        tdb.fits_container(self.request.ancestors)
            && tdb.fits_file(&circumstances)
            && self.is_selected(record)
    }

    fn evaluate_logical(&mut self, signature: u32, record: Record<'_>) {
        if !self.fits(&record) {
            return;
        }
        let Content::Logical { block, expression, subsignatures } = record.content else { return };
        let (Some(tdb), Some(expression)) = (Tdb::decode(block), Expression::decode(expression)) else {
            self.damaged = true;
            return;
        };
        let subsigs = Subsignatures { signature, list: subsignatures };
        if self.holds(&subsigs, &expression) {
            let handler = tdb.handler.filter(|_| !self.request.retyped);
            if handler.is_none() && !self.fits_icons(&tdb) {
                return;
            }
            self.logicals.push(Match {
                found: Found::Signature(signature),
                logical: true,
                offset: 0,
                handler,
            });
        }
    }
}
