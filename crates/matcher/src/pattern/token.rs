//! Pattern text to tokens. Here the modifiers and ClamAV's rule for `{n}` are applied.

use super::PatternError;
use super::model::{Boundary, Class, Gap, Unit};
use super::parse::Modifiers;

/// `{n}` below this number is `n` times `??`, as long as no other form of brace came before it.
const SHORT_GAP: i64 = 128;
/// The largest distance of `[n-m]`.
const MAX_DISTANCE: u32 = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Unit(Unit),
    Wild(u32),
    Gap(Gap),
    Distance { min: u8, max: u8 },
    Open { negated: bool },
    Bar,
    Close,
    Class(Boundary),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub at: usize,
}

/// The tokens of `text` in its wide or its plain form.
pub(super) fn tokens(text: &[u8], modifiers: Modifiers, wide: bool) -> Result<Vec<Token>, PatternError> {
    // A full word is the same text between two non-alphanumeric boundaries, and exactly that: a `!`
    // at the end of the text negates the second of them, as it does in ClamAV.
    const EDGE: &[u8] = b"(W)";
    if !modifiers.fullword {
        return Lexer::new(text, 0, modifiers, wide).run();
    }
    let wrapped = [EDGE, text, EDGE].concat();
    Lexer::new(&wrapped, EDGE.len(), modifiers, wide).run()
}

struct Lexer<'t> {
    text: &'t [u8],
    at: usize,
    /// Bytes put before the user's text, taken off positions in errors.
    lead: usize,
    modifiers: Modifiers,
    wide: bool,
    short_gaps: bool,
    tokens: Vec<Token>,
}

impl<'t> Lexer<'t> {
    fn new(text: &'t [u8], lead: usize, modifiers: Modifiers, wide: bool) -> Self {
        Self { text, at: 0, lead, modifiers, wide, short_gaps: true, tokens: Vec::new() }
    }

    fn error(&self, reason: &'static str) -> PatternError {
        PatternError { at: self.at.saturating_sub(self.lead), reason }
    }

    fn push(&mut self, kind: Kind, length: usize) {
        self.tokens.push(Token { kind, at: self.at.saturating_sub(self.lead) });
        self.at += length;
    }

    fn run(mut self) -> Result<Vec<Token>, PatternError> {
        while let Some(&byte) = self.text.get(self.at) {
            match byte {
                b'*' => self.push(Kind::Gap(Gap { min: 0, max: None }), 1),
                b'|' => self.push(Kind::Bar, 1),
                b')' => self.push(Kind::Close, 1),
                b'(' => self.open(1, false),
                b'!' if self.text.get(self.at + 1) == Some(&b'(') => self.open(2, true),
                b'!' => return Err(self.error("`!` without a block after it")),
                b'{' => self.brace(b'}')?,
                // Where a byte is no longer one unit, `[n-m]` is an ordinary gap.
                b'[' if self.wide || self.modifiers.fullword => self.brace(b']')?,
                b'[' => self.distance()?,
                _ => self.unit()?,
            }
        }
        Ok(self.tokens)
    }

    fn open(&mut self, length: usize, negated: bool) {
        let class = match self.text.get(self.at + length..self.at + length + 2) {
            Some(b"B)") => Class::Word,
            Some(b"L)") => Class::Line,
            Some(b"W)") if self.wide => Class::WideNonAlphanumeric,
            Some(b"W)") => Class::NonAlphanumeric,
            _ => return self.push(Kind::Open { negated }, length),
        };
        self.push(Kind::Class(Boundary { class, negated }), length + 2);
    }

    fn unit(&mut self) -> Result<(), PatternError> {
        let Some(&[high, low]) = self.text.get(self.at..self.at + 2) else {
            return Err(self.error("half a byte"));
        };
        let (Some(high), Some(low)) = (nibble(high), nibble(low)) else {
            return Err(self.error("neither a hexadecimal digit nor a wildcard"));
        };
        let unit = Unit { value: high.value << 4 | low.value, mask: high.mask << 4 | low.mask };
        self.push(Kind::Unit(unit), 2);
        if self.wide {
            self.push(Kind::Unit(Unit { value: 0, mask: 0xff }), 0);
        }
        Ok(())
    }

