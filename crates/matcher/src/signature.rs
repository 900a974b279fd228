//! The records of body and logical signatures in the image.
//!
//! Record: source (u16 as varint), name (length-prefixed), then by kind
//! * body: atom;
//! * logical: target description block, expression (both length-prefixed), number of subsignatures, each a
//!   tag byte and an atom number or a length-prefixed code;
//! * magic: required type, detected type, atom;
//! * rule: a byte that is 1 for private rules, condition (length-prefixed), number of strings, each an atom
//!   number times two, or an odd number (flags times two), a length-prefixed regex and 0 or the number,
//!   plus one, of an atom that must match where the regex does.
//!
//! What must be known of every activated signature without reading its record is its class byte.

use crate::leb128::{put, put_bytes, take, take_byte, take_bytes};

/// What kind of signature a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Body = 0,
    Logical = 1,
    Magic = 2,
    Rule = 3,
}

/// Target and kind in one byte, a column of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class(pub u8);

impl Class {
    pub fn new(kind: Kind, target: u8) -> Self {
        Self((target & 15) | (kind as u8) << 4)
    }

    pub fn target(self) -> u8 {
        self.0 & 15
    }

    pub fn kind(self) -> Option<Kind> {
        match self.0 >> 4 {
            0 => Some(Kind::Body),
            1 => Some(Kind::Logical),
            2 => Some(Kind::Magic),
            3 => Some(Kind::Rule),
            _ => None,
        }
    }
}

/// A subsignature as stored; codes belong to `logical`.
#[derive(Clone, Copy, Debug)]
pub enum Stored<'a> {
    Body(u32),
    Pcre(&'a [u8]),
    ByteCompare(&'a [u8]),
    Macro(&'a [u8]),
    Picture(&'a [u8]),
}

/// A string of a rule as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleString<'a> {
    Body(u32),
    Regex {
        pattern: &'a [u8],
        nocase: bool,
        dotall: bool,
        /// Without a match of this atom the regex has none.
        gate: Option<u32>,
    },
}

/// What follows source and name.
pub enum Content<'a> {
    Body { atom: u32 },
    Logical { block: &'a [u8], expression: &'a [u8], subsignatures: Vec<Stored<'a>> },
    Magic { required: u16, detected: u16, atom: u32 },
    Rule { private: bool, condition: &'a [u8], strings: Vec<RuleString<'a>> },
}

/// A record read from the image.
pub struct Record<'a> {
    pub source: u16,
    pub name: &'a [u8],
    pub content: Content<'a>,
}

/// No logical signature has more subsignatures (compat 1.11).
const MOST_SUBSIGNATURES: u64 = 64;
/// Conditions number strings with a byte.
const MOST_STRINGS: u64 = 256;

impl<'a> Record<'a> {
    /// Appends the record.
    pub fn encode(&self, out: &mut Vec<u8>) {
        put(out, self.source);
        put_bytes(out, self.name);
        match &self.content {
            Content::Body { atom } => put(out, *atom),
            Content::Magic { required, detected, atom } => {
                put(out, *required);
                put(out, *detected);
                put(out, *atom);
            }
            Content::Logical { block, expression, subsignatures } => {
                put_bytes(out, block);
                put_bytes(out, expression);
                put(out, subsignatures.len() as u64);
                for subsignature in subsignatures {
                    subsignature.encode(out);
                }
            }
            Content::Rule { private, condition, strings } => {
                out.push(u8::from(*private));
                put_bytes(out, condition);
                put(out, strings.len() as u64);
                for string in strings {
                    string.encode(out);
                }
            }
        }
    }

    /// Reads the record at the start of `bytes`; None when it is damaged.
    pub fn decode(kind: Kind, mut bytes: &'a [u8]) -> Option<Self> {
        let input = &mut bytes;
        let source = take(input)?;
        let name = take_bytes(input)?;
        let content = match kind {
            Kind::Body => Content::Body { atom: take(input)? },
            Kind::Magic => {
                Content::Magic { required: take(input)?, detected: take(input)?, atom: take(input)? }
            }
            Kind::Logical => {
                let block = take_bytes(input)?;
                let expression = take_bytes(input)?;
                let count = take::<u64>(input)?.min(MOST_SUBSIGNATURES);
                let subsignatures = (0..count).map(|_| Stored::decode(input)).collect::<Option<_>>()?;
                Content::Logical { block, expression, subsignatures }
            }
            Kind::Rule => {
                let private = take_byte(input)? != 0;
                let condition = take_bytes(input)?;
                let count = take::<u64>(input)?.min(MOST_STRINGS);
                let strings = (0..count).map(|_| RuleString::decode(input)).collect::<Option<_>>()?;
                Content::Rule { private, condition, strings }
            }
        };
        Some(Self { source, name, content })
    }
}

impl<'a> RuleString<'a> {
    fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Body(atom) => put(out, u64::from(atom) << 1),
            Self::Regex { pattern, nocase, dotall, gate } => {
                put(out, 1 | u64::from(nocase) << 1 | u64::from(dotall) << 2);
                put_bytes(out, pattern);
                put(out, gate.map_or(0, |atom| u64::from(atom) + 1));
            }
        }
    }

    fn decode(input: &mut &'a [u8]) -> Option<Self> {
        let head: u64 = take(input)?;
        if head & 1 == 0 {
            return Some(Self::Body(u32::try_from(head >> 1).ok()?));
        }
        let pattern = take_bytes(input)?;
        let gate = match take::<u64>(input)? {
            0 => None,
            atom => Some(u32::try_from(atom - 1).ok()?),
        };
        Some(Self::Regex { pattern, nocase: head & 2 != 0, dotall: head & 4 != 0, gate })
    }
}

