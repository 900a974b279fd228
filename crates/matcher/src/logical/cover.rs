//! The necessary cover: a few subsignatures of which at least one must match if the expression is true.
//!
//! Only these go into the filter; the rest of a signature is searched when one of them was found.

use super::Logical;
use super::expression::{Expression, MAX_SUBSIGS, Node, Operator, Total};
use super::subsig::Subsig;

/// A set of subsignatures and what it costs to look for all of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cover {
    /// Bit set of the members.
    pub members: u64,
    pub cost: f32,
}

impl Cover {
    /// A single subsignature.
    pub fn one(index: u8, cost: f32) -> Self {
        Self { members: 1 << (index & 63), cost }
    }

    /// The members, ascending.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..MAX_SUBSIGS as u8).filter(move |&index| self.members >> index & 1 == 1)
    }

    fn union(self, other: Self) -> Self {
        if self.members == other.members {
            return self;
        }
        Self { members: self.members | other.members, cost: self.cost + other.cost }
    }
}

fn cheaper(one: Option<Cover>, other: Option<Cover>) -> Option<Cover> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other.cost < one.cost { other } else { one }),
        (one, other) => one.or(other),
    }
}

fn union(covers: impl IntoIterator<Item = Option<Cover>>) -> Option<Cover> {
    covers.into_iter().reduce(|one, other| Some(one?.union(other?))).flatten()
}

impl Logical<'_> {
    /// The cheapest cover found. `cost` is what looking for a body pattern or a picture hash costs, `None` if
    /// it cannot be looked for. `None` altogether means that the signature must always be evaluated.
    pub fn cover(&self, cost: &dyn Fn(u8) -> Option<f32>) -> Option<Cover> {
        let body = |index: u8| match self.subsigs.get(usize::from(index)) {
            Some(Subsig::Body(_)) => cost(index).map(|cost| Cover::one(index, cost)),
            _ => None,
        };
        // A regex refers to earlier subsignatures only, so one pass knows all it needs.
        let mut known: Vec<Option<Cover>> = Vec::with_capacity(self.subsigs.len());
        for (index, subsig) in (0_u8..).zip(&self.subsigs) {
            let cover = match subsig {
                Subsig::Body(_) => body(index),
                Subsig::Pcre(pcre) => {
                    pcre.trigger.cover(&|index| known.get(usize::from(index)).copied().flatten())
                }
                Subsig::ByteCompare(compare) => body(compare.reference),
                Subsig::Macro(_) => index.checked_sub(1).and_then(body),
                Subsig::Picture(_) => cost(index).map(|cost| Cover::one(index, cost)),
            };
            known.push(cover);
        }
        self.expression.cover(&|index| known.get(usize::from(index)).copied().flatten())
    }
}

impl Expression {
    /// The cheapest cover found, made of the covers that `resolve` knows for single subsignatures.
    pub fn cover(&self, resolve: &dyn Fn(u8) -> Option<Cover>) -> Option<Cover> {
        self.necessary(self.root(), resolve)
    }

    fn necessary(&self, at: u32, resolve: &dyn Fn(u8) -> Option<Cover>) -> Option<Cover> {
        match self.node(at)? {
            Node::Subsig { index, comparison } => comparison.needs_match().then(|| resolve(index)).flatten(),
            Node::Join { operator, left, right, total } => {
                let inside = || {
                    let sides = [self.necessary(left, resolve), self.necessary(right, resolve)];
                    match operator {
                        Operator::And => cheaper(sides[0], sides[1]),
                        Operator::Or => union(sides),
                    }
                };
                match total {
                    None => inside(),
                    Some(total) if total.comparison.needs_match() => {
                        // At least one match was summed up, so one of all the leaves matched.
                        let summed = union(self.leaf_set(at).iter().map(resolve));
                        cheaper(cheaper(inside(), summed), self.several(at, total, resolve))
                    }
                    // Without a match the block is true only if it need not be of different subsignatures.
                    Some(total) if total.distinct > 0 => cheaper(inside(), self.several(at, total, resolve)),
                    Some(_) => None,
                }
            }
        }
    }

    /// Of k subsignatures at least n match: among any k - n + 1 of them is one that does.
    fn several(&self, at: u32, total: Total, resolve: &dyn Fn(u8) -> Option<Cover>) -> Option<Cover> {
        let (mut strict, mut free) = (0_u64, 0_u64);
        self.split_leaves(at, true, &mut strict, &mut free);
        strict &= !free;
        let matched = total.distinct.checked_sub(free.count_ones()).filter(|&matched| matched > 0)?;
        let wanted = strict.count_ones().checked_sub(matched)? as usize + 1;
        let mut covers: Vec<Cover> =
            Cover { members: strict, cost: 0.0 }.iter().filter_map(resolve).collect();
        covers.sort_by(|one, other| one.cost.total_cmp(&other.cost));
        union(covers.get(..wanted)?.iter().copied().map(Some))
    }

