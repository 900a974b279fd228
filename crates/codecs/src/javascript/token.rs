//! Names, numbers, strings and marks; everything else only separates.

use std::borrow::Cow;

use super::{number, text};

/// One token. Strings are decoded already.
#[derive(Clone, Debug, PartialEq)]
pub enum Token<'a> {
    Name(Cow<'a, [u8]>),
    Number(String),
    Text(Vec<u8>),
    Mark(u8),
}

impl Token<'_> {
    /// Needs a space between itself and another word.
    pub fn is_word(&self) -> bool {
        matches!(self, Self::Name(_) | Self::Number(_))
    }

    pub fn is_name(&self, name: &[u8]) -> bool {
        matches!(self, Self::Name(own) if own.as_ref() == name)
    }

    pub fn is(&self, mark: u8) -> bool {
        *self == Self::Mark(mark)
    }

    pub fn into_owned<'t>(self) -> Token<'t> {
        match self {
            Self::Name(name) => Token::Name(Cow::Owned(name.into_owned())),
            Self::Number(text) => Token::Number(text),
            Self::Text(text) => Token::Text(text),
            Self::Mark(mark) => Token::Mark(mark),
        }
    }
}

/// The tokens of a script. A word that the end of the script cuts off is left out.
pub struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    pub fn new(script: &'a [u8]) -> Self {
        Self { rest: script }
    }

    fn take(&mut self, size: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(size.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// Bytes up to the first that `is_end` names, or all.
    fn take_until(&mut self, is_end: impl Fn(u8) -> bool) -> &'a [u8] {
        let size = self.rest.iter().position(|&byte| is_end(byte)).unwrap_or(self.rest.len());
        self.take(size)
    }

    fn string(&mut self, quote: u8) -> Token<'a> {
        self.take(1);
        let mut before = quote;
        let end = self.rest.iter().position(|&byte| {
            let ends = byte == quote && before != b'\\';
            before = byte;
            ends
        });
        let content = self.take(end.unwrap_or(self.rest.len()));
        self.take(1);
        Token::Text(text::decode(content))
    }

    /// A name; of an escape in it only the backslash and the digits stay.
    fn name(&mut self) -> Option<Token<'a>> {
        let mut name = Cow::Borrowed(self.take_until(|byte| !is_in_name(byte)));
        while let [b'\\', b'u', ..] = self.rest {
            self.take(2);
            let behind = self.take_until(|byte| !is_in_name(byte));
            name.to_mut().push(b'\\');
            name.to_mut().extend_from_slice(behind);
        }
        let cut_off = self.rest.is_empty();
        self.backslash();
        (!cut_off).then_some(Token::Name(name))
    }

    /// A backslash behind a name or a dot goes with it, unless it begins an escape.
    fn backslash(&mut self) {
        if matches!(self.rest, [b'\\', behind @ ..] if behind.first() != Some(&b'u')) {
            self.take(1);
        }
    }

    fn block_comment(&mut self) {
        let end = memchr::memmem::find(self.rest.get(2..).unwrap_or(&[]), b"*/");
        self.take(end.map_or(self.rest.len(), |end| end + 4));
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            match *self.rest {
                [] => return None,
                [b'/', b'*', ..] => self.block_comment(),
                [b'/', b'/', ..] => {
                    self.take_until(|byte| matches!(byte, b' ' | b'\n'));
                }
                [quote @ (b'"' | b'\''), ..] => return Some(self.string(quote)),
                [b'0'..=b'9', ..] => {
                    let taken = self.take(number::size(self.rest));
                    return (!self.rest.is_empty()).then(|| Token::Number(number::text(taken)));
                }
                [b'\\', b'u', ..] => return self.name(),
                [byte, ..] if starts_name(byte) => return self.name(),
                // Outside strings: a word of nothing.
                [b'\\', ..] => {
                    self.take(1);
                    return Some(Token::Name(Cow::Borrowed(&[])));
                }
                [b'.', ..] => {
                    self.take(1);
                    self.backslash();
                    return Some(Token::Mark(b'.'));
                }
                [byte, ..] => {
                    self.take(1);
                    if is_mark(byte) {
                        return Some(Token::Mark(byte));
                    }
                }
            }
        }
    }
}

fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$')
}

fn is_in_name(byte: u8) -> bool {
    starts_name(byte) || byte.is_ascii_digit()
}

fn is_mark(byte: u8) -> bool {
    byte.is_ascii_punctuation() && !matches!(byte, b'@' | b'#' | b'\\' | b'`' | b'"' | b'\'')
}
