//! Deciding an expression from numbers of matches, asking for as few of them as possible.

use super::expression::{Expression, Node, Operator, Total};

/// What a subtree adds to the block around it; nothing when it is false.
#[derive(Clone, Copy, Default)]
struct Tally {
    matches: u32,
    /// Bit set of the subsignatures whose condition holds, `0=0` without a match included.
    subsigs: u64,
}

impl Tally {
    fn add(self, other: Self) -> Self {
        Self {
            matches: self.matches.saturating_add(other.matches),
            subsigs: self.subsigs | other.subsigs,
        }
    }
}

type Counts<'a> = &'a mut dyn FnMut(u8, u32) -> u32;

impl Expression {
    /// Whether the expression is true. `counts(subsig, need)` answers how often a subsignature matched; any
    /// number from `need` on may be given as soon as it is reached. Subsignatures that cannot change the
    /// answer are not asked for.
    pub fn evaluate(&self, counts: &mut dyn FnMut(u8, u32) -> u32) -> bool {
        let root = self.nodes.len().wrapping_sub(1) as u32;
        self.decide(root, counts)
    }

    /// Truth alone: nothing around it sums up matches.
    fn decide(&self, at: u32, counts: Counts<'_>) -> bool {
        match self.node(at) {
            None => false,
            Some(Node::Subsig { index, comparison }) => {
                comparison.holds(counts(index, comparison.enough()))
            }
            Some(Node::Join { operator: Operator::And, left, right, total: None }) => {
                self.decide(left, counts) && self.decide(right, counts)
            }
            Some(Node::Join { operator: Operator::Or, left, right, total: None }) => {
                self.decide(left, counts) || self.decide(right, counts)
            }
            Some(Node::Join { total: Some(total), .. }) => {
                self.tally(at, total.comparison.enough(), counts).is_some()
            }
        }
    }

    /// The matches of a subtree, exact up to `cap`; `None` when it is false.
    fn tally(&self, at: u32, cap: u32, counts: Counts<'_>) -> Option<Tally> {
        match self.node(at)? {
            Node::Subsig { index, comparison } => {
                let matches = counts(index, comparison.enough().max(cap));
                comparison.holds(matches).then_some(Tally { matches, subsigs: 1 << (index & 63) })
            }
            Node::Join { operator, left, right, total } => {
                let cap = total.map_or(cap, |total| cap.max(total.comparison.enough()));
                let inside = match operator {
                    Operator::And => self
                        .tally(left, cap, counts)
                        .and_then(|left| Some(left.add(self.tally(right, cap, counts)?))),
                    Operator::Or => {
                        let left = self.tally(left, cap, counts);
                        let right = self.tally(right, cap, counts);
                        match (left, right) {
                            (Some(left), Some(right)) => Some(left.add(right)),
                            (one, other) => one.or(other),
                        }
                    }
                };
                match total {
                    None => inside,
                    Some(total) => judge(total, inside.unwrap_or_default()),
                }
            }
        }
    }

    pub(super) fn node(&self, at: u32) -> Option<Node> {
        self.nodes.get(at as usize).copied()
    }

    /// The subsignatures that occur, ascending, each with the most matches that are ever asked for.
    pub fn needs(&self) -> Vec<(u8, u32)> {
        let mut needs = [0_u32; super::expression::MAX_SUBSIGS];
        self.collect_needs(self.nodes.len().wrapping_sub(1) as u32, 0, &mut needs);
        (0..).zip(needs).filter(|&(_, need)| need > 0).collect()
    }

    fn collect_needs(&self, at: u32, cap: u32, needs: &mut [u32]) {
        match self.node(at) {
            None => {}
            Some(Node::Subsig { index, comparison }) => {
                if let Some(need) = needs.get_mut(usize::from(index)) {
                    *need = comparison.enough().max(cap).max(*need);
                }
            }
            Some(Node::Join { left, right, total, .. }) => {
                let cap = total.map_or(cap, |total| cap.max(total.comparison.enough()));
                self.collect_needs(left, cap, needs);
                self.collect_needs(right, cap, needs);
            }
        }
    }
}

/// A block with a comparison passes on its matches, but not which subsignatures they are of.
fn judge(total: Total, inside: Tally) -> Option<Tally> {
    let distinct = inside.subsigs.count_ones();
    (total.comparison.holds(inside.matches) && distinct >= total.distinct)
        .then_some(Tally { matches: inside.matches, subsigs: 0 })
}

