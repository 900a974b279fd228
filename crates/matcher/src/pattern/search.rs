//! Finding the matches of a whole pattern in a layer, in one pass from front to back.
//!
//! The layer is looked at in windows. In each window every part is searched in turn, and a part found
//! is kept only if the part before it ends at the right distance. What is remembered between two parts
//! is small: behind an unbounded gap the earliest end alone decides, and then the parts before it need
//! no more searching; before a bounded gap the ends that are still near enough. Nothing is ever tried
//! again, so a pattern of many gaps costs each part one pass, whatever the bytes are.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use nacre_fmap::Fmap;

use super::model::Gap;
use super::program::{Around, CONTEXT, Prepared, Program};
use super::scanner::Scanner;
use super::window::Window;
use crate::offset::Starts;
use crate::steps::{Exhausted, Steps};

/// Bytes looked at together when several parts take turns: little enough to stay in the cache.
const TURN: u64 = 256 << 10;
/// Bytes fetched together from a file.
const FETCH: u64 = 1 << 20;
/// Ends remembered before a bounded gap; only gaps of megabytes in hostile data need more.
const MAX_ENDS: usize = 1 << 20;
/// Steps that a candidate costs, and bytes that are searched in one.
const CANDIDATE: u64 = 4;
const BYTES_PER_STEP: u64 = 64;

/// The matches of a pattern in a layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// How many there are, up to the number asked for.
    pub count: u32,
    /// Start of the first and of the last match counted; 0 without a match.
    pub first: u64,
    pub last: u64,
    /// The step budget ran out; there may be more.
    pub exhausted: bool,
}

