//! The longest text that every match of a regex must contain, where that is easy to see.
//!
//! It decides nothing but whether a regex is tried at all, so doubt means none. Only the outermost sequence is
//! looked at: groups and classes are stepped over, an alternation outside of brackets, inline options and
//! quoting end the search for good.

/// Shorter texts are too frequent to be worth looking for.
const SHORTEST: usize = 2;

/// A run of literal bytes that is, up to case where that is ignored, in every match of `regex`.
pub fn required(regex: &[u8]) -> Option<Vec<u8>> {
    let mut runs = Runs::default();
    let mut rest = regex;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        let literal = match first {
            b'(' => {
                rest = skip_group(after)?;
                None
            }
            b'[' => {
                rest = skip_class(after)?;
                None
            }
            b'.' | b'^' | b'$' => None,
            b'\\' => {
                let literal;
                (literal, rest) = escape(after)?;
                literal
            }
            b'|' | b')' | b'{' | b'*' | b'+' | b'?' => return None,
            byte => Some(byte),
        };
        let quantified;
        (quantified, rest) = quantifier(rest)?;
        match (literal, quantified) {
            (Some(byte), Quantified::Once) => runs.current.push(byte),
            (Some(byte), Quantified::Repeated) => {
                runs.current.push(byte);
                runs.end();
            }
            _ => runs.end(),
        }
    }
    runs.end();
    Some(runs.longest).filter(|longest| longest.len() >= SHORTEST)
}

#[derive(Default)]
struct Runs {
    current: Vec<u8>,
    longest: Vec<u8>,
}

impl Runs {
    fn end(&mut self) {
        let run = std::mem::take(&mut self.current);
        if run.len() > self.longest.len() {
            self.longest = run;
        }
    }
}

enum Quantified {
    Once,
    /// At least once.
    Repeated,
    Optional,
}

/// What stands behind an item. A brace that is no quantifier is literal in PCRE: left alone, for the caller
/// to give up at.
fn quantifier(rest: &[u8]) -> Option<(Quantified, &[u8])> {
    let (kind, rest) = match rest {
        [b'*' | b'?', rest @ ..] => (Quantified::Optional, rest),
        [b'+', rest @ ..] => (Quantified::Repeated, rest),
        [b'{', inside @ ..] => {
            let close = memchr::memchr(b'}', inside)?;
            let (bounds, rest) = inside.split_at_checked(close)?;
            let min = bounds.split(|byte| *byte == b',').next()?;
            if min.is_empty() || !bounds.iter().all(|byte| byte.is_ascii_digit() || *byte == b',') {
                return None;
            }
            let zero = min.iter().all(|digit| *digit == b'0');
            (if zero { Quantified::Optional } else { Quantified::Repeated }, rest.get(1..)?)
        }
        _ => return Some((Quantified::Once, rest)),
    };
    // Lazy or possessive: one more sign that says nothing about what must be there.
    match rest {
        [b'?' | b'+', rest @ ..] => Some((kind, rest)),
        _ => Some((kind, rest)),
    }
}

/// The byte that an escape stands for, if it stands for one.
fn escape(rest: &[u8]) -> Option<(Option<u8>, &[u8])> {
    match rest {
        [b'x', high, low, rest @ ..] => {
            let digit = |byte: &u8| char::from(*byte).to_digit(16);
            Some((Some((digit(high)? << 4 | digit(low)?) as u8), rest))
        }
        [b'n', rest @ ..] => Some((Some(b'\n'), rest)),
        [b'r', rest @ ..] => Some((Some(b'\r'), rest)),
        [b't', rest @ ..] => Some((Some(b'\t'), rest)),
        [b'd' | b'D' | b's' | b'S' | b'w' | b'W' | b'b' | b'B' | b'A' | b'Z' | b'z', rest @ ..] => {
            Some((None, rest))
        }
        [byte, rest @ ..] if !byte.is_ascii_alphanumeric() => Some((Some(*byte), rest)),
        _ => None,
    }
}

/// Steps over a group whose `(` was taken.
fn skip_group(mut rest: &[u8]) -> Option<&[u8]> {
    let mut depth = 1_u32;
    if rest.starts_with(b"?") && !rest.starts_with(b"?:") || rest.starts_with(b"*") {
        return None;
    }
    while depth > 0 {
        let (first, after) = rest.split_first()?;
        rest = after;
        match first {
            b'(' if rest.starts_with(b"?") && !rest.starts_with(b"?:") || rest.starts_with(b"*") => {
                return None;
            }
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'[' => rest = skip_class(rest)?,
            b'\\' => {
                // Quoting hides brackets.
                if rest.first().is_none_or(|letter| matches!(letter, b'Q' | b'E')) {
                    return None;
                }
                rest = rest.get(1..)?;
            }
            _ => {}
        }
    }
    Some(rest)
}

/// Steps over a class whose `[` was taken.
fn skip_class(rest: &[u8]) -> Option<&[u8]> {
    let rest = rest.strip_prefix(b"^").unwrap_or(rest);
    let mut rest = rest.strip_prefix(b"]").unwrap_or(rest);
    loop {
        let (first, after) = rest.split_first()?;
        rest = after;
        match first {
            b']' => return Some(rest),
            b'[' => return None,
            b'\\' if matches!(rest.first(), None | Some(b'Q' | b'E')) => return None,
            b'\\' => rest = rest.get(1..)?,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;
    use crate::logical::{MatchLimits, Program};
    use proptest::prelude::*;

    #[test]
    fn the_longest_run_outside_of_brackets() {
        for (regex, run) in [
            ("hello", Some("hello")),
            ("ab.cde", Some("cde")),
            ("abcd?ef", Some("abc")),
            ("abcd*", Some("abc")),
            ("abcd+ef", Some("abcd")),
            ("abcd{2}ef", Some("abcd")),
            ("abcd{0,2}e", Some("abc")),
            (r"a\.b\x41\n", Some("a.bA\n")),
            (r"foo\d+barb", Some("barb")),
            ("(abc|def)ghi", Some("ghi")),
            ("[a-z]{3}xyz", Some("xyz")),
            ("abc(?:x(y)z)+de", Some("abc")),
            ("ab|cd", None),
            ("a.b", None),
            ("(?i)hello", None),
            ("hel(?=lo)lo", None),
            (r"\Qa|b\E", None),
            ("abc{x}", None),
            ("[[:alpha:]]bcd", None),
            (r"abc\1", None),
        ] {
            assert_eq!(required(regex.as_bytes()), run.map(|run| run.as_bytes().to_vec()), "{regex}");
        }
    }

    proptest! {
        #[test]
        fn every_match_contains_it(regex in "[ab.|()?*+{},12\\\\dx^$\\[\\]-]{0,14}", subject in "[ab1d]{0,24}") {
            if let (Some(run), Ok(program)) =
                (required(regex.as_bytes()), Program::of(regex.as_bytes(), false, false))
            {
                let limits = MatchLimits { steps: 100_000, depth: 1_000 };
                let found = program.count(subject.as_bytes(), None, 1, limits).count > 0;
                prop_assert!(!found || memchr::memmem::find(subject.as_bytes(), &run).is_some(), "{regex} {subject}");
            }
        }
    }
}
