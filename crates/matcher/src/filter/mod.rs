//! The filter: from the bytes of a layer to the few places where some pattern may be.
//!
//! A filter holds anchors: pieces of the literal runs of the patterns that trigger signatures. `DESIGN.md`
//! tells how triggers are chosen. Three tiers by the length of the run keep the common case to one load, one
//! multiplication and one bit test per position or per four positions.

mod frequency;
mod kernel;
mod tier;
mod window;

use frequency::Rarity;
pub use tier::{Insertion, Kind, Tier};
pub use window::{LONG_RUN, STRIDE};

use window::{SHORT, load};

/// Bytes handled at a time, so that a block stays in the first cache for all tiers.
pub const BLOCK: usize = 64 << 10;

/// Where in a run the filter looks, and what that is expected to cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    pub kind: Kind,
    /// Offset of the first window in the run.
    pub window: u16,
    /// Expected work per MB of clean data, in candidates.
    pub cost: f32,
}

/// How many anchors already chose a window: crowded windows are avoided, because one candidate there
/// costs a look at every anchor.
pub struct Crowd(Vec<u16>);

impl Default for Crowd {
    fn default() -> Self {
        Self(vec![0; 1 << 18])
    }
}

impl Crowd {
    fn slot(window: u64) -> usize {
        (window::locate(window) >> 46) as usize
    }

    fn of(&self, window: u64) -> f32 {
        f32::from(self.0.get(Self::slot(window)).copied().unwrap_or(0))
    }

    /// Remembers that `choice` of `run` was taken.
    pub fn add(&mut self, run: &[u8], choice: &Choice) {
        for phase in 0..choice.kind.phases() {
            let window = load(run.get(choice.window as usize + phase..).unwrap_or(&[]), choice.kind.window());
            if let Some(count) = self.0.get_mut(Self::slot(window)) {
                *count = count.saturating_add(1);
            }
        }
    }
}

/// A whole pattern's search costs about as much as this many candidates.
const SEARCH_COST: f32 = 50.0;

/// Beyond this many places of a run the best is found already.
const MOST_PLACES: usize = 96;

/// The best place of `run` to look for it; None for runs below two bytes.
pub fn choose(run: &[u8], crowd: &Crowd) -> Option<Choice> {
    let kind = match run.len() {
        LONG_RUN.. => Kind::Long,
        SHORT.. => Kind::Short,
        2.. => Kind::Pair,
        _ => return None,
    };
    let (size, phases) = (kind.window(), kind.phases());
    let windows = (run.len() - size + 1).min(MOST_PLACES + phases - 1);
    let rarity = Rarity::of(run.get(..windows + size - 1)?);
    let costs: Vec<f32> = (0..windows)
        .map(|at| {
            let window = load(run.get(at..).unwrap_or(&[]), size);
            // Half a candidate per MB is the floor of what the model can tell apart.
            rarity.per_million(at, size).max(0.5) * (1.0 + crowd.of(window) / 8.0)
        })
        .collect();
    let matched = rarity.per_million(0, run.len().min(12));
    let places = costs.windows(phases).zip(0..);
    places
        .map(|(costs, window)| {
            let cost = costs.iter().sum::<f32>() / phases as f32 + SEARCH_COST * matched;
            Choice { kind, window, cost }
        })
        .min_by(|a, b| a.cost.total_cmp(&b.cost))
}

/// The tiers of one set of signatures, in the image.
pub struct Filter<'a> {
    tiers: [Tier<'a>; 3],
}

const KINDS: [Kind; 3] = [Kind::Long, Kind::Short, Kind::Pair];

impl<'a> Filter<'a> {
    /// Writes a filter: its three tiers one after the other.
    pub fn build(insertions: &[Vec<Insertion>; 3], out: &mut Vec<u8>) {
        for (kind, insertions) in KINDS.into_iter().zip(insertions) {
            tier::build(kind, insertions, out);
        }
    }

