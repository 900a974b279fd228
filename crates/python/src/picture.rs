//! `picture_hash`: what `fuzzy_img#` subsignatures name.

use nacre_codecs::picture::{self, Picture};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::fmap::Fmap;

/// The perceptual hash of a picture; `ValueError` says why there is none.
#[pyfunction]
pub fn picture_hash<'py>(py: Python<'py>, source: &Fmap) -> PyResult<Bound<'py, PyBytes>> {
    match py.detach(|| picture::hash(&source.0)) {
        Picture::Hash(hash) => Ok(PyBytes::new(py, &hash)),
        Picture::None => Err(PyValueError::new_err("not a picture that can be decoded")),
        Picture::TooLarge => Err(PyValueError::new_err("a picture too large to be decoded")),
    }
}
