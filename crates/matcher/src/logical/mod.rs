//! Logical signatures (`.ldb/.ldu`): their lines, conditions, expressions and special subsignatures.
//!
//! `Name;Description;Expression;Subsig0;Subsig1;…`. What a line means is read here; body patterns and offsets
//! stay text for the parts that know them.

mod bytecompare;
mod code;
mod cover;
mod evaluate;
mod expression;
mod pcre;
mod pcre2;
mod subsig;
mod tdb;

pub use bytecompare::{ByteCompare, Kind, Order};
pub use cover::Cover;
pub use expression::{Comparison, Expression, MAX_SUBSIGS, Relation, Total};
pub use pcre::{Flags, Hits, MatchLimits, Pcre, Program};
pub use subsig::{Body, Macro, Picture, Subsig};
pub use tdb::{ANY_TYPE, Circumstances, Range, Tdb};

use crate::line::{Refusal, malformed, name};
use crate::magic::FileTypes;

/// One logical signature; slices are of its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logical<'a> {
    pub name: &'a [u8],
    pub tdb: Tdb,
    pub expression: Expression,
    pub subsigs: Vec<Subsig<'a>>,
}

impl<'a> Logical<'a> {
    /// Reads a line for an engine of functionality level `level`.
    ///
    /// The order of the checks is ClamAV's, because a line that is skipped for one reason is not malformed
    /// for another that would come later.
    pub fn parse(line: &'a [u8], level: u32, types: &FileTypes) -> Result<Self, Refusal> {
        let fields = split_outside_slashes(line, b';', 2);
        let (&[name_field, description, expression], texts) =
            fields.split_first_chunk().ok_or_else(|| malformed("fewer than 4 fields"))?;
        if texts.is_empty() {
            return Err(malformed("fewer than 4 fields"));
        }
        if texts.len() > MAX_SUBSIGS {
            return Err(malformed(format!("more than {MAX_SUBSIGS} subsignatures")));
        }
        let expression = Expression::parse(expression)?;
        let highest = expression.highest();
        if texts.len() != usize::from(highest) + 1 {
            return Err(malformed(format!(
                "{} subsignatures, but the highest in the expression is {highest}",
                texts.len()
            )));
        }
        let tdb = Tdb::parse(description, level, types)?;
        let name = name(name_field)?;
        let subsigs = (0..).zip(texts).map(|(index, text)| Subsig::parse(text, index)).collect::<Result<_, _>>()?;
        Ok(Self { name, tdb, expression, subsigs })
    }
}

/// Splits at `delimiter`; from field number `from` on, text between two `/` is never split. A `/` behind a
/// backslash does not count.
fn split_outside_slashes(text: &[u8], delimiter: u8, from: usize) -> Vec<&[u8]> {
    let (mut fields, mut start, mut inside, mut before) = (Vec::new(), 0, false, 0);
    for (at, &byte) in text.iter().enumerate() {
        if byte == delimiter && !inside {
            fields.extend(text.get(start..at));
            start = at + 1;
        } else if byte == b'/' && before != b'\\' && fields.len() >= from {
            inside = !inside;
        }
        before = byte;
    }
    fields.extend(text.get(start..));
    fields
}
