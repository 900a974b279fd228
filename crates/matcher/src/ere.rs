//! POSIX extended regular expressions, as file name conditions and exclude options are written in.
//!
//! ClamAV carries the BSD engine, so the dialect is BSD's: bytes, case-sensitive, unanchored; `\<` and `\>` are
//! word boundaries and every other backslash only takes a character's meaning away (`\d` is the letter d,
//! `\1` the digit 1: there are no back-references). A leading `(?i)` ignores case. The expression is translated
//! for the `regex` crate, which takes linear time whatever the text.

use std::borrow::Cow;
use std::fmt::Write;
use std::ops::RangeInclusive;

use regex::bytes::{Regex, RegexBuilder};

/// Why an expression cannot be used.
pub type Reason = Cow<'static, str>;

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Ere(Regex);

/// Most a `{n,m}` may ask for.
const MAX_REPEAT: u32 = 255;
const MAX_DEPTH: u32 = 200;
/// Bytes that a compiled expression may take: nested repeats grow fast.
const MAX_SIZE: usize = 4 << 20;

impl Ere {
    /// Compiles `pattern`.
    pub fn new(pattern: &[u8]) -> Result<Self, Reason> {
        let (pattern, ignore_case) = match pattern.strip_prefix(b"(?i)") {
            Some(rest) => (rest, true),
            None => (pattern, false),
        };
        let mut parser = Parser { text: pattern, out: String::new(), depth: 0 };
        parser.alternatives()?;
        RegexBuilder::new(&parser.out)
            .unicode(false)
            .dot_matches_new_line(true)
            .case_insensitive(ignore_case)
            .size_limit(MAX_SIZE)
            .build()
            .map(Self)
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => Reason::Borrowed("the expression is too large"),
                error => Reason::Owned(error.to_string()),
            })
    }

    /// Whether it matches anywhere in `text`.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.0.is_match(text)
    }
}

/// What is left of the text, and its translation so far.
struct Parser<'a> {
    text: &'a [u8],
    out: String,
    /// Groups that are open.
    depth: u32,
}

