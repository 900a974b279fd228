//! `decode` and its kin: one compressed or encrypted stream to one `Fmap`.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nacre_codecs::ace;
use nacre_codecs::checksum::{self as sums, Checksum};
use nacre_codecs::document_cipher::{self, DocumentCipher};
use nacre_codecs::literal::{self, Form};
use nacre_codecs::predictor::Predictor;
use nacre_codecs::{Arc, Bound, Cipher, Flavour, Lzss, Lzx, Method, Wim};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error::from_io;
use crate::fmap::Fmap;
use crate::sevenzip;

/// A decoded stream.
#[pyclass(frozen, get_all, module = "nacre._native")]
pub struct Decoded {
    data: Py<Fmap>,
    consumed: u64,
    status: &'static str,
}

impl Decoded {
    pub fn new(py: Python<'_>, decoded: nacre_codecs::Decoded) -> PyResult<Self> {
        Ok(Self {
            data: Py::new(py, Fmap(decoded.data))?,
            consumed: decoded.consumed,
            status: decoded.status.word(),
        })
    }
}

#[pyfunction]
#[pyo3(signature = (method, source, max_output, directory, seconds, size=None, parameters=Vec::new()))]
#[allow(clippy::too_many_arguments)] // Python's keyword arguments
pub fn decode(
    py: Python<'_>,
    method: &str,
    source: &Fmap,
    max_output: u64,
    directory: PathBuf,
    seconds: f64,
    size: Option<u64>,
    parameters: Vec<u64>,
) -> PyResult<Decoded> {
    let method = method_of(method, size, &parameters)?;
    bounded(py, max_output, &directory, seconds, |bound| nacre_codecs::decode(method, &source.0, bound))
}

/// Decodes members of an ACE archive one after the other into one output: of each, where its data begin, how many
/// they are, the size of its content, and the method.
#[pyfunction]
pub fn decode_ace(
    py: Python<'_>,
    source: &Fmap,
    members: Vec<(u64, u64, u64, u8)>,
    max_output: u64,
    directory: PathBuf,
    seconds: f64,
) -> PyResult<Decoded> {
    let members = members.into_iter().map(|(start, packed, size, method)| {
        let method = match method {
            0 => ace::Method::Stored,
            1 => ace::Method::Lz77,
            2 => ace::Method::Blocked,
            _ => return Err(PyValueError::new_err("no such method of ACE")),
        };
        Ok(ace::Member { start, packed, size, method })
    });
    let members = members.collect::<PyResult<Vec<_>>>()?;
    bounded(py, max_output, &directory, seconds, |bound| ace::decode(&source.0, &members, bound))
}

/// Undoes what a predictor (PNG or TIFF) did before compression.
#[pyfunction]
pub fn unpredict(
    py: Python<'_>,
    parameters: (u32, u32, u32, u32),
    source: &Fmap,
    max_output: u64,
    directory: PathBuf,
    seconds: f64,
) -> PyResult<Decoded> {
    let (kind, colors, bits, columns) = parameters;
    let predictor = Predictor { kind, colors, bits, columns };
    bounded(py, max_output, &directory, seconds, |bound| predictor.undo(&source.0, bound))
}

/// Decrypts a stream whose initialisation vector, if its cipher has one, is its first block.
#[pyfunction]
pub fn decrypt(
    py: Python<'_>,
    cipher: &str,
    key: &[u8],
    source: &Fmap,
    max_output: u64,
    directory: PathBuf,
    seconds: f64,
) -> PyResult<Decoded> {
    let of_zip = match cipher {
        "zipcrypto" => Some(Cipher::ZipCrypto(key)),
        "winzip-aes" if matches!(key.len(), 16 | 24 | 32) => Some(Cipher::WinZipAes(key)),
        _ => None,
    };
    if let Some(cipher) = of_zip {
        return bounded(py, max_output, &directory, seconds, |bound| {
            nacre_codecs::decrypt(cipher, &source.0, bound)?
                .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))
        });
    }
    let cipher = cipher_of(cipher, key)?;
    bounded(py, max_output, &directory, seconds, |bound| document_cipher::decrypt(&cipher, &source.0, bound))
}

