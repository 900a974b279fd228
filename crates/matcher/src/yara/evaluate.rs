//! Whether a condition holds.
//!
//! Numbers have 64 bits and wrap. What cannot be known (a read outside of the data, the offset of a match that
//! is not there, a division by zero) is undefined: it makes a comparison false and a calculation undefined,
//! `and` takes it for false, `or` leaves it out. As in `ClamAV`, `and` and `or` work bit by bit, a loop adds
//! up what its body gives, and a range is gone through once even where its end lies before its start.

use std::rc::Rc;

use super::tree::{Node, NodeId, Operator, Quantifier, Tree, Which, Width};
use crate::steps::Exhausted;

/// What a condition asks about; strings and rules by their numbers.
pub trait Scene {
    /// How often a string matches, exact below `need`.
    fn count(&mut self, string: u8, need: u32) -> u32;
    /// Where its matches begin, in the order in which they are found.
    fn starts(&mut self, string: u8) -> Rc<[u64]>;
    /// Whether another rule holds.
    fn rule(&mut self, signature: u32) -> bool;
    fn file_size(&self) -> u64;
    fn entry_point(&self) -> u64;
    /// Up to four bytes of the data as a number, the first one lowest.
    fn read(&mut self, at: u64, bytes: u8) -> Option<u32>;
    /// Takes steps off the budget.
    fn charge(&mut self, steps: u64) -> Result<(), Exhausted>;
}

/// Whether `tree` holds. An exhausted budget makes it not hold.
pub fn holds(tree: &Tree, scene: &mut dyn Scene) -> bool {
    let mut evaluation = Evaluation { tree, scene, variables: [None; 4], current: None };
    matches!(evaluation.value(tree.root()), Ok(Some(value)) if value != 0)
}

/// None is undefined.
type Value = Option<i64>;

struct Evaluation<'e> {
    tree: &'e Tree,
    scene: &'e mut dyn Scene,
    variables: [Value; super::tree::MAX_LOOPS as usize],
    current: Option<u8>,
}

