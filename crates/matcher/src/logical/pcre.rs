//! Regular expression subsignatures: `[Offset:]Trigger/regex/flags`.
//!
//! The regex is tried only when its trigger, an expression over earlier subsignatures, is true. It runs over
//! a whole layer, on a subject that *begins* at the offset: `^` matches there and look-behind sees nothing
//! before it. The engine is PCRE2 on bytes.

use pcre2_sys as sys;

use super::code::{Cursor, put_bytes, put_number};
use super::expression::Expression;
pub use super::pcre2::MatchLimits;
use super::pcre2::{Failure, Regex};
use crate::line::{Refusal, malformed, shown};

/// The letters behind the regex.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u16);

impl Flags {
    /// Every letter in the order of its bit, with PCRE2's option for those it knows.
    const LETTERS: [(u8, u32); 10] = [
        (b'g', 0),
        (b'r', 0),
        (b'e', 0),
        (b'i', sys::PCRE2_CASELESS),
        (b's', sys::PCRE2_DOTALL),
        (b'm', sys::PCRE2_MULTILINE),
        (b'x', sys::PCRE2_EXTENDED),
        (b'A', sys::PCRE2_ANCHORED),
        (b'E', sys::PCRE2_DOLLAR_ENDONLY),
        (b'U', sys::PCRE2_UNGREEDY),
    ];

    fn parse(letters: &[u8]) -> Result<Self, Refusal> {
        letters.iter().try_fold(Self::default(), |flags, letter| {
            let bit = Self::LETTERS.iter().position(|(known, _)| known == letter);
            let bit = bit.ok_or_else(|| malformed(format!("unknown regex flag '{}'", letter.escape_ascii())))?;
            Ok(Self(flags.0 | 1 << bit))
        })
    }

    fn has(self, letter: u8) -> bool {
        Self::LETTERS.iter().position(|&(known, _)| known == letter).is_some_and(|bit| self.0 >> bit & 1 == 1)
    }

    /// `g`: count every match, not only the first.
    pub fn global(self) -> bool {
        self.has(b'g')
    }

    /// `r`: the offset is where the search begins, not where the match must.
    pub fn rolling(self) -> bool {
        self.has(b'r')
    }

    /// `e`: the whole match must lie within the offset's range.
    pub fn enclosed(self) -> bool {
        self.has(b'e')
    }

    fn options(self) -> u32 {
        let chosen = Self::LETTERS.iter().filter(|(letter, _)| self.has(*letter));
        chosen.fold(0, |options, (_, option)| options | option)
    }
}

/// A regular expression subsignature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pcre<'a> {
    /// `None` means anywhere. Text for the offset parser; not part of the encoding.
    pub offset: Option<&'a [u8]>,
    pub trigger: Expression,
    pub regex: &'a [u8],
    pub flags: Flags,
}

impl<'a> Pcre<'a> {
    /// Reads subsignature number `index`. The regex is compiled once to know that it can be.
    pub(super) fn parse(text: &'a [u8], index: u8) -> Result<Self, Refusal> {
        let fields = super::split_outside_slashes(text, b':', 0);
        let (offset, body) = match *fields.as_slice() {
            [offset, body] => (Some(offset), body),
            // ClamAV ignores whatever else stands behind a `:`, such as modifiers.
            [body, ..] => (None, body),
            [] => (None, text),
        };
        let wrong = || malformed(format!("{} is not trigger/regex/flags", shown(body)));
        let first = memchr::memchr(b'/', body).ok_or_else(wrong)?;
        let last = memchr::memrchr(b'/', body).filter(|&last| last > first).ok_or_else(wrong)?;
        let trigger = body.get(..first).unwrap_or(&[]);
        let regex = body.get(first + 1..last).unwrap_or(&[]);
        if trigger.is_empty() {
            return Err(malformed("a regex needs a trigger"));
        }
        if regex.is_empty() {
            return Err(malformed("the regex is empty"));
        }
        if offset.is_some_and(|offset| offset.starts_with(b"$")) {
            return Err(malformed("a regex cannot be in a macro group"));
        }
        let trigger = Expression::parse(trigger)?;
        if trigger.highest() >= index {
            return Err(malformed("a regex is triggered by earlier subsignatures only"));
        }
        let pcre = Self { offset, trigger, regex, flags: Flags::parse(body.get(last + 1..).unwrap_or(&[]))? };
        pcre.compile()?;
        Ok(pcre)
    }

