//! Text of a condition to its tree.
//!
//! ```text
//! or    = and ("or" and)*        and = not ("and" not)*        not = "not"* compared
//! compared = value [("==" | "!=" | "<" | "<=" | ">" | ">=") value | "of" strings]
//! value    = operands joined by  | ^ &  (one precedence),  << >>,  + -,  * \ %;  ~ before one of them
//! ```
//! There is no minus sign before a value. Truths and numbers are kept apart: only numbers are calculated with
//! and compared.

use super::parser::{Known, Parser, RuleError};
use super::token::{Position, Token};
use super::tree::{MAX_DEPTH, MAX_LOOPS, Node, NodeId, Operator, Quantifier, Tree, Which, Width};

/// What a node gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Truth,
    Number,
}

type Parsed = Result<(NodeId, Kind), RuleError>;
type Result<T, E = RuleError> = std::result::Result<T, E>;

/// A string as far as conditions know it.
pub(super) struct Declared<'a> {
    pub name: &'a [u8],
    pub place: Position,
    pub used: bool,
}

/// Reads one condition.
pub(super) struct Condition<'p, 'a> {
    parser: &'p mut Parser<'a>,
    known: &'p dyn Known,
    strings: &'p mut [Declared<'a>],
    tree: Tree,
    variables: Vec<&'a [u8]>,
    /// Within a loop over strings.
    has_current: bool,
    nesting: u8,
}

