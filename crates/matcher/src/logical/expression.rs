//! The logical expression of a signature: which subsignatures must match, how often.
//!
//! ```text
//! expr  = index [comparison] | "(" expr ")" [comparison ["," distinct]] | expr "&" expr | expr "|" expr
//! comparison = ("=" | ">" | "<") number
//! ```
//!
//! Operators have no precedence. Text that is not one block is split at its *first* operator outside
//! brackets, the inside of a block at its *last*: `0&1|2` is `0&(1|2)`, `(0&1|2)` is `(0&1)|2`. ClamAV groups
//! so, and signatures in use depend on it. A single index may be surrounded by about anything:
//! `0=2,` means `0=2` and `8==9` means `8=9`; both stand in published signatures.

use crate::leb128::{put, take, take_byte};
use crate::line::{Refusal, leading_digits, malformed, shown};

/// A signature has at most this many subsignatures.
pub const MAX_SUBSIGS: usize = 64;
/// Deepest nesting. The longest line could nest 16,000 deep; no sensible one comes near this.
const MAX_DEPTH: usize = 600;

/// How a number of matches is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    Equal,
    More,
    Less,
}

/// `=N`, `>N` or `<N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Comparison {
    pub relation: Relation,
    pub value: u32,
}

impl Comparison {
    pub(super) const ANY: Self = Self { relation: Relation::More, value: 0 };

    /// Whether `count` satisfies it.
    pub fn holds(self, count: u32) -> bool {
        match self.relation {
            Relation::Equal => count == self.value,
            Relation::More => count > self.value,
            Relation::Less => count < self.value,
        }
    }

    /// The smallest number that every larger one is judged like.
    pub fn enough(self) -> u32 {
        match self.relation {
            Relation::Less => self.value.max(1),
            Relation::Equal | Relation::More => self.value.saturating_add(1),
        }
    }

    /// True when no match at all does not satisfy it.
    pub(super) fn needs_match(self) -> bool {
        !self.holds(0)
    }
}

/// What a block says about all matches in it: how many, of at least how many different subsignatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Total {
    pub comparison: Comparison,
    pub distinct: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Operator {
    And,
    Or,
}

/// A node of the tree; children are positions in `Expression::nodes`, always before their parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    Subsig { index: u8, comparison: Comparison },
    Join { operator: Operator, left: u32, right: u32, total: Option<Total> },
}

/// A parsed expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Expression {
    pub(super) nodes: Vec<Node>,
}

impl Expression {
    /// Reads the text of an expression.
    pub fn parse(text: &[u8]) -> Result<Self, Refusal> {
        let mut expression = Self { nodes: Vec::new() };
        expression.parse_into(text, MAX_DEPTH)?;
        Ok(expression)
    }

    /// The highest subsignature that occurs.
    pub fn highest(&self) -> u8 {
        self.subsigs().max().unwrap_or(0)
    }

