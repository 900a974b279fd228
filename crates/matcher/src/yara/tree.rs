//! A condition as a tree, and its bytes in the image.
//!
//! Nodes lie in one list, children always before their parents, the root last. What is read back from an
//! image is checked for just that, and for its depth; strings and rules it names are checked where they are
//! looked up.

use crate::leb128::{put, take, take_byte};

/// Number of a node.
pub type NodeId = u32;

/// Deepest nesting of a condition, counted in nodes.
pub const MAX_DEPTH: u8 = 100;
/// Loops within loops.
pub const MAX_LOOPS: u8 = 4;
/// More nodes than any rule written by hand has.
const MAX_NODES: usize = 1 << 16;

/// Which string of the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Fixed(u8),
    /// `$` within a loop over strings.
    Current,
}

/// How many strings or turns of a loop are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    All,
    AtLeast(NodeId),
}

/// Operators with two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Equal,
    Different,
    Less,
    More,
    LessOrEqual,
    MoreOrEqual,
    Plus,
    Minus,
    Times,
    Divided,
    Remainder,
    ExclusiveOr,
    ShiftLeft,
    ShiftRight,
}

impl Operator {
    const ALL: [Self; 14] = [
        Self::Equal,
        Self::Different,
        Self::Less,
        Self::More,
        Self::LessOrEqual,
        Self::MoreOrEqual,
        Self::Plus,
        Self::Minus,
        Self::Times,
        Self::Divided,
        Self::Remainder,
        Self::ExclusiveOr,
        Self::ShiftLeft,
        Self::ShiftRight,
    ];

    /// Whether the result is a truth and not a number.
    pub fn compares(self) -> bool {
        (self as u8) < Self::Plus as u8
    }
}

/// An integer read from the scanned data, always little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Width {
    /// 1, 2 or 4.
    pub bytes: u8,
    pub signed: bool,
}

/// A part of a condition. Numbers have 64 bits; a truth is the number 0 or 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Number(i64),
    FileSize,
    EntryPoint,
    Read(Width, NodeId),
    Found(Which),
    At(Which, NodeId),
    /// From the first to the second, both included.
    In(Which, NodeId, NodeId),
    Count(Which),
    /// Where match number such-and-such, from 1, begins.
    Offset(Which, NodeId),
    /// Variable of the loop that is so deep, from 0.
    Variable(u8),
    /// Another rule, by its signature number.
    Rule(u32),
    Not(NodeId),
    Complement(NodeId),
    Binary(Operator, NodeId, NodeId),
    /// Bitwise, as in `ClamAV`: of truths and of numbers alike.
    And(Vec<NodeId>),
    Or(Vec<NodeId>),
    Of(Quantifier, Vec<u8>),
    ForStrings(Quantifier, Vec<u8>, NodeId),
    /// The loop's depth, its bounds and its body.
    ForRange(Quantifier, u8, [NodeId; 2], NodeId),
    ForList(Quantifier, u8, Vec<NodeId>, NodeId),
}

/// A whole condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    nodes: Vec<Node>,
    depths: Vec<u8>,
    /// Whether a node gives nothing but 0, 1 and undefined.
    truths: Vec<bool>,
}

impl Tree {
    /// Adds a node above those that are there; None when the tree becomes too large or too deep, or a child
    /// is none of its own.
    pub fn push(&mut self, node: Node) -> Option<NodeId> {
        let mut depth = 0;
        for child in node.children() {
            depth = depth.max(*self.depths.get(child as usize)?);
        }
        let depth = depth + 1;
        if depth > MAX_DEPTH || self.nodes.len() >= MAX_NODES {
            return None;
        }
        self.truths.push(match &node {
            Node::Number(number) => matches!(number, 0 | 1),
            Node::Binary(operator, ..) => operator.compares(),
            Node::And(list) | Node::Or(list) => list.iter().all(|node| self.is_truth(*node)),
            Node::Found(_)
            | Node::At(..)
            | Node::In(..)
            | Node::Rule(_)
            | Node::Not(_)
            | Node::Of(..)
            | Node::ForStrings(..)
            | Node::ForRange(..)
            | Node::ForList(..) => true,
            _ => false,
        });
        self.nodes.push(node);
        self.depths.push(depth);
        Some(self.nodes.len() as NodeId - 1)
    }

    /// A node by its number.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    /// Whether a node gives nothing but 0, 1 and undefined.
    pub fn is_truth(&self, id: NodeId) -> bool {
        self.truths.get(id as usize).copied().unwrap_or(false)
    }

