//! `Ere`: a POSIX extended regular expression.

use nacre_matcher::ere;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

#[pyclass(frozen, module = "nacre._native")]
pub struct Ere(ere::Ere);

#[pymethods]
impl Ere {
    #[new]
    fn new(pattern: &[u8]) -> PyResult<Self> {
        ere::Ere::new(pattern).map(Self).map_err(|reason| PyValueError::new_err(reason.into_owned()))
    }

    fn matches(&self, text: &[u8]) -> bool {
        self.0.is_match(text)
    }
}
