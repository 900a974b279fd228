//! An atom: what one body subsignature looks for. An offset and one pattern, or two for `::wa`.
//!
//! Equal atoms of different signatures are stored once. In the image: the offset's code, then the
//! patterns' codes, each with its length before it.

use crate::filter::{Choice, Crowd, choose};
use crate::offset::Offset;
use crate::pattern::{Pattern, Program};
use crate::varint;

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

/// An atom's code and the anchors that the filter would use.
pub struct Encoded {
    pub code: Vec<u8>,
    pub anchors: Vec<Anchor>,
    /// Expected work per MB; infinite when the filter cannot look for it.
    pub cost: f32,
}

/// Encodes an atom and chooses its anchors.
pub fn encode(offset: &Offset, patterns: &[Pattern], crowd: &Crowd) -> Encoded {
    let mut code = Vec::new();
    let mut part = Vec::new();
    offset.encode(&mut part);
    varint::put_bytes(&mut code, &part);
    let (mut anchors, mut cost) = (Vec::new(), 0.0);
    for (index, pattern) in patterns.iter().enumerate() {
        part.clear();
        pattern.encode(&mut part);
        varint::put(&mut code, part.len() as u64);
        let base = code.len() as u32;
        code.extend_from_slice(&part);
        match best_anchor(pattern, &part, crowd) {
            Some(mut anchor) => {
                anchor.pattern = index as u8;
                anchor.at += base;
                cost += anchor.choice.cost;
                anchors.push(anchor);
            }
            None => cost = f32::INFINITY,
        }
    }
    Encoded { code, anchors, cost }
}

fn best_anchor(pattern: &Pattern, code: &[u8], crowd: &Crowd) -> Option<Anchor> {
    let runs = pattern.runs();
    let anchors = runs.iter().enumerate().filter_map(|(index, run)| {
        let bytes = code.get(run.at as usize..run.at as usize + run.len as usize)?;
        let choice = choose(bytes, crowd)?;
        Some(Anchor {
            pattern: 0,
            run: u16::try_from(index).ok()?,
            at: run.at,
            len: u16::try_from(run.len).ok()?,
            nocase: run.nocase,
            choice,
        })
    });
    anchors.min_by(|a, b| a.choice.cost.total_cmp(&b.choice.cost))
}

/// An atom ready to search with.
pub struct Atom {
    pub offset: Offset,
    pub programs: Vec<Program>,
}

impl Atom {
    /// Reads an atom's code; None when it is damaged.
    pub fn decode(code: &[u8]) -> Option<Self> {
        let mut rest = code;
        let offset = Offset::decode(varint::take_bytes(&mut rest)?)?;
        let mut programs = Vec::with_capacity(1);
        while !rest.is_empty() && programs.len() < MOST_PATTERNS {
            programs.push(Program::decode(varint::take_bytes(&mut rest)?)?);
        }
        Some(Self { offset, programs })
    }
}
