//! The text of a rules file, cut into tokens.
//!
//! As in `ClamAV` an unknown escape is left out of its string without an error, `{…}` is a hex string wherever
//! it holds nothing but what may stand in one, and numbers stay at the largest when they are too long. A byte
//! that begins no token, and a string that its line does not end, are tokens of their own, which no rule
//! can hold: they cost their rule, not the rest of the file.

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// An identifier or keyword.
    Word(&'a [u8]),
    Number(i64),
    Text(Vec<u8>),
    Regex {
        pattern: Vec<u8>,
        nocase: bool,
        dotall: bool,
    },
    /// What stands between the braces of a hex string.
    Hex(&'a [u8]),
    /// `$name`, `#name` or `@name`: the sign and the name.
    Reference(u8, &'a [u8]),
    /// `$name*`
    Wildcard(&'a [u8]),
    /// One of `== != <= >= << >>`, or a single character.
    Symbol(&'a [u8]),
    /// No token at all, and why.
    Bad(&'static str),
    End,
}

impl Token<'_> {
    /// The token as it is named in a reason.
    pub fn shown(&self) -> String {
        match self {
            Self::Word(word) => format!("'{}'", word.escape_ascii()),
            Self::Number(number) => format!("number {number}"),
            Self::Text(_) => "a text string".to_owned(),
            Self::Regex { .. } => "a regex".to_owned(),
            Self::Hex(_) => "a hex string".to_owned(),
            Self::Reference(sign, name) => format!("'{}{}'", char::from(*sign), name.escape_ascii()),
            Self::Wildcard(name) => format!("'${}*'", name.escape_ascii()),
            Self::Symbol(symbol) => format!("'{}'", symbol.escape_ascii()),
            Self::Bad(reason) => (*reason).to_owned(),
            Self::End => "the end of the file".to_owned(),
        }
    }
}

/// Where a token begins; both from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    pub line: u64,
    pub column: u64,
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads tokens off the front of a text.
pub(super) struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
    line_start: usize,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        let at = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        Self { text, at, line: 1, line_start: at }
    }

    /// The next token and its place.
    pub fn next(&mut self) -> (Token<'a>, Position) {
        if !self.skip_blanks() {
            let place = self.place();
            self.at = self.text.len();
            return (Token::Bad("the comment does not end"), place);
        }
        let place = self.place();
        let token = match self.rest() {
            [] => Token::End,
            [b'"', ..] => self.text_string(),
            [b'/', ..] => self.regex(),
            [b'{', ..] => self.hex_string(),
            [b'$' | b'#' | b'@', ..] => self.reference(),
            [b'0'..=b'9', ..] => self.number(),
            [first, ..] if is_word(*first) => Token::Word(self.take_while(is_word)),
            _ => self.symbol(),
        };
        (token, place)
    }

    fn place(&self) -> Position {
        Position { line: self.line, column: (self.at - self.line_start) as u64 + 1 }
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or(&[])
    }

    /// Moves on by `count` bytes, counting lines.
    fn skip(&mut self, count: usize) -> &'a [u8] {
        let end = (self.at + count).min(self.text.len());
        let taken = self.text.get(self.at..end).unwrap_or(&[]);
        for at in memchr::memchr_iter(b'\n', taken) {
            self.line += 1;
            self.line_start = self.at + at + 1;
        }
        self.at = end;
        taken
    }

    fn take_while(&mut self, wanted: fn(u8) -> bool) -> &'a [u8] {
        let count = self.rest().iter().take_while(|byte| wanted(**byte)).count();
        self.skip(count)
    }

    /// Blanks and comments; false when a comment has no end.
    fn skip_blanks(&mut self) -> bool {
        loop {
            self.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
            match self.rest() {
                [b'/', b'/', ..] => {
                    self.take_while(|byte| byte != b'\n');
                }
                [b'/', b'*', inside @ ..] => match memchr::memmem::find(inside, b"*/") {
                    Some(end) => {
                        self.skip(end + 4);
                    }
                    None => return false,
                },
                _ => return true,
            }
        }
    }

    fn symbol(&mut self) -> Token<'a> {
        match self.rest() {
            [b'=' | b'!' | b'<' | b'>', b'=', ..] | [b'<', b'<', ..] | [b'>', b'>', ..] => {
                Token::Symbol(self.skip(2))
            }
            [32..=126, ..] => Token::Symbol(self.skip(1)),
            _ => {
                self.take_while(|byte| !(32..=126).contains(&byte) && byte != b'\n');
                Token::Bad("a character that is not ASCII")
            }
        }
    }

    fn reference(&mut self) -> Token<'a> {
        let sign = self.skip(1).first().copied().unwrap_or(0);
        let name = self.take_while(is_word);
        if sign == b'$' && self.rest().starts_with(b"*") {
            self.skip(1);
            return Token::Wildcard(name);
        }
        Token::Reference(sign, name)
    }

    fn number(&mut self) -> Token<'a> {
        if let [b'0', b'x', digit, ..] = self.rest()
            && digit.is_ascii_hexdigit()
        {
            self.skip(2);
            let digits = self.take_while(|byte| byte.is_ascii_hexdigit());
            let digit = |byte: &u8| u64::from(char::from(*byte).to_digit(16).unwrap_or(0));
            let value = digits.iter().fold(0_u64, |value, byte| value << 4 | digit(byte));
            return Token::Number(value.cast_signed());
        }
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        let value = digits
            .iter()
            .fold(0_i64, |value, byte| value.saturating_mul(10).saturating_add(i64::from(byte - b'0')));
        let unit = match self.rest() {
            [b'K', b'B', ..] => 1 << 10,
            [b'M', b'B', ..] => 1 << 20,
            _ => return Token::Number(value),
        };
        self.skip(2);
        Token::Number(value.wrapping_mul(unit))
    }

    fn text_string(&mut self) -> Token<'a> {
        self.skip(1);
        let mut text = Vec::new();
        loop {
            let count = match self.rest() {
                [] | [b'\n', ..] | [b'\\', b'\n', ..] => return Token::Bad("the text string does not end"),
                [b'"', ..] => {
                    self.skip(1);
                    return Token::Text(text);
                }
                [b'\\', b'x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    let digit = |byte: &u8| char::from(*byte).to_digit(16).unwrap_or(0) as u8;
                    text.push(digit(high) << 4 | digit(low));
                    4
                }
                [b'\\', escaped, ..] => {
                    text.extend(match escaped {
                        b't' => Some(b'\t'),
                        b'n' => Some(b'\n'),
                        b'"' | b'\\' => Some(*escaped),
                        _ => None,
                    });
                    2
                }
                [byte, ..] => {
                    text.push(*byte);
                    1
                }
            };
            self.skip(count);
        }
    }

    fn regex(&mut self) -> Token<'a> {
        self.skip(1);
        let mut pattern = Vec::new();
        loop {
            match self.rest() {
                [] | [b'\n', ..] | [b'\\', b'\n', ..] => return Token::Bad("the regex does not end"),
                [b'/', ..] => break,
                [b'\\', b'/', ..] => {
                    pattern.push(b'/');
                    self.skip(2);
                }
                [b'\\', ..] => pattern.extend_from_slice(self.skip(2)),
                _ => pattern.extend_from_slice(self.skip(1)),
            }
        }
        self.skip(1);
        let mut flag = |letter: u8| {
            let is_there = self.rest().first() == Some(&letter);
            self.skip(usize::from(is_there));
            is_there
        };
        let nocase = flag(b'i');
        Token::Regex { pattern, nocase, dotall: flag(b's') }
    }

    fn hex_string(&mut self) -> Token<'a> {
        let inside = self.rest().get(1..).unwrap_or(&[]);
        let size = inside.iter().take_while(|byte| may_be_in_hex(**byte)).count();
        if size == 0 || inside.get(size) != Some(&b'}') {
            return Token::Symbol(self.skip(1));
        }
        self.skip(size + 2);
        Token::Hex(inside.get(..size).unwrap_or(&[]))
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn may_be_in_hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || b" -|?[]()\n\t\r".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &[u8]) -> Vec<Token<'_>> {
        let mut lexer = Lexer::new(text);
        let mut tokens = Vec::new();
        loop {
            match lexer.next().0 {
                Token::End => return tokens,
                token => tokens.push(token),
            }
        }
    }

    #[test]
    fn tokens_are_those_of_the_peer() {
        assert_eq!(
            all(b"\xef\xbb\xbfrule a1 {$a_=/* x */{6? [1-2]\r\n 61}} // end"),
            [
                Token::Word(b"rule"),
                Token::Word(b"a1"),
                Token::Symbol(b"{"),
                Token::Reference(b'$', b"a_"),
                Token::Symbol(b"="),
                Token::Hex(b"6? [1-2]\r\n 61"),
                Token::Symbol(b"}"),
            ]
        );
        assert_eq!(
            all(b"#a>>@[$b*..!=<="),
            [
                Token::Reference(b'#', b"a"),
                Token::Symbol(b">>"),
                Token::Reference(b'@', b""),
                Token::Symbol(b"["),
                Token::Wildcard(b"b"),
                Token::Symbol(b"."),
                Token::Symbol(b"."),
                Token::Symbol(b"!="),
                Token::Symbol(b"<="),
            ]
        );
    }

    #[test]
    fn numbers() {
        for (text, value) in [
            ("10", 10),
            ("010", 10),
            ("0x1F", 31),
            ("2KB", 2048),
            ("3MB", 3 << 20),
            ("0xffffffffffffffff", -1),
            ("9223372036854775808", i64::MAX),
            ("9223372036854775807KB", -1024),
        ] {
            assert_eq!(all(text.as_bytes()), [Token::Number(value)], "{text}");
        }
        assert_eq!(all(b"1GB"), [Token::Number(1), Token::Word(b"GB")]);
        assert_eq!(all(b"0xg"), [Token::Number(0), Token::Word(b"xg")]);
    }

    #[test]
    fn strings_and_their_escapes() {
        for (text, value) in [
            (r#""a\"b\\c\td\n""#, &b"a\"b\\c\td\n"[..]),
            (r#""he\x6Clo""#, b"hello"),
            (r#""he\qlo\x6z""#, b"helo6z"),
            ("\"h\u{e9}\"", "h\u{e9}".as_bytes()),
        ] {
            assert_eq!(all(text.as_bytes()), [Token::Text(value.to_vec())], "{text}");
        }
        let regex =
            |pattern: &[u8], nocase, dotall| Token::Regex { pattern: pattern.to_vec(), nocase, dotall };
        assert_eq!(all(br"/a\/b\\\.[\]]/is"), [regex(br"a/b\\\.[\]]", true, true)]);
        assert_eq!(all(b"/a/si"), [regex(b"a", false, true), Token::Word(b"i")]);
    }

    #[test]
    fn what_does_not_end_costs_its_line() {
        assert_eq!(all(b"\"ab\nc"), [Token::Bad("the text string does not end"), Token::Word(b"c")]);
        assert_eq!(all(b"/ab\nc"), [Token::Bad("the regex does not end"), Token::Word(b"c")]);
        assert_eq!(all(b"a /* b"), [Token::Word(b"a"), Token::Bad("the comment does not end")]);
        assert_eq!(all(b"a \xff\0 b").len(), 3);
    }

    #[test]
    fn places_are_told() {
        let mut lexer = Lexer::new(b"a\n /* \n */ b");
        lexer.next();
        assert_eq!(lexer.next().1, Position { line: 3, column: 5 });
    }

    proptest! {
        #[test]
        fn any_bytes_end(text: Vec<u8>, odd in "[{}\"/\\\\$#@*0x=<>a-f\n ]{0,60}") {
            all(&text);
            all(odd.as_bytes());
        }
    }
}
