//! `normalise_text` and `normalise_html`: the copies of text that signatures are matched on.

use std::path::PathBuf;

use nacre_codecs::{html, text};
use pyo3::prelude::*;

use crate::error::from_io;
use crate::fmap::Fmap;

#[pyfunction]
pub fn normalise_text(py: Python<'_>, source: &Fmap, directory: PathBuf) -> PyResult<Fmap> {
    py.detach(|| text::normalise(&source.0, directory)).map(Fmap).map_err(|error| from_io(&error))
}

/// The copies of an HTML page.
#[pyclass(frozen, get_all, module = "nacre._native")]
pub struct HtmlViews {
    no_comment: Py<Fmap>,
    no_tags: Option<Py<Fmap>>,
    script: Option<Py<Fmap>>,
    misread: bool,
}

#[pyfunction]
pub fn normalise_html(
    py: Python<'_>,
    source: &Fmap,
    max_no_tags: u64,
    directory: PathBuf,
    wide: bool,
    plain: bool,
) -> PyResult<HtmlViews> {
    let reading = html::Reading { max_no_tags, wide, plain };
    let views =
        py.detach(|| html::normalise(&source.0, reading, &directory)).map_err(|error| from_io(&error))?;
    let optional = |view: Option<_>| view.map(|view| Py::new(py, Fmap(view))).transpose();
    Ok(HtmlViews {
        no_comment: Py::new(py, Fmap(views.no_comment))?,
        no_tags: optional(views.no_tags)?,
        script: optional(views.script)?,
        misread: views.misread,
    })
}
