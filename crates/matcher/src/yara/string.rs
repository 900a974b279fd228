//! Strings of rules in the languages that the matcher knows: body patterns and regexes.

use super::literal::required;
use super::parser::{RuleString, Value};
use crate::pattern::{self, Modifiers, Pattern, PatternError};

/// Fewer bytes are refused.
const SHORTEST: usize = 2;
/// Every YARA rule is for any kind of file.
const TARGET: u8 = 0;

/// What a string looks for.
pub enum Lowered {
    /// One pattern, or the plain and the wide form.
    Patterns(Vec<Pattern>),
    Regex {
        pattern: Vec<u8>,
        nocase: bool,
        dotall: bool,
        /// A text that is in every match.
        gate: Option<Vec<Pattern>>,
    },
}

/// Translates a string, or says why its rule is left out.
pub fn lower(string: &RuleString<'_>) -> Result<Lowered, String> {
    // As if `ascii` always stood there, which changes nothing but what ClamAV makes of alternatives.
    let ascii = string.modifiers.ascii || !string.modifiers.wide;
    let modifiers = Modifiers { ascii, ..string.modifiers };
    let parse = |text: &[u8]| {
        let said = |error: PatternError| format!("a string is not supported: {}", error.reason);
        pattern::parse(text, modifiers, TARGET).map(Lowered::Patterns).map_err(said)
    };
    match &string.value {
        Value::Text(text) if text.len() < SHORTEST => {
            Err(format!("a text string shorter than {SHORTEST} bytes"))
        }
        Value::Text(text) => parse(&hex_of(text)),
        Value::Hex(inside) => parse(&body_pattern(inside)?),
        Value::Regex { .. } if modifiers.wide => Err("a wide regex".to_owned()),
        Value::Regex { pattern, dotall } => {
            let nocase = modifiers.nocase;
            let folded = Modifiers { nocase, ..Modifiers::default() };
            let gate = required(pattern);
            let gate = gate.and_then(|text| pattern::parse(&hex_of(&text), folded, TARGET).ok());
            Ok(Lowered::Regex { pattern: pattern.clone(), nocase, dotall: *dotall, gate })
        }
    }
}

fn hex_of(text: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or(0);
    text.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A hex string as a body pattern: without blanks, jumps as gaps.
fn body_pattern(inside: &[u8]) -> Result<Vec<u8>, String> {
    let text: Vec<u8> = inside.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_slice();
    let (mut first, mut last) = (None, None);
    while let Some(open) = memchr::memchr(b'[', rest) {
        let (before, jump) = rest.split_at(open);
        let close = memchr::memchr(b']', jump).ok_or("'[' without ']'")?;
        let bounds = jump.get(1..close).unwrap_or(&[]);
        out.extend_from_slice(before);
        out.extend(gap(bounds)?);
        first = first.or(Some(before));
        rest = jump.get(close + 1..).unwrap_or(&[]);
        last = Some(rest);
    }
    // As in ClamAV: it would read such a byte and the jump as one of its own elements.
    if [first, last].into_iter().flatten().any(|part| part.len() == 2) {
        return Err("a single byte before the first or behind the last jump".to_owned());
    }
    out.extend_from_slice(rest);
    Ok(out)
}

fn gap(bounds: &[u8]) -> Result<Vec<u8>, String> {
    let dashes = memchr::memchr_iter(b'-', bounds).count();
    let digits = bounds.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-');
    match bounds {
        b"-" => Ok(b"*".to_vec()),
        [] => Err("an empty jump".to_owned()),
        _ if digits && dashes < 2 => Ok([&b"{"[..], bounds, b"}"].concat()),
        _ => Err("a jump that is not [n], [n-m] or [-]".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_strings_become_body_patterns_as_in_the_peer() {
        for (hex, body) in [
            ("68 65\t6C\n6c", "68656C6c"),
            ("68 6 5 6?", "68656?"),
            ("68 65 [1] 6c 6f", "6865{1}6c6f"),
            ("68 65 [1-2] 6c 6f", "6865{1-2}6c6f"),
            ("68 65 [-] 6c 6f", "6865*6c6f"),
            ("68 65 [2-] 6c [ - 3 ] 6f 6f", "6865{2-}6c{-3}6f6f"),
            ("[2] 68 65 [2]", "{2}6865{2}"),
            ("68 65 (6c | 6d [1] 6e) 6f", "6865(6c|6d{1}6e)6f"),
        ] {
            assert_eq!(body_pattern(hex.as_bytes()), Ok(body.as_bytes().to_vec()), "{hex}");
        }
        for hex in ["68 [1] 65 65", "68 65 [1-2] 65", "68 65 [] 65 65", "68 65 [1-2-3] 65 65", "68 65 [1 65"]
        {
            assert!(body_pattern(hex.as_bytes()).is_err(), "{hex}");
        }
    }
}