impl Parser<'_> {
    /// An unmatched `)` is a character like any other.
    fn at_end(&self) -> bool {
        match self.peek() {
            None | Some(b'|') => true,
            Some(b')') => self.depth > 0,
            _ => false,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.first().copied()
    }

    fn take(&mut self) -> Option<u8> {
        let (&byte, rest) = self.text.split_first()?;
        self.text = rest;
        Some(byte)
    }

    fn eat(&mut self, prefix: &[u8]) -> bool {
        let rest = self.text.strip_prefix(prefix);
        self.text = rest.unwrap_or(self.text);
        rest.is_some()
    }

    fn literal(&mut self, byte: u8) {
        push_byte(&mut self.out, byte);
    }

    fn alternatives(&mut self) -> Result<(), Reason> {
        loop {
            if self.at_end() {
                return Err("an alternative is empty".into());
            }
            while !self.at_end() {
                self.piece()?;
            }
            if !self.eat(b"|") {
                return Ok(());
            }
            self.out.push('|');
        }
    }

    fn group(&mut self) -> Result<(), Reason> {
        if self.eat(b")") {
            return Ok(());
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("brackets are nested too deeply".into());
        }
        self.alternatives()?;
        self.depth -= 1;
        if self.eat(b")") { Ok(()) } else { Err("'(' without ')'".into()) }
    }

    /// An atom and at most one repetition.
    fn piece(&mut self) -> Result<(), Reason> {
        self.out.push_str("(?:");
        let is_caret = self.peek() == Some(b'^');
        self.atom()?;
        self.out.push(')');
        let repeated = self.repetition()?;
        if repeated && (is_caret || self.repeats_next()) {
            return Err("nothing to repeat".into());
        }
        Ok(())
    }

    fn atom(&mut self) -> Result<(), Reason> {
        match self.take() {
            Some(b'(') => self.group()?,
            Some(b'[') => self.bracket()?,
            Some(b'.') => self.out.push('.'),
            Some(b'^') => self.out.push('^'),
            Some(b'$') => self.out.push('$'),
            Some(b'*' | b'+' | b'?') => return Err("nothing to repeat".into()),
            Some(b'{') if self.peek().is_some_and(|byte| byte.is_ascii_digit()) => {
                return Err("nothing to repeat".into());
            }
            Some(b'\\') => match self.take().ok_or("a backslash at the end")? {
                b'<' => self.out.push_str(r"\b{start}"),
                b'>' => self.out.push_str(r"\b{end}"),
                other => self.literal(other),
            },
            Some(other) => self.literal(other),
            None => {}
        }
        Ok(())
    }

    fn repeats_next(&self) -> bool {
        match self.text {
            [b'*' | b'+' | b'?', ..] => true,
            [b'{', digit, ..] => digit.is_ascii_digit(),
            _ => false,
        }
    }

    fn repetition(&mut self) -> Result<bool, Reason> {
        if !self.repeats_next() {
            return Ok(false);
        }
        match self.take() {
            Some(b'{') => {
                let least = self.repeat_count()?;
                let most = match self.eat(b",") {
                    false => Some(least),
                    true if self.peek() == Some(b'}') => None,
                    true => Some(self.repeat_count()?),
                };
                if !self.eat(b"}") || most.is_some_and(|most| most < least) {
                    return Err("a repetition that is no {n}, {n,} or {n,m}".into());
                }
                let most = most.map_or(String::new(), |most| most.to_string());
                // Writing to a String cannot fail.
                let _ = write!(self.out, "{{{least},{most}}}");
            }
            sign => self.out.extend(sign.map(char::from)),
        }
        Ok(true)
    }

    fn repeat_count(&mut self) -> Result<u32, Reason> {
        let end = self.text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(self.text.len());
        let (digits, rest) = self.text.split_at_checked(end).unwrap_or((self.text, &[]));
        self.text = rest;
        std::str::from_utf8(digits)
            .ok()
            .and_then(|digits| digits.parse().ok())
            .filter(|&count| count <= MAX_REPEAT)
            .ok_or_else(|| format!("a repetition beyond {MAX_REPEAT}").into())
    }

    /// What follows a `[`.
    fn bracket(&mut self) -> Result<(), Reason> {
        if self.eat(b"[:<:]]") {
            self.out.push_str(r"\b{start}");
            return Ok(());
        }
        if self.eat(b"[:>:]]") {
            self.out.push_str(r"\b{end}");
            return Ok(());
        }
        let negated = self.eat(b"^");
        let mut set = Set([false; 256]);
        if let Some(first @ (b']' | b'-')) = self.peek() {
            self.take();
            set.add(first..=first);
        }
        while !matches!(self.text, [] | [b']', ..] | [b'-', b']', ..]) {
            self.bracket_term(&mut set)?;
        }
        if self.eat(b"-") {
            set.add(b'-'..=b'-');
        }
        if !self.eat(b"]") {
            return Err("'[' without ']'".into());
        }
        set.write(negated, &mut self.out);
        Ok(())
    }

    fn bracket_term(&mut self, set: &mut Set) -> Result<(), Reason> {
        if self.eat(b"[:") {
            let name = self.until(b":]")?;
            let (_, member) = CLASSES
                .iter()
                .find(|(known, _)| *known == name)
                .ok_or_else(|| format!("no character class '{}'", name.escape_ascii()))?;
            set.add_all(*member);
            return Ok(());
        }
        if self.eat(b"[=") {
            let name = self.until(b"=]")?;
            let member = collating(name)?;
            set.add(member..=member);
            return Ok(());
        }
        if self.peek() == Some(b'-') {
            return Err("a '-' in brackets that is neither first nor last".into());
        }
        let first = self.bracket_symbol()?;
        let mut last = first;
        if let [b'-', next, ..] = *self.text
            && next != b']'
        {
            self.take();
            last = if self.eat(b"-") { b'-' } else { self.bracket_symbol()? };
        }
        if first > last {
            return Err("a range that ends before it begins".into());
        }
        set.add(first..=last);
        Ok(())
    }

    fn bracket_symbol(&mut self) -> Result<u8, Reason> {
        if self.eat(b"[.") {
            return collating(self.until(b".]")?);
        }
        self.take().ok_or(Reason::Borrowed("'[' without ']'"))
    }

    fn until(&mut self, end: &[u8]) -> Result<&[u8], Reason> {
        let text = self.text;
        let at = memchr::memmem::find(text, end).ok_or("'[' without ']'")?;
        self.text = text.get(at + end.len()..).unwrap_or(&[]);
        Ok(text.get(..at).unwrap_or(&[]))
    }
}

/// The bytes of a bracket expression.
struct Set([bool; 256]);

impl Set {
    fn add(&mut self, range: RangeInclusive<u8>) {
        self.add_all(|byte| range.contains(byte));
    }

    fn add_all(&mut self, member: impl Fn(&u8) -> bool) {
        for (byte, is_in) in (0_u8..=255).zip(&mut self.0) {
            *is_in |= member(&byte);
        }
    }

    fn write(&self, negated: bool, out: &mut String) {
        out.push_str(if negated { "[^" } else { "[" });
        for (byte, is_in) in (0_u8..=255).zip(self.0) {
            if is_in {
                push_byte(out, byte);
            }
        }
        out.push(']');
    }
}

fn push_byte(out: &mut String, byte: u8) {
    // Writing to a String cannot fail.
    let _ = write!(out, "\\x{byte:02x}");
}