    /// The subsignatures whose conditions a block's distinct count sees: those that hold with a match only,
    /// and those that may hold without.
    fn split_leaves(&self, at: u32, outermost: bool, strict: &mut u64, free: &mut u64) {
        match self.node(at) {
            Some(Node::Subsig { index, comparison }) => {
                *(if comparison.needs_match() { strict } else { free }) |= 1 << (index & 63);
            }
            Some(Node::Join { left, right, total, .. }) if outermost || total.is_none() => {
                self.split_leaves(left, false, strict, free);
                self.split_leaves(right, false, strict, free);
            }
            _ => {}
        }
    }

    fn leaf_set(&self, at: u32) -> Cover {
        match self.node(at) {
            Some(Node::Subsig { index, .. }) => Cover::one(index, 0.0),
            Some(Node::Join { left, right, .. }) => self.leaf_set(left).union(self.leaf_set(right)),
            None => Cover { members: 0, cost: 0.0 },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::super::evaluate::tests::any_text;
    use super::*;
    use crate::magic::FileTypes;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_true_expression_has_a_match_in_its_cover(
            text in any_text(),
            counts in proptest::array::uniform5(0_u32..5),
            costs in proptest::array::uniform5(proptest::option::weighted(0.9, 0.0_f32..9.0)),
        ) {
            let expression = Expression::parse(text.as_bytes()).expect("right");
            let resolve = |index: u8| costs[usize::from(index)].map(|cost| Cover::one(index, cost));
            let cover = expression.cover(&resolve);
            if let Some(cover) = cover && expression.evaluate(&mut |index, _| counts[usize::from(index)]) {
                prop_assert!(cover.iter().any(|index| counts[usize::from(index)] > 0), "{text} {cover:?} {counts:?}");
            }
            if cover.is_some() {
                prop_assert!(!expression.evaluate(&mut |_, _| 0), "{}", text);
            }
        }
    }

    fn members(text: &str, costs: &[f32]) -> Option<Vec<u8>> {
        let expression = Expression::parse(text.as_bytes()).expect("right");
        let cover = expression.cover(&|index| Some(Cover::one(index, costs[usize::from(index)])));
        cover.map(|cover| cover.iter().collect())
    }

    #[test]
    fn covers_are_the_cheapest() {
        assert_eq!(members("0&1&2", &[5.0, 1.0, 3.0]), Some(vec![1]));
        assert_eq!(members("0|1&2", &[5.0, 9.0, 3.0]), Some(vec![0, 2]));
        assert_eq!(members("0=0&1", &[1.0, 9.0]), Some(vec![1]));
        assert_eq!(members("0=0|1", &[1.0, 9.0]), None);
        assert_eq!(members("0<3", &[1.0]), None);
        assert_eq!(members("(0|1|2|3)>1", &[1.0; 4]), Some(vec![0, 1, 2, 3]));
        assert_eq!(members("(0|1|2|3)>2,3", &[4.0, 3.0, 2.0, 1.0]), Some(vec![2, 3]));
        assert_eq!(members("(0<5|1)>0", &[1.0; 2]), Some(vec![0, 1]));
        assert_eq!(members("(0|1)<5,1", &[1.0; 2]), Some(vec![0, 1]));
    }

    #[test]
    fn special_subsignatures_are_covered_by_what_they_stand_on() {
        let types = FileTypes::default();
        let cover = |line: &str| {
            let logical = Logical::parse(line.as_bytes(), 216, &types).expect("loads");
            logical.cover(&|_| Some(1.0)).map(|cover| cover.iter().collect::<Vec<_>>())
        };
        assert_eq!(cover("x;Target:0;2;6162;6364;0|1/abc/"), Some(vec![0, 1]));
        assert_eq!(cover("x;Target:0;3;6162;6364;0&1/abc/;2=0/x/"), None);
        assert_eq!(cover("x;Target:0;1;6162;0(>>4#ib1#=1)"), Some(vec![0]));
        assert_eq!(cover("x;Target:0;1;6162;${0-9}3$"), Some(vec![0]));
        assert_eq!(cover("x;Target:0;0;fuzzy_img#0123456789abcdef"), Some(vec![0]));
    }
}
