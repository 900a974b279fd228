//! Rules of a file, one after the other.
//!
//! ```text
//! file = (rule | "import" text | "include" text)*
//! rule = ("private" | "global")* "rule" name [":" tag+] "{" [meta] [strings] "condition" ":" condition "}"
//! ```
//! After a mistake reading goes on at the next `rule`, `private`, `global` or `import`, as in `ClamAV`.

use std::fmt;

use super::condition::{Condition, Declared};
use super::token::{Lexer, Position, Token};
use super::tree::Tree;
use crate::pattern::Modifiers;

/// Why a rule cannot be used, and where that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    pub place: Position,
    pub reason: String,
}

impl RuleError {
    pub(super) fn new(place: Position, reason: impl Into<String>) -> Self {
        Self { place, reason: reason.into() }
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "column {}: {}", self.place.column, self.reason)
    }
}

impl std::error::Error for RuleError {}

/// The rules that came before, in this file or another.
pub trait Known {
    /// None when no rule has this name, and within it the number of its signature unless it was left out.
    fn rule(&self, name: &[u8]) -> Option<Option<u32>>;
}

/// One rule as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule<'a> {
    pub name: &'a [u8],
    /// Where the name stands.
    pub place: Position,
    /// Never reported, only named by other rules.
    pub private: bool,
    pub strings: Vec<RuleString<'a>>,
    pub condition: Tree,
}

/// One string of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleString<'a> {
    pub place: Position,
    pub value: Value<'a>,
    pub modifiers: Modifiers,
}

/// What a string looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    Text(Vec<u8>),
    /// What stands between the braces.
    Hex(&'a [u8]),
    Regex {
        pattern: Vec<u8>,
        dotall: bool,
    },
}

/// Strings of one rule that conditions can tell apart: more than any engine takes.
const MOST_STRINGS: usize = 255;

const KEYWORDS: [&[u8]; 34] = [
    b"all",
    b"and",
    b"any",
    b"ascii",
    b"at",
    b"condition",
    b"contains",
    b"entrypoint",
    b"false",
    b"filesize",
    b"for",
    b"fullword",
    b"global",
    b"import",
    b"in",
    b"int16",
    b"int32",
    b"int8",
    b"matches",
    b"meta",
    b"nocase",
    b"not",
    b"of",
    b"or",
    b"private",
    b"rule",
    b"strings",
    b"them",
    b"true",
    b"uint16",
    b"uint32",
    b"uint8",
    b"wide",
    b"include",
];

/// Whether `word` cannot be a name.
pub(super) fn is_keyword(word: &[u8]) -> bool {
    KEYWORDS.contains(&word)
}

/// Reads the rules of one file.
pub struct Parser<'a> {
    lexer: Lexer<'a>,
    pub(super) token: Token<'a>,
    pub(super) place: Position,
    notes: Vec<RuleError>,
}

impl<'a> Parser<'a> {
    /// A parser at the start of `text`.
    pub fn new(text: &'a [u8]) -> Self {
        let mut parser = Self {
            lexer: Lexer::new(text),
            token: Token::End,
            place: Position::default(),
            notes: Vec::new(),
        };
        parser.advance();
        parser
    }

