//! A pattern read from the image, ready to be searched with.

use nacre_fmap::Fmap;

use super::code;
use super::model::{Element, Gap, Part, Span, span_of};
use super::scanner::{Scanner, weight};
use super::window::{Reach, Window};
use crate::steps::{Exhausted, Steps};

/// Bytes around a part that its conditions can look at: the farthest lone byte, a line end.
pub(super) const CONTEXT: usize = 34;

/// A decoded pattern; borrows from the image.
#[derive(Debug)]
pub struct Program<'a> {
    pub(super) first: Prepared<'a>,
    pub(super) rest: Vec<(Gap, Prepared<'a>)>,
    code: &'a [u8],
}

/// A run of fixed bytes of a pattern: what a filter can look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Number of the part, from 0.
    pub part: usize,
    /// Where the run's bytes begin in the pattern's encoded form.
    pub offset: usize,
    pub len: usize,
    /// ASCII letters match in both cases; the bytes are lower case.
    pub nocase: bool,
    pub place: Place,
}

/// Where a run lies in its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// This many bytes after the part's start.
    FromStart(usize),
    /// The run's start is this many bytes before the part's end.
    FromEnd(usize),
    /// At no fixed distance from either.
    Floating,
}

impl<'a> Program<'a> {
    /// Reads an encoded pattern. None for anything that is not one.
    pub fn decode(code: &'a [u8]) -> Option<Self> {
        let body = code::decode(code)?;
        let first = Prepared::new(body.first)?;
        let rest = body.rest.into_iter();
        let rest = rest.map(|(gap, part)| Some((gap, Prepared::new(part)?))).collect::<Option<_>>()?;
        Some(Self { first, rest, code })
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = &Prepared<'a>> {
        std::iter::once(&self.first).chain(self.rest.iter().map(|(_, part)| part))
    }

    /// Number of parts.
    pub fn parts_len(&self) -> usize {
        self.rest.len() + 1
    }

    /// Every run of fixed bytes outside blocks, in order.
    pub fn runs(&self) -> Vec<Run> {
        self.literals().map(|(part, prepared, element)| self.run(part, prepared, element)).collect()
    }

    fn literals(&self) -> impl Iterator<Item = (usize, &Prepared<'a>, usize)> {
        self.parts().enumerate().flat_map(|(number, part)| {
            let literals = part.part.elements.iter().enumerate();
            let literals = literals.filter(|(_, element)| matches!(element, Element::Literal { .. }));
            literals.map(move |(index, _)| (number, part, index))
        })
    }

    fn run(&self, part: usize, prepared: &Prepared<'a>, element: usize) -> Run {
        let (bytes, nocase) = prepared.literal(element);
        let head = prepared.head_of(element);
        let tail = prepared.tail_of(element);
        let place = if head.is_fixed() {
            Place::FromStart(head.min)
        } else if tail.is_fixed() {
            Place::FromEnd(tail.min + bytes.len())
        } else {
            Place::Floating
        };
        // The bytes are borrowed from `code`, so this is their place in it.
        let offset = (bytes.as_ptr() as usize).saturating_sub(self.code.as_ptr() as usize);
        Run { part, offset, len: bytes.len(), nocase, place }
    }

    /// Whether the pattern is fixed bytes and nothing else.
    pub fn is_plain(&self) -> bool {
        let part = &self.first.part;
        self.rest.is_empty()
            && matches!(part.elements.as_slice(), [Element::Literal { fold: false, .. }])
            && part.before.is_none()
            && part.after.is_none()
            && part.left.is_none()
            && part.right.is_none()
    }

    /// The bytes of a run of this pattern.
    pub fn run_bytes(&self, run: &Run) -> &'a [u8] {
        self.code.get(run.offset..run.offset + run.len).unwrap_or(&[])
    }

    /// Whether the part that holds run number `run` stands around `position`, where that run's bytes
    /// were seen; answers with the part's (earliest) start.
    ///
    /// For a pattern of one part that is a match of the pattern, but for its offset.
    pub fn matches_at_run(
        &self,
        map: &Fmap,
        run: usize,
        position: u64,
        steps: &mut Steps,
    ) -> Result<Option<u64>, Exhausted> {
        let Some((_, part, element)) = self.literals().nth(run) else { return Ok(None) };
        let mut scratch = Vec::new();
        let reach = part.literal(element).0.len() + part.tail_of(element).max + CONTEXT;
        let window = if let Some(bytes) = map.memory() {
            Window { bytes, base: 0, total: map.len() }
        } else {
            let base = position.saturating_sub((part.head_of(element).max + CONTEXT) as u64);
            let range = base..position.saturating_add(reach as u64);
            Window { bytes: map.fetch(range, &mut scratch), base, total: map.len() }
        };
        let mut found = Around::default();
        let at = position.saturating_sub(window.base) as usize;
        part.look_around(element, &window, at, &mut found, steps)?;
        Ok(found.starts.first().copied())
    }
}