/// Few bytes, such as keys, through RC4 or whole blocks of AES in CBC mode.
#[pyfunction]
pub fn crypt_bytes<'py>(
    py: Python<'py>,
    method: &str,
    key: &[u8],
    vector: &[u8],
    data: &[u8],
) -> PyResult<pyo3::Bound<'py, PyBytes>> {
    let (method, encrypt) = match method {
        "aes-cbc-encrypt" => ("aes-cbc", true),
        other => (other, false),
    };
    let cipher = cipher_of(method, key)?;
    let bytes = document_cipher::bytes(&cipher, vector, data, encrypt)
        .ok_or_else(|| PyValueError::new_err("no whole blocks, or no such vector"))?;
    Ok(PyBytes::new(py, &bytes))
}

fn cipher_of<'a>(method: &str, key: &'a [u8]) -> PyResult<DocumentCipher<'a>> {
    let cipher = match method {
        "rc4" => DocumentCipher::rc4(key),
        "aes-cbc" => DocumentCipher::aes(key),
        _ => None,
    };
    cipher.ok_or_else(|| PyValueError::new_err("no such cipher, or no key for it"))
}

/// Where the next literal of a file begins, from `start` on, and the method that decodes it.
#[pyfunction]
pub fn find_literal(py: Python<'_>, source: &Fmap, start: u64) -> Option<(u64, &'static str)> {
    let (at, form) = py.detach(|| literal::find(&source.0, start))?;
    let method = match form {
        Form::Base64 => "literal-base64",
        Form::Hexadecimal => "literal-hexadecimal",
        Form::Numbers => "literal-numbers",
    };
    Some((at, method))
}

/// A checksum over all of `source`, by its name.
#[pyfunction]
pub fn checksum(py: Python<'_>, kind: &str, source: &Fmap) -> PyResult<u32> {
    let kind = match kind {
        "crc32" => Checksum::Crc32,
        "crc16" => Checksum::Crc16,
        "adler32" => Checksum::Adler32,
        "xxh32" => Checksum::Xxh32,
        "crc16-hqx" => Checksum::Crc16Hqx,
        "sum32" => Checksum::Sum32,
        "turned16" => Checksum::Turned16,
        "cabinet" => Checksum::Cabinet,
        _ => return Err(PyValueError::new_err("no such checksum")),
    };
    Ok(py.detach(|| sums::checksum(kind, &source.0)))
}

