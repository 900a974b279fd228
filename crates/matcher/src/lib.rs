//! The signature image and the matcher. See DESIGN.md.

mod atom;
pub mod body;
pub mod builder;
pub mod ere;
pub mod filter;
pub mod hash;
pub mod ignore;
pub mod image;
mod leb128;
pub mod level;
pub mod line;
pub mod lines;
pub mod logical;
mod lookup;
pub mod magic;
pub mod matcher;
pub mod names;
pub mod offset;
pub mod pattern;
mod picture;
pub mod scan;
pub mod section;
pub mod select;
mod signature;
pub mod sources;
pub mod steps;
