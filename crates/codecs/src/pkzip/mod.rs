//! Methods of ZIP that nothing else uses. But for `dcl` none marks its end: the content's size ends it.

mod bits;
pub mod dcl;
pub mod implode;
pub mod ppmd;
pub mod reduce;
pub mod shrink;
mod tree;
