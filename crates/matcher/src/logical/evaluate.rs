//! Deciding an expression from numbers of matches, asking for as few of them as possible.

use super::expression::{Expression, MAX_SUBSIGS, Node, Operator, Relation, Total};

/// What a true subtree adds to the block around it. A false one adds nothing.
#[derive(Clone, Copy, Default)]
struct Tally {
    matches: u32,
    /// Bit set of the subsignatures whose condition holds, `0=0` without a match included.
    subsigs: u64,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.matches = self.matches.saturating_add(other.matches);
        self.subsigs |= other.subsigs;
    }
}

/// `counts(subsig, need)`: how often a subsignature matched, or any number from `need` on once it is reached.
type Counts<'a> = dyn FnMut(u8, u32) -> u32 + 'a;

impl Expression {
    /// Whether the expression is true. `counts(subsig, need)` answers how often a subsignature matched; any
    /// number from `need` on may be given as soon as it is reached. Subsignatures that cannot change the
    /// answer are not asked for.
    pub fn evaluate(&self, counts: &mut dyn FnMut(u8, u32) -> u32) -> bool {
        self.decide(self.root(), counts)
    }

    /// Truth alone: nothing around it sums up matches.
    fn decide(&self, at: u32, counts: &mut Counts<'_>) -> bool {
        match self.node(at) {
            None => false,
            Some(Node::Subsig { index, comparison }) => comparison.holds(counts(index, comparison.enough())),
            Some(Node::Join { operator: Operator::And, left, right, total: None }) => {
                self.decide(left, counts) && self.decide(right, counts)
            }
            Some(Node::Join { operator: Operator::Or, left, right, total: None }) => {
                self.decide(left, counts) || self.decide(right, counts)
            }
            Some(Node::Join { operator: Operator::And, total: Some(total), .. }) => {
                self.tally(at, total.comparison.enough(), counts).is_some()
            }
            Some(Node::Join { operator: Operator::Or, left, right, total: Some(total) }) => {
                self.decide_sum([left, right], total, counts)
            }
        }
    }

    /// A block of alternatives, left as soon as the rest cannot change the answer.
    fn decide_sum(&self, sides: [u32; 2], total: Total, counts: &mut Counts<'_>) -> bool {
        let mut operands = Vec::new();
        for side in sides {
            self.alternatives(side, &mut operands);
        }
        let mut ahead: u32 = operands.iter().map(|&operand| self.leaves(operand)).sum();
        let mut sum = Tally::default();
        for operand in operands {
            ahead = ahead.saturating_sub(self.leaves(operand));
            if let Some(tally) = self.tally(operand, total.comparison.enough(), counts) {
                sum.add(tally);
            }
            let distinct = sum.subsigs.count_ones();
            let settled = match total.comparison.relation {
                Relation::More => total.comparison.holds(sum.matches) && distinct >= total.distinct,
                Relation::Equal => sum.matches > total.comparison.value,
                Relation::Less => sum.matches >= total.comparison.value,
            };
            if settled || distinct.saturating_add(ahead) < total.distinct {
                break;
            }
        }
        judge(total, sum).is_some()
    }

    /// The matches of a subtree, exact up to `cap`; `None` when it is false.
    fn tally(&self, at: u32, cap: u32, counts: &mut Counts<'_>) -> Option<Tally> {
        match self.node(at)? {
            Node::Subsig { index, comparison } => {
                let matches = counts(index, comparison.enough().max(cap));
                comparison.holds(matches).then_some(Tally { matches, subsigs: 1 << (index & 63) })
            }
            Node::Join { operator, left, right, total } => {
                let cap = total.map_or(cap, |total| cap.max(total.comparison.enough()));
                let inside = match operator {
                    Operator::And => self.tally(left, cap, counts).and_then(|mut sum| {
                        sum.add(self.tally(right, cap, counts)?);
                        Some(sum)
                    }),
                    Operator::Or => match (self.tally(left, cap, counts), self.tally(right, cap, counts)) {
                        (Some(mut sum), Some(other)) => {
                            sum.add(other);
                            Some(sum)
                        }
                        (one, other) => one.or(other),
                    },
                };
                match total {
                    None => inside,
                    Some(total) => judge(total, inside.unwrap_or_default()),
                }
            }
        }
    }

