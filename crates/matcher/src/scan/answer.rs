//! What a match call answers.

use crate::hash::Row;

/// Which signature matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A body or logical signature, by number.
    Signature(u32),
    /// A hash signature, by row of its table.
    Hash(Row),
}

/// One signature that matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    pub found: Found,
    pub logical: bool,
    pub offset: u64,
    /// `HandlerType`: scan the same bytes as this type instead of alerting.
    pub handler: Option<u16>,
}

/// A type pattern at an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeHit {
    pub required: u16,
    pub detected: u16,
    pub offset: u64,
}

/// Why a view was not fully matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The step budget ran out.
    Steps,
    /// A record of the image is damaged.
    Image,
    /// Overlapping sections add up to more than is hashed.
    Sections,
    /// The layer is a picture that was not hashed.
    Picture,
    /// A program has more icons than were compared.
    Icons,
}

/// The perceptual hash of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    Hash([u8; 8]),
    /// It is no picture.
    None,
    /// It may be one, but was not looked at.
    Unseen,
}

/// Where the icons of a program begin.
#[derive(Clone, Debug, Default)]
pub struct Icons {
    pub places: Vec<u64>,
    /// There are more.
    pub more: bool,
}

/// Everything one match call found, in ClamAV's order of reporting.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub matches: Vec<Match>,
    pub types: Vec<TypeHit>,
    pub problems: Vec<Problem>,
}

impl Answer {
    /// True when there is nothing to say about the view.
    pub fn is_empty(&self) -> bool {
        self.matches.is_empty() && self.types.is_empty() && self.problems.is_empty()
    }
}
