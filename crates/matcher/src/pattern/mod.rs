//! The body-pattern language: read it, keep it as bytes in the signature image, search with it.
//!
//! A pattern is a row of *parts* with gaps between them; a part is a row of elements (fixed bytes, wild
//! bytes, alternatives, classes) that follow each other directly. Every part holds a *run* of at least
//! two fixed bytes. A part is found by searching one of its runs and looking around it, a pattern by
//! finding its parts from the first to the last (`search`).
//!
//! A match is counted once per start; where alternatives of different length stand before a part's
//! longest run, once per place of that run, at the earliest start.

mod code;
mod lower;
mod model;
mod parse;
mod program;
mod scanner;
mod search;
mod token;
mod window;

#[cfg(test)]
mod tests;

use std::fmt;

use model::Body;
pub use parse::{Modifiers, check_length_for_any_target, parse};
pub use program::{Place, Program, Run};
pub use search::Found;

/// Why a pattern is refused, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// Byte of the text.
    pub at: usize,
    pub reason: &'static str,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.reason, self.at)
    }
}

impl std::error::Error for PatternError {}

/// A pattern as parsed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    body: Body<'static>,
}

impl Pattern {
    /// Appends the pattern's bytes in the image; equal patterns are equal bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        code::encode(&self.body, out);
    }

    /// Whether no gap is in it, so that a match is where its first byte is.
    pub fn is_one_part(&self) -> bool {
        self.body.rest.is_empty()
    }

    /// Every run of fixed bytes outside blocks; places are those in the encoded form.
    pub fn runs(&self) -> Vec<Run> {
        let mut code = Vec::new();
        self.encode(&mut code);
        Program::decode(&code).map(|program| program.runs()).unwrap_or_default()
    }
}
