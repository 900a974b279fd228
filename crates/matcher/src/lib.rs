//! The signature image and the matcher. See DESIGN.md.

pub mod filter;