    /// The whole condition's node.
    pub fn root(&self) -> NodeId {
        self.nodes.len().wrapping_sub(1) as NodeId
    }

    /// The rules that the condition names.
    pub fn rules(&self) -> impl Iterator<Item = u32> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Rule(rule) => Some(*rule),
            _ => None,
        })
    }

    /// Replaces strings wanted at places known beforehand, from the first to the second, by the strings that
    /// `place` makes of them.
    pub fn place(&mut self, mut place: impl FnMut(u8, i64, i64) -> Option<u8>) {
        for index in 0..self.nodes.len() {
            let number = |id: &NodeId| match self.nodes.get(*id as usize) {
                Some(Node::Number(number)) => Some(*number),
                _ => None,
            };
            let wanted = match self.nodes.get(index) {
                Some(Node::At(Which::Fixed(string), at)) => number(at).map(|at| (*string, at, at)),
                Some(Node::In(Which::Fixed(string), low, high)) => {
                    number(low).zip(number(high)).map(|(low, high)| (*string, low, high))
                }
                _ => None,
            };
            let made = wanted.and_then(|(string, low, high)| place(string, low, high));
            if let (Some(made), Some(node)) = (made, self.nodes.get_mut(index)) {
                *node = Node::Found(Which::Fixed(made));
            }
        }
    }

    /// Appends the tree's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        put(out, self.nodes.len() as u64);
        for node in &self.nodes {
            node.encode(out);
        }
    }

    /// Takes a tree off the front of `input`; None for anything that is not one.
    pub fn decode(input: &mut &[u8]) -> Option<Self> {
        let count: u64 = take(input)?;
        let mut tree = Self::default();
        for _ in 0..count {
            tree.push(Node::decode(input)?)?;
        }
        (!tree.nodes.is_empty()).then_some(tree)
    }
}

impl Quantifier {
    fn node(self) -> Option<NodeId> {
        match self {
            Self::All => None,
            Self::AtLeast(node) => Some(node),
        }
    }

    fn encode(self, out: &mut Vec<u8>) {
        put(out, self.node().map_or(0, |node| u64::from(node) + 1));
    }

    fn decode(input: &mut &[u8]) -> Option<Self> {
        match take::<u32>(input)? {
            0 => Some(Self::All),
            node => Some(Self::AtLeast(node - 1)),
        }
    }
}

impl Which {
    fn encode(self, out: &mut Vec<u8>) {
        put(
            out,
            match self {
                Self::Current => 0,
                Self::Fixed(index) => u64::from(index) + 1,
            },
        );
    }

    fn decode(input: &mut &[u8]) -> Option<Self> {
        match take::<u32>(input)? {
            0 => Some(Self::Current),
            index => Some(Self::Fixed(u8::try_from(index - 1).ok()?)),
        }
    }
}

impl Node {
    fn children(&self) -> impl Iterator<Item = NodeId> {
        let (fixed, list): ([Option<NodeId>; 4], &[NodeId]) = match self {
            Self::Number(_)
            | Self::FileSize
            | Self::EntryPoint
            | Self::Found(_)
            | Self::Count(_)
            | Self::Variable(_)
            | Self::Rule(_) => ([None; 4], &[]),
            Self::Read(_, one)
            | Self::At(_, one)
            | Self::Offset(_, one)
            | Self::Not(one)
            | Self::Complement(one) => ([Some(*one), None, None, None], &[]),
            Self::In(_, one, two) | Self::Binary(_, one, two) => ([Some(*one), Some(*two), None, None], &[]),
            Self::And(list) | Self::Or(list) => ([None; 4], list),
            Self::Of(quantifier, _) => ([quantifier.node(), None, None, None], &[]),
            Self::ForStrings(quantifier, _, body) => ([quantifier.node(), Some(*body), None, None], &[]),
            Self::ForRange(quantifier, _, [low, high], body) => {
                ([quantifier.node(), Some(*low), Some(*high), Some(*body)], &[])
            }
            Self::ForList(quantifier, _, items, body) => {
                ([quantifier.node(), Some(*body), None, None], items)
            }
        };
        fixed.into_iter().flatten().chain(list.iter().copied())
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let number = |out: &mut Vec<u8>, node: &NodeId| put(out, u64::from(*node));
        out.push(self.tag());
        match self {
            Self::Number(value) => put(out, value.cast_unsigned()),
            Self::FileSize | Self::EntryPoint => {}
            Self::Read(width, at) => {
                out.push(width.bytes << 1 | u8::from(width.signed));
                number(out, at);
            }
            Self::Found(which) | Self::Count(which) => which.encode(out),
            Self::At(which, at) | Self::Offset(which, at) => {
                which.encode(out);
                number(out, at);
            }
            Self::In(which, low, high) => {
                which.encode(out);
                number(out, low);
                number(out, high);
            }
            Self::Variable(depth) => out.push(*depth),
            Self::Rule(rule) => number(out, rule),
            Self::Not(of) | Self::Complement(of) => number(out, of),
            Self::Binary(operator, left, right) => {
                out.push(*operator as u8);
                number(out, left);
                number(out, right);
            }
            Self::And(list) | Self::Or(list) => encode_list(out, list),
            Self::Of(quantifier, strings) => {
                quantifier.encode(out);
                crate::leb128::put_bytes(out, strings);
            }
            Self::ForStrings(quantifier, strings, body) => {
                quantifier.encode(out);
                crate::leb128::put_bytes(out, strings);
                number(out, body);
            }
            Self::ForRange(quantifier, depth, bounds, body) => {
                quantifier.encode(out);
                out.push(*depth);
                for bound in bounds {
                    number(out, bound);
                }
                number(out, body);
            }
            Self::ForList(quantifier, depth, items, body) => {
                quantifier.encode(out);
                out.push(*depth);
                encode_list(out, items);
                number(out, body);
            }
        }
    }

