//! First pass: which signatures have a trigger in the view.

use crate::matcher::{AnchorPlace, DirectPlace};
use crate::picture;
use crate::scan::Scan;
use crate::signature::Kind;

/// Bytes of a window of a layer that is not in memory; a multiple of the filter's stride.
const WINDOW: u64 = 4 << 20;
/// How far a window looks beyond its ends, so that runs across the border are seen in place.
const MARGIN: u64 = 4096;

/// Takes the scan, a window's bytes, where they begin in the layer, and which of them it is about.
type Visit<'a, S> = &'a mut dyn FnMut(&mut S, &[u8], u64, usize, usize);

impl Scan<'_, '_> {
    /// Runs the filter and what needs no filter, filling `active`.
    pub(super) fn activate(&mut self) {
        self.activate_always();
        self.activate_direct();
        self.activate_pictures();
        let Some(filter) = self.matcher.filter(self.request.target) else { return };
        self.each_window(&mut |scan, data, base, from, to| {
            let mut scratch = std::mem::take(&mut scan.scratch);
            filter.scan(data, from, to, &mut scratch, |anchor, position| {
                scan.on_anchor(data, base, anchor, position)
            });
            scan.scratch = scratch;
        });
    }

    /// Calls `visit` with windows of the layer: the bytes, where they begin in it, and which of them the
    /// window is about; the rest is what lies around. Stops when the steps are used up.
    pub(super) fn each_window(&mut self, visit: Visit<'_, Self>) {
        let map = self.map;
        if let Some(data) = map.memory() {
            visit(self, data, 0, 0, data.len());
            return;
        }
        let mut buffer = Vec::new();
        let mut at = 0;
        while at < map.len() && !self.is_exhausted() {
            let base = at.saturating_sub(MARGIN);
            let data = map.fetch(base..at + WINDOW + MARGIN, &mut buffer);
            let from = (at - base) as usize;
            let to = data.len().min(from + WINDOW as usize);
            if to <= from {
                break; // the file is shorter than it said; Fmap remembers
            }
            visit(self, data, base, from, to);
            at += WINDOW;
        }
    }

    fn activate_always(&mut self) {
        let matcher = self.matcher;
        for signature in matcher.always() {
            self.push_active(*signature);
        }
    }

    fn activate_direct(&mut self) {
        let matcher = self.matcher;
        for place in matcher.direct() {
            let DirectPlace { trigger, from_end, offset, run } = place;
            let at = if from_end { self.map.len().checked_sub(offset) } else { Some(offset) };
            let Some(at) = at.filter(|at| at + run.len() as u64 <= self.map.len()) else { continue };
            let mut buffer = Vec::new();
            if self.map.fetch(at..at + run.len() as u64, &mut buffer) == run {
                self.fire(trigger);
            }
        }
    }

    fn activate_pictures(&mut self) {
        let matcher = self.matcher;
        let tables = [0, self.request.target].map(|target| matcher.pictures(target));
        if tables.iter().all(|rows| rows.is_empty()) {
            return; // spares decoding the picture
        }
        let Some(hash) = self.picture() else { return };
        for signature in tables.iter().flat_map(|rows| picture::with_hash(rows, hash)) {
            self.push_active(signature);
        }
    }

    /// An anchor may be at `position` of `data`; false ends the pass.
    fn on_anchor(&mut self, data: &[u8], base: u64, anchor: u32, position: i64) -> bool {
        let matcher = self.matcher;
        let Some(place) = matcher.anchor(anchor) else { return true };
        if self.fired.contains(&place.trigger) {
            return true;
        }
        let start = base as i64 + position - i64::from(place.window);
        if start < 0 || !self.run_is_at(data, base, start as u64, place.run, place.nocase) {
            return !self.is_exhausted();
        }
        self.on_run(&place, start as u64);
        self.steps.charge(1).is_ok()
    }

    pub(super) fn run_is_at(&self, data: &[u8], base: u64, start: u64, run: &[u8], nocase: bool) -> bool {
        let size = run.len();
        let inside = start.checked_sub(base).and_then(|at| data.get(at as usize..at as usize + size));
        let mut buffer = Vec::new();
        let bytes = match inside {
            Some(bytes) => bytes,
            None => self.map.fetch(start..start + size as u64, &mut buffer),
        };
        if nocase { bytes.eq_ignore_ascii_case(run) } else { bytes == run }
    }

    /// A trigger's run is really there. A pattern of one part is confirmed on the spot; one of several parts
    /// is searched as a whole, once, in the second pass.
    fn on_run(&mut self, place: &AnchorPlace<'_>, start: u64) {
        let Some(atom_id) = self.matcher.trigger_atom(place.trigger) else { return };
        let Some(prepared) = self.prepare(atom_id) else { return };
        let Some(program) = prepared.atom.programs.get(usize::from(place.pattern)) else { return };
        if program.parts_len() == 1 {
            let at = program.matches_at_run(self.map, usize::from(place.run_number), start, &mut self.steps);
            let Ok(Some(at)) = at else { return };
            if !prepared.starts.allows(at) {
                return;
            }
            self.confirmed.entry(atom_id).or_insert(at);
        }
        self.fire(place.trigger);
    }

    fn fire(&mut self, trigger: u32) {
        if self.fired.insert(trigger) {
            let matcher = self.matcher;
            for signature in matcher.trigger_signatures(trigger) {
                self.push_active(*signature);
            }
        }
    }

    fn push_active(&mut self, signature: u32) {
        let Some(class) = self.matcher.class(signature) else { return };
        let wanted = class.target() == 0 || class.target() == self.request.target;
        let wanted_kind = match class.kind() {
            Some(Kind::Magic) => self.request.types,
            Some(_) => !self.request.types_only,
            None => false,
        };
        if wanted && wanted_kind && self.known.insert(signature) {
            self.active.push(signature);
        }
    }
}
