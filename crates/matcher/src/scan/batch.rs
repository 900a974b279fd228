//! Looking for all pending subsignatures of a large layer in one pass.
//!
//! An activated signature needs its other subsignatures, most of which are nowhere in the layer. Searched
//! one by one each costs a pass over all bytes. So for a large layer a small filter of just these is made
//! on the spot; what it does not find is known to be absent.

use hashbrown::HashSet;

use crate::filter::{Choice, Crowd, Filter, Insertion, choose};
use crate::scan::Scan;

use crate::signature::{Content, RuleString, Stored};

/// Layers below this many bytes are searched one subsignature at a time.
const SMALLEST: u64 = 128 << 10;
/// Fewer activated signatures than this are searched one at a time.
const FEWEST: usize = 3;
/// A subsignature expected more often per MB than this is found soon when searched alone, and would be in
/// the way here.
const MOST_FREQUENT: f32 = 4000.0;

/// A pending atom's run, as the filter looks for it.
struct Wanted {
    atom: u32,
    program: usize,
    run: usize,
    bytes: Vec<u8>,
    nocase: bool,
    choice: Choice,
}

impl Scan<'_, '_> {
    /// Finds out which of the atoms of `active` signatures are absent.
    pub(super) fn batch(&mut self, active: &[u32]) {
        if self.map.len() < SMALLEST || active.len() < FEWEST {
            return;
        }
        let wanted = self.wanted(active);
        if wanted.is_empty() {
            return;
        }
        let mut tiers: [Vec<Insertion>; 3] = Default::default();
        for (number, want) in wanted.iter().enumerate() {
            if let Some(tier) = tiers.get_mut(want.choice.kind as usize) {
                tier.push(want.insertion(number as u32));
            }
        }
        let mut bytes = Vec::new();
        Filter::build(&tiers, &mut bytes);
        let words: Vec<u64> = bytes.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)).collect();
        let Some(filter) = Filter::open(bytemuck::cast_slice(&words)) else { return };
        let mut present = HashSet::new();
        self.each_window(&mut |scan, data, base, from, to| {
            let mut scratch = std::mem::take(&mut scan.scratch);
            filter.scan(data, from, to, &mut scratch, |number, position| {
                if let Some(want) = wanted.get(number as usize) {
                    scan.on_wanted(want, data, base, position, &mut present);
                }
                !scan.is_exhausted()
            });
            scan.scratch = scratch;
        });
        if self.is_exhausted() {
            return;
        }
        for want in &wanted {
            if !present.contains(&want.atom) {
                self.hits.entry(want.atom).or_default();
            }
        }
    }

    /// The atoms that are worth looking for: a run of each of their programs.
    fn wanted(&mut self, active: &[u32]) -> Vec<Wanted> {
        let crowd = Crowd::default();
        let mut wanted = Vec::new();
        let mut seen = HashSet::new();
        for atom in self.pending_atoms(active) {
            if self.confirmed.contains_key(&atom) || !seen.insert(atom) {
                continue;
            }
            let Some(prepared) = self.prepare(atom) else { continue };
            let mut own = Vec::new();
            for (program, code) in prepared.atom.programs.iter().enumerate() {
                let best = code.runs().into_iter().enumerate().filter_map(|(run, place)| {
                    let bytes = code.run_bytes(&place);
                    let choice = choose(bytes, &crowd)?;
                    Some(Wanted { atom, program, run, bytes: bytes.to_vec(), nocase: place.nocase, choice })
                });
                own.extend(best.min_by(|a, b| a.choice.cost.total_cmp(&b.choice.cost)));
            }
            let cost: f32 = own.iter().map(|want| want.choice.cost).sum();
            if own.len() == prepared.atom.programs.len() && cost < MOST_FREQUENT {
                wanted.append(&mut own);
            }
        }
        wanted
    }

    fn pending_atoms(&mut self, active: &[u32]) -> Vec<u32> {
        let mut atoms = Vec::new();
        for signature in active {
            let Some(record) = self.matcher.record(*signature) else { continue };
            match &record.content {
                Content::Body { atom } => atoms.push(*atom),
                Content::Magic { .. } => {}
                Content::Rule { strings, .. } => {
                    atoms.extend(strings.iter().filter_map(|string| match string {
                        RuleString::Body(atom) => Some(*atom),
                        RuleString::Regex { gate, .. } => *gate,
                    }));
                }
                Content::Logical { subsignatures, .. } => {
                    if self.fits(&record) {
                        atoms.extend(subsignatures.iter().filter_map(|stored| match stored {
                            Stored::Body(atom) => Some(*atom),
                            _ => None,
                        }));
                    }
                }
            }
        }
        atoms
    }

    fn on_wanted(
        &mut self,
        want: &Wanted,
        data: &[u8],
        base: u64,
        position: i64,
        present: &mut HashSet<u32>,
    ) {
        if present.contains(&want.atom) {
            return;
        }
        let start = base as i64 + position - i64::from(want.choice.window);
        if start < 0 || !self.run_is_at(data, base, start as u64, &want.bytes, want.nocase) {
            return;
        }
        let start = start as u64;
        let Some(prepared) = self.prepare(want.atom) else { return };
        let Some(program) = prepared.atom.programs.get(want.program) else { return };
        if program.parts_len() == 1 {
            let at = program.matches_at_run(self.map, want.run, start, &mut self.steps);
            let Ok(Some(at)) = at else { return };
            if !prepared.starts.allows(at) {
                return;
            }
            self.confirmed.entry(want.atom).or_insert(at);
        }
        present.insert(want.atom);
    }
}

impl Wanted {
    fn insertion(&self, anchor: u32) -> Insertion {
        let size = self.choice.kind.window() + self.choice.kind.phases() - 1;
        let from = self.choice.window as usize;
        let mut bytes = [0; 9];
        let window = self.bytes.get(from..from + size).unwrap_or(&[]);
        bytes.iter_mut().zip(window).for_each(|(to, from)| *to = *from);
        Insertion { anchor, bytes }
    }
}
