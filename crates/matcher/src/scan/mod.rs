//! One match call: the signatures that match one view of a layer.
//!
//! First pass: the filter of the view's target finds places where triggers may be; a trigger that is really
//! there activates its signatures. Second pass: each activated signature is evaluated, its other
//! subsignatures searched on demand and remembered. What no trigger activates costs nothing, so the state of
//! a scan does not grow with the database.

mod activate;
mod answer;
mod counts;
mod evaluate;

use std::collections::HashMap;
use std::rc::Rc;

use nacre_fmap::Fmap;

use crate::atom::Atom;
use crate::image::Image;
use crate::matcher::Matcher;
use crate::offset::Facts;
use crate::select::Selection;
use crate::steps::Steps;

pub use answer::{Answer, Found, Match, Problem, TypeHit};

/// What a match call is about, besides the bytes.
pub struct Request<'a> {
    /// Signatures of this target run, and those of target 0.
    pub target: u8,
    /// What `FileSize` is compared with.
    pub file_size: u64,
    /// Types of the enclosing layers, outermost first.
    pub ancestors: &'a [u16],
    /// The type number that stands for any.
    pub facts: &'a Facts,
    pub icon_groups: &'a [String],
    /// Look the layer's digests up as well.
    pub hashes: bool,
    /// Report hits of type patterns.
    pub types: bool,
    /// Report nothing but hits of type patterns.
    pub types_only: bool,
    pub retyped: bool,
    pub selection: &'a Selection,
    pub pcre: crate::logical::pcre::Limits,
    pub pcre_max_size: u64,
    /// Elementary steps before the call gives up and says so.
    pub steps: u64,
}

/// Answers one match call.
pub fn scan(matcher: &Matcher<'_>, map: &Fmap, request: &Request<'_>) -> Answer {
    let mut scan = Scan::new(matcher, map, request);
    scan.activate();
    scan.evaluate();
    scan.finish()
}
