//! Logical signatures (`.ldb/.ldu`): their lines, conditions, expressions and special subsignatures.

mod code;
mod evaluate;
mod expression;

pub use expression::{Comparison, Expression, MAX_SUBSIGS, Relation, Total};
