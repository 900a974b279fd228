//! An atom: what one body subsignature looks for. An offset and one pattern, or two for `::wa`.
//!
//! Equal atoms of different signatures are stored once. In the image: the offset's code, then the
//! patterns' codes, each with its length before it.

use crate::filter::{Choice, Crowd, choose};
use crate::leb128;
use crate::offset::Offset;
use crate::pattern::{Pattern, Place, Program};

/// No pattern can be an atom's third.
const MOST_PATTERNS: usize = 2;

/// Where the filter looks for one pattern of an atom.
#[derive(Clone, Copy, Debug)]
pub struct Anchor {
    /// Which pattern of the atom, and which of its runs.
    pub pattern: u8,
    pub run: u16,
    /// The run's bytes, from the start of the atom's code.
    pub at: u32,
    pub len: u16,
    pub nocase: bool,
    pub choice: Choice,
}

/// A run that can only be at one place of a layer.
#[derive(Clone, Copy, Debug)]
pub struct Direct {
    pub from_end: bool,
    /// Bytes from the layer's start, or from its end.
    pub offset: u32,
    /// The run's bytes, from the start of the atom's code.
    pub at: u32,
    pub len: u16,
}

/// What comparing at one place costs, in candidates per MB: little, but it is often true (every zip file
/// begins with `PK`), and then activates.
const DIRECT_COST: f32 = 20.0;

/// An atom's code, and where in it each pattern's begins.
pub fn encode(offset: &Offset, patterns: &[Pattern]) -> (Vec<u8>, Vec<u32>) {
    let (mut code, mut part, mut bases) = (Vec::new(), Vec::new(), Vec::new());
    offset.encode(&mut part);
    leb128::put_bytes(&mut code, &part);
    for pattern in patterns {
        part.clear();
        pattern.encode(&mut part);
        leb128::put(&mut code, part.len() as u64);
        bases.push(code.len() as u32);
        code.extend_from_slice(&part);
    }
    (code, bases)
}

/// How an atom can be found.
pub struct Access {
    pub anchors: Vec<Anchor>,
    /// Where to compare instead, when that is better than the filter.
    pub direct: Option<Direct>,
    /// Expected work per MB; infinite when neither can look for it.
    pub cost: f32,
}

/// Chooses how to look for an atom.
pub fn access(offset: &Offset, patterns: &[Pattern], code: &[u8], bases: &[u32], crowd: &Crowd) -> Access {
    let (mut anchors, mut cost) = (Vec::new(), 0.0);
    for ((pattern, base), number) in patterns.iter().zip(bases).zip(0..) {
        match best_anchor(pattern, number, *base, code, crowd) {
            Some(anchor) => {
                cost += anchor.choice.cost;
                anchors.push(anchor);
            }
            None => cost = f32::INFINITY,
        }
    }
    let direct = match (patterns, bases) {
        ([pattern], [base]) if cost > DIRECT_COST => direct_place(offset, pattern, *base),
        _ => None,
    };
    if direct.is_some() {
        anchors.clear();
        cost = DIRECT_COST;
    }
    Access { anchors, direct, cost }
}

/// `base` is where the pattern's code begins in the atom's.
fn direct_place(offset: &Offset, pattern: &Pattern, base: u32) -> Option<Direct> {
    let (from_end, place) = offset.fixed_place()?;
    let runs = pattern.runs();
    let first_part = runs.iter().filter(|run| run.part == 0 && !run.nocase);
    let run = first_part.max_by_key(|run| run.len)?;
    let Place::FromStart(distance) = run.place else { return None };
    let distance = u32::try_from(distance).ok()?;
    let offset = if from_end { place.checked_sub(distance)? } else { place.checked_add(distance)? };
    Some(Direct { from_end, offset, at: base + run.offset as u32, len: u16::try_from(run.len).ok()? })
}

fn best_anchor(pattern: &Pattern, number: u8, base: u32, code: &[u8], crowd: &Crowd) -> Option<Anchor> {
    let runs = pattern.runs();
    let anchors = runs.iter().zip(0..).filter_map(|(run, index)| {
        let at = base as usize + run.offset;
        let choice = choose(code.get(at..at + run.len)?, crowd)?;
        let len = u16::try_from(run.len).ok()?;
        Some(Anchor { pattern: number, run: index, at: at as u32, len, nocase: run.nocase, choice })
    });
    anchors.min_by(|a, b| a.choice.cost.total_cmp(&b.choice.cost))
}

/// An atom ready to search with.
pub struct Atom<'a> {
    pub offset: Offset,
    pub programs: Vec<Program<'a>>,
}

impl<'a> Atom<'a> {
    /// Reads an atom's code; None when it is damaged.
    pub fn decode(code: &'a [u8]) -> Option<Self> {
        let mut rest = code;
        let offset = Offset::decode(&mut leb128::take_bytes(&mut rest)?)?;
        let mut programs = Vec::with_capacity(1);
        while !rest.is_empty() && programs.len() < MOST_PATTERNS {
            programs.push(Program::decode(leb128::take_bytes(&mut rest)?)?);
        }
        Some(Self { offset, programs })
    }
}
