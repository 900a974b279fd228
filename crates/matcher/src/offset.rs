//! Where a pattern may begin: the offset field of body signatures and subsignatures.
//!
//! Numbers are cut to 32 bits as ClamAV does, so that the same fields mean the same. Unlike there, an
//! offset and a shift whose sum needs more than 32 bits do not wrap around.

use std::fmt;
use std::sync::Arc;

use crate::leb128;

/// Longest offset field, in characters.
const MAX_LENGTH: usize = 64;
/// Number of macro groups.
const MACRO_GROUPS: u32 = 32;

/// The offset field as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Offset {
    anchor: Anchor,
    /// The match may begin up to this many bytes later.
    shift: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Anchor {
    Any,
    Absolute(u32),
    /// Bytes before the end; the flag says that the target is an executable.
    End(u32, bool),
    EntryPointPlus(u32),
    EntryPointMinus(u32),
    Section(u32, u32),
    LastSection(u32),
    WithinSection(u32),
    VersionInfo,
    Macro(u32),
}

/// What the parser of an executable found in a layer; offsets are file offsets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The headers could be parsed. If not, relative offsets of executable targets never match.
    pub executable: bool,
    pub entry_point: Option<u64>,
    /// (raw start, raw size) of each section.
    pub sections: Vec<(u64, u64)>,
    /// Where the keys of the version information begin, from [`Facts::keys`].
    pub version_info: Arc<[(u64, u64)]>,
}

impl Facts {
    /// The places `keys` as ranges, which all signatures that ask for one share.
    pub fn keys(mut keys: Vec<u64>) -> Arc<[(u64, u64)]> {
        keys.sort_unstable();
        keys.dedup();
        keys.into_iter().map(|key| (key, key)).collect()
    }
}

/// The places where a match may begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Starts {
    Any,
    Never,
    /// From the first to the second, both included.
    Range([(u64, u64); 1]),
    /// Several such ranges, sorted, that do not overlap.
    Ranges(Arc<[(u64, u64)]>),
}

impl Starts {
    /// The ranges, in order.
    pub fn ranges(&self) -> &[(u64, u64)] {
        match self {
            Self::Any => &[(0, u64::MAX)],
            Self::Never => &[],
            Self::Range(range) => range,
            Self::Ranges(ranges) => ranges,
        }
    }

    /// Whether a match may begin at `start`.
    pub fn allows(&self, start: u64) -> bool {
        let ranges = self.ranges();
        let first = ranges.partition_point(|&(_, high)| high < start);
        ranges.get(first).is_some_and(|&(low, _)| low <= start)
    }

    fn range(low: Option<u64>, length: u64) -> Self {
        low.map_or(Self::Never, |low| Self::Range([(low, low.saturating_add(length))]))
    }
}

/// Why an offset field is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffsetError(pub &'static str);

impl fmt::Display for OffsetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for OffsetError {}

impl Offset {
    /// Anywhere.
    pub const ANY: Self = Self { anchor: Anchor::Any, shift: 0 };

    /// Reads an offset field of a signature of `target` (its number).
    pub fn parse(text: &[u8], target: u8) -> Result<Self, OffsetError> {
        if text == b"*" {
            return Ok(Self::ANY);
        }
        if text.len() > MAX_LENGTH {
            return Err(OffsetError("an offset has at most 64 characters"));
        }
        let mut fields = text.split(|byte| *byte == b',');
        let place = fields.next().unwrap_or_default();
        let shift = fields.next().unwrap_or_default();
        if fields.next().is_some() {
            return Err(OffsetError("an offset has at most one shift"));
        }
        let shift = number(shift).ok_or(OffsetError("the shift of an offset is a number"))?;
        let executable = matches!(target, 1 | 6 | 9);
        let anchor = parse_anchor(place, executable)?;
        // ClamAV keeps "anywhere" as this number.
        if anchor == Anchor::Absolute(u32::MAX) {
            return Ok(Self::ANY);
        }
        let executable_only = !matches!(anchor, Anchor::Absolute(_) | Anchor::End(..) | Anchor::Macro(_));
        if executable_only && !executable {
            return Err(OffsetError("this offset needs an executable target (1, 6 or 9)"));
        }
        Ok(Self { anchor, shift })
    }

