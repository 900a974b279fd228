//! Subsignatures: which kind one is, and its parts.
//!
//! `[Offset:]Pattern[::modifiers]`, `[Offset:]Trigger/regex/flags`, `Sub(Offset#Options#Comparisons)`,
//! `${min-max}Group$`, `fuzzy_img#hash[#0]`. The kind is decided by looking, in this order, for a leading `$`,
//! a `/`, a `(` with two `#`, the word `fuzzy_img#`. Body patterns and offsets stay text here.

use super::bytecompare::ByteCompare;
use super::pcre::Pcre;
use crate::leb128::{put, take, take_byte};
use crate::line::{Refusal, malformed, shown};

/// One subsignature; slices are of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subsig<'a> {
    Body(Body<'a>),
    Pcre(Pcre<'a>),
    ByteCompare(ByteCompare),
    Macro(Macro),
    Picture(Picture),
}

/// A body pattern; each part still text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Body<'a> {
    /// `None` means anywhere; the empty text means 0.
    pub offset: Option<&'a [u8]>,
    pub pattern: &'a [u8],
    pub modifiers: &'a [u8],
}

/// A match of any pattern of macro group `group`, `min..=max` bytes after the start of a match of the
/// preceding subsignature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Macro {
    pub min: u32,
    pub max: u32,
    pub group: u8,
}

/// The perceptual hash that a picture must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture {
    pub hash: [u8; 8],
}

const PICTURE: &[u8] = b"fuzzy_img#";
const MACRO_GROUPS: u32 = 32;

impl<'a> Subsig<'a> {
    /// Reads subsignature number `index` of a signature.
    pub fn parse(text: &'a [u8], index: u8) -> Result<Self, Refusal> {
        if text.is_empty() {
            return Err(malformed("the subsignature is empty"));
        }
        if text.starts_with(b"$") {
            return Macro::parse(text).map(Self::Macro);
        }
        if text.contains(&b'/') {
            return Pcre::parse(text, index).map(Self::Pcre);
        }
        if text.contains(&b'(') && memchr::memchr_iter(b'#', text).nth(1).is_some() {
            return ByteCompare::parse(text).map(Self::ByteCompare);
        }
        if text.starts_with(PICTURE) {
            return Picture::parse(text).map(Self::Picture);
        }
        Body::parse(text).map(Self::Body)
    }
}

impl<'a> Body<'a> {
    fn parse(text: &'a [u8]) -> Result<Self, Refusal> {
        let fields: Vec<&[u8]> = text.split(|&byte| byte == b':').take(5).collect();
        let (offset, pattern, modifiers) = match *fields.as_slice() {
            [offset, pattern] => (Some(offset), pattern, &[][..]),
            [pattern, _, modifiers] => (None, pattern, modifiers),
            [offset, pattern, _, modifiers] => (Some(offset), pattern, modifiers),
            // With too many fields ClamAV looks at the first one only.
            [pattern, ..] => (None, pattern, &[][..]),
            [] => (None, &[][..], &[][..]),
        };
        if pattern.is_empty() {
            return Err(malformed("the pattern is empty"));
        }
        if let Some(odd) = modifiers.iter().find(|letter| !b"iwaf".contains(letter)) {
            return Err(malformed(format!("unknown modifier '{}'", odd.escape_ascii())));
        }
        Ok(Self { offset, pattern, modifiers })
    }
}

impl Macro {
    fn parse(text: &[u8]) -> Result<Self, Refusal> {
        Self::read(text).ok_or_else(|| malformed(format!("{} is not ${{min-max}}group$", shown(text))))
    }

    fn read(text: &[u8]) -> Option<Self> {
        let (range, group) = text.strip_prefix(b"${")?.strip_suffix(b"$").and_then(|inner| {
            let close = memchr::memchr(b'}', inner)?;
            Some((inner.get(..close)?, inner.get(close + 1..)?))
        })?;
        let (min, rest) = crate::line::leading_digits(range.trim_ascii_start())?;
        let (max, rest) = crate::line::leading_digits(rest.strip_prefix(b"-")?.trim_ascii_start())?;
        let (group, _) = crate::line::leading_digits(group.trim_ascii_start())?;
        let group = u8::try_from(group).ok().filter(|&group| u32::from(group) < MACRO_GROUPS)?;
        rest.is_empty().then_some(Self { min, max, group })
    }

