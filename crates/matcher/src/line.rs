//! What the text lines of signature files share: why one is refused, names, numbers, functionality levels.

use std::borrow::Cow;
use std::fmt;

/// Why a line gives no signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The line is wrong: the file, and with it the whole load, fails.
    Malformed(Cow<'static, str>),
    /// The line is meant for another engine: it is left out without a word.
    Skipped(Cow<'static, str>),
}

impl Refusal {
    /// True when the load must fail.
    pub fn is_malformed(&self) -> bool {
        matches!(self, Self::Malformed(_))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(reason) | Self::Skipped(reason) => out.write_str(reason),
        }
    }
}

impl std::error::Error for Refusal {}

pub(crate) fn malformed(reason: impl Into<Cow<'static, str>>) -> Refusal {
    Refusal::Malformed(reason.into())
}

pub(crate) fn skipped(reason: impl Into<Cow<'static, str>>) -> Refusal {
    Refusal::Skipped(reason.into())
}

/// Bytes of a line as they are shown in a reason.
pub(crate) fn shown(text: &[u8]) -> String {
    let cut = text.get(..48).unwrap_or(text);
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("'{}{more}'", cut.escape_ascii())
}

/// The signature's name: what stands before the literal ` (Clam)`, and not nothing.
pub fn name(text: &[u8]) -> Result<&[u8], Refusal> {
    const OLD_SUFFIX: &[u8] = b" (Clam)";
    let end = memchr::memmem::find(text, OLD_SUFFIX).unwrap_or(text.len());
    match text.get(..end) {
        Some(name) if !name.is_empty() => Ok(name),
        _ => Err(malformed("the name is empty")),
    }
}

/// A field of decimal digits only; the empty field is 0. Numbers too large stay at the largest.
pub(crate) fn digits(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0_u32, |value, byte| {
        byte.is_ascii_digit().then(|| value.saturating_mul(10).saturating_add(u32::from(byte - b'0')))
    })
}

/// Splits off a decimal number of at least one digit.
pub(crate) fn leading_digits(text: &[u8]) -> Option<(u32, &[u8])> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end)?;
    if number.is_empty() { None } else { Some((digits(number)?, rest)) }
}

/// Checks the optional `MinFL:MaxFL` fields at a line's end against the engine's `level`.
pub(crate) fn check_level(min: Option<&[u8]>, max: Option<&[u8]>, level: u32) -> Result<(), Refusal> {
    let number = |text: &[u8]| {
        digits(text).ok_or_else(|| malformed(format!("functionality level {} is no number", shown(text))))
    };
    if min.map(number).transpose()?.is_some_and(|min| min > level) {
        return Err(skipped("needs a newer engine"));
    }
    if max.map(number).transpose()?.is_some_and(|max| max < level) {
        return Err(skipped("meant for an older engine"));
    }
    Ok(())
}

/// The largest target number; lines with a larger one are for a newer engine.
const LAST_TARGET: u32 = 14;

/// A target number in range; `value` is what [`digits`] made of the field.
pub(crate) fn check_target(value: u32) -> Result<u8, Refusal> {
    match u8::try_from(value) {
        Ok(target) if value <= LAST_TARGET => Ok(target),
        _ => Err(skipped(format!("unknown target {value}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_suffix_is_cut_from_names() {
        assert_eq!(name(b"Worm.A (Clam)"), Ok(&b"Worm.A"[..]));
        assert_eq!(name(b"Worm (Clam).B"), Ok(&b"Worm"[..]));
        assert_eq!(name(b"Worm(Clam)"), Ok(&b"Worm(Clam)"[..]));
        assert!(name(b"").is_err() && name(b" (Clam)").is_err());
    }

    #[test]
    fn numbers_never_wrap() {
        assert_eq!(digits(b""), Some(0));
        assert_eq!(digits(b"007"), Some(7));
        assert_eq!(digits(b"99999999999999999999"), Some(u32::MAX));
        assert_eq!(digits(b"1x"), None);
        assert_eq!(leading_digits(b"12,3"), Some((12, &b",3"[..])));
        assert_eq!(leading_digits(b",3"), None);
    }
}
