//! One match call: the signatures that match one view of a layer.
//!
//! First pass: the filter of the view's target finds places where triggers may be; a trigger that is really
//! there activates its signatures. Second pass: each activated signature is evaluated, its other
//! subsignatures searched on demand and remembered. What no trigger activates costs nothing, so the state of
//! a scan does not grow with the database.

mod activate;
mod answer;
mod batch;
mod counts;
mod evaluate;
mod icons;
mod rules;

use std::rc::Rc;

use hashbrown::{HashMap, HashSet};
use nacre_fmap::Fmap;

use crate::icon::Icon;
use crate::logical::MatchLimits;
use crate::matcher::Matcher;
use crate::offset::Facts;
use crate::select::Selection;
use crate::steps::Steps;

pub use answer::{Answer, Found, Icons, Match, Picture, Problem, TypeHit};
use counts::{Hits, Prepared};
use rules::RuleState;

/// What a match call is about, besides the bytes.
pub struct Request<'a> {
    /// Signatures of this target run, and those of target 0.
    pub target: u8,
    /// What `FileSize` is compared with.
    pub file_size: u64,
    /// What rules read integers from, where that is not the view itself (the raw layer, for text).
    pub whole: Option<&'a Fmap>,
    /// Types of the enclosing layers, outermost first.
    pub ancestors: &'a [u16],
    pub facts: &'a Facts,
    /// Asks for the icons of a layer that is a program; called once, if it matters.
    pub icons: Option<&'a (dyn Fn() -> Icons + Sync)>,
    /// Asks for the perceptual hash of a layer that is a picture; called once, if it matters.
    pub picture: Option<&'a (dyn Fn() -> Picture + Sync)>,
    /// Look the layer's digests up as well.
    pub hashes: bool,
    /// Report hits of type patterns.
    pub types: bool,
    /// Report nothing but hits of type patterns.
    pub types_only: bool,
    /// The layer was already re-typed by a signature with `HandlerType`.
    pub retyped: bool,
    pub selection: &'a Selection,
    pub pcre: MatchLimits,
    /// Layers above this size in bytes are not matched by regexes; 0 is no limit.
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

/// The state of one call; all of it sparse.
struct Scan<'m, 's> {
    matcher: &'s Matcher<'m>,
    map: &'s Fmap,
    request: &'s Request<'s>,
    steps: Steps,
    scratch: Vec<u32>,
    /// Triggers seen.
    fired: HashSet<u32>,
    /// Signatures ever activated, and those waiting for evaluation.
    known: HashSet<u32>,
    active: Vec<u32>,
    /// Atoms of one part found by the first pass, with the place.
    confirmed: HashMap<u32, u64>,
    prepared: HashMap<u32, Option<Rc<Prepared<'m>>>>,
    hits: HashMap<u32, Hits>,
    /// Matches of a signature's regex, and how many were asked for.
    pcre: HashMap<(u32, u8), (u32, u32)>,
    rules: RuleState,
    /// Body matches, and whether each is of plain bytes.
    bodies: Vec<(Match, bool)>,
    logicals: Vec<Match>,
    /// Type patterns with the place of their last part.
    types: Vec<(u64, TypeHit)>,
    /// The layer's perceptual hash once somebody asked for it.
    picture: Option<Picture>,
    /// The descriptions of the program's icons, likewise, and whether there are more of them.
    icons: Option<Rc<[Icon]>>,
    more_icons: bool,
    damaged: bool,
}

/// ClamAV matches a layer in windows of this size: signatures of the layer's target first, then those of
/// target 0, plain bytes before other patterns. It decides which of two body signatures is reported first.
const CLAMAV_WINDOW: u64 = 131_072;

impl<'m, 's> Scan<'m, 's> {
    fn new(matcher: &'s Matcher<'m>, map: &'s Fmap, request: &'s Request<'s>) -> Self {
        Self {
            matcher,
            map,
            request,
            steps: Steps::new(request.steps),
            scratch: Vec::new(),
            fired: HashSet::new(),
            known: HashSet::new(),
            active: Vec::new(),
            confirmed: HashMap::new(),
            prepared: HashMap::new(),
            hits: HashMap::new(),
            pcre: HashMap::new(),
            rules: RuleState::default(),
            bodies: Vec::new(),
            logicals: Vec::new(),
            types: Vec::new(),
            picture: None,
            icons: None,
            more_icons: false,
            damaged: false,
        }
    }

    /// True once the step budget is used up.
    fn is_exhausted(&self) -> bool {
        self.steps.used() == self.request.steps
    }

    fn finish(mut self) -> Answer {
        let untargeted = |found: &Match| match found.found {
            Found::Signature(number) => self.matcher.class(number).is_none_or(|class| class.target() == 0),
            Found::Hash(_) => true,
        };
        self.bodies.sort_by_key(|(found, plain)| {
            (found.offset / CLAMAV_WINDOW, untargeted(found), !plain, found.offset)
        });
        self.logicals.sort_by_key(untargeted);
        let mut problems = Vec::new();
        problems.extend(self.is_exhausted().then_some(Problem::Steps));
        problems.extend(self.damaged.then_some(Problem::Image));
        problems.extend((self.picture == Some(Picture::Unseen)).then_some(Problem::Picture));
        problems.extend(self.more_icons.then_some(Problem::Icons));
        let mut matches: Vec<Match> = self.bodies.into_iter().map(|(found, _)| found).collect();
        if self.request.hashes {
            matches.extend(self.matcher.hash_matches(self.map, self.request.selection));
        }
        matches.extend(self.logicals);
        // What a layer is depends on their order across all patterns.
        self.types.sort_by_key(|(last, _)| *last);
        let types = self.types.into_iter().map(|(_, hit)| hit).collect();
        Answer { matches, types, problems }
    }
}
