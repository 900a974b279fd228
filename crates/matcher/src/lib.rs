//! The signature image and the matcher. See DESIGN.md.

pub mod filter;
pub mod hash;
pub mod ignore;
pub mod image;
pub mod level;
pub mod lines;
pub mod names;
pub mod sources;