    /// The subsignatures that occur, ascending, each with the most matches that are ever asked for: 1 where
    /// only a match matters.
    pub fn needs(&self) -> Vec<(u8, u32)> {
        let mut needs = [0_u32; MAX_SUBSIGS];
        self.collect_needs(self.root(), 0, &mut needs);
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

    /// The operands of a chain of `|` without comparisons in between.
    fn alternatives(&self, at: u32, operands: &mut Vec<u32>) {
        match self.node(at) {
            Some(Node::Join { operator: Operator::Or, left, right, total: None }) => {
                self.alternatives(left, operands);
                self.alternatives(right, operands);
            }
            _ => operands.push(at),
        }
    }

    fn leaves(&self, at: u32) -> u32 {
        match self.node(at) {
            Some(Node::Join { left, right, .. }) => self.leaves(left).saturating_add(self.leaves(right)),
            _ => 1,
        }
    }
}

/// A block with a comparison passes on its matches, but not which subsignatures they are of.
fn judge(total: Total, inside: Tally) -> Option<Tally> {
    let distinct = inside.subsigs.count_ones();
    (total.comparison.holds(inside.matches) && distinct >= total.distinct)
        .then_some(Tally { matches: inside.matches, subsigs: 0 })
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::expect_used)]
    use super::super::expression::Comparison;
    use super::*;
    use proptest::prelude::*;

    /// Truth, matches and different subsignatures of a subtree, all of it looked at: the rules as they are
    /// written down, without any shortcut.
    fn plainly(expression: &Expression, at: u32, counts: &[u32]) -> (bool, u32, u64) {
        match expression.node(at).expect("a node") {
            Node::Subsig { index, comparison: Comparison { relation, value } } => {
                let count = counts[usize::from(index)];
                let holds = match relation {
                    Relation::Equal => count == value,
                    Relation::More => count > value,
                    Relation::Less => count < value,
                };
                if holds { (true, count, 1 << index) } else { (false, 0, 0) }
            }
            Node::Join { operator, left, right, total } => {
                let (left, right) = (plainly(expression, left, counts), plainly(expression, right, counts));
                let holds = match operator {
                    Operator::And => left.0 && right.0,
                    Operator::Or => left.0 || right.0,
                };
                let (matches, subsigs) = if holds { (left.1 + right.1, left.2 | right.2) } else { (0, 0) };
                let Some(Total { comparison, distinct }) = total else { return (holds, matches, subsigs) };
                let holds = comparison.holds(matches) && subsigs.count_ones() >= distinct;
                (holds, if holds { matches } else { 0 }, 0)
            }
        }
    }

    pub const SUBSIGS: u8 = 5;

    /// Text of any expression over a few subsignatures.
    pub fn any_text() -> impl Strategy<Value = String> {
        let suffix = prop_oneof![3 => Just(String::new()), 2 => "[=<>][0-3]"];
        let leaf = (0..SUBSIGS, suffix).prop_map(|(index, suffix)| format!("{index}{suffix}"));
        let total = prop_oneof![1 => Just(String::new()), 3 => "[=<>][0-6](,[0-4])?"];
        leaf.prop_recursive(5, 24, 2, move |inner| {
            let pair = (inner.clone(), "[&|]", inner).prop_map(|(left, sign, right)| left + &sign + &right);
            prop_oneof![
                pair.clone(),
                (pair, total.clone()).prop_map(|(pair, total)| format!("({pair}){total}")),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_lazy_answer_is_the_plain_one(text in any_text(), counts in proptest::array::uniform5(0_u32..5)) {
            let expression = Expression::parse(text.as_bytes()).expect("generated text is right");
            let plain = plainly(&expression, expression.root(), &counts).0;
            let needs = expression.needs();
            let mut short = |index: u8, need: u32| {
                assert!(needs.iter().any(|&(known, most)| known == index && need <= most), "{index} {need}");
                counts[usize::from(index)].min(need)
            };
            prop_assert_eq!(expression.evaluate(&mut short), plain, "{}", text);
            prop_assert_eq!(expression.evaluate(&mut |index, _| counts[usize::from(index)]), plain, "{}", text);
        }
    }

    fn truth(text: &str, counts: &[u32]) -> bool {
        let expression = Expression::parse(text.as_bytes()).expect("right");
        expression.evaluate(&mut |index, need| counts[usize::from(index)].min(need))
    }

    #[test]
    fn blocks_sum_up_what_made_them_true() {
        assert!(truth("(0|1)=0", &[0, 0]) && !truth("(0|1)=0", &[0, 1]));
        assert!(truth("(0|1|2)>1,2", &[1, 1, 0]) && !truth("(0|1|2)>1,2", &[2, 0, 0]));
        assert!(truth("(0|1|2)>1", &[2, 0, 0]));
        assert!(truth("(0&1)=0|2", &[1, 0, 0]) && !truth("(0&1)=0|2", &[1, 1, 0]));
        assert!(!truth("(0>2|1)>2", &[2, 1]), "a false part adds nothing");
        assert!(!truth("((0|1)>1&(2|3))>2,3", &[9, 9, 9, 9]), "an inner block hides its subsignatures");
        assert!(truth("(1=0|0<3)=0,2", &[0, 0]), "conditions that hold count, matched or not");
    }

    #[test]
    fn nothing_is_asked_in_vain() {
        let asked = |text: &str, counts: &[u32]| {
            let mut asked = Vec::new();
            Expression::parse(text.as_bytes()).expect("right").evaluate(&mut |index, need| {
                asked.push((index, need));
                counts[usize::from(index)].min(need)
            });
            asked
        };
        assert_eq!(asked("0&1&2", &[1, 0, 1]), [(0, 1), (1, 1)]);
        assert_eq!(asked("0>4|1", &[5, 0]), [(0, 5)]);
        assert_eq!(asked("(0|1|2|3)>2", &[1, 2, 9, 9]), [(0, 3), (1, 3)]);
        assert_eq!(asked("(0|1|2|3)>2,3", &[0, 0, 9, 9]), [(0, 3), (1, 3)]);
        assert_eq!(asked("(0|1|2)<2", &[1, 1, 9]), [(0, 2), (1, 2)]);
    }
}
