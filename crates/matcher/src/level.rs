//! Functionality levels: which engine a signature is written for.

use std::ops::RangeInclusive;

/// The level this engine claims: that of `ClamAV` 1.4.6, whose verdicts are the reference.
///
/// Found by bisection: 1.4.6 loads a signature whose `MinFL` is 216 and skips one that asks for 217.
/// A higher claim would load signatures written for features of 1.5 and 1.6.
pub const FUNCTIONALITY_LEVEL: u32 = 216;

/// The lowest `MinFL` that a hash of any size must ask for.
pub const WILDCARD_HASHES: u32 = 73;

/// True when a signature for `levels` is meant for this engine.
pub fn applies(levels: &RangeInclusive<u32>) -> bool {
    levels.contains(&FUNCTIONALITY_LEVEL)
}

/// A number as hash files are read: blanks, a sign, leading digits; anything else counts as 0.
///
/// It wraps as C's `atoi` does into an unsigned level: `-1` is the highest, 4294967296 is 0.
pub fn lenient(text: &[u8]) -> u32 {
    let value = leading(text);
    #[allow(clippy::cast_sign_loss)] // wrapping is the point
    let level = value as u32;
    level
}

/// What the leading digits of `text` say, blanks and a sign before them allowed; 0 without any.
pub fn leading(text: &[u8]) -> i64 {
    let (negative, digits) = sign(text);
    let digits = digits.iter().take_while(|byte| byte.is_ascii_digit());
    let value =
        digits.fold(0_i64, |value, digit| value.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
    if negative { value.wrapping_neg() } else { value }
}

/// A decimal number that takes the whole of `text`; blanks before it and a sign are allowed.
pub fn strict(text: &[u8]) -> Option<i64> {
    let (negative, digits) = sign(text);
    if digits.is_empty() {
        return None;
    }
    let value = digits.iter().try_fold(0_i64, |value, digit| {
        let digit = digit.is_ascii_digit().then(|| i64::from(digit - b'0'))?;
        Some(value.saturating_mul(10).saturating_add(digit))
    })?;
    Some(if negative { value.wrapping_neg() } else { value })
}

fn sign(text: &[u8]) -> (bool, &[u8]) {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).count();
    match text.get(blanks..).unwrap_or(&[]) {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] | rest => (false, rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lenient_numbers_are_those_of_the_peer() {
        for (text, value) in [
            ("", 0),
            ("abc", 0),
            ("73x", 73),
            (" 73", 73),
            ("+73", 73),
            ("-1", u32::MAX),
            ("4294967296", 0),
            ("4294967295", u32::MAX),
            ("99999999999999999999", u32::MAX),
        ] {
            assert_eq!(lenient(text.as_bytes()), value, "{text:?}");
        }
    }

    #[test]
    fn strict_numbers_take_all_of_the_text() {
        for (text, value) in [
            ("128", Some(128)),
            ("+128", Some(128)),
            (" 128", Some(128)),
            ("0128", Some(128)),
            ("-5", Some(-5)),
            ("128 ", None),
            ("0x80", None),
            ("", None),
            ("+", None),
            ("*", None),
        ] {
            assert_eq!(strict(text.as_bytes()), value, "{text:?}");
        }
    }
}