    /// The group of a macro pattern, which has no place and never alerts by itself.
    pub fn macro_group(&self) -> Option<u32> {
        match self.anchor {
            Anchor::Macro(group) => Some(group),
            _ => None,
        }
    }

    /// Whether a match may begin anywhere.
    pub fn is_any(&self) -> bool {
        matches!(self.anchor, Anchor::Any | Anchor::Macro(_))
    }

    /// The one place where a match can begin whatever the layer holds: bytes from its start, or, with the
    /// flag, from its end.
    pub fn fixed_place(&self) -> Option<(bool, u32)> {
        match self.anchor {
            Anchor::Absolute(at) if self.shift == 0 => Some((false, at)),
            Anchor::End(back, false) if self.shift == 0 => Some((true, back)),
            _ => None,
        }
    }

    /// Whether the place does not depend on the layer.
    pub fn is_absolute(&self) -> bool {
        matches!(self.anchor, Anchor::Absolute(_))
    }

    /// Where a match may begin in a layer of `len` bytes.
    pub fn resolve(&self, facts: &Facts, len: u64) -> Starts {
        let needs_headers = match self.anchor {
            Anchor::Any | Anchor::Macro(_) | Anchor::Absolute(_) => false,
            Anchor::End(_, executable) => executable,
            _ => true,
        };
        if needs_headers && !facts.executable {
            return Starts::Never;
        }
        let section = |index: u32| facts.sections.get(index as usize).copied();
        let plus = |base: Option<u64>, n: u32| base?.checked_add(u64::from(n));
        let shift = u64::from(self.shift);
        let low = match self.anchor {
            Anchor::Any | Anchor::Macro(_) => return Starts::Any,
            Anchor::Absolute(n) => Some(u64::from(n)),
            Anchor::End(n, _) => len.checked_sub(u64::from(n)),
            Anchor::EntryPointPlus(n) => plus(facts.entry_point, n),
            Anchor::EntryPointMinus(n) => facts.entry_point.and_then(|at| at.checked_sub(u64::from(n))),
            Anchor::Section(index, n) => plus(section(index).map(|(start, _)| start), n),
            Anchor::LastSection(n) => plus(facts.sections.last().map(|(start, _)| *start), n),
            Anchor::WithinSection(index) => {
                let Some((start, size)) = section(index) else { return Starts::Never };
                return Starts::range(Some(start), size.saturating_add(shift));
            }
            Anchor::VersionInfo => {
                let keys = Arc::clone(&facts.version_info);
                return if keys.is_empty() { Starts::Never } else { Starts::Ranges(keys) };
            }
        };
        Starts::range(low, shift)
    }