    fn content(&self, close: u8) -> Result<&'t [u8], PatternError> {
        let text = self.text.get(self.at + 1..).unwrap_or_default();
        let end = memchr::memchr(close, text).ok_or_else(|| self.error("bracket never closed"))?;
        let content = text.get(..end).unwrap_or_default();
        if content.iter().any(|byte| b"*{".contains(byte)) {
            return Err(self.error("gap within a bracket"));
        }
        Ok(content)
    }

    fn brace(&mut self, close: u8) -> Result<(), PatternError> {
        let content = self.content(close)?;
        if self.short_gaps {
            let (number, rest) = long(content);
            if let (Some(n @ 1..SHORT_GAP), []) = (number, rest) {
                self.push(Kind::Wild(n.cast_unsigned() as u32), content.len() + 2);
                return Ok(());
            }
            self.short_gaps = false;
        }
        let gap = gap(content).ok_or_else(|| self.error("not a gap: {n}, {n-}, {-m} or {n-m}"))?;
        self.push(Kind::Gap(gap), content.len() + 2);
        Ok(())
    }

    fn distance(&mut self) -> Result<(), PatternError> {
        let content = self.content(b']')?;
        let (min, max) = distance(content).ok_or_else(|| self.error("not a distance: [n] or [n-m]"))?;
        if min > max || max > MAX_DISTANCE {
            return Err(self.error("a distance must be a range from 0 to 32"));
        }
        self.push(Kind::Distance { min: min as u8, max: max as u8 }, content.len() + 2);
        Ok(())
    }
}

fn nibble(digit: u8) -> Option<Unit> {
    if digit == b'?' {
        return Some(Unit::ANY);
    }
    (digit as char).to_digit(16).map(|value| Unit { value: value as u8, mask: 0xf })
}

/// A number as the C library reads it: leading blanks, a sign, digits; and what follows.
fn long(text: &[u8]) -> (Option<i64>, &[u8]) {
    let trimmed = text.trim_ascii_start();
    let (negative, digits) = match trimmed {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, trimmed),
    };
    let count = digits.iter().take_while(|digit| digit.is_ascii_digit()).count();
    if count == 0 {
        return (None, text);
    }
    let (number, rest) = digits.split_at(count);
    let value = number
        .iter()
        .fold(0_i64, |value, digit| value.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
    (Some(if negative { -value } else { value }), rest)
}

/// The content of a gap that splits. ClamAV cuts numbers to 32 bits, which decides what it refuses.
fn gap(content: &[u8]) -> Option<Gap> {
    let number = |text: &[u8]| {
        let value = if text.iter().all(u8::is_ascii_digit) { long(text).0? as i32 } else { -1 };
        u32::try_from(value).ok()
    };
    let limit = |max: u32| (max > 0).then_some(max);
    let mut numbers = content.split(|byte| *byte == b'-').filter(|text| !text.is_empty());
    let leading = content.first() == Some(&b'-');
    let (min, max) = match (numbers.next(), numbers.next(), numbers.next()) {
        (None, ..) => (0, None),
        (Some(max), None, _) if leading => (0, limit(number(max)?)),
        (Some(min), None, _) if content.contains(&b'-') => (number(min)?, None),
        (Some(n), None, _) => (number(n)?, limit(number(n)?)),
        (Some(min), Some(max), None) if !leading => (number(min)?, limit(number(max)?)),
        _ => return None,
    };
    Some(Gap { min, max })
}

/// The content of `[n-m]`; what follows two numbers is ignored, as ClamAV does.
fn distance(content: &[u8]) -> Option<(u32, u32)> {
    let (min, rest) = long(content);
    let min = min?.cast_unsigned() as u32;
    let max = rest.strip_prefix(b"-").and_then(|rest| long(rest).0);
    Some((min, max.map_or(min, |max| max.cast_unsigned() as u32)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_as_clamav_reads_them() {
        let none = None;
        for (text, min, max) in [
            ("", 0, none),
            ("-", 0, none),
            ("--", 0, none),
            ("0", 0, none),
            ("0-", 0, none),
            ("-0", 0, none),
            ("0-0", 0, none),
            ("2", 2, Some(2)),
            ("2-", 2, none),
            ("-2", 0, Some(2)),
            ("2-4", 2, Some(4)),
            ("2--4", 2, Some(4)),
            ("2-4-", 2, Some(4)),
            ("4-2", 4, Some(2)),
            ("4294967298-4", 2, Some(4)),
            ("99999999999", 1_215_752_191, Some(1_215_752_191)),
        ] {
            assert_eq!(gap(text.as_bytes()), Some(Gap { min, max }), "{{{text}}}");
        }
        for text in ["a", " 2", "+2-4", "1-2-3", "-2-4", "2147483648", "99999999999999999999", "2 "] {
            assert_eq!(gap(text.as_bytes()), None, "{{{text}}}");
        }
    }

    #[test]
    fn distances_as_clamav_reads_them() {
        for (text, expected) in [
            ("2", (2, 2)),
            ("2-4", (2, 4)),
            ("4-", (4, 4)),
            (" 2-+4", (2, 4)),
            ("2 -4", (2, 2)),
            ("2-4-5", (2, 4)),
            ("4294967298", (2, 2)),
            ("1--2", (1, u32::MAX - 1)),
        ] {
            assert_eq!(distance(text.as_bytes()), Some(expected), "[{text}]");
        }
        for text in ["", "-", "a", "--1"] {
            assert_eq!(distance(text.as_bytes()), None, "[{text}]");
        }
    }
}
