//! Bounded decoders and normalisers: every one takes an output limit and keeps what it made before an error.

pub mod ace;
mod apple;
mod arc;
mod ascii;
mod autoit;
mod bits;
mod bounded;
mod branch;
mod brotli;
mod bzip2;
pub mod checksum;
mod compress;
mod contained;
mod crunch;
mod crypt;
mod deflate;
mod deflate64;
pub mod document_cipher;
mod gzip;
mod history;
pub mod html;
mod huffman;
mod javascript;
mod kwaj;
mod lha;
pub mod literal;
mod lz4;
mod lzfu;
mod lzip;
mod lzma;
mod lzma2;
mod lznt1;
mod lzo;
mod lzss;
mod lzw;
mod lzx;
mod mszip;
mod nsis;
pub mod picture;
mod pkzip;
mod ppmd;
pub mod predictor;
mod quantum;
pub mod rar;
mod run_length;
pub mod text;
mod vba;
mod wim;
mod window;
mod xz;
mod zstd;

use std::io;

use nacre_fmap::Fmap;

pub use arc::Method as Arc;
pub use bounded::{Bound, Decoded, Status};
use bounded::{Input, Output};
pub use branch::{Calls, Filter};
pub use crypt::{Cipher, decrypt};
use lha::blocks::Form as Blocks;
pub use lzss::Form as Lzss;
pub use lzx::Form as Lzx;
pub use pkzip::implode::Flavour;
pub use wim::Method as Wim;

