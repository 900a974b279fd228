//! Second pass: which of the activated signatures really match.

use std::collections::HashMap;
use std::rc::Rc;

use nacre_fmap::Fmap;

use crate::atom::Atom;
use crate::logical::tdb::Tdb;
use crate::logical::{Expression, Stored as Code};
use crate::matcher::Matcher;
use crate::offset::Starts;
use crate::scan::answer::{Answer, Found, Match, Problem, TypeHit};
use crate::scan::{Request, counts::Subsignatures};
use crate::signature::{Content, Kind, Record};
use crate::steps::Steps;

/// Layers are matched in windows of this size by ClamAV; it decides which of two alerts comes first.
const CLAMAV_WINDOW: u64 = 131_072;
/// Positions of one type pattern that are reported.
const MOST_TYPE_HITS: usize = 10_000;
