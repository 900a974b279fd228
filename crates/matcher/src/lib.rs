//! The signature image and the matcher. See DESIGN.md.

pub mod body;
pub mod ere;
pub mod line;
pub mod logical;
pub mod magic;
