//! `decode`: one compressed stream to one `Fmap`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use nacre_codecs::{Bound, Method};
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
#[pyo3(signature = (method, source, max_output, directory, seconds, size=None))]
pub fn decode(
    py: Python<'_>,
    method: &str,
    source: &Fmap,
    max_output: u64,
    directory: PathBuf,
    seconds: f64,
    size: Option<u64>,
) -> PyResult<Decoded> {
    let method = method_of(method, size)?;
    // A duration too long to be one means no deadline.
    let deadline =
        Duration::try_from_secs_f64(seconds).ok().and_then(|duration| Instant::now().checked_add(duration));
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

fn method_of(name: &str, size: Option<u64>) -> PyResult<Method> {
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
        "vba" => Method::Vba,
        _ => return Err(PyValueError::new_err("no such compression method")),
    })
}
