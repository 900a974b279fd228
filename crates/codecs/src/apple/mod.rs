//! Methods of Apple's disk images and file systems.

pub mod adc;
pub mod lzfse;
pub mod lzvn;