    /// Whether a macro match at `found` counts for a match of the preceding subsignature at `start`.
    pub fn reaches(self, start: u64, found: u64) -> bool {
        found
            .checked_sub(start)
            .is_some_and(|distance| (u64::from(self.min)..=u64::from(self.max)).contains(&distance))
    }

    /// Appends the bytes.
    pub fn encode(self, out: &mut Vec<u8>) {
        put(out, self.min);
        put(out, self.max);
        out.push(self.group);
    }

    /// Reads what [`Self::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let (min, max) = (take(&mut rest)?, take(&mut rest)?);
        let group = take_byte(&mut rest).filter(|&group| u32::from(group) < MACRO_GROUPS)?;
        rest.is_empty().then_some(Self { min, max, group })
    }
}

impl Picture {
    fn parse(text: &[u8]) -> Result<Self, Refusal> {
        let mut fields = text.get(PICTURE.len()..).unwrap_or(&[]).split(|&byte| byte == b'#');
        let digits = fields.next().unwrap_or(&[]);
        let hash = std::str::from_utf8(digits)
            .ok()
            .filter(|text| text.len() == 16 && text.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|text| u64::from_str_radix(text, 16).ok())
            .ok_or_else(|| malformed(format!("{} is no picture hash of 16 hex digits", shown(digits))))?;
        if let Some(distance) = fields.next() {
            let distance = distance.strip_prefix(b"+").unwrap_or(distance);
            if distance.is_empty() || distance.iter().any(|&digit| digit != b'0') {
                return Err(malformed("the only picture distance is 0"));
            }
        }
        Ok(Self { hash: hash.to_be_bytes() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use super::*;

    fn body(text: &str) -> Option<Body<'_>> {
        match Subsig::parse(text.as_bytes(), 0) {
            Ok(Subsig::Body(body)) => Some(body),
            _ => None,
        }
    }

    #[test]
    fn fields_of_body_patterns_are_told_apart() {
        for (text, offset, modifiers) in [
            ("6162", None, ""),
            (":6162", Some(&b""[..]), ""),
            ("*:6162::ia", Some(b"*"), "ia"),
            ("6162::f", None, "f"),
            ("6162::f::i", None, ""),
        ] {
            let expected = Body { offset, pattern: b"6162", modifiers: modifiers.as_bytes() };
            assert_eq!(body(text), Some(expected), "{text}");
        }
        assert_eq!(body("6162::F"), None);
    }

    #[test]
    fn macros_reach_from_the_start_of_a_match() {
        let Ok(Subsig::Macro(found)) = Subsig::parse(b"${3-5}31$", 1) else { panic!("a macro") };
        assert_eq!(found, Macro { min: 3, max: 5, group: 31 });
        assert!(found.reaches(10, 13) && found.reaches(10, 15));
        assert!(!found.reaches(10, 12) && !found.reaches(10, 16) && !found.reaches(10, 9));
        let mut bytes = Vec::new();
        found.encode(&mut bytes);
        assert_eq!(Macro::decode(&bytes), Some(found));
        assert_eq!(Macro::decode(&[0, 1, 32]), None);
        for text in [
            "$",
            "${3}7$",
            "${3-}7$",
            "${-3}7$",
            "${3-3}7",
            "${3-3}$",
            "${3-3-3}7$",
            "${a-3}7$",
            "${3-3}7$::i",
        ] {
            assert!(Subsig::parse(text.as_bytes(), 1).is_err(), "{text}");
        }
    }

    #[test]
    fn pictures_have_a_hash_and_no_distance() {
        let Ok(Subsig::Picture(picture)) = Subsig::parse(b"fuzzy_img#0123456789ABCDEF#+00#x", 0) else {
            panic!("a picture")
        };
        assert_eq!(picture.hash, [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]);
        for text in [
            "fuzzy_img#",
            "fuzzy_img#0123456789abcdeg",
            "fuzzy_img#0123456789abcdef#",
            "fuzzy_img#0123456789abcdef#-0",
        ] {
            assert!(Subsig::parse(text.as_bytes(), 0).is_err(), "{text}");
        }
    }
}