    /// Makes the regex ready for use.
    pub fn compile(&self) -> Result<Program, Refusal> {
        Regex::new(self.regex, self.flags.options())
            .map(|regex| Program { regex, flags: self.flags })
            .map_err(|reason| malformed(format!("regex {}: {reason}", shown(self.regex))))
    }

    /// Appends everything but the offset.
    pub fn encode(&self, out: &mut Vec<u8>) {
        put_number(out, self.flags.0.into());
        put_bytes(out, self.regex);
        self.trigger.encode(out);
    }

    /// Reads what [`Self::encode`] wrote.
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor(bytes);
        let flags = Flags(cursor.number().filter(|bits: &u16| usize::from(*bits) < 1 << Flags::LETTERS.len())?);
        let regex = cursor.bytes()?;
        Some(Self { offset: None, trigger: Expression::decode(cursor.0)?, regex, flags })
    }
}

/// A regex ready for use; may be shared between threads.
pub struct Program {
    regex: Regex,
    flags: Flags,
}

/// What a regex found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    pub count: u32,
    /// Start of the last match counted.
    pub last: u64,
    /// A limit of the engine ended the search early: there may be more.
    pub limited: bool,
}

impl Program {
    /// Counts matches in `subject`, a whole layer, up to `want`. `starts` are the inclusive ranges that the
    /// offset allows matches to begin in, `None` when it is anywhere.
    pub fn count(&self, subject: &[u8], starts: Option<&[(u64, u64)]>, want: u32, limits: MatchLimits) -> Hits {
        let mut hits = Hits::default();
        let Some(mut matcher) = self.regex.matcher(limits) else {
            return Hits { limited: true, ..hits };
        };
        let whole = [(0, u64::MAX)];
        for &(first, last) in starts.unwrap_or(&whole) {
            let Some(place) = self.place(subject, first, last) else { continue };
            let mut from = 0;
            while hits.count < want {
                let found = match matcher.find(place.subject, from, place.options) {
                    Ok(Some(found)) if found.start <= place.last_start => found,
                    Err(Failure::Limit) => {
                        hits.limited = true;
                        break;
                    }
                    _ => break,
                };
                hits.count += 1;
                hits.last = first + found.start as u64;
                if !self.flags.global() {
                    break;
                }
                // After an empty match the search moves on by a byte, or it would find it for ever.
                let next = found.end.saturating_add(usize::from(found.is_empty()));
                from = next.max(from.saturating_add(1));
            }
        }
        hits
    }

    fn place<'s>(&self, subject: &'s [u8], first: u64, last: u64) -> Option<Place<'s>> {
        let shift = usize::try_from(last.checked_sub(first)?).unwrap_or(usize::MAX);
        let mut subject = subject.get(usize::try_from(first).ok()?..).filter(|rest| !rest.is_empty())?;
        if shift == 0 && !self.flags.rolling() {
            // Further matches (`g`) are anchored where the one before ended.
            return Some(Place { subject, last_start: usize::MAX, options: sys::PCRE2_ANCHORED });
        }
        if self.flags.enclosed() && shift > 0 {
            subject = subject.get(..shift).unwrap_or(subject);
        }
        let last_start = if shift == 0 || self.flags.enclosed() { usize::MAX } else { shift };
        Some(Place { subject, last_start, options: 0 })
    }
}

/// The subject of one search and where in it matches may begin.
struct Place<'s> {
    subject: &'s [u8],
    last_start: usize,
    options: u32,
}
