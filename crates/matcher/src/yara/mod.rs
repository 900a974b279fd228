//! YARA rules: the language that `ClamAV` 1.4.6 knows of it.
//!
//! Text to rules (`token`, `parser`, `condition`), strings to patterns and regexes (`string`, `literal`), what a
//! condition needs (`cover`) and whether it holds (`evaluate`). A rule that cannot be used is left out, the
//! rest of its file is not.

mod condition;
mod cover;
mod evaluate;
mod literal;
mod parser;
mod string;
mod token;
mod tree;

#[cfg(test)]
mod tests;

pub use cover::{Cover, Parts, cover};
pub use evaluate::{Scene, holds};
pub use parser::{Known, Parser, Rule, RuleError, RuleString, Value};
pub use string::{Lowered, lower};
pub use token::Position;
pub use tree::{Node, NodeId, Tree, Which};
