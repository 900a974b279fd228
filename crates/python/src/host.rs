//! The sandbox of a scanning process, and the watch over files that are opened.

use std::os::fd::{IntoRawFd, RawFd};
use std::path::PathBuf;
use std::time::Duration;

use nacre_host::watch::{self, Rules};
use nacre_host::{Bounds, Part, Place};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::error::from_io;

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

/// Asked before files are opened; answers in time by itself.
#[pyclass(frozen, module = "nacre._native")]
pub struct Watch(watch::Watch);

/// (id, descriptor, process, executing, written, waiting)
type Question = (u64, RawFd, i32, bool, bool, bool);

#[pymethods]
impl Watch {
    /// Of `news`: "written" for being told of that alone where nobody waits, "moved" for that, too.
    #[new]
    fn new(prevention: bool, patience_ms: u64, deny: bool, news: Vec<String>) -> PyResult<Self> {
        let patience = Duration::from_millis(patience_ms);
        let told = |what: &str| news.iter().any(|one| one == what);
        let (written, moved) = (told("written"), told("moved"));
        let rules = Rules { prevention, patience, deny, written, moved };
        watch::Watch::new(rules).map(Self).map_err(|error| from_io(&error))
    }

    /// The descriptor that can be read when there are questions; it stays the watch's.
    fn fileno(&self) -> RawFd {
        self.0.bell()
    }

    fn mark(&self, path: PathBuf, place: &str) -> PyResult<()> {
        let place = match place {
            "filesystem" => watch::Place::Filesystem,
            "mount" => watch::Place::Mount,
            "directory" => watch::Place::Directory,
            _ => return Err(PyValueError::new_err("no such place")),
        };
        self.0.mark(&path, place).map_err(|error| from_io(&error))
    }

    fn mark_tree(&self, py: Python<'_>, path: PathBuf) -> PyResult<u64> {
        py.detach(|| self.0.mark_tree(&path)).map_err(|error| from_io(&error))
    }

    fn mark_moves(&self, path: PathBuf) -> PyResult<()> {
        self.0.mark_moves(&path).map_err(|error| from_io(&error))
    }

    fn settle(&self, descriptor: RawFd) -> PyResult<()> {
        self.0.settle(descriptor).map_err(|error| from_io(&error))
    }

    fn unsettle(&self, descriptor: RawFd) -> PyResult<()> {
        self.0.unsettle(descriptor).map_err(|error| from_io(&error))
    }

    fn forget(&self) -> PyResult<()> {
        self.0.forget().map_err(|error| from_io(&error))
    }

    /// Questions that came, and at most `room` notices; their descriptors are the caller's.
    fn take(&self, room: usize) -> Vec<Question> {
        let taken = self.0.take(room);
        taken
            .into_iter()
            .map(|one| (one.id, one.file.into_raw_fd(), one.pid, one.executing, one.written, one.waiting))
            .collect()
    }

    fn answer(&self, number: u64, allow: bool) -> bool {
        self.0.answer(number, allow)
    }

    /// (asked, own, overdue, overflows, waiting now)
    fn counters(&self) -> (u64, u64, u64, u64, usize) {
        let (counters, waiting) = self.0.counters();
        (counters.asked, counters.own, counters.overdue, counters.overflows, waiting)
    }
}