/// A compression method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Deflate,
    Zlib,
    Gzip,
    Deflate64,
    Bzip2,
    Bzip2First,
    Xz,
    LzmaAlone,
    /// ZIP's method 14 with the output size its header gives, if any.
    LzmaZip(Option<u64>),
    /// LZMA without a header: its properties and the output size.
    LzmaRaw([u8; 5], u64),
    /// LZMA2 without a header: the dictionary's property and the output size.
    Lzma2(u8, u64),
    /// `PPMd` of 7z: order, memory and the output size.
    Ppmd([u8; 5], u64),
    /// No compression, but a filter for it.
    Filter(Filter),
    NsisBzip2,
    /// The ciphers of compiled `AutoIt` scripts, with the key.
    AutoitTwister(u32),
    AutoitRanrot(u32),
    AutoitLzss,
    AutoitScript,
    Zstd,
    /// Compressed RTF of mails.
    Lzfu,
    Brotli,
    Compress,
    Lz4,
    Lzip,
    Lzop,
    /// Pieces of one block each, as cabinets and KWAJ have them.
    Mszip,
    /// Pieces of one frame each, with the window's size as a power of two.
    Quantum(u32),
    Lzx(Lzx),
    /// With the output size, for the forms that need one.
    Lzss(Lzss, u64),
    KwajLzh,
    /// LHA's and ARJ's methods, with the output size.
    Lh1(u64),
    Lh5(u64),
    Lh6(u64),
    Lh7(u64),
    Lhx(u64),
    Pm1(u64),
    Pm2(u64),
    Arj(u64),
    ArjFastest(u64),
    /// ZIP's method 1; the size is that of the content, here and below.
    Shrink(u64),
    /// ZIP's methods 2 to 5: the factor is 1 to 4.
    Reduce(u32, u64),
    /// ZIP's method 6.
    Implode(Flavour, u64),
    /// ZIP's method 10.
    Dcl,
    /// ZIP's method 98.
    PpmdZip(u64),
    Adc(u64),
    Lzvn(u64),
    Lzfse(u64),
    /// PDF's LZW; `early`: codes grow one code before they must (the usual way).
    Lzw {
        early: bool,
    },
    RunLength,
    AsciiHex,
    Ascii85,
    /// The compression of VBA source text.
    Vba {
        headers: bool,
    },
    /// Blocks without a file around them, as file systems have them.
    Literal(literal::Form),
    Lz4Block,
    /// A unit of a compressed file of NTFS, with the most output it has.
    Lznt1(u64),
    LzoBlock,
    /// ARC's and ZOO's methods, with the output size.
    Arc(Arc, u64),
    /// Pieces of one chunk each.
    Wim(Wim),
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
        Method::Bzip2First => bzip2::first(from, to),
        Method::Xz => xz::streams(from, to),
        Method::LzmaAlone => lzma::alone(from, to),
        Method::LzmaZip(size) => lzma::zip(size, from, to),
        Method::LzmaRaw(properties, size) => lzma::raw(properties, size, from, to),
        Method::Lzma2(property, size) => lzma2::decode(property, size, from, to),
        Method::Ppmd(properties, size) => ppmd::decode(properties, size, from, to),
        Method::Filter(filter) => branch::convert(filter, from, to),
        Method::NsisBzip2 => nsis::bzip2(from, to),
        Method::AutoitTwister(key) => autoit::cipher::twister(key, from, to),
        Method::AutoitRanrot(key) => autoit::cipher::ranrot(key, from, to),
        Method::AutoitLzss => autoit::lzss::decode(from, to),
        Method::AutoitScript => autoit::script::decode(from, to),
        Method::Zstd => zstd::frames(from, to),
        Method::Lzfu => lzfu::decode(from, to),
        Method::Brotli => brotli::decode(from, to),
        Method::Compress => compress::decode(from, to),
        Method::Lz4 => lz4::frames(from, to),
        Method::Lzip => lzip::members(from, to),
        Method::Lzop => lzo::files(from, to),
        Method::Mszip => mszip::pieces(from, to),
        Method::Quantum(window_bits) => quantum::pieces(window_bits, from, to),
        Method::Lzx(form) => lzx::decode(form, from, to),
        Method::Lzss(form, size) => lzss::decode(form, size, from, to),
        Method::KwajLzh => kwaj::decode(from, to),
        Method::Lh1(size) => lha::adaptive::decode(size, from, to),
        Method::Lh5(size) => lha::blocks::decode(Blocks::LH5, size, from, to),
        Method::Lh6(size) => lha::blocks::decode(Blocks::LH6, size, from, to),
        Method::Lh7(size) => lha::blocks::decode(Blocks::LH7, size, from, to),
        Method::Lhx(size) => lha::blocks::decode(Blocks::LHX, size, from, to),
        Method::Pm1(size) => lha::pmarc_1::decode(size, from, to),
        Method::Pm2(size) => lha::pmarc_2::decode(size, from, to),
        Method::Arj(size) => lha::blocks::decode(Blocks::ARJ, size, from, to),
        Method::ArjFastest(size) => lha::fastest::decode(size, from, to),
        Method::Shrink(size) => pkzip::shrink::decode(size, from, to),
        Method::Reduce(factor, size) => pkzip::reduce::decode(factor, size, from, to),
        Method::Implode(flavour, size) => pkzip::implode::decode(flavour, size, from, to),
        Method::Dcl => pkzip::dcl::decode(from, to),
        Method::PpmdZip(size) => pkzip::ppmd::decode(size, from, to),
        Method::Adc(size) => apple::adc::decode(size, from, to),
        Method::Lzvn(size) => apple::lzvn::decode(size, from, to),
        Method::Lzfse(size) => apple::lzfse::decode(size, from, to),
        Method::Lzw { early } => lzw::decode(early, from, to),
        Method::RunLength => run_length::decode(from, to),
        Method::AsciiHex => ascii::hexadecimal(from, to),
        Method::Ascii85 => ascii::base85(from, to),
        Method::Vba { headers } => vba::container(headers, from, to),
        Method::Lz4Block => lz4::lone_block(from, to),
        Method::Literal(form) => literal::decode(form, from, to),
        Method::Lznt1(size) => lznt1::decode(size, from, to),
        Method::LzoBlock => lzo::lone_block(from, to),
        Method::Arc(method, size) => arc::decode(method, size, from, to),
        Method::Wim(method) => wim::chunks(method, from, to),
    };
    output.finish(input.position().min(source.len()), result.err().unwrap_or(Status::Done))
}

/// Joins the four streams that the BCJ2 filter made of one, `size` bytes of output.
pub fn join_bcj2(sources: &[Fmap; 4], size: u64, bound: &Bound<'_>) -> io::Result<Decoded> {
    let mut output = Output::new(bound);
    let result = branch::join(sources.each_ref().map(Input::new), size, &mut output);
    output.finish(0, result.err().unwrap_or(Status::Done))
}