/// A character class of the C locale.
type Class = (&'static [u8], fn(&u8) -> bool);

const CLASSES: [Class; 12] = [
    (b"alnum", u8::is_ascii_alphanumeric),
    (b"alpha", u8::is_ascii_alphabetic),
    (b"blank", |byte| matches!(byte, b' ' | b'\t')),
    (b"cntrl", u8::is_ascii_control),
    (b"digit", u8::is_ascii_digit),
    (b"graph", u8::is_ascii_graphic),
    (b"lower", u8::is_ascii_lowercase),
    (b"print", |byte| matches!(byte, b' '..=b'~')),
    (b"punct", u8::is_ascii_punctuation),
    (b"space", |byte| matches!(byte, b'\t'..=b'\r' | b' ')),
    (b"upper", u8::is_ascii_uppercase),
    (b"xdigit", u8::is_ascii_hexdigit),
];

/// The character meant by `[.name.]`: itself, or one of the few POSIX names that stand for what cannot be
/// written in brackets otherwise.
fn collating(name: &[u8]) -> Result<u8, Reason> {
    match name {
        [byte] => Ok(*byte),
        b"hyphen" | b"hyphen-minus" => Ok(b'-'),
        b"right-square-bracket" => Ok(b']'),
        b"left-square-bracket" => Ok(b'['),
        b"circumflex" | b"circumflex-accent" => Ok(b'^'),
        b"backslash" | b"reverse-solidus" => Ok(b'\\'),
        b"slash" | b"solidus" => Ok(b'/'),
        b"period" | b"full-stop" => Ok(b'.'),
        b"colon" => Ok(b':'),
        b"equals-sign" => Ok(b'='),
        b"space" => Ok(b' '),
        b"tab" => Ok(b'\t'),
        b"newline" => Ok(b'\n'),
        b"NUL" => Ok(0),
        _ => Err(format!("no character is called '{}'", name.escape_ascii()).into()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Ere::new(pattern.as_bytes()).expect("compiles").is_match(text.as_bytes())
    }

    #[test]
    fn expressions_match_as_in_clamav() {
        for (pattern, yes, no) in [
            ("^/etc/", "/etc/passwd", "/usr/etc/"),
            ("\\.(log|gz)$", "/a.log", "/alog"),
            ("a{2}b{1,2}c{0,}", "aab", "ab"),
            ("a\\{2", "a{2}", "aa"),
            ("a{", "a{", "a"),
            ("\\<word\\>", "a word-x", "swords"),
            ("[[:<:]]word[[:>:]]", "/word", "_word"),
            ("\\d\\w\\1", "dw1", "1a1"),
            ("[]x]", "]", "["),
            ("[^]x]", "a", "]"),
            ("[a\\]b", "\\b", "]b"),
            ("[a-]", "-", "b"),
            ("[+--]", ",", "."),
            ("[[.hyphen.][=q=][:digit:]]", "q", "r"),
            ("(?i)AbC", "abc", "ab"),
            ("n.l", "n\nl", "nl"),
            ("x$|^y", "yx", "xy"),
            ("()z", "z", "y"),
            ("a)", "a)", "a"),
        ] {
            assert!(matches(pattern, yes), "{pattern} {yes}");
            assert!(!matches(pattern, no), "{pattern} {no}");
        }
        assert!(Ere::new(b"\xff").expect("compiles").is_match(b"a\xff"));
    }

    #[test]
    fn what_clamav_refuses_is_refused() {
        for pattern in [
            "",
            "(",
            "[",
            "[]",
            "[a",
            "[[:foo:]]",
            "[z-a]",
            "[a-c-e]",
            "[--/]",
            "a**",
            "a+*",
            "a{1}{2}",
            "*a",
            "+a",
            "?a",
            "(*a)",
            "a|*b",
            "^*a",
            "a||b",
            "(|a)",
            "a|",
            "{1}",
            "a{3,2}",
            "a{256}",
            "a{1",
            "\\",
            "(?:a)",
            "x(?i)a",
            "[[.none.]]",
        ] {
            assert!(Ere::new(pattern.as_bytes()).is_err(), "{pattern}");
        }
        assert!(Ere::new(b"(((a{255}){255}){255}){255}").is_err(), "too large");
        assert!(Ere::new(&b"(".repeat(100_000)).is_err(), "too deep");
    }

    proptest! {
        #[test]
        fn any_pattern_compiles_or_is_refused(pattern: Vec<u8>, odd in "[]\\[ab^$*+?{}()|.\\\\:=,0-9-]{0,24}", text: Vec<u8>) {
            for pattern in [&pattern, odd.as_bytes()] {
                if let Ok(ere) = Ere::new(pattern) {
                    ere.is_match(&text);
                }
            }
        }
    }
}