pub fn bounded(
    py: Python<'_>,
    max_output: u64,
    directory: &Path,
    seconds: f64,
    decode: impl FnOnce(&Bound<'_>) -> io::Result<nacre_codecs::Decoded> + Send,
) -> PyResult<Decoded> {
    let bound = Bound { max_output, directory, deadline: deadline_in(seconds) };
    let decoded = py.detach(|| decode(&bound)).map_err(|error| from_io(&error))?;
    Decoded::new(py, decoded)
}

/// A duration too long to be one means no deadline.
pub fn deadline_in(seconds: f64) -> Option<Instant> {
    Duration::try_from_secs_f64(seconds).ok().and_then(|duration| Instant::now().checked_add(duration))
}

fn method_of(name: &str, size: Option<u64>, parameters: &[u64]) -> PyResult<Method> {
    let output = size.unwrap_or(u64::MAX);
    let parameter = |index: usize| parameters.get(index).copied().unwrap_or(0);
    let window_bits = u32::try_from(parameter(0)).unwrap_or(0);
    Ok(match name {
        "deflate" => Method::Deflate,
        "zlib" => Method::Zlib,
        "gzip" => Method::Gzip,
        "deflate64" => Method::Deflate64,
        "bzip2" => Method::Bzip2,
        "bzip2-first" => Method::Bzip2First,
        "xz" => Method::Xz,
        "lzma-alone" => Method::LzmaAlone,
        "lzma-zip" => Method::LzmaZip(size),
        "nsis-bzip2" => Method::NsisBzip2,
        "autoit-twister" => Method::AutoitTwister(parameter(0) as u32),
        "autoit-ranrot" => Method::AutoitRanrot(parameter(0) as u32),
        "autoit-lzss" => Method::AutoitLzss,
        "autoit-script" => Method::AutoitScript,
        "zstd" => Method::Zstd,
        "shrink" => Method::Shrink(output),
        "reduce-1" => Method::Reduce(1, output),
        "reduce-2" => Method::Reduce(2, output),
        "reduce-3" => Method::Reduce(3, output),
        "reduce-4" => Method::Reduce(4, output),
        "dcl" => Method::Dcl,
        "implode-4-2" => Method::Implode(Flavour { large_window: false, literal_tree: false }, output),
        "implode-4-3" => Method::Implode(Flavour { large_window: false, literal_tree: true }, output),
        "implode-8-2" => Method::Implode(Flavour { large_window: true, literal_tree: false }, output),
        "implode-8-3" => Method::Implode(Flavour { large_window: true, literal_tree: true }, output),
        "ppmd-zip" => Method::PpmdZip(output),
        "adc" => Method::Adc(output),
        "lzvn" => Method::Lzvn(output),
        "lzfse" => Method::Lzfse(output),
        "lzfu" => Method::Lzfu,
        "vba" => Method::Vba { headers: true },
        "vba-bare" => Method::Vba { headers: false },
        "brotli" => Method::Brotli,
        "compress" => Method::Compress,
        "lz4" => Method::Lz4,
        "lzip" => Method::Lzip,
        "lzop" => Method::Lzop,
        "mszip" => Method::Mszip,
        "quantum" => Method::Quantum(window_bits),
        "lzx" => Method::Lzx(Lzx { window_bits, reset: parameter(1), size: output }),
        "szdd" => Method::Lzss(Lzss::Szdd, output),
        "kwaj" => Method::Lzss(Lzss::Kwaj, output),
        "lzs" => Method::Lzss(Lzss::Lzs, output),
        "lz5" => Method::Lzss(Lzss::Lz5, output),
        "kwaj-lzh" => Method::KwajLzh,
        "lh1" => Method::Lh1(output),
        "lh4" | "lh5" => Method::Lh5(output),
        "lh6" => Method::Lh6(output),
        "lh7" => Method::Lh7(output),
        "pm1" => Method::Pm1(output),
        "pm2" => Method::Pm2(output),
        "lhx" => Method::Lhx(output),
        "arj" => Method::Arj(output),
        "arj-fastest" => Method::ArjFastest(output),
        "literal-base64" => Method::Literal(Form::Base64),
        "literal-hexadecimal" => Method::Literal(Form::Hexadecimal),
        "literal-numbers" => Method::Literal(Form::Numbers),
        "lznt1" => Method::Lznt1(output),
        "lz4-block" => Method::Lz4Block,
        "lzo-block" => Method::LzoBlock,
        "arc-packed" => Method::Arc(Arc::Packed, output),
        "arc-squeezed" => Method::Arc(Arc::Squeezed, output),
        "arc-crunched-5" => Method::Arc(Arc::Crunched5, output),
        "arc-crunched-6" => Method::Arc(Arc::Crunched6, output),
        "arc-crunched-7" => Method::Arc(Arc::Crunched7, output),
        "arc-crunched" => Method::Arc(Arc::Crunched, output),
        "arc-squashed" => Method::Arc(Arc::Squashed, output),
        "zoo-lzw" => Method::Arc(Arc::ZooLzw, output),
        "wim-xpress" => Method::Wim(Wim::Xpress),
        "wim-lzx" => Method::Wim(Wim::Lzx(window_bits)),
        "wim-lzms" => Method::Wim(Wim::Lzms),
        "lzw" => Method::Lzw { early: true },
        "lzw-late" => Method::Lzw { early: false },
        "run-length" => Method::RunLength,
        "ascii-hex" => Method::AsciiHex,
        "ascii-85" => Method::Ascii85,
        _ => {
            return sevenzip::method_of(name, output, parameters)
                .ok_or_else(|| PyValueError::new_err("no such compression method"));
        }
    })
}
