//! Methods of ZIP that nothing else uses. None of them marks its end: the content's size ends it.

mod bits;
pub mod implode;
pub mod ppmd;
pub mod reduce;
pub mod shrink;
