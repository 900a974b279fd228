//! `.idb` lines: `Name:Group1:Group2:Description`.
//!
//! The description is 124 hex digits of either case: the side (2); three coloured and three grey areas, each a
//! mean (3) and a place (2, 2); three bright, dark, edge and plain ones, each a mean and a place (2, 2, 2); the
//! shares of red, green and blue and the percentage of coloured pixels (2 each).

use super::{Area, Areas, Icon};
use crate::hash::line::unhex;
use crate::line::{Refusal, malformed, skipped};

const DIGITS: usize = 124;
const SIDES: [u8; 3] = [16, 24, 32];
/// Largest mean of a coloured area: 255 * sqrt(255), rounded up.
const MOST_COLOUR: u16 = 4072;
/// Shares are rounded, so that they may come to more than a hundred.
const MOST_SHARES: u16 = 103;
const MOST_PERCENT: u8 = 100;

/// A description as the image has it.
pub type Packed = [u8; DIGITS / 2];

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IconLine<'a> {
    pub groups: [&'a [u8]; 2],
    pub description: Packed,
}

/// Reads a line. A name on an ignore list skips the line whatever its digits are.
pub fn parse<'a>(line: &'a [u8], ignored: &dyn Fn(&[u8]) -> bool) -> Result<IconLine<'a>, Refusal> {
    let fields: Vec<&[u8]> = line.splitn(5, |byte| *byte == b':').collect();
    let &[name, first, second, text] = fields.as_slice() else {
        return Err(malformed("an icon has 4 fields"));
    };
    if text.len() != DIGITS {
        return Err(malformed(format!("{} of {DIGITS} digits", text.len())));
    }
    if ignored(name) {
        return Err(skipped("named by an ignore list"));
    }
    let mut description = [0; DIGITS / 2];
    unhex(text, &mut description).ok_or_else(|| malformed("the description is not hex"))?;
    match Icon::unpack(&description).fault() {
        Some(reason) => Err(malformed(reason)),
        None => Ok(IconLine { groups: [first, second], description }),
    }
}

impl Icon {
    /// The description with these digits, whatever they say.
    pub fn unpack(packed: &Packed) -> Self {
        let mut digits = Digits { packed, at: 0 };
        Self {
            side: digits.byte(),
            colour: digits.areas(3),
            grey: digits.areas(3),
            bright: digits.areas(2),
            dark: digits.areas(2),
            edge: digits.areas(2),
            plain: digits.areas(2),
            spread: [digits.byte(), digits.byte(), digits.byte()],
            coloured: digits.byte(),
        }
    }

    /// What no icon can be described as.
    fn fault(&self) -> Option<&'static str> {
        if !SIDES.contains(&self.side) {
            return Some("the side is not 10, 18 or 20");
        }
        let farthest = self.side - self.side / 8;
        let outside = |area: &Area| area.x > farthest || area.y > farthest;
        let all = [&self.colour, &self.grey, &self.bright, &self.dark, &self.edge, &self.plain];
        if all.into_iter().flatten().any(outside) {
            return Some("an area lies outside of the icon");
        }
        if self.colour.iter().chain(&self.grey).any(|area| area.mean > MOST_COLOUR) {
            return Some("an area is more coloured than possible");
        }
        let shares: u16 = self.spread.iter().map(|share| u16::from(*share)).sum();
        if shares > MOST_SHARES || self.coloured > MOST_PERCENT {
            return Some("more than all of the icon is coloured");
        }
        None
    }
}

struct Digits<'a> {
    packed: &'a Packed,
    at: usize,
}