    /// The subsignatures that occur, in order of the text, repeated as there.
    pub fn subsigs(&self) -> impl Iterator<Item = u8> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Subsig { index, .. } => Some(*index),
            Node::Join { .. } => None,
        })
    }

    /// Position of the whole expression's node.
    pub(super) fn root(&self) -> u32 {
        self.nodes.len().wrapping_sub(1) as u32
    }

    pub(super) fn node(&self, at: u32) -> Option<Node> {
        self.nodes.get(at as usize).copied()
    }

    fn push(&mut self, node: Node) -> u32 {
        self.nodes.push(node);
        (self.nodes.len() - 1) as u32
    }

    fn parse_into(&mut self, text: &[u8], depth: usize) -> Result<u32, Refusal> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(malformed("the expression is nested too deeply"));
        };
        let scan = Scan::of(text)?;
        if let Some(at) = scan.first_operator {
            return self.join(text, at, None, depth);
        }
        let Some(close) = scan.close else {
            if text.contains(&b'(') {
                return Err(malformed(format!("no operator before '(' in {}", shown(text))));
            }
            let node = single(text)?;
            return Ok(self.push(node));
        };
        let inside = text.get(1..close).unwrap_or(&[]);
        let total = block_total(text.get(close + 1..).unwrap_or(&[]))?;
        match Scan::of(inside)?.last_operator {
            Some(at) => self.join(inside, at, total, depth),
            None if total.is_some() => Err(malformed("a block of one part takes no comparison")),
            None => self.parse_into(inside, depth),
        }
    }

    fn join(&mut self, text: &[u8], at: usize, total: Option<Total>, depth: usize) -> Result<u32, Refusal> {
        let operator = if text.get(at) == Some(&b'&') { Operator::And } else { Operator::Or };
        let left = self.parse_into(text.get(..at).unwrap_or(&[]), depth)?;
        let right = self.parse_into(text.get(at + 1..).unwrap_or(&[]), depth)?;
        Ok(self.push(Node::Join { operator, left, right, total }))
    }

    /// Appends the expression's bytes: its nodes in postfix order.
    pub fn encode(&self, out: &mut Vec<u8>) {
        for node in &self.nodes {
            match *node {
                Node::Subsig { index, comparison: Comparison::ANY } => out.push(index),
                Node::Subsig { index, comparison } => {
                    out.extend([COMPARED | relation_code(comparison.relation), index]);
                    put(out, comparison.value);
                }
                Node::Join { operator, total, .. } => {
                    let operator = if operator == Operator::And { 0 } else { OR };
                    match total {
                        None => out.push(PLAIN_JOIN | operator),
                        Some(Total { comparison, distinct }) => {
                            out.push(TOTAL_JOIN | operator | relation_code(comparison.relation));
                            put(out, comparison.value);
                            put(out, distinct);
                        }
                    }
                }
            }
        }
    }

    /// Reads what [`Self::encode`] wrote; `None` for anything that is no expression.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let mut nodes = Vec::with_capacity(bytes.len().min(2 * MAX_SUBSIGS));
        // What waits for its operator: position and height of each subtree.
        let mut waiting: Vec<(u32, usize)> = Vec::new();
        while let Some(tag) = take_byte(&mut rest) {
            let at = nodes.len() as u32;
            let (node, height) = match tag {
                index if usize::from(index) < MAX_SUBSIGS => {
                    (Node::Subsig { index, comparison: Comparison::ANY }, 0)
                }
                tag if tag & KIND == COMPARED => {
                    let index = take_byte(&mut rest).filter(|&index| usize::from(index) < MAX_SUBSIGS)?;
                    (Node::Subsig { index, comparison: comparison(tag, &mut rest)? }, 0)
                }
                tag => {
                    let total = match tag & KIND {
                        PLAIN_JOIN => None,
                        TOTAL_JOIN => Some(Total {
                            comparison: comparison(tag, &mut rest)?,
                            distinct: take(&mut rest)?,
                        }),
                        _ => return None,
                    };
                    let (right, right_height) = waiting.pop()?;
                    let (left, left_height) = waiting.pop()?;
                    let operator = if tag & OR == 0 { Operator::And } else { Operator::Or };
                    (Node::Join { operator, left, right, total }, left_height.max(right_height) + 1)
                }
            };
            if height > MAX_DEPTH {
                return None;
            }
            nodes.push(node);
            waiting.push((at, height));
        }
        (waiting.len() == 1).then_some(Self { nodes })
    }
}

// Tags of the encoding. A byte below 64 is a subsignature that must match.
const KIND: u8 = 0b1111_0000;
const COMPARED: u8 = 0x40;
const PLAIN_JOIN: u8 = 0x50;
const TOTAL_JOIN: u8 = 0x60;
const OR: u8 = 0b1000;

fn relation_code(relation: Relation) -> u8 {
    match relation {
        Relation::Equal => 0,
        Relation::More => 1,
        Relation::Less => 2,
    }
}

fn comparison(tag: u8, rest: &mut &[u8]) -> Option<Comparison> {
    let relation = match tag & 0b11 {
        0 => Relation::Equal,
        1 => Relation::More,
        2 => Relation::Less,
        _ => return None,
    };
    Some(Comparison { relation, value: take(rest)? })
}

/// Where the brackets and operators of a text are.
struct Scan {
    /// The bracket that closes the one the text begins with.
    close: Option<usize>,
    first_operator: Option<usize>,
    last_operator: Option<usize>,
}

impl Scan {
    fn of(text: &[u8]) -> Result<Self, Refusal> {
        let mut scan = Self { close: None, first_operator: None, last_operator: None };
        let mut depth = 0_usize;
        for (at, byte) in text.iter().enumerate() {
            match byte {
                b'(' => depth += 1,
                b')' => {
                    depth = depth.checked_sub(1).ok_or_else(|| malformed("')' without '('"))?;
                    if depth == 0 && text.first() == Some(&b'(') {
                        scan.close.get_or_insert(at);
                    }
                }
                b'&' | b'|' if depth == 0 => {
                    scan.first_operator.get_or_insert(at);
                    scan.last_operator = Some(at);
                }
                _ => {}
            }
        }
        if depth == 0 { Ok(scan) } else { Err(malformed("'(' without ')'")) }
    }
}

fn relation(byte: u8) -> Option<Relation> {
    match byte {
        b'=' => Some(Relation::Equal),
        b'>' => Some(Relation::More),
        b'<' => Some(Relation::Less),
        _ => None,
    }
}

/// A single index with an optional comparison: the last relation sign in the text counts.
fn single(text: &[u8]) -> Result<Node, Refusal> {
    let (index, _) =
        lenient_number(text).ok_or_else(|| malformed(format!("{} is no subsignature", shown(text))))?;
    let index = u8::try_from(index)
        .ok()
        .filter(|&index| usize::from(index) < MAX_SUBSIGS)
        .ok_or_else(|| malformed(format!("there is no subsignature {index}")))?;
    let comparison = match text.iter().rposition(|&byte| relation(byte).is_some()) {
        None => Comparison::ANY,
        Some(at) => {
            let (sign, number) = text.split_at_checked(at + 1).unwrap_or((text, &[]));
            let relation = sign.last().copied().and_then(relation);
            let (value, _) = lenient_number(number)
                .ok_or_else(|| malformed(format!("no number after the sign in {}", shown(text))))?;
            Comparison { relation: relation.unwrap_or(Relation::Equal), value }
        }
    };
    Ok(Node::Subsig { index, comparison })
}

