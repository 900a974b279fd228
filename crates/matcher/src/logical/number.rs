//! Numbers in byte comparisons: as C's `strtoll` reads them, in signatures and in data.

/// Without the blanks in front, as C's `isspace` sees them.
pub fn trimmed(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !matches!(byte, b'\t'..=b'\r' | b' ')).unwrap_or(text.len());
    text.get(end..).unwrap_or(&[])
}

/// What follows a leading `0x`.
pub fn without_prefix(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X"))
}

/// Which digits a number may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Base {
    Decimal,
    Hex,
    /// Hex after `0x`, octal after `0`, else decimal.
    Any,
}

/// A number as C's `strtoll` reads it (blanks, sign, prefix, digits) and what follows it. Too large a number
/// stays far outside of 64 bits.
pub fn c_number(text: &[u8], base: Base) -> Option<(i128, &[u8])> {
    let text = trimmed(text);
    let (sign, text, signed) = match text.split_first()? {
        (b'-', rest) => (-1, rest, true),
        (b'+', rest) => (1, rest, true),
        _ => (1, text, false),
    };
    let digit = |byte: &u8, radix| char::from(*byte).to_digit(radix);
    let hex = without_prefix(text).filter(|rest| rest.first().is_some_and(|byte| digit(byte, 16).is_some()));
    let (radix, digits) = match (hex, base) {
        (Some(rest), Base::Any) => (16, rest),
        // Data differs from C here: ClamAV knows no prefix behind a sign.
        (Some(rest), Base::Hex) if !signed => (16, rest),
        (_, Base::Hex) => (16, text),
        (None, Base::Any) if text.starts_with(b"0") => (8, text),
        _ => (10, text),
    };
    let end = digits.iter().position(|byte| digit(byte, radix).is_none()).unwrap_or(digits.len());
    let (number, rest) = digits.split_at_checked(end)?;
    if number.is_empty() {
        return None;
    }
    let value = number
        .iter()
        .filter_map(|byte| digit(byte, radix))
        .fold(0_i128, |value, digit| value.saturating_mul(radix.into()).saturating_add(digit.into()));
    Some((value.saturating_mul(sign), rest))
}

/// The nearest number of 64 bits: what `strtoll` makes of numbers in signatures.
pub fn clamped(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}