impl Program<'_> {
    /// Counts matches that begin where `starts` allows, up to `want`.
    ///
    /// A match of several parts is counted once per place of its last part, and begins where its
    /// first part does.
    pub fn search(&self, map: &Fmap, starts: &Starts, want: u32, steps: &mut Steps) -> Found {
        let mut found = Found::default();
        if want == 0 {
            return found;
        }
        let ended = self.each(map, starts, steps, |start, _| {
            if found.count == 0 {
                found.first = start;
            }
            found.last = start;
            found.count += 1;
            if found.count == want { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        found.exhausted = ended.is_err();
        found
    }

    /// Calls `visit` with the start of every match and that of its last part, by which they are ordered.
    pub fn each<F>(&self, map: &Fmap, starts: &Starts, steps: &mut Steps, visit: F) -> Result<(), Exhausted>
    where
        F: FnMut(u64, u64) -> ControlFlow<()>,
    {
        self.each_by(map, starts, steps, None, visit)
    }

    /// As `each`; `fetch` makes the layer be read in windows of that many bytes.
    pub(super) fn each_by<F>(
        &self,
        map: &Fmap,
        starts: &Starts,
        steps: &mut Steps,
        fetch: Option<u64>,
        visit: F,
    ) -> Result<(), Exhausted>
    where
        F: FnMut(u64, u64) -> ControlFlow<()>,
    {
        // A gap whose maximum is below its minimum: legal, and never matches.
        if self.rest.iter().any(|(gap, _)| gap.max.is_some_and(|max| max < gap.min)) {
            return Ok(());
        }
        let mut search = Search::new(self, map.len(), starts, visit);
        let whole = if fetch.is_none() { map.memory() } else { None };
        let turn = match (whole, self.rest.is_empty()) {
            (Some(_), true) => u64::MAX,
            (Some(_), false) => TURN,
            (None, _) => fetch.unwrap_or(FETCH),
        };
        let mut scratch = Vec::new();
        let mut at = 0;
        while let Some((from, last)) = search.next_anchors(at) {
            let to = last.saturating_add(1).min(from.saturating_add(turn));
            let flow = if let Some(bytes) = whole {
                search.turn(&Window { bytes, base: 0, total: map.len() }, from, to, steps)?
            } else {
                let base = from.saturating_sub(search.behind);
                let bytes = map.fetch(base..to.saturating_add(search.ahead), &mut scratch);
                search.turn(&Window { bytes, base, total: map.len() }, from, to, steps)?
            };
            if flow.is_break() {
                break;
            }
            at = to;
        }
        Ok(())
    }
}

/// What the parts found so far mean for the part behind a gap. Ends and starts are bytes of the layer.
enum Ends {
    /// Unbounded gap: the earliest end and where that match began.
    Earliest(Option<(u64, u64)>),
    /// Bounded gap: (end, beginning of the match), by end.
    Near(VecDeque<(u64, u64)>),
}

struct Stage<'p, 'a> {
    part: &'p Prepared<'a>,
    scanner: Option<Scanner<'p>>,
    /// The gap behind the part before; None for the first part.
    gap: Option<Gap>,
    ends: Ends,
}

struct Search<'p, 'a, F> {
    stages: Vec<Stage<'p, 'a>>,
    /// Stages before this one have nothing more to say.
    active: usize,
    starts: &'p Starts,
    len: u64,
    behind: u64,
    ahead: u64,
    around: Around,
    last_counted: Option<u64>,
    visit: F,
}

impl<'p, 'a, F: FnMut(u64, u64) -> ControlFlow<()>> Search<'p, 'a, F> {
    fn new(program: &'p Program<'a>, len: u64, starts: &'p Starts, visit: F) -> Self {
        let gaps = program.rest.iter().map(|(gap, _)| *gap);
        let after = gaps.clone().map(|gap| match gap.max {
            None => Ends::Earliest(None),
            Some(_) => Ends::Near(VecDeque::new()),
        });
        let last = std::iter::once(Ends::Earliest(None));
        let parts = program.parts().zip(std::iter::once(None).chain(gaps.map(Some)));
        let stages: Vec<_> = parts
            .zip(after.chain(last))
            .map(|((part, gap), ends)| Stage { part, scanner: None, gap, ends })
            .collect();
        let behind = stages.iter().map(|stage| stage.part.head.max).max().unwrap_or(0);
        let ahead = stages.iter().map(|stage| stage.part.anchor_len() + stage.part.tail.max);
        let ahead = ahead.max().unwrap_or(0);
        Self {
            stages,
            active: 0,
            starts,
            len,
            behind: (behind + CONTEXT) as u64,
            ahead: (ahead + CONTEXT) as u64,
            around: Around::default(),
            last_counted: None,
            visit,
        }
    }

    /// The first place from `at` on where any part's run can matter, and the last before a pause.
    fn next_anchors(&mut self, at: u64) -> Option<(u64, u64)> {
        let mut next: Option<(u64, u64)> = None;
        for index in self.active..self.stages.len() {
            if let Some((from, last)) = self.anchors(index, at) {
                next = Some(next.map_or((from, last), |(low, high)| (low.min(from), high.max(last))));
            }
        }
        next
    }

    /// The first stretch from `at` on in which the run of stage `index` can matter, both ends included.
    fn anchors(&mut self, index: usize, at: u64) -> Option<(u64, u64)> {
        let part = self.stages.get(index)?.part;
        let run = part.anchor_len() as u64;
        let end = self.len.checked_sub(run)?;
        let (low, high) = (part.head.min as u64, part.head.max as u64);
        let stretch = |from: u64, to: u64| {
            let from = from.saturating_add(low).max(at);
            let to = to.saturating_add(high).min(end);
            (from <= to).then_some((from, to))
        };
        let Some(before) = index.checked_sub(1) else {
            return self.starts.ranges().iter().find_map(|&(low, high)| stretch(low, high));
        };
        let gap = self.stages.get(index)?.gap?;
        let min = u64::from(gap.min);
        match &mut self.stages.get_mut(before)?.ends {
            Ends::Earliest(end) => stretch((*end)?.0.saturating_add(min), u64::MAX),
            Ends::Near(ends) => {
                let max = u64::from(gap.max?);
                forget(ends, at, max, high);
                let (first, last) = (ends.front()?.0, ends.back()?.0);
                stretch(first.saturating_add(min), last.saturating_add(max))
            }
        }
    }

    /// Searches every part for runs that begin in `from..to`.
    fn turn(
        &mut self,
        window: &Window<'_>,
        from: u64,
        to: u64,
        steps: &mut Steps,
    ) -> Result<ControlFlow<()>, Exhausted> {
        for index in self.active..self.stages.len() {
            let mut at = from;
            while at < to {
                let Some((low, high)) = self.anchors(index, at) else { break };
                let high = high.min(to - 1);
                if low > high {
                    break;
                }
                if self.scan(index, window, low, high, steps)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                at = high + 1;
            }
        }
        self.settle(to);
        Ok(ControlFlow::Continue(()))
    }

    /// Drops the parts before an unbounded gap once no earlier end can come.
    fn settle(&mut self, to: u64) {
        let settled = self.stages.iter().rposition(|stage| stage.ends.cannot_improve(to));
        if let Some(index) = settled {
            self.active = self.active.max(index + 1);
        }
    }

    fn scan(
        &mut self,
        index: usize,
        window: &Window<'_>,
        low: u64,
        high: u64,
        steps: &mut Steps,
    ) -> Result<ControlFlow<()>, Exhausted> {
        steps.charge(1 + (high - low) / BYTES_PER_STEP)?;
        let Some(stage) = self.stages.get_mut(index) else { return Ok(ControlFlow::Continue(())) };
        let part = stage.part;
        let from = low.saturating_sub(window.base) as usize;
        let to = high.saturating_sub(window.base) as usize + part.anchor_len();
        let data = window.bytes.get(from..to.min(window.bytes.len())).unwrap_or_default();
        let scanner = stage.scanner.take().unwrap_or_else(|| part.scanner());
        let mut flow = ControlFlow::Continue(());
        scanner.each(data, |at| {
            steps.charge(CANDIDATE)?;
            let next = self.candidate(index, window, from + at, steps)?;
            if next == Next::Done {
                flow = ControlFlow::Break(());
            }
            Ok(if next == Next::Go { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        if let Some(stage) = self.stages.get_mut(index) {
            stage.scanner = Some(scanner);
        }
        Ok(flow)
    }

    /// Judges the place where the run of stage `index` was seen.
    fn candidate(
        &mut self,
        index: usize,
        window: &Window<'_>,
        at: usize,
        steps: &mut Steps,
    ) -> Result<Next, Exhausted> {
        let anchor = window.base + at as u64;
        let is_last = index + 1 == self.stages.len();
        let (before, rest) = self.stages.split_at_mut(index);
        let Some(stage) = rest.first_mut() else { return Ok(Next::Done) };
        if stage.ends.cannot_improve(anchor) {
            return Ok(Next::Enough);
        }
        let part = stage.part;
        let gap = stage.gap.unwrap_or(Gap { min: 0, max: None });
        let mut ends_before = before.last_mut().map(|stage| &mut stage.ends);
        if let Some(ends) = &mut ends_before
            && !ends.may_precede(gap, anchor, part)
        {
            return Ok(Next::Go);
        }
        if !part.around(window, at, &mut self.around, steps)? {
            return Ok(Next::Go);
        }
        let beginning = |start: u64| match &ends_before {
            None => self.starts.allows(start).then_some(start),
            Some(ends) => ends.beginning(gap, start),
        };
        let starts = self.around.starts.iter();
        if is_last {
            let later = |start: u64| self.last_counted.is_none_or(|last| start > last);
            let counted = starts.filter(|start| later(**start)).find_map(|&s| Some((s, beginning(s)?)));
            if let Some((start, beginning)) = counted {
                self.last_counted = Some(start);
                if (self.visit)(beginning, start).is_break() {
                    return Ok(Next::Done);
                }
            }
        } else if let Some(beginning) = starts.filter_map(|&start| beginning(start)).min() {
            for &end in &self.around.ends {
                stage.ends.add(end, beginning)?;
            }
        }
        Ok(Next::Go)
    }
}

/// What to do after a candidate.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Go,
    /// This part needs no later place in this turn.
    Enough,
    /// The caller has what it wants.
    Done,
}

impl Ends {
    /// Whether a run at `anchor` or later can only give later ends than what is known.
    fn cannot_improve(&self, anchor: u64) -> bool {
        matches!(self, Self::Earliest(Some((end, _))) if *end <= anchor)
    }

    /// Whether a part whose run is at `anchor` can begin at the right distance, cheaply and roughly.
    fn may_precede(&mut self, gap: Gap, anchor: u64, part: &Prepared<'_>) -> bool {
        let first = match self {
            Self::Earliest(end) => *end,
            Self::Near(ends) => {
                forget(ends, anchor, gap.max.unwrap_or(u32::MAX).into(), part.head.max as u64);
                ends.front().copied()
            }
        };
        first.is_some_and(|(end, _)| end + u64::from(gap.min) + part.head.min as u64 <= anchor)
    }

    /// Where the match begins whose next part begins at `start`: that of the earliest fitting end.
    fn beginning(&self, gap: Gap, start: u64) -> Option<u64> {
        let (end, beginning) = match self {
            Self::Earliest(end) => (*end)?,
            Self::Near(ends) => {
                let max = u64::from(gap.max.unwrap_or(u32::MAX));
                // Nearly always the first, because what is too far away was dropped.
                match ends.front() {
                    Some(first) if first.0 + max >= start => *first,
                    _ => *ends.get(ends.partition_point(|(end, _)| end + max < start))?,
                }
            }
        };
        (end + u64::from(gap.min) <= start).then_some(beginning)
    }

    fn add(&mut self, end: u64, beginning: u64) -> Result<(), Exhausted> {
        match self {
            Self::Earliest(first) => {
                let this = (end, beginning);
                *first = Some(first.map_or(this, |first| first.min(this)));
            }
            Self::Near(ends) => {
                if ends.len() >= MAX_ENDS {
                    return Err(Exhausted);
                }
                if ends.back().is_none_or(|(last, _)| *last < end) {
                    ends.push_back((end, beginning));
                    return Ok(());
                }
                let place = ends.partition_point(|(other, _)| *other < end);
                match ends.get_mut(place) {
                    Some((other, first)) if *other == end => *first = beginning.min(*first),
                    _ => ends.insert(place, (end, beginning)),
                }
            }
        }
        Ok(())
    }
}

/// Drops ends that are too far before a run at `anchor` to matter to it or to a later one.
fn forget(ends: &mut VecDeque<(u64, u64)>, anchor: u64, max: u64, head: u64) {
    while ends.front().is_some_and(|(end, _)| end + max + head < anchor) {
        ends.pop_front();
    }
}