    /// Reads a filter; None when it is damaged.
    pub fn open(bytes: &'a [u8]) -> Option<Self> {
        let (long, rest) = Tier::open(Kind::Long, bytes)?;
        let (short, rest) = Tier::open(Kind::Short, rest)?;
        let (pair, _) = Tier::open(Kind::Pair, rest)?;
        Some(Self { tiers: [long, short, pair] })
    }

    /// Calls `visit(anchor, position of the anchor's first window)` for every place of `data` in
    /// `[from, to)` where an anchor may be. Positions are relative to `data`; the anchor's window may
    /// have begun up to three bytes before `from`, so the position is signed.
    pub fn scan(
        &self,
        data: &[u8],
        from: usize,
        to: usize,
        scratch: &mut Vec<u32>,
        mut visit: impl FnMut(u32, i64) -> bool,
    ) -> bool {
        let mut at = from;
        while at < to {
            let end = to.min(at + BLOCK);
            for tier in self.tiers.iter().filter(|tier| !tier.is_empty()) {
                scratch.clear();
                tier.candidates(data, at, end, scratch);
                let mut go_on = true;
                for position in scratch.iter() {
                    tier.anchors(data, *position as usize, |anchor, phase| {
                        go_on &= visit(anchor, i64::from(*position) - i64::from(phase));
                    });
                    if !go_on {
                        return false;
                    }
                }
            }
            at = end;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn insertion(anchor: u32, run: &[u8], choice: &Choice) -> Insertion {
        let mut bytes = [0; 9];
        let size = choice.kind.window() + choice.kind.phases() - 1;
        let from = choice.window as usize;
        bytes.get_mut(..size).expect("fits").copy_from_slice(run.get(from..from + size).expect("inside"));
        Insertion { anchor, bytes }
    }

    fn aligned(bytes: &[u8]) -> Vec<u64> {
        bytes
            .chunks(8)
            .map(|chunk| {
                let mut word = [0; 8];
                word.get_mut(..chunk.len()).expect("fits").copy_from_slice(chunk);
                u64::from_le_bytes(word)
            })
            .collect()
    }

    proptest! {
        #[test]
        fn every_planted_run_is_found_where_it_is(
            runs in prop::collection::vec(prop::collection::vec(any::<u8>(), 2..20), 1..30),
            before in 0usize..70_000,
            after in 0usize..20,
            filler in any::<u8>(),
        ) {
            let crowd = Crowd::default();
            let mut insertions: [Vec<Insertion>; 3] = Default::default();
            let mut choices = Vec::new();
            for (anchor, run) in runs.iter().enumerate() {
                let choice = choose(run, &crowd).expect("long enough");
                insertions.get_mut(choice.kind as usize).expect("tier").push(insertion(anchor as u32, run, &choice));
                choices.push(choice);
            }
            let mut bytes = Vec::new();
            Filter::build(&insertions, &mut bytes);
            let words = aligned(&bytes);
            let filter = Filter::open(bytemuck::cast_slice(&words)).expect("own image");
            let mut data = vec![filler; before];
            let mut starts = Vec::new();
            for run in &runs {
                starts.push(data.len());
                data.extend_from_slice(run);
            }
            data.extend(std::iter::repeat_n(filler, after));
            let mut seen = vec![false; runs.len()];
            filter.scan(&data, 0, data.len(), &mut Vec::new(), |anchor, position| {
                let index = anchor as usize;
                let expected = starts[index] as i64 + i64::from(choices[index].window);
                if position == expected {
                    seen[index] = true;
                }
                true
            });
            prop_assert!(seen.iter().all(|seen| *seen), "{seen:?}");
        }

        #[test]
        fn a_damaged_filter_never_panics(noise in prop::collection::vec(any::<u64>(), 0..9000), small in any::<bool>()) {
            let mut words = noise;
            if small && words.len() > 4 {
                words[0] = 12;
                words[1] = 4;
                words[2] %= 100;
            }
            if let Some(filter) = Filter::open(bytemuck::cast_slice(&words)) {
                filter.scan(&[7; 300], 0, 300, &mut Vec::new(), |_, _| true);
            }
        }
    }
}