impl<'p, 'a> Condition<'p, 'a> {
    pub fn new(parser: &'p mut Parser<'a>, known: &'p dyn Known, strings: &'p mut [Declared<'a>]) -> Self {
        let (tree, variables) = (Tree::default(), Vec::new());
        Self { parser, known, strings, tree, variables, has_current: false, nesting: 0 }
    }

    /// Reads up to the first token that does not belong to the condition.
    pub fn read(mut self) -> Result<Tree> {
        self.truth()?;
        Ok(self.tree)
    }

    fn push(&mut self, node: Node) -> Result<NodeId> {
        self.tree
            .push(node)
            .ok_or_else(|| self.parser.error("the condition is too large or nested too deeply"))
    }

    fn truth(&mut self) -> Parsed {
        self.joined(b"or", Node::Or, |this| this.joined(b"and", Node::And, Self::negated))
    }

    fn joined(
        &mut self,
        word: &[u8],
        make: fn(Vec<NodeId>) -> Node,
        mut part: impl FnMut(&mut Self) -> Parsed,
    ) -> Parsed {
        let first = part(self)?;
        if !self.parser.is_word(word) {
            return Ok(first);
        }
        let mut nodes = vec![first.0];
        while self.parser.take_word(word) {
            nodes.push(part(self)?.0);
        }
        Ok((self.push(make(nodes))?, Kind::Truth))
    }

    fn negated(&mut self) -> Parsed {
        let mut count = 0_u32;
        while self.parser.take_word(b"not") {
            count += 1;
        }
        let mut parsed = self.compared()?;
        for _ in 0..count {
            parsed = (self.push(Node::Not(parsed.0))?, Kind::Truth);
        }
        Ok(parsed)
    }

    fn compared(&mut self) -> Parsed {
        if self.parser.is_word(b"any") || self.parser.is_word(b"all") {
            let quantifier = self.quantifier()?;
            return self.of(quantifier);
        }
        let at = self.parser.place;
        let (left, kind) = self.value(0)?;
        if self.parser.is_word(b"of") {
            return self.of(Quantifier::AtLeast(left));
        }
        let Some(operator) = comparison(&self.parser.token) else { return Ok((left, kind)) };
        check(kind, at)?;
        self.parser.advance();
        let right = self.number(0)?;
        Ok((self.push(Node::Binary(operator, left, right))?, Kind::Truth))
    }

    /// A value that is a number, of operators above precedence `above`.
    fn number(&mut self, above: u8) -> Result<NodeId> {
        let at = self.parser.place;
        let (node, kind) = self.value(above)?;
        check(kind, at)?;
        Ok(node)
    }

    fn value(&mut self, above: u8) -> Parsed {
        self.nesting += 1;
        if self.nesting > MAX_DEPTH {
            return Err(self.parser.error("the condition is nested too deeply"));
        }
        let at = self.parser.place;
        let (mut left, mut kind) = self.operand()?;
        while let Some((precedence, operation)) = arithmetic(&self.parser.token).filter(|(p, _)| *p > above) {
            check(kind, at)?;
            self.parser.advance();
            let right = self.number(precedence)?;
            kind = Kind::Number;
            left = self.push(match operation {
                Operation::And => Node::And(vec![left, right]),
                Operation::Or => Node::Or(vec![left, right]),
                Operation::Other(operator) => Node::Binary(operator, left, right),
            })?;
        }
        self.nesting -= 1;
        Ok((left, kind))
    }

    fn operand(&mut self) -> Parsed {
        let (token, place) = (self.parser.token.clone(), self.parser.place);
        match token {
            Token::Number(value) => {
                self.parser.advance();
                Ok((self.push(Node::Number(value))?, Kind::Number))
            }
            Token::Symbol(b"(") => {
                self.parser.advance();
                let inside = self.truth()?;
                self.parser.expect_symbol(b")")?;
                Ok(inside)
            }
            Token::Symbol(b"~") => {
                self.parser.advance();
                let of = self.number(u8::MAX)?;
                Ok((self.push(Node::Complement(of))?, Kind::Number))
            }
            Token::Reference(sign, name) => {
                self.parser.advance();
                self.reference(sign, name, place)
            }
            Token::Word(word) => {
                self.parser.advance();
                self.word(word, place)
            }
            Token::Text(_) | Token::Regex { .. } => {
                Err(RuleError::new(place, "texts and regexes have no place in a condition"))
            }
            _ => Err(self.parser.unexpected("in the condition")),
        }
    }

    fn word(&mut self, word: &'a [u8], place: Position) -> Parsed {
        let width = |bytes, signed| Some(Width { bytes, signed });
        let (node, kind) = match word {
            b"true" => (Node::Number(1), Kind::Truth),
            b"false" => (Node::Number(0), Kind::Truth),
            b"filesize" => (Node::FileSize, Kind::Number),
            b"entrypoint" => (Node::EntryPoint, Kind::Number),
            b"for" => return self.each(),
            _ => {
                let width = match word {
                    b"int8" => width(1, true),
                    b"int16" => width(2, true),
                    b"int32" => width(4, true),
                    b"uint8" => width(1, false),
                    b"uint16" => width(2, false),
                    b"uint32" => width(4, false),
                    _ => None,
                };
                match width {
                    Some(width) => (Node::Read(width, self.bracketed(b"(", b")")?), Kind::Number),
                    None => return self.identifier(word, place),
                }
            }
        };
        Ok((self.push(node)?, kind))
    }

    fn identifier(&mut self, word: &[u8], place: Position) -> Parsed {
        if let Some(depth) = self.variables.iter().position(|name| *name == word) {
            return Ok((self.push(Node::Variable(depth as u8))?, Kind::Number));
        }
        if super::parser::is_keyword(word) {
            return Err(RuleError::new(place, format!("'{}' in the condition", word.escape_ascii())));
        }
        if matches!(self.parser.token, Token::Symbol(b"." | b"[" | b"(")) {
            let reason = format!("'{}': modules are not supported", word.escape_ascii());
            return Err(RuleError::new(place, reason));
        }
        let Some(rule) = self.known.rule(word) else {
            return Err(RuleError::new(place, format!("'{}' is not known", word.escape_ascii())));
        };
        // A rule that was left out is never true.
        let node = rule.map_or(Node::Number(0), Node::Rule);
        Ok((self.push(node)?, Kind::Truth))
    }

    fn bracketed(&mut self, open: &[u8], close: &[u8]) -> Result<NodeId> {
        self.parser.expect_symbol(open)?;
        let inside = self.number(0)?;
        self.parser.expect_symbol(close)?;
        Ok(inside)
    }

    fn reference(&mut self, sign: u8, name: &[u8], place: Position) -> Parsed {
        let which = self.which(name, place)?;
        let (node, kind) = match sign {
            b'#' => (Node::Count(which), Kind::Number),
            b'@' => {
                let index = if self.parser.is_symbol(b"[") {
                    self.bracketed(b"[", b"]")?
                } else {
                    self.push(Node::Number(1))?
                };
                (Node::Offset(which, index), Kind::Number)
            }
            _ if self.parser.take_word(b"at") => (Node::At(which, self.number(0)?), Kind::Truth),
            _ if self.parser.take_word(b"in") => {
                let [low, high] = self.range()?;
                (Node::In(which, low, high), Kind::Truth)
            }
            _ => (Node::Found(which), Kind::Truth),
        };
        Ok((self.push(node)?, kind))
    }

    fn which(&mut self, name: &[u8], place: Position) -> Result<Which> {
        if name.is_empty() {
            let wrong = || RuleError::new(place, "a string without a name outside of a loop over strings");
            return self.has_current.then_some(Which::Current).ok_or_else(wrong);
        }
        let found = self.strings.iter_mut().zip(0..).find(|(string, _)| string.name == name);
        let Some((string, index)) = found else { return Err(undefined(name, "", place)) };
        string.used = true;
        Ok(Which::Fixed(index))
    }

    fn range(&mut self) -> Result<[NodeId; 2]> {
        self.parser.expect_symbol(b"(")?;
        let low = self.number(0)?;
        self.rest_of_range(low)
    }

    fn rest_of_range(&mut self, low: NodeId) -> Result<[NodeId; 2]> {
        self.parser.expect_symbol(b".")?;
        self.parser.expect_symbol(b".")?;
        let high = self.number(0)?;
        self.parser.expect_symbol(b")")?;
        Ok([low, high])
    }

    fn quantifier(&mut self) -> Result<Quantifier> {
        if self.parser.take_word(b"all") {
            return Ok(Quantifier::All);
        }
        if self.parser.take_word(b"any") {
            return Ok(Quantifier::AtLeast(self.push(Node::Number(1))?));
        }
        Ok(Quantifier::AtLeast(self.value(0)?.0))
    }

    fn of(&mut self, quantifier: Quantifier) -> Parsed {
        self.parser.expect_word(b"of")?;
        let strings = self.string_set()?;
        Ok((self.push(Node::Of(quantifier, strings))?, Kind::Truth))
    }

    /// `them`, or a list of strings and of names that end in `*`.
    fn string_set(&mut self) -> Result<Vec<u8>> {
        let mut set = Vec::new();
        if self.parser.take_word(b"them") {
            self.add_all(&mut set, |_| true);
            return Ok(set);
        }
        self.parser.expect_symbol(b"(")?;
        loop {
            let (token, place) = (self.parser.token.clone(), self.parser.place);
            let (name, star, found) = match token {
                Token::Reference(b'$', name) => {
                    (name, "", self.add_all(&mut set, |other| !name.is_empty() && other == name))
                }
                Token::Wildcard(name) => (name, "*", self.add_all(&mut set, |other| other.starts_with(name))),
                _ => return Err(self.parser.unexpected("instead of a string")),
            };
            if !found {
                return Err(undefined(name, star, place));
            }
            self.parser.advance();
            if self.parser.take_symbol(b")") {
                return Ok(set);
            }
            self.parser.expect_symbol(b",")?;
        }
    }

    /// Adds the strings whose name is `wanted`, and says whether there are any.
    fn add_all(&mut self, set: &mut Vec<u8>, wanted: impl Fn(&[u8]) -> bool) -> bool {
        let before = set.len();
        for (string, index) in self.strings.iter_mut().zip(0..) {
            if wanted(string.name) {
                string.used = true;
                set.push(index);
            }
        }
        set.len() > before
    }

    /// A loop; the word `for` was taken.
    fn each(&mut self) -> Parsed {
        let quantifier = self.quantifier()?;
        let node = if self.parser.take_word(b"of") {
            if self.has_current {
                return Err(self.parser.error("a loop over strings within a loop over strings"));
            }
            let strings = self.string_set()?;
            self.has_current = true;
            let body = self.body()?;
            self.has_current = false;
            Node::ForStrings(quantifier, strings, body)
        } else {
            self.each_number(quantifier)?
        };
        Ok((self.push(node)?, Kind::Truth))
    }

    fn each_number(&mut self, quantifier: Quantifier) -> Result<Node> {
        let (token, place) = (self.parser.token.clone(), self.parser.place);
        let Token::Word(name) = token else { return Err(self.parser.unexpected("instead of a variable")) };
        if super::parser::is_keyword(name) {
            return Err(self.parser.unexpected("instead of a variable"));
        }
        if self.variables.contains(&name) {
            return Err(RuleError::new(place, format!("two loops with variable '{}'", name.escape_ascii())));
        }
        if self.variables.len() >= usize::from(MAX_LOOPS) {
            return Err(RuleError::new(place, format!("more than {MAX_LOOPS} loops within each other")));
        }
        self.parser.advance();
        self.parser.expect_word(b"in")?;
        self.parser.expect_symbol(b"(")?;
        let mut items = vec![self.number(0)?];
        let bounds = if self.parser.is_symbol(b".") {
            Some(self.rest_of_range(items.first().copied().unwrap_or(0))?)
        } else {
            while self.parser.take_symbol(b",") {
                items.push(self.number(0)?);
            }
            self.parser.expect_symbol(b")")?;
            None
        };
        let depth = self.variables.len() as u8;
        self.variables.push(name);
        let body = self.body()?;
        self.variables.pop();
        Ok(match bounds {
            Some(bounds) => Node::ForRange(quantifier, depth, bounds, body),
            None => Node::ForList(quantifier, depth, items, body),
        })
    }

    fn body(&mut self) -> Result<NodeId> {
        self.parser.expect_symbol(b":")?;
        self.parser.expect_symbol(b"(")?;
        let (body, _) = self.truth()?;
        self.parser.expect_symbol(b")")?;
        Ok(body)
    }
}

fn check(kind: Kind, place: Position) -> Result<()> {
    match kind {
        Kind::Number => Ok(()),
        Kind::Truth => Err(RuleError::new(place, "a truth where a number is needed")),
    }
}

fn undefined(name: &[u8], star: &str, place: Position) -> RuleError {
    RuleError::new(place, format!("there is no string ${}{star}", name.escape_ascii()))
}

fn comparison(token: &Token<'_>) -> Option<Operator> {
    let Token::Symbol(symbol) = token else { return None };
    Some(match *symbol {
        b"==" => Operator::Equal,
        b"!=" => Operator::Different,
        b"<" => Operator::Less,
        b">" => Operator::More,
        b"<=" => Operator::LessOrEqual,
        b">=" => Operator::MoreOrEqual,
        _ => return None,
    })
}

enum Operation {
    And,
    Or,
    Other(Operator),
}

/// An operator between numbers and its precedence.
fn arithmetic(token: &Token<'_>) -> Option<(u8, Operation)> {
    let Token::Symbol(symbol) = token else { return None };
    Some(match *symbol {
        b"&" => (1, Operation::And),
        b"|" => (1, Operation::Or),
        b"^" => (1, Operation::Other(Operator::ExclusiveOr)),
        b"<<" => (2, Operation::Other(Operator::ShiftLeft)),
        b">>" => (2, Operation::Other(Operator::ShiftRight)),
        b"+" => (3, Operation::Other(Operator::Plus)),
        b"-" => (3, Operation::Other(Operator::Minus)),
        b"*" => (4, Operation::Other(Operator::Times)),
        b"\\" => (4, Operation::Other(Operator::Divided)),
        b"%" => (4, Operation::Other(Operator::Remainder)),
        _ => return None,
    })
}