impl Digits<'_> {
    fn number(&mut self, digits: usize) -> u16 {
        (0..digits).fold(0, |value, _| {
            let byte = self.packed.get(self.at / 2).copied().unwrap_or_default();
            let digit = if self.at.is_multiple_of(2) { byte >> 4 } else { byte & 15 };
            self.at += 1;
            value << 4 | u16::from(digit)
        })
    }

    fn byte(&mut self) -> u8 {
        self.number(2) as u8
    }

    fn areas(&mut self, digits: usize) -> Areas {
        std::array::from_fn(|_| Area { mean: self.number(digits), x: self.byte(), y: self.byte() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    /// A description of side `side` whose digits from `at` are `digits`.
    fn description(side: &str, at: usize, digits: &str) -> String {
        let mut text = format!("{side}{}", "0".repeat(DIGITS - 2));
        text.replace_range(at..at + digits.len(), digits);
        text
    }

    #[test]
    fn lines_load_as_in_clamav() {
        let verdict = |line: &str| match parse(line.as_bytes(), &|name| name == b"gone") {
            Ok(_) => '+',
            Err(Refusal::Malformed(_)) => '-',
            Err(Refusal::Skipped(_)) => '~',
        };
        let zero = description("20", 0, "");
        for (expected, line) in [
            ('+', format!("n:a:b:{zero}")),
            ('+', format!(":::{zero}")),
            ('+', format!(" n:a:b:{zero}")),
            ('~', format!("gone:a:b:{zero}")),
            ('~', format!("gone:a:b:{}", description("21", 0, ""))),
            ('~', format!("gone:a:b:{}", description("zz", 0, ""))),
            ('-', "gone:a:b:20".to_owned()),
            ('+', format!("gone (Clam):a:b:{zero}")),
            ('-', String::new()),
            ('-', format!("n:a:{zero}")),
            ('-', format!("n:a:b:{zero}:")),
            ('-', format!("n:a:b:{zero}:1")),
            ('-', format!("n:a:b:{zero}0")),
            ('-', format!("n:a:b:{}", &zero[1..])),
            ('-', format!("n:a:b: {}", &zero[1..])),
        ] {
            assert_eq!(verdict(&line), expected, "{line}");
        }
        for (expected, text) in [
            ('+', description("10", 0, "")),
            ('+', description("18", 0, "")),
            ('-', description("1c", 0, "")),
            ('-', description("00", 0, "")),
            // The first coloured area, the last grey one, the last plain one.
            ('+', description("20", 2, "FE81c1c")),
            ('-', description("20", 2, "0001d00")),
            ('-', description("20", 2, "000001d")),
            ('-', description("20", 2, "fe90000")),
            ('-', description("20", 37, "fe90000")),
            ('-', description("20", 37, "0001d00")),
            ('+', description("20", 110, "ff1c1c")),
            ('-', description("20", 110, "00001d")),
            ('+', description("18", 110, "ff1515")),
            ('-', description("18", 110, "ff1615")),
            ('+', description("10", 110, "ff0e0e")),
            ('-', description("10", 110, "ff0e0f")),
            ('+', description("20", 116, "67000064")),
            ('-', description("20", 116, "68000000")),
            ('-', description("20", 116, "23232200")),
            ('-', description("20", 116, "c8c8c800")),
            ('-', description("20", 116, "00000065")),
        ] {
            assert_eq!(verdict(&format!("n:a:b:{text}")), expected, "{text}");
        }
    }

    #[test]
    fn a_line_is_taken_apart() {
        let text = description("20", 37, "abc1211");
        let line = format!("n:a::{text}");
        let read = parse(line.as_bytes(), &|_| false).unwrap();
        assert_eq!(read.groups, [&b"a"[..], b""]);
        let icon = Icon::unpack(&read.description);
        assert_eq!((icon.side, icon.grey[2]), (32, Area { mean: 0xabc, x: 0x12, y: 0x11 }));
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(line: Vec<u8>, hex in "(n:a:b:(10|18|20)[0-9a-f]{122}|[:0-9a-g]{0,140})") {
            for line in [&line, hex.as_bytes()] {
                let _ = parse(line, &|_| false);
            }
        }
    }
}