    /// Appends the offset's bytes in the image.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let (kind, values): (u8, &[u32]) = match &self.anchor {
            Anchor::Any => (0, &[]),
            Anchor::Absolute(n) => (1, &[*n]),
            Anchor::End(n, false) => (2, &[*n]),
            Anchor::End(n, true) => (3, &[*n]),
            Anchor::EntryPointPlus(n) => (4, &[*n]),
            Anchor::EntryPointMinus(n) => (5, &[*n]),
            Anchor::Section(index, n) => (6, &[*index, *n]),
            Anchor::LastSection(n) => (7, &[*n]),
            Anchor::WithinSection(index) => (8, &[*index]),
            Anchor::VersionInfo => (9, &[]),
            Anchor::Macro(group) => (10, &[*group]),
        };
        out.push(kind << 1 | u8::from(self.shift != 0));
        for value in values {
            leb128::put(out, *value);
        }
        if self.shift != 0 {
            leb128::put(out, self.shift);
        }
    }

    /// Takes an offset off the front of `code`; None when there is none.
    pub fn decode(code: &mut &[u8]) -> Option<Self> {
        let (&head, rest) = code.split_first()?;
        *code = rest;
        let mut next = || leb128::take(code);
        let anchor = match head >> 1 {
            0 => Anchor::Any,
            1 => Anchor::Absolute(next()?),
            2 => Anchor::End(next()?, false),
            3 => Anchor::End(next()?, true),
            4 => Anchor::EntryPointPlus(next()?),
            5 => Anchor::EntryPointMinus(next()?),
            6 => Anchor::Section(next()?, next()?),
            7 => Anchor::LastSection(next()?),
            8 => Anchor::WithinSection(next()?),
            9 => Anchor::VersionInfo,
            10 => Anchor::Macro(next().filter(|group| *group < MACRO_GROUPS)?),
            _ => return None,
        };
        let shift = if head & 1 == 1 { next()? } else { 0 };
        Some(Self { anchor, shift })
    }
}

fn parse_anchor(place: &[u8], executable: bool) -> Result<Anchor, OffsetError> {
    let digits = |text| number(text).ok_or(OffsetError("not a number in an offset"));
    match place {
        [b'E', b'P', b'+', n @ ..] => Ok(Anchor::EntryPointPlus(digits(n)?)),
        [b'E', b'P', b'-', n @ ..] => Ok(Anchor::EntryPointMinus(digits(n)?)),
        [b'E', b'O', b'F', b'-', n @ ..] => Ok(Anchor::End(digits(n)?, executable)),
        [b'S', b'L', b'+', n @ ..] => Ok(Anchor::LastSection(digits(n)?)),
        [b'S', b'E', n @ ..] if !n.is_empty() => Ok(Anchor::WithinSection(digits(n)?)),
        [b'S', rest @ ..] => {
            let (index, rest) = leading_number(rest);
            let n = rest.strip_prefix(b"+").and_then(|rest| leading_number(rest).0);
            match (index, n) {
                (Some(index), Some(n)) => Ok(Anchor::Section(index, n)),
                _ => Err(OffsetError("a section offset is Sx+n, SL+n or SEx")),
            }
        }
        [b'V', b'I', ..] => Ok(Anchor::VersionInfo),
        [b'$', rest @ ..] => match leading_number(rest).0 {
            Some(group) if group < MACRO_GROUPS => Ok(Anchor::Macro(group)),
            _ => Err(OffsetError("a macro group is $0$ to $31$")),
        },
        _ => Ok(Anchor::Absolute(digits(place)?)),
    }
}

/// A field of digits only, possibly of none, cut to 32 bits.
fn number(text: &[u8]) -> Option<u32> {
    if text.is_empty() {
        return Some(0);
    }
    match leading_number(text) {
        (value, []) => value,
        _ => None,
    }
}

