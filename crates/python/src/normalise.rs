//! `normalise_text` and `normalise_html`: the copies of text that signatures are matched on.

use std::path::PathBuf;

use nacre_codecs::text;
use pyo3::prelude::*;

use crate::error::from_io;
use crate::fmap::Fmap;

#[pyfunction]
pub fn normalise_text(py: Python<'_>, source: &Fmap, directory: PathBuf) -> PyResult<Fmap> {
    py.detach(|| text::normalise(&source.0, directory)).map(Fmap).map_err(|error| from_io(&error))
}