    /// The next rule, or what is wrong with it; None at the end of the file.
    pub fn next_rule(&mut self, known: &dyn Known) -> Option<Result<Rule<'a>, RuleError>> {
        loop {
            if self.token == Token::End {
                return None;
            }
            if self.take_word(b"import") {
                if let Token::Text(_) = self.token {
                    self.advance();
                    continue;
                }
                let error = self.unexpected("instead of a module");
                return Some(Err(self.recover(error)));
            }
            let rule = self.rule(known);
            return Some(rule.map_err(|error| self.recover(error)));
        }
    }

    /// What is wrong beside the rules, since the last call.
    pub fn take_notes(&mut self) -> Vec<RuleError> {
        std::mem::take(&mut self.notes)
    }

    pub(super) fn advance(&mut self) {
        (self.token, self.place) = self.lexer.next();
        // What an image holds depends on its sources alone, so other files are not read.
        while self.is_word(b"include") {
            let place = self.place;
            (self.token, self.place) = self.lexer.next();
            if let Token::Text(_) = self.token {
                self.notes.push(RuleError::new(place, "include is not followed: load the file itself"));
                (self.token, self.place) = self.lexer.next();
            }
        }
    }

    fn recover(&mut self, error: RuleError) -> RuleError {
        while self.token != Token::End
            && ![&b"rule"[..], b"private", b"global", b"import"].iter().any(|word| self.is_word(word))
        {
            self.advance();
        }
        error
    }

    pub(super) fn error(&self, reason: impl Into<String>) -> RuleError {
        RuleError::new(self.place, reason)
    }

    /// The current token is wrong.
    pub(super) fn unexpected(&self, context: &str) -> RuleError {
        self.error(format!("{} {context}", self.token.shown()))
    }

    pub(super) fn is_word(&self, word: &[u8]) -> bool {
        matches!(&self.token, Token::Word(own) if *own == word)
    }

    pub(super) fn take_word(&mut self, word: &[u8]) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn expect_word(&mut self, word: &[u8]) -> Result<(), RuleError> {
        if self.take_word(word) {
            return Ok(());
        }
        Err(self.unexpected(&format!("instead of '{}'", word.escape_ascii())))
    }

    pub(super) fn is_symbol(&self, symbol: &[u8]) -> bool {
        matches!(&self.token, Token::Symbol(own) if *own == symbol)
    }

    pub(super) fn take_symbol(&mut self, symbol: &[u8]) -> bool {
        let found = self.is_symbol(symbol);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn expect_symbol(&mut self, symbol: &[u8]) -> Result<(), RuleError> {
        if self.take_symbol(symbol) {
            return Ok(());
        }
        Err(self.unexpected(&format!("instead of '{}'", symbol.escape_ascii())))
    }

    fn name(&mut self, what: &str) -> Result<&'a [u8], RuleError> {
        match self.token {
            Token::Word(name) if !is_keyword(name) => {
                self.advance();
                Ok(name)
            }
            _ => Err(self.unexpected(&format!("instead of {what}"))),
        }
    }

    fn rule(&mut self, known: &dyn Known) -> Result<Rule<'a>, RuleError> {
        let mut private = false;
        loop {
            if self.take_word(b"private") {
                private = true;
            } else if !self.take_word(b"global") {
                break;
            }
        }
        self.expect_word(b"rule")?;
        let place = self.place;
        let name = self.name("a rule's name")?;
        if self.take_symbol(b":") {
            self.name("a tag")?;
            while matches!(self.token, Token::Word(_)) {
                self.name("a tag")?;
            }
        }
        self.expect_symbol(b"{")?;
        if self.take_word(b"meta") {
            self.meta()?;
        }
        let mut declared = Vec::new();
        let strings = if self.take_word(b"strings") { self.strings(&mut declared)? } else { Vec::new() };
        self.expect_word(b"condition")?;
        self.expect_symbol(b":")?;
        let condition = Condition::new(self, known, &mut declared).read()?;
        if !self.is_symbol(b"}") {
            return Err(self.unexpected("instead of '}'"));
        }
        if known.rule(name).is_some() {
            return Err(RuleError::new(place, format!("a second rule '{}'", name.escape_ascii())));
        }
        if let Some(string) = declared.iter().find(|string| !string.used) {
            let reason = format!("string ${} is not used", string.name.escape_ascii());
            return Err(RuleError::new(string.place, reason));
        }
        self.advance();
        Ok(Rule { name, place, private, strings, condition })
    }

    fn meta(&mut self) -> Result<(), RuleError> {
        self.expect_symbol(b":")?;
        loop {
            self.name("a meta name")?;
            self.expect_symbol(b"=")?;
            let truth = self.is_word(b"true") || self.is_word(b"false");
            if !(truth || matches!(self.token, Token::Number(_) | Token::Text(_))) {
                return Err(self.unexpected("instead of a meta value"));
            }
            self.advance();
            if !matches!(self.token, Token::Word(word) if !is_keyword(word)) {
                return Ok(());
            }
        }
    }

    fn strings(&mut self, declared: &mut Vec<Declared<'a>>) -> Result<Vec<RuleString<'a>>, RuleError> {
        self.expect_symbol(b":")?;
        let mut strings = Vec::new();
        loop {
            let Token::Reference(b'$', name) = self.token else {
                return Err(self.unexpected("instead of a string's name"));
            };
            if strings.len() >= MOST_STRINGS {
                return Err(self.error(format!("more than {MOST_STRINGS} strings")));
            }
            declared.push(Declared { name, place: self.place, used: false });
            self.advance();
            self.expect_symbol(b"=")?;
            strings.push(self.string()?);
            if !matches!(self.token, Token::Reference(b'$', _)) {
                return Ok(strings);
            }
        }
    }

    fn string(&mut self) -> Result<RuleString<'a>, RuleError> {
        let place = self.place;
        let mut modifiers = Modifiers::default();
        let value = match std::mem::replace(&mut self.token, Token::End) {
            Token::Text(text) => Value::Text(text),
            Token::Hex(inside) => {
                self.advance();
                return Ok(RuleString { place, value: Value::Hex(inside), modifiers });
            }
            Token::Regex { pattern, nocase, dotall } => {
                modifiers.nocase = nocase;
                Value::Regex { pattern, dotall }
            }
            token => {
                self.token = token;
                return Err(self.unexpected("instead of a string"));
            }
        };
        self.advance();
        loop {
            if self.take_word(b"nocase") {
                modifiers.nocase = true;
            } else if self.take_word(b"wide") {
                modifiers.wide = true;
            } else if self.take_word(b"ascii") {
                modifiers.ascii = true;
            } else if self.take_word(b"fullword") {
                modifiers.fullword = true;
            } else {
                return Ok(RuleString { place, value, modifiers });
            }
        }
    }
}