/// A number as C reads it: blanks, a sign, digits, then anything.
fn lenient_number(text: &[u8]) -> Option<(u32, &[u8])> {
    let text = text.trim_ascii_start();
    match text.split_first()? {
        (b'-', rest) => leading_digits(rest).map(|(value, rest)| (value.wrapping_neg(), rest)),
        (b'+', rest) => leading_digits(rest),
        _ => leading_digits(text),
    }
}

/// What stands behind a block's closing bracket: a sign, a number, then only digits and commas.
fn block_total(text: &[u8]) -> Result<Option<Total>, Refusal> {
    let Some((&sign, rest)) = text.split_first() else { return Ok(None) };
    let wrong = || malformed(format!("{} behind a block is no comparison", shown(text)));
    let relation = relation(sign).ok_or_else(wrong)?;
    let (value, rest) = lenient_number(rest).ok_or_else(wrong)?;
    if !rest.iter().all(|byte| matches!(byte, b'0'..=b'9' | b',')) {
        return Err(wrong());
    }
    let distinct = rest.strip_prefix(b",").and_then(leading_digits).map_or(0, |(number, _)| number);
    Ok(Some(Total { comparison: Comparison { relation, value }, distinct }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::super::evaluate::tests::any_text;
    use super::*;
    use proptest::prelude::*;

    /// Truth for 0 or 1 matches of each of four subsignatures, as bits of their numbers.
    fn table(text: &str) -> u16 {
        let expression = Expression::parse(text.as_bytes()).expect("loads");
        (0..16)
            .filter(|row| expression.evaluate(&mut |index, _| row >> index & 1))
            .fold(0, |bits, row| bits | 1 << row)
    }

    #[test]
    fn operators_group_as_in_clamav() {
        for (odd, plain) in [
            ("0&1|2", "0&(1|2)"),
            ("(0&1|2)", "(0&1)|2"),
            ("0|1&2", "0|(1&2)"),
            ("(0|1&2)", "(0|1)&2"),
            ("(0|1)&2|3", "(0|1)&(2|3)"),
            ("(0&1)|2&3", "(0&1)|(2&3)"),
            ("0&(1|2)|3", "0&((1|2)|3)"),
            ("((0|1)&2|3)", "((0|1)&2)|3"),
            ("(0&1|2&3)", "(0&(1|2))&3"),
        ] {
            assert_eq!(table(odd), table(plain), "{odd}");
        }
    }

    #[test]
    fn odd_texts_mean_what_clamav_makes_of_them() {
        for (odd, plain) in [
            ("0=2,&1&2", "0=2&1&2"),
            ("(0&1&(2==9))", "(0&1&(2=9))"),
            ("0=2,3&1", "0=2&1"),
            ("0>=1&1", "0=1&1"),
            ("0>1<3", "0<3"),
            ("0a=1x", "0=1"),
            (" 0= 2", "0=2"),
            ("0=-1", "0=4294967295"),
            ("(0|1)< 2,", "(0|1)<2"),
            ("(0&1)>2,2,2", "(0&1)>2,2"),
            ("((0))", "0"),
        ] {
            assert_eq!(Expression::parse(odd.as_bytes()), Expression::parse(plain.as_bytes()), "{odd}");
        }
    }

    #[test]
    fn what_clamav_refuses_is_refused() {
        for text in [
            "",
            "x",
            "!0",
            "0&",
            "&0",
            "0&&1",
            "(0",
            "0)",
            "()",
            "0=",
            "0=&1",
            "0>a",
            "64",
            "-1",
            "(0)>1",
            "((0&1))>1",
            "(0&1)=1=1",
            "(0&1)==2",
            "(0|1)>0x1",
            "(0&1)>,2",
            "(0|1)>1,a",
            "(0&1)2",
            "(0&1)<0, 3",
            "0(1&2)",
            "(0&1)(2)",
        ] {
            assert!(Expression::parse(text.as_bytes()).is_err(), "{text}");
        }
        let deep = |depth| [&b"(".repeat(depth)[..], b"0", &b")".repeat(depth)].concat();
        assert!(Expression::parse(&deep(500)).is_ok() && Expression::parse(&deep(5000)).is_err());
    }

    proptest! {
        #[test]
        fn encodings_come_back(text in any_text()) {
            let expression = Expression::parse(text.as_bytes()).expect("loads");
            let mut bytes = Vec::new();
            expression.encode(&mut bytes);
            prop_assert_eq!(Expression::decode(&bytes), Some(expression));
        }

        #[test]
        fn any_bytes_decode_or_not(bytes: Vec<u8>, near in proptest::collection::vec(0_u8..0x72, 0..40)) {
            for bytes in [bytes, near] {
                if let Some(expression) = Expression::decode(&bytes) {
                    expression.evaluate(&mut |index, _| u32::from(index));
                    expression.needs();
                }
            }
        }
    }
}
