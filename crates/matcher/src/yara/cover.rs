//! The necessary cover of a condition: a few atoms of which at least one must match if it holds.
//!
//! The same idea as for logical signatures. What a condition needs is looked for in two ways: `necessary` for a
//! node to be true, `defined` for it not to be undefined, which is what makes a comparison with `@a` true only
//! where `$a` is.

use super::tree::{Node, NodeId, Operator, Quantifier, Tree, Which};

/// Atoms and what it costs to look for all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cover {
    /// Sorted. None of them is needed where the condition never holds.
    pub atoms: Vec<u32>,
    pub cost: f32,
}

impl Cover {
    /// A single atom.
    pub fn one(atom: u32, cost: f32) -> Self {
        Self { atoms: vec![atom], cost }
    }

    fn union(mut self, other: &Self) -> Self {
        for atom in &other.atoms {
            if let Err(place) = self.atoms.binary_search(atom) {
                self.atoms.insert(place, *atom);
                self.cost += other.cost / other.atoms.len() as f32;
            }
        }
        self
    }
}

/// What is known of a rule's strings and of other rules.
pub trait Parts {
    /// What must be found if string number `index` matches.
    fn string(&self, index: u8) -> Option<Cover>;
    /// What must be found if another rule holds.
    fn rule(&self, signature: u32) -> Option<Cover>;
}

/// The cheapest cover found; None when the condition may hold without any match.
pub fn cover(tree: &Tree, parts: &dyn Parts) -> Option<Cover> {
    Search { tree, parts }.necessary(tree.root(), None)
}

struct Search<'s> {
    tree: &'s Tree,
    parts: &'s dyn Parts,
}

fn cheaper(one: Option<Cover>, other: Option<Cover>) -> Option<Cover> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other.cost < one.cost { other } else { one }),
        (one, other) => one.or(other),
    }
}

fn union(covers: impl IntoIterator<Item = Option<Cover>>) -> Option<Cover> {
    covers.into_iter().try_fold(Cover::default(), |all, one| Some(all.union(&one?)))
}

/// Of `covers` at least `wanted` hold: among any `covers.len() - wanted + 1` is one that does.
fn several(covers: Vec<Option<Cover>>, wanted: usize) -> Option<Cover> {
    let needed = covers.len().checked_sub(wanted).map(|rest| rest + 1)?;
    let mut known: Vec<Cover> = covers.into_iter().flatten().collect();
    known.sort_by(|one, other| one.cost.total_cmp(&other.cost));
    union(known.get(..needed)?.iter().cloned().map(Some))
}

impl Search<'_> {
    fn string(&self, which: Which, current: Option<u8>) -> Option<Cover> {
        match which {
            Which::Fixed(index) => self.parts.string(index),
            Which::Current => self.parts.string(current?),
        }
    }

    fn number(&self, id: NodeId) -> Option<i64> {
        match self.tree.node(id)? {
            Node::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// What must match for the node to be true; `current` is the string of a loop over strings.
    fn necessary(&self, id: NodeId, current: Option<u8>) -> Option<Cover> {
        match self.tree.node(id)? {
            Node::Number(0) => Some(Cover::default()),
            Node::Found(which) | Node::Count(which) | Node::At(which, _) | Node::In(which, ..) => {
                self.string(*which, current)
            }
            Node::Rule(rule) => self.parts.rule(*rule),
            Node::Binary(operator, left, right) if operator.compares() => {
                let defined = cheaper(self.defined(*left, current), self.defined(*right, current));
                cheaper(defined, self.counted(*operator, *left, *right, current))
            }
            Node::And(list) => {
                list.iter().map(|node| self.necessary(*node, current)).reduce(cheaper).flatten()
            }
            Node::Or(list) => union(list.iter().map(|node| self.necessary(*node, current))),
            Node::Of(quantifier, strings) => {
                let covers: Vec<_> = strings.iter().map(|string| self.parts.string(*string)).collect();
                several(covers, self.wanted(*quantifier, strings.len())?)
            }
            Node::ForStrings(quantifier, strings, body) => {
                let wanted = self.wanted(*quantifier, strings.len())?;
                // A body that gives numbers can make up for others.
                let wanted = if self.tree.is_truth(*body) { wanted } else { 1 };
                let turns = strings.iter().map(|string| self.necessary(*body, Some(*string))).collect();
                several(turns, wanted)
            }
            Node::ForRange(quantifier, _, bounds, body) => {
                self.wanted(*quantifier, 1)?;
                let bounds = bounds.iter().map(|bound| self.defined(*bound, current));
                cheaper(bounds.reduce(cheaper).flatten(), self.necessary(*body, current))
            }
            Node::ForList(quantifier, _, _, body) => {
                self.wanted(*quantifier, 1)?;
                self.necessary(*body, current)
            }
            _ => self.defined(id, current),
        }
    }

    /// How many of `count` are wanted, where that is at least one whatever the data are.
    fn wanted(&self, quantifier: Quantifier, count: usize) -> Option<usize> {
        match quantifier {
            Quantifier::All => Some(count),
            Quantifier::AtLeast(node) => usize::try_from(self.number(node)?).ok().filter(|&n| n > 0),
        }
    }

    /// What must match for the node not to be undefined.
    fn defined(&self, id: NodeId, current: Option<u8>) -> Option<Cover> {
        match self.tree.node(id)? {
            Node::Offset(which, index) => {
                cheaper(self.string(*which, current), self.defined(*index, current))
            }
            Node::Read(_, of) | Node::Complement(of) | Node::Not(of) => self.defined(*of, current),
            Node::Binary(operator, left, right) if !operator.compares() => {
                cheaper(self.defined(*left, current), self.defined(*right, current))
            }
            _ => None,
        }
    }

    /// What must match for a comparison of a count with a number to be true.
    fn counted(&self, operator: Operator, left: NodeId, right: NodeId, current: Option<u8>) -> Option<Cover> {
        let (operator, which, number) = match (self.tree.node(left)?, self.tree.node(right)?) {
            (Node::Count(which), Node::Number(number)) => (operator, which, *number),
            (Node::Number(number), Node::Count(which)) => {
                let turned = match operator {
                    Operator::Less => Operator::More,
                    Operator::More => Operator::Less,
                    Operator::LessOrEqual => Operator::MoreOrEqual,
                    Operator::MoreOrEqual => Operator::LessOrEqual,
                    same => same,
                };
                (turned, which, *number)
            }
            _ => return None,
        };
        let holds_without = match operator {
            Operator::Equal => number == 0,
            Operator::Different => number != 0,
            Operator::Less => number > 0,
            Operator::More => number < 0,
            Operator::LessOrEqual => number >= 0,
            _ => number <= 0,
        };
        if holds_without { None } else { self.string(*which, current) }
    }
}
