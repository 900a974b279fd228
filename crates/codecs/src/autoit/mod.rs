//! Compiled `AutoIt` scripts: ciphers, compression, and the tokens of the newer form.

pub mod cipher;
pub mod lzss;
pub mod script;
mod words;
