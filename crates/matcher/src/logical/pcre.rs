//! Regular expression subsignatures: `[Offset:]Trigger/regex/flags`.
//!
//! The regex is tried only when its trigger, an expression over earlier subsignatures, is true. It runs over
//! a whole layer, on a subject that *begins* at the offset: `^` matches there and look-behind sees nothing
//! before it. The engine is PCRE2 on bytes.

use pcre2_sys as sys;

use super::expression::Expression;
pub use super::pcre2::MatchLimits;
use super::pcre2::{Failure, Regex};
use crate::leb128::{put, put_bytes, take, take_bytes};
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
            let bit =
                bit.ok_or_else(|| malformed(format!("unknown regex flag '{}'", letter.escape_ascii())))?;
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
        Program::new(self.regex, self.flags)
    }

    /// Appends everything but the offset.
    pub fn encode(&self, out: &mut Vec<u8>) {
        put(out, self.flags.0);
        put_bytes(out, self.regex);
        self.trigger.encode(out);
    }

    /// Reads what [`Self::encode`] wrote.
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = bytes;
        let flags =
            Flags(take(&mut rest).filter(|bits: &u16| usize::from(*bits) < 1 << Flags::LETTERS.len())?);
        let regex = take_bytes(&mut rest)?;
        Some(Self { offset: None, trigger: Expression::decode(rest)?, regex, flags })
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
    /// A regex without a trigger or offset, for its first match.
    pub fn of(regex: &[u8], nocase: bool, dotall: bool) -> Result<Self, Refusal> {
        let letters = [(nocase, b'i'), (dotall, b's')].into_iter().filter(|(chosen, _)| *chosen);
        let flags = Flags::parse(&letters.map(|(_, letter)| letter).collect::<Vec<_>>())?;
        Self::new(regex, flags)
    }

    fn new(regex: &[u8], flags: Flags) -> Result<Self, Refusal> {
        Regex::new(regex, flags.options())
            .map(|regex| Self { regex, flags })
            .map_err(|reason| malformed(format!("regex {}: {reason}", shown(regex))))
    }

    /// Counts matches in `subject`, a whole layer, up to `want`. `starts` are the inclusive ranges that the
    /// offset allows matches to begin in, `None` when it is anywhere.
    pub fn count(
        &self,
        subject: &[u8],
        starts: Option<&[(u64, u64)]>,
        want: u32,
        limits: MatchLimits,
    ) -> Hits {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;
    use proptest::prelude::*;

    const LIMITS: MatchLimits = MatchLimits { steps: 100_000, depth: 2_000 };

    fn count(text: &str, starts: Option<(u64, u64)>, subject: &[u8]) -> u32 {
        let pcre = Pcre::parse(text.as_bytes(), 1).expect("parses");
        let starts = starts.map(|range| [range]);
        pcre.compile()
            .expect("compiles")
            .count(subject, starts.as_ref().map(|s| &s[..]), u32::MAX, LIMITS)
            .count
    }

    #[test]
    fn flags_and_offsets_mean_what_they_mean_in_clamav() {
        assert_eq!(count("0/aa/", None, b"xaaaa"), 1);
        assert_eq!(count("0/aa/g", None, b"xaaaa"), 2);
        assert_eq!(count("0/AA/ig", None, b"aaaa"), 2);
        assert_eq!(count("0/a.b/", None, b"a\nb"), 0);
        assert_eq!(count("0/a.b/s", None, b"a\nb"), 1);
        assert_eq!(count("0/\\xff\\x00/", None, b"\xff\0"), 1);
        assert_eq!(count("0/x*/g", None, b"axxb"), 4, "empty matches end");
        assert_eq!(count("0/ab/", Some((2, 2)), b"xxab"), 1);
        assert_eq!(count("0/ab/", Some((1, 1)), b"xxab"), 0, "anchored");
        assert_eq!(count("0/ab/r", Some((1, 1)), b"xxab"), 1, "rolling");
        assert_eq!(count("0/ab/", Some((0, 2)), b"xxab"), 1);
        assert_eq!(count("0/ab/", Some((0, 1)), b"xxab"), 0, "starts too late");
        assert_eq!(count("0/ab/e", Some((0, 3)), b"xxab"), 0, "ends too late");
        assert_eq!(count("0/ab/e", Some((0, 4)), b"xxab"), 1);
        assert_eq!(count("0/^ab/", Some((2, 2)), b"xxab"), 1, "the subject begins at the offset");
        assert_eq!(count("0/(?<=x)ab/", Some((2, 2)), b"xxab"), 0);
        assert_eq!(count("0/./g", Some((1, 1)), b"abc"), 2, "anchored one behind the other");
        assert_eq!(count("0/^/", Some((3, 3)), b"abc"), 0, "nothing is there");
    }

    #[test]
    fn texts_load_as_in_clamav() {
        for case in [
            "+0/abc/",
            "+0/abc/gresimxAEU",
            "-0/abc/q",
            "-/abc/",
            "-0/abc",
            "-0//",
            "+0/a:b/",
            "+0/a/b/",
            "-1/abc/",
            "-x/abc/",
            "+0=0/abc/",
            "-0/(/",
            "+0/abc/::i",
            "-0/abc/:i",
            "+5,3:0/abc/",
            "-1:2:0/abc/",
            "-0/abc/ g",
            "+0/abc/gi/",
            "-$1$:0/abc/",
            "+(0)/abc/",
            "-0/a\\/",
            "-0/(?=a)\\1/",
            "-5:0/abc/::i",
        ] {
            let (expected, text) = case.split_at(1);
            let loads = Pcre::parse(text.as_bytes(), 1).is_ok();
            assert_eq!(if loads { "+" } else { "-" }, expected, "{text}");
        }
    }

    #[test]
    fn a_limit_is_told() {
        let pcre = Pcre::parse(b"0/(a+)+$/", 1).expect("parses");
        let hits =
            pcre.compile().expect("compiles").count(&[b"a".repeat(64), vec![b'b']].concat(), None, 1, LIMITS);
        assert_eq!((hits.count, hits.limited), (0, true));
    }

    #[test]
    fn a_program_is_shared_between_threads() {
        let pcre = Pcre::parse(b"0/a(.)\\1/g", 1).expect("parses");
        let program = pcre.compile().expect("compiles");
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        assert_eq!(program.count(b"abbaccadc", None, 9, LIMITS).count, 2);
                    }
                });
            }
        });
    }

    proptest! {
        #[test]
        fn encodings_come_back_and_any_bytes_decode_or_not(bytes: Vec<u8>) {
            let _ = Pcre::decode(&bytes);
            let pcre = Pcre::parse(b"0=2|0/ab+/giU", 1).expect("parses");
            let mut encoded = Vec::new();
            pcre.encode(&mut encoded);
            prop_assert_eq!(Pcre::decode(&encoded), Some(pcre));
        }

        #[test]
        fn hostile_expressions_and_subjects_end(
            regex in "[ab.*+?()|\\\\Kbg1{},0-9^$=!<:-]{1,16}", flags in "[gresimxAEU]{0,3}", subject in "[ab\n]{0,40}",
            from in 0_u64..50, shift in 0_u64..9,
        ) {
            if let Ok(pcre) = Pcre::parse(format!("0/{regex}/{flags}").as_bytes(), 1) {
                let program = pcre.compile().expect("compiled before");
                program.count(subject.as_bytes(), Some(&[(from, from + shift)]), 100, LIMITS);
            }
        }
    }
}