    fn tag(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::FileSize => 1,
            Self::EntryPoint => 2,
            Self::Read(..) => 3,
            Self::Found(_) => 4,
            Self::At(..) => 5,
            Self::In(..) => 6,
            Self::Count(_) => 7,
            Self::Offset(..) => 8,
            Self::Variable(_) => 9,
            Self::Rule(_) => 10,
            Self::Not(_) => 11,
            Self::Complement(_) => 12,
            Self::Binary(..) => 13,
            Self::And(_) => 14,
            Self::Or(_) => 15,
            Self::Of(..) => 16,
            Self::ForStrings(..) => 17,
            Self::ForRange(..) => 18,
            Self::ForList(..) => 19,
        }
    }

    fn decode(input: &mut &[u8]) -> Option<Self> {
        let tag = take_byte(input)?;
        let number = |input: &mut &[u8]| take::<u32>(input);
        let depth = |input: &mut &[u8]| take_byte(input).filter(|depth| *depth < MAX_LOOPS);
        let strings = |input: &mut &[u8]| crate::leb128::take_bytes(input).map(<[u8]>::to_vec);
        Some(match tag {
            0 => Self::Number(take::<u64>(input)?.cast_signed()),
            1 => Self::FileSize,
            2 => Self::EntryPoint,
            3 => {
                let bits = take_byte(input)?;
                let width = Width { bytes: bits >> 1, signed: bits & 1 == 1 };
                Self::Read(width, number(input).filter(|_| matches!(width.bytes, 1 | 2 | 4))?)
            }
            4 => Self::Found(Which::decode(input)?),
            5 => Self::At(Which::decode(input)?, number(input)?),
            6 => Self::In(Which::decode(input)?, number(input)?, number(input)?),
            7 => Self::Count(Which::decode(input)?),
            8 => Self::Offset(Which::decode(input)?, number(input)?),
            9 => Self::Variable(depth(input)?),
            10 => Self::Rule(number(input)?),
            11 => Self::Not(number(input)?),
            12 => Self::Complement(number(input)?),
            13 => {
                let operator = *Operator::ALL.get(usize::from(take_byte(input)?))?;
                Self::Binary(operator, number(input)?, number(input)?)
            }
            14 => Self::And(decode_list(input)?),
            15 => Self::Or(decode_list(input)?),
            16 => Self::Of(Quantifier::decode(input)?, strings(input)?),
            17 => Self::ForStrings(Quantifier::decode(input)?, strings(input)?, number(input)?),
            18 => Self::ForRange(
                Quantifier::decode(input)?,
                depth(input)?,
                [number(input)?, number(input)?],
                number(input)?,
            ),
            19 => {
                Self::ForList(Quantifier::decode(input)?, depth(input)?, decode_list(input)?, number(input)?)
            }
            _ => return None,
        })
    }
}

fn encode_list(out: &mut Vec<u8>, list: &[NodeId]) {
    put(out, list.len() as u64);
    for node in list {
        put(out, u64::from(*node));
    }
}

fn decode_list(input: &mut &[u8]) -> Option<Vec<NodeId>> {
    let count = take(input).filter(|count| *count <= MAX_NODES as u64)?;
    (0..count).map(|_| take(input)).collect()
}
