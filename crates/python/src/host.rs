//! The sandbox of a scanning process.

use std::path::PathBuf;

use nacre_host::{Bounds, Part, Place};
use pyo3::prelude::*;

const NAMES: [(Part, &str); 3] =
    [(Part::Landlock, "landlock"), (Part::Seccomp, "seccomp"), (Part::Limits, "rlimits")];

/// Made before a fork, entered after it.
#[pyclass(module = "nacre._native")]
pub struct Sandbox(nacre_host::Sandbox);

#[pymethods]
impl Sandbox {
    #[new]
    fn new(
        directory: Option<PathBuf>,
        named: bool,
        memory: u64,
        processor_seconds: u64,
        wanted: Vec<String>,
    ) -> Self {
        let place = directory.map(|directory| Place { directory, named });
        let wanted: Vec<Part> = NAMES
            .into_iter()
            .filter(|(_, name)| wanted.iter().any(|want| want == name))
            .map(|(part, _)| part)
            .collect();
        let bounds = Bounds { memory, processor_seconds };
        Self(nacre_host::Sandbox::new(place.as_ref(), bounds, &wanted))
    }

    fn enter(&mut self) -> Vec<&'static str> {
        let parts = self.0.enter();
        NAMES.into_iter().filter(|(part, _)| parts.contains(part)).map(|(_, name)| name).collect()
    }
}