impl Evaluation<'_> {
    /// Recursion is as deep as the tree, which is bounded.
    fn value(&mut self, id: NodeId) -> Result<Value, Exhausted> {
        self.scene.charge(1)?;
        let tree = self.tree;
        let Some(node) = tree.node(id) else { return Ok(None) };
        Ok(match node {
            Node::Number(number) => Some(*number),
            Node::FileSize => Some(self.scene.file_size().cast_signed()),
            Node::EntryPoint => Some(self.scene.entry_point().cast_signed()),
            Node::Read(width, at) => self.value(*at)?.and_then(|at| self.read(*width, at)),
            Node::Found(which) => Some(i64::from(self.count(*which, 1) > 0)),
            Node::At(which, at) => {
                let at = self.value(*at)?;
                Some(i64::from(self.begins_in(*which, at, at)?))
            }
            Node::In(which, low, high) => {
                let (low, high) = (self.value(*low)?, self.value(*high)?);
                Some(i64::from(self.begins_in(*which, low, high)?))
            }
            Node::Count(which) => Some(i64::from(self.count(*which, u32::MAX))),
            Node::Offset(which, index) => {
                let index = self.value(*index)?;
                index.and_then(|index| self.offset(*which, index))
            }
            Node::Variable(depth) => self.variables.get(usize::from(*depth)).copied().flatten(),
            Node::Rule(rule) => Some(i64::from(self.scene.rule(*rule))),
            Node::Not(of) => self.value(*of)?.map(|value| i64::from(value == 0)),
            Node::Complement(of) => self.value(*of)?.map(|value| !value),
            Node::Binary(operator, left, right) => self.binary(*operator, *left, *right)?,
            Node::And(list) => Some(self.and(list)?),
            Node::Or(list) => self.or(list)?,
            Node::Of(quantifier, strings) => self.of(*quantifier, strings)?,
            Node::ForStrings(quantifier, strings, body) => {
                let saved = self.current;
                let sum =
                    self.each(*quantifier, *body, strings.iter().map(|string| Turn::String(*string)))?;
                self.current = saved;
                sum
            }
            Node::ForRange(quantifier, depth, [low, high], body) => {
                let (Some(low), Some(high)) = (self.value(*low)?, self.value(*high)?) else {
                    return Ok(Some(0));
                };
                let turns = low..=high.max(low);
                self.each(*quantifier, *body, turns.map(|value| Turn::Variable(*depth, Some(value))))?
            }
            Node::ForList(quantifier, depth, items, body) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(Turn::Variable(*depth, self.value(*item)?));
                }
                self.each(*quantifier, *body, values.into_iter())?
            }
        })
    }

    fn string(&self, which: Which) -> Option<u8> {
        match which {
            Which::Fixed(index) => Some(index),
            Which::Current => self.current,
        }
    }

    fn count(&mut self, which: Which, need: u32) -> u32 {
        self.string(which).map_or(0, |string| self.scene.count(string, need))
    }

    fn starts(&mut self, which: Which) -> Rc<[u64]> {
        self.string(which).map_or_else(|| Rc::from([]), |string| self.scene.starts(string))
    }

    fn offset(&mut self, which: Which, index: i64) -> Value {
        let index = usize::try_from(index.checked_sub(1)?).ok()?;
        self.starts(which).get(index).map(|start| start.cast_signed())
    }

    fn begins_in(&mut self, which: Which, low: Value, high: Value) -> Result<bool, Exhausted> {
        let (Some(low), Some(high)) = (low, high) else { return Ok(false) };
        let starts = self.starts(which);
        self.scene.charge(starts.len() as u64 / 16)?;
        Ok(starts.iter().any(|start| (low..=high).contains(&start.cast_signed())))
    }

    fn read(&mut self, width: Width, at: i64) -> Value {
        let value = self.scene.read(u64::try_from(at).ok()?, width.bytes)?;
        Some(match (width.signed, width.bytes) {
            (true, 1) => i64::from(value as i8),
            (true, 2) => i64::from(value as i16),
            (true, _) => i64::from(value.cast_signed()),
            (false, _) => i64::from(value),
        })
    }

    fn and(&mut self, list: &[NodeId]) -> Result<i64, Exhausted> {
        let mut all = -1;
        for node in list {
            all &= self.value(*node)?.unwrap_or(0);
            if all == 0 {
                break;
            }
        }
        Ok(all)
    }

    fn or(&mut self, list: &[NodeId]) -> Result<Value, Exhausted> {
        let truths = list.iter().all(|node| self.tree.is_truth(*node));
        let mut any = None;
        for node in list {
            let value = self.value(*node)?;
            any = match (any, value) {
                (Some(any), Some(value)) => Some(any | value),
                (any, value) => any.or(value),
            };
            // Of truths one is enough; of numbers the other bits may matter.
            if truths && any == Some(1) {
                break;
            }
        }
        Ok(any)
    }

    fn binary(&mut self, operator: Operator, left: NodeId, right: NodeId) -> Result<Value, Exhausted> {
        let (one, two) = match (self.tree.node(left), self.tree.node(right)) {
            // Counting ends where the comparison can no longer change.
            (Some(Node::Count(which)), Some(Node::Number(number))) if operator.compares() => {
                let need = u32::try_from(number.saturating_add(1)).unwrap_or(u32::MAX);
                (Some(i64::from(self.count(*which, need.max(1)))), Some(*number))
            }
            _ => (self.value(left)?, self.value(right)?),
        };
        let (Some(one), Some(two)) = (one, two) else { return Ok(operator.compares().then_some(0)) };
        Ok(Some(match operator {
            Operator::Equal => i64::from(one == two),
            Operator::Different => i64::from(one != two),
            Operator::Less => i64::from(one < two),
            Operator::More => i64::from(one > two),
            Operator::LessOrEqual => i64::from(one <= two),
            Operator::MoreOrEqual => i64::from(one >= two),
            Operator::Plus => one.wrapping_add(two),
            Operator::Minus => one.wrapping_sub(two),
            Operator::Times => one.wrapping_mul(two),
            Operator::Divided => return Ok(one.checked_div(two)),
            Operator::Remainder => return Ok(one.checked_rem(two)),
            Operator::ExclusiveOr => one ^ two,
            // As the processor does it: only six bits of the distance count.
            Operator::ShiftLeft => one.wrapping_shl(two as u32),
            Operator::ShiftRight => one.wrapping_shr(two as u32),
        }))
    }

    /// How many are wanted; None is all of them.
    fn wanted(&mut self, quantifier: Quantifier) -> Result<Value, Exhausted> {
        match quantifier {
            Quantifier::All => Ok(None),
            Quantifier::AtLeast(node) => self.value(node),
        }
    }

    fn of(&mut self, quantifier: Quantifier, strings: &[u8]) -> Result<Value, Exhausted> {
        let all = strings.len() as i64;
        let wanted = self.wanted(quantifier)?.unwrap_or(all);
        let mut found = 0;
        for (string, left) in strings.iter().zip((0..all).rev()) {
            if found >= wanted {
                break;
            }
            found += i64::from(self.scene.count(*string, 1) > 0);
            if found + left < wanted {
                break;
            }
        }
        Ok(Some(i64::from(found >= wanted)))
    }

    fn each(
        &mut self,
        quantifier: Quantifier,
        body: NodeId,
        turns: impl Iterator<Item = Turn>,
    ) -> Result<Value, Exhausted> {
        let wanted = self.wanted(quantifier)?;
        let truths = self.tree.is_truth(body);
        let (mut sum, mut count) = (0_i64, 0_i64);
        for turn in turns {
            match turn {
                Turn::String(string) => self.current = Some(string),
                Turn::Variable(depth, value) => {
                    if let Some(variable) = self.variables.get_mut(usize::from(depth)) {
                        *variable = value;
                    }
                }
            }
            count += 1;
            sum = sum.wrapping_add(self.value(body)?.unwrap_or(0));
            let decided = match wanted {
                Some(wanted) => sum >= wanted,
                None => sum < count,
            };
            if truths && decided {
                break;
            }
        }
        Ok(Some(i64::from(sum >= wanted.unwrap_or(count))))
    }
}

/// What changes from one turn of a loop to the next.
#[derive(Clone, Copy)]
enum Turn {
    String(u8),
    Variable(u8, Value),
}