/// A part and where to look for it.
#[derive(Debug)]
pub(super) struct Prepared<'a> {
    pub part: Part<'a>,
    /// The element that is searched for.
    anchor: usize,
    /// What lies before and after it.
    pub head: Span,
    pub tail: Span,
}

/// A part found around a run: where it can begin and end, in bytes of the layer.
#[derive(Debug, Default)]
pub(super) struct Around {
    pub starts: Vec<u64>,
    pub ends: Vec<u64>,
}

impl<'a> Prepared<'a> {
    fn new(part: Part<'a>) -> Option<Self> {
        let runs = part.elements.iter().enumerate().filter_map(|(index, element)| match element {
            Element::Literal { bytes, fold } if bytes.len() > 1 => Some((index, bytes, *fold)),
            _ => None,
        });
        // Which run is searched decides what counts as one match where lengths vary (see the module's
        // description), so rarity may choose only where they do not.
        let fixed = part.elements.iter().all(|element| element.span().is_fixed());
        let value = |bytes: &[u8], fold| if fixed { weight(bytes, fold) } else { bytes.len() as u32 };
        let (anchor, ..) = runs.rev().max_by_key(|(_, bytes, fold)| value(bytes, *fold))?;
        let mut prepared = Self { part, anchor, head: Span::default(), tail: Span::default() };
        prepared.head = prepared.head_of(anchor);
        prepared.tail = prepared.tail_of(anchor);
        Some(prepared)
    }

    fn head_of(&self, element: usize) -> Span {
        span_of(self.part.elements.get(..element).unwrap_or_default())
    }

    fn tail_of(&self, element: usize) -> Span {
        span_of(self.part.elements.get(element + 1..).unwrap_or_default())
    }

    fn literal(&self, element: usize) -> (&[u8], bool) {
        match self.part.elements.get(element) {
            Some(Element::Literal { bytes, fold }) => (bytes, *fold),
            _ => (&[], false),
        }
    }

    pub fn scanner(&self) -> Scanner<'_> {
        let (bytes, fold) = self.literal(self.anchor);
        Scanner::new(bytes, fold)
    }

    pub fn anchor_len(&self) -> usize {
        self.literal(self.anchor).0.len()
    }

    /// Looks around the place `at` of the searched run.
    pub fn around(
        &self,
        window: &Window<'_>,
        at: usize,
        found: &mut Around,
        steps: &mut Steps,
    ) -> Result<bool, Exhausted> {
        self.look_around(self.anchor, window, at, found, steps)
    }

    fn look_around(
        &self,
        element: usize,
        window: &Window<'_>,
        at: usize,
        found: &mut Around,
        steps: &mut Steps,
    ) -> Result<bool, Exhausted> {
        found.starts.clear();
        found.ends.clear();
        let from = self.part.elements.get(element..).unwrap_or_default();
        match window.reach(from, at, steps)? {
            Reach::Nowhere => return Ok(false),
            Reach::At(end) => self.add_end(window, end, found),
            Reach::Several(ends) => ends.into_iter().for_each(|end| self.add_end(window, end, found)),
        }
        if found.ends.is_empty() {
            return Ok(false);
        }
        let head = if element == self.anchor { self.head } else { self.head_of(element) };
        let before = self.part.elements.get(..element).unwrap_or_default();
        for length in (head.min..=head.max).rev() {
            let Some(start) = at.checked_sub(length) else { continue };
            let reaches = match window.reach(before, start, steps)? {
                Reach::Nowhere => false,
                Reach::At(end) => end == at,
                Reach::Several(ends) => ends.contains(&at),
            };
            if reaches && self.may_start(window, start) {
                found.starts.push(window.base + start as u64);
            }
        }
        Ok(!found.starts.is_empty())
    }

    fn may_start(&self, window: &Window<'_>, at: usize) -> bool {
        let edge = self.part.left.is_none_or(|left| window.holds_before(left, at));
        edge && self.part.before.is_none_or(|lone| {
            (lone.min..=lone.max).any(|distance| {
                let byte = at.checked_sub(1 + usize::from(distance)).and_then(|at| window.bytes.get(at));
                byte.is_some_and(|byte| lone.unit.accepts(*byte))
            })
        })
    }

    fn add_end(&self, window: &Window<'_>, at: usize, found: &mut Around) {
        let edge = self.part.right.is_none_or(|right| window.holds_after(right, at));
        let after = self.part.after.is_none_or(|lone| {
            (lone.min..=lone.max).any(|distance| {
                let byte = window.bytes.get(at + usize::from(distance));
                byte.is_some_and(|byte| lone.unit.accepts(*byte))
            })
        });
        if edge && after {
            found.ends.push(window.base + at as u64);
        }
    }
}
