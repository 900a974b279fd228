//! `.cfg`: switches for parts of the engine.
//!
//! `Category:0xFlags[:MinFL[:MaxFL]]`. A line that begins with no known category means nothing, in one for
//! another engine nothing is looked at. What is kept is `Category:flags`, the flags in decimal.

use crate::level::{self, FUNCTIONALITY_LEVEL};
use crate::line::{Refusal, malformed, skipped};

const CATEGORIES: [&[u8]; 11] = [
    b"PE",
    b"ELF",
    b"MACHO",
    b"ARCHIVE",
    b"DOCUMENT",
    b"MAIL",
    b"OTHER",
    b"PHISHING",
    b"BYTECODE",
    b"STATS",
    b"PCRE",
];

pub(super) fn read(line: &[u8]) -> Result<Vec<u8>, Refusal> {
    let colon = memchr::memchr(b':', line).unwrap_or(line.len());
    let (category, rest) = line.split_at_checked(colon).unwrap_or((line, &[]));
    if rest.is_empty() || !CATEGORIES.contains(&category) {
        return Err(skipped("no category of switches"));
    }
    // Empty fields do not count.
    let mut fields = rest.split(|byte| *byte == b':').filter(|field| !field.is_empty());
    let flags = rest.get(1..).and_then(hexadecimal);
    fields.next();
    let in_range = |field: Option<&[u8]>, fits: fn(u32) -> bool| {
        field.is_none_or(|text| text.first().is_some_and(u8::is_ascii_digit) && fits(level::lenient(text)))
    };
    if !in_range(fields.next(), |min| min <= FUNCTIONALITY_LEVEL)
        || !in_range(fields.next(), |max| max >= FUNCTIONALITY_LEVEL)
    {
        return Err(skipped("meant for another engine"));
    }
    let flags = flags.ok_or_else(|| malformed("the flags are no number 0x…"))?;
    Ok([category, format!(":{flags}").as_bytes()].concat())
}

/// The number that `text` begins with; more than 64 bits are all ones, of the rest the lower half counts.
fn hexadecimal(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"0x")?;
    let end = digits.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(digits.len());
    let digits = std::str::from_utf8(digits.get(..end)?).ok().filter(|digits| !digits.is_empty())?;
    let significant = digits.trim_start_matches('0');
    let value = if significant.len() > 16 { u64::MAX } else { u64::from_str_radix(digits, 16).ok()? };
    Some(value as u32)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;

    #[test]
    fn lines_load_as_in_clamav() {
        for (line, kept) in [
            ("PE:0x10:1:255", "PE:16"),
            ("PE:0x1g:1:255", "PE:1"),
            ("PE:0x10", "PE:16"),
            ("PE:0x10::", "PE:16"),
            ("PE:0x10:1:", "PE:16"),
            ("PE:0x10:1:255:x", "PE:16"),
            ("PE:0x10:1x:255x", "PE:16"),
            ("PE:0x10:1::255", "PE:16"),
            ("PE:0x10:216:216", "PE:16"),
            ("PE:0x1 f", "PE:1"),
            ("PE:0x100000010", "PE:16"),
            ("PE:0x11111111111111111111", "PE:4294967295"),
            ("PE:0x0000000000000000000010", "PE:16"),
            ("STATS:0x1", "STATS:1"),
        ] {
            assert_eq!(read(line.as_bytes()).expect(line), kept.as_bytes(), "{line}");
        }
        for line in [
            "",
            ":",
            "PE",
            "pe:0xzz",
            " PE:0xzz",
            "PE :0xzz",
            "PEX:0xzz",
            "PE:0xzz:300:400",
            "PE:0xzz:1:215",
            "PE:0xzz:a:216",
            "PE:0xzz::255",
            "PE:0xzz:-1:255",
            "PE:0xzz:1:a",
            "PE:0xzz: 1:255",
            "PE:0xzz:1:4294967296",
            "PE:0xzz:1::215",
            "PE:0xzz:0:0",
        ] {
            assert!(read(line.as_bytes()).is_err_and(|refusal| !refusal.is_malformed()), "{line}");
        }
        for line in [
            "PE:",
            "PE:10",
            "PE:0x",
            "PE:0xg",
            "PE:0X10",
            "PE:-1",
            "PE: 0x10",
            "PE::0x10",
            "PE:0xzz",
            "PE:0xzz:",
            "PE:0xzz::",
            "PE:0xzz:1:",
            "PE:0xzz:1x:255",
            "PE:0xzz:0001:0255",
            "PCRE:0xzz:1:255",
        ] {
            assert!(read(line.as_bytes()).is_err_and(|refusal| refusal.is_malformed()), "{line}");
        }
    }
}