impl<'a> Stored<'a> {
    fn encode(&self, out: &mut Vec<u8>) {
        let (tag, code) = match *self {
            Self::Body(atom) => {
                out.push(0);
                return put(out, atom);
            }
            Self::Pcre(code) => (1, code),
            Self::ByteCompare(code) => (2, code),
            Self::Macro(code) => (3, code),
            Self::Picture(code) => (4, code),
        };
        out.push(tag);
        put_bytes(out, code);
    }

    fn decode(input: &mut &'a [u8]) -> Option<Self> {
        Some(match take_byte(input)? {
            0 => Self::Body(take(input)?),
            1 => Self::Pcre(take_bytes(input)?),
            2 => Self::ByteCompare(take_bytes(input)?),
            3 => Self::Macro(take_bytes(input)?),
            4 => Self::Picture(take_bytes(input)?),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn noise_never_panics(noise in prop::collection::vec(any::<u8>(), 0..80)) {
            for kind in [Kind::Body, Kind::Logical, Kind::Magic, Kind::Rule] {
                let _ = Record::decode(kind, &noise);
            }
        }

        #[test]
        fn logical_records_come_back(
            source in any::<u16>(),
            name in prop::collection::vec(any::<u8>(), 0..40),
            codes in prop::collection::vec((0u8..5, prop::collection::vec(any::<u8>(), 0..9)), 0..64),
        ) {
            let subsignatures = codes.iter().map(|(tag, code)| match tag {
                0 => Stored::Body(code.len() as u32 * 1000),
                1 => Stored::Pcre(code),
                2 => Stored::ByteCompare(code),
                3 => Stored::Macro(code),
                _ => Stored::Picture(code),
            }).collect();
            let content = Content::Logical { block: b"block", expression: b"expr", subsignatures };
            let mut out = Vec::new();
            Record { source, name: &name, content }.encode(&mut out);
            let record = Record::decode(Kind::Logical, &out).expect("own record");
            prop_assert_eq!(record.source, source);
            prop_assert_eq!(record.name, &name[..]);
            let mut again = Vec::new();
            record.encode(&mut again);
            prop_assert_eq!(again, out);
        }
    }
}
