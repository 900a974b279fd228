//! Bounded decoders and normalisers: every one takes an output limit and keeps what it made before an error.

mod bounded;
mod bzip2;
mod deflate;
mod deflate64;
mod gzip;
pub mod html;
mod javascript;
mod lzma;
pub mod picture;
pub mod text;
mod vba;
mod xz;
mod zstd;

use std::io;

use nacre_fmap::Fmap;

pub use bounded::{Bound, Decoded, Status};
use bounded::{Input, Output};

/// A compression method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Deflate,
    Zlib,
    Gzip,
    Deflate64,
    Bzip2,
    Xz,
    LzmaAlone,
    /// ZIP's method 14 with the output size its header gives, if any.
    LzmaZip(Option<u64>),
    Zstd,
    /// The compression of VBA source text.
    Vba,
}

/// Decodes the stream at the start of `source`. Damage is a status; an error is the temporary file's.
pub fn decode(method: Method, source: &Fmap, bound: &Bound<'_>) -> io::Result<Decoded> {
    let mut input = Input::new(source);
    let mut output = Output::new(bound);
    let (from, to) = (&mut input, &mut output);
    let result = match method {
        Method::Deflate => deflate::raw(from, to),
        Method::Zlib => deflate::zlib(from, to),
        Method::Gzip => gzip::members(from, to),
        Method::Deflate64 => deflate64::decode(from, to),
        Method::Bzip2 => bzip2::streams(from, to),
        Method::Xz => xz::streams(from, to),
        Method::LzmaAlone => lzma::alone(from, to),
        Method::LzmaZip(size) => lzma::zip(size, from, to),
        Method::Zstd => zstd::frames(from, to),
        Method::Vba => vba::container(from, to),
    };
    output.finish(input.position().min(source.len()), result.err().unwrap_or(Status::Done))
}
