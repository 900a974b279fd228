//! One mapping from native errors to Python's.

use std::io;

use pyo3::PyErr;
use pyo3::exceptions::PyOSError;

/// An I/O error becomes `OSError` with its errno, so that Python picks the subclass.
pub fn from_io(error: &io::Error) -> PyErr {
    match error.raw_os_error() {
        Some(code) => PyOSError::new_err((code, error.to_string())),
        None => PyOSError::new_err(error.to_string()),
    }
}
