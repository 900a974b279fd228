//! The signature image and the matcher. See DESIGN.md.

pub mod offset;
pub mod pattern;
pub mod steps;
mod varint;