/// The digits that `text` begins with, cut to 32 bits, and what follows.
fn leading_number(text: &[u8]) -> (Option<u32>, &[u8]) {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(count);
    let value = digits
        .iter()
        .fold(0_i64, |value, digit| value.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
    ((count > 0).then_some(value.cast_unsigned() as u32), rest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn starts(text: &str, target: u8, facts: &Facts) -> Starts {
        let offset = Offset::parse(text.as_bytes(), target).unwrap();
        let mut code = Vec::new();
        offset.encode(&mut code);
        code.push(7);
        let mut rest = code.as_slice();
        assert_eq!(Offset::decode(&mut rest), Some(offset));
        assert_eq!(rest, [7]);
        offset.resolve(facts, 20)
    }

    /// Every field below was given to ClamAV 1.4.6.
    #[test]
    fn what_is_refused() {
        for text in [
            "*,", "*,5", "5,5,", "5,,5", ",,", "EOF", "EOF+1", "EOF-a", "EOF-3a", "eof-3", "EP", "EP+a",
            "EP*", "S0+", "S0", "S0-1", "S+0", "SL", "SL-1", "SE", "SE0+1", "SE0a", "SEa", "S0a+1", "SX+1",
            "V", "vi", "ep+1", "$32$", "$$", "$a$", "$-1$", " 5", "5 ", "5a", "-1", "+1", "1-2", "0x10",
        ] {
            assert!(Offset::parse(text.as_bytes(), 1).is_err(), "{text}");
        }
        for text in ["EP+0", "S0+0", "SL+0", "SE0", "VI"] {
            assert!(Offset::parse(text.as_bytes(), 0).is_err(), "{text}");
            assert!(Offset::parse(text.as_bytes(), 6).is_ok(), "{text}");
        }
        let long = |zeros: usize| Offset::parse(format!("5,{}5", "0".repeat(zeros)).as_bytes(), 0);
        assert!(long(61).is_ok());
        assert!(long(62).is_err());
    }

    #[test]
    fn places_without_facts() {
        for (text, low, high) in [
            ("", 0, 0),
            (",5", 0, 5),
            ("5,", 5, 5),
            ("00005", 5, 5),
            ("5,5", 5, 10),
            ("EOF-3", 17, 17),
            ("EOF-", 20, 20),
            ("EOF-20,2", 0, 2),
            ("4294967300", 4, 4),
            ("5,4294967300", 5, 9),
            ("8,4294967295", 8, 4_294_967_303),
        ] {
            assert_eq!(starts(text, 0, &Facts::default()), Starts::Range([(low, high)]), "{text}");
        }
        assert_eq!(starts("EOF-21,50", 0, &Facts::default()), Starts::Never);
        for text in ["*", "4294967295,10", "$3$", "$31"] {
            assert_eq!(starts(text, 0, &Facts::default()), Starts::Any, "{text}");
        }
        assert_eq!(Offset::parse(b"$07$,5", 1).unwrap().macro_group(), Some(7));
    }

    #[test]
    fn places_in_an_executable() {
        let facts = Facts {
            executable: true,
            entry_point: Some(0x410),
            sections: vec![(0x400, 0x200), (0x600, 0x100)],
            version_info: Facts::keys(vec![0x650, 0x620, 0x650]),
        };
        for (text, low, high) in [
            ("EP+0", 0x410, 0x410),
            ("EP-16,4", 0x400, 0x404),
            ("S1+2", 0x602, 0x602),
            ("SL+", 0x600, 0x600),
            ("SE0", 0x400, 0x600),
            ("SE1,1", 0x600, 0x701),
            ("S0+1+9", 0x401, 0x401),
            ("EOF-4", 16, 16),
        ] {
            assert_eq!(starts(text, 1, &facts), Starts::Range([(low, high)]), "{text}");
        }
        for text in ["S2+0", "SE2", "EP-9999", "S99999+1"] {
            assert_eq!(starts(text, 1, &facts), Starts::Never, "{text}");
        }
        let keys = Starts::Ranges([(0x620, 0x620), (0x650, 0x650)].into());
        assert_eq!(starts("VI", 1, &facts), keys);
        assert_eq!(starts("VI+1", 1, &facts), keys);
        for text in ["EP+0", "S0+0", "EOF-4", "VI"] {
            assert_eq!(starts(text, 1, &Facts::default()), Starts::Never, "{text}");
        }
        assert_eq!(starts("7", 1, &Facts::default()), Starts::Range([(7, 7)]));
    }

    #[test]
    fn hostile_code_is_none() {
        for head in 0..=255_u8 {
            let _ = Offset::decode(&mut [head, 0x80].as_slice());
            let _ = Offset::decode(&mut [head, 1, 2, 3].as_slice());
        }
        assert_eq!(Offset::decode(&mut [].as_slice()), None);
        assert_eq!(Offset::decode(&mut [10 << 1, 32].as_slice()), None);
    }
}
