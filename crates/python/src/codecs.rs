//! `decode`: one compressed stream to one `Fmap`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use nacre_codecs::{Bound, Cipher, Flavour, Lzss, Lzx, Method};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::error::from_io;
use crate::fmap::Fmap;

/// A decoded stream.
#[pyclass(frozen, get_all, module = "nacre._native")]
pub struct Decoded {
    data: Py<Fmap>,
    consumed: u64,
    status: &'static str,
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
    let deadline = deadline_in(seconds);
    let decoded = py
        .detach(|| {
            let bound = Bound { max_output, directory: &directory, deadline };
            nacre_codecs::decode(method, &source.0, &bound)
        })
        .map_err(|error| from_io(&error))?;
    Ok(Decoded {
        data: Py::new(py, Fmap(decoded.data))?,
        consumed: decoded.consumed,
        status: decoded.status.word(),
    })
}

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
    let cipher = match cipher {
        "zipcrypto" => Cipher::ZipCrypto(key),
        "winzip-aes" => Cipher::WinZipAes(key),
        _ => return Err(PyValueError::new_err("no such cipher")),
    };
    let deadline = deadline_in(seconds);
    let decrypted = py
        .detach(|| {
            let bound = Bound { max_output, directory: &directory, deadline };
            nacre_codecs::decrypt(cipher, &source.0, &bound)
        })
        .map_err(|error| from_io(&error))?
        .ok_or_else(|| PyValueError::new_err("a key of the wrong size"))?;
    Ok(Decoded {
        data: Py::new(py, Fmap(decrypted.data))?,
        consumed: decrypted.consumed,
        status: decrypted.status.word(),
    })
}

/// A duration too long to be one means no deadline.
fn deadline_in(seconds: f64) -> Option<Instant> {
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
        "xz" => Method::Xz,
        "lzma-alone" => Method::LzmaAlone,
        "lzma-zip" => Method::LzmaZip(size),
        "zstd" => Method::Zstd,
        "shrink" => Method::Shrink(output),
        "reduce-1" => Method::Reduce(1, output),
        "reduce-2" => Method::Reduce(2, output),
        "reduce-3" => Method::Reduce(3, output),
        "reduce-4" => Method::Reduce(4, output),
        "implode-4-2" => Method::Implode(Flavour { large_window: false, literal_tree: false }, output),
        "implode-4-3" => Method::Implode(Flavour { large_window: false, literal_tree: true }, output),
        "implode-8-2" => Method::Implode(Flavour { large_window: true, literal_tree: false }, output),
        "implode-8-3" => Method::Implode(Flavour { large_window: true, literal_tree: true }, output),
        "ppmd-zip" => Method::PpmdZip(output),
        "adc" => Method::Adc(output),
        "lzvn" => Method::Lzvn(output),
        "lzfse" => Method::Lzfse(output),
        "lzfu" => Method::Lzfu,
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
        "lhx" => Method::Lhx(output),
        "arj" => Method::Arj(output),
        "arj-fastest" => Method::ArjFastest(output),
        _ => return Err(PyValueError::new_err("no such compression method")),
    })
}
