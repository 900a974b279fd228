//! `Fmap` and `Spool`.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::PathBuf;

use memchr::memmem;
use nacre_fmap::{Algorithm, DigestKind};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error::from_io;

/// Search window of `find` and `rfind` in a layer that is not in memory.
const WINDOW: u64 = 1 << 20;

/// The bytes of a layer.
#[pyclass(frozen, module = "nacre._native")]
pub struct Fmap(pub nacre_fmap::Fmap);

#[pymethods]
impl Fmap {
    #[staticmethod]
    fn from_bytes(data: &[u8]) -> Self {
        Self(nacre_fmap::Fmap::from_vec(data.to_vec()))
    }

    #[staticmethod]
    fn from_fd(py: Python<'_>, fd: i32, size: u64) -> PyResult<Self> {
        let file = File::from(duplicate(fd)?);
        py.detach(|| nacre_fmap::Fmap::from_file(file, size)).map(Self).map_err(|error| from_io(&error))
    }

    fn __len__(&self) -> usize {
        self.0.len() as usize
    }

    fn read<'py>(&self, py: Python<'py>, offset: u64, size: u64) -> Bound<'py, PyBytes> {
        let offset = offset.min(self.0.len());
        let size = size.min(self.0.len() - offset) as usize;
        if let Some(memory) = self.0.memory() {
            let offset = offset as usize;
            return PyBytes::new(py, memory.get(offset..offset + size).unwrap_or(&[]));
        }
        let mut buffer = vec![0; size];
        let got = py.detach(|| self.0.read_at(offset, &mut buffer));
        PyBytes::new(py, buffer.get(..got).unwrap_or(&[]))
    }

    fn slice(&self, offset: u64, size: u64) -> Self {
        Self(self.0.slice(offset, size))
    }

    fn find(&self, py: Python<'_>, needle: &[u8], start: u64, end: u64) -> i64 {
        py.detach(|| find(&self.0, needle, start, end))
    }

    fn rfind(&self, py: Python<'_>, needle: &[u8], start: u64, end: u64) -> i64 {
        py.detach(|| rfind(&self.0, needle, start, end))
    }

    fn digest<'py>(&self, py: Python<'py>, kind: &str) -> PyResult<Bound<'py, PyBytes>> {
        let kind = match kind {
            "md5" => DigestKind::Md5,
            "sha1" => DigestKind::Sha1,
            "sha256" => DigestKind::Sha256,
            _ => return Err(PyValueError::new_err("digest kind must be md5, sha1 or sha256")),
        };
        let digest = py.detach(|| self.0.digest(kind));
        Ok(PyBytes::new(py, digest.as_bytes()))
    }

    fn digest_parts<'py>(
        &self,
        py: Python<'py>,
        algorithm: &str,
        parts: Vec<(u64, u64)>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let algorithm = Algorithm::named(algorithm)
            .ok_or_else(|| PyValueError::new_err("no digest algorithm of that name"))?;
        Ok(PyBytes::new(py, &py.detach(|| self.0.digest_parts(algorithm, &parts))))
    }

    #[getter]
    fn short(&self) -> bool {
        self.0.is_short()
    }
}

/// A descriptor of our own for the caller's, which stays open and untouched.
#[allow(unsafe_code)]
fn duplicate(fd: i32) -> PyResult<OwnedFd> {
    if fd < 0 {
        return Err(PyValueError::new_err("negative descriptor"));
    }
    // SAFETY: the number is only handed to dup, which checks it; nothing is kept beyond this call.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    borrowed.try_clone_to_owned().map_err(|error| from_io(&error))
}

fn find(map: &nacre_fmap::Fmap, needle: &[u8], start: u64, end: u64) -> i64 {
    let end = end.min(map.len());
    let finder = memmem::Finder::new(needle);
    let (mut at, mut scratch) = (start, Vec::new());
    while at < end {
        let stop = end.min(at + WINDOW + needle.len() as u64);
        if let Some(found) = finder.find(map.fetch(at..stop, &mut scratch)) {
            return (at + found as u64) as i64;
        }
        at += WINDOW;
    }
    -1
}

fn rfind(map: &nacre_fmap::Fmap, needle: &[u8], start: u64, end: u64) -> i64 {
    let mut stop = end.min(map.len());
    let finder = memmem::FinderRev::new(needle);
    let mut scratch = Vec::new();
    while stop > start {
        let at = stop.saturating_sub(WINDOW).max(start);
        let reach = end.min(map.len()).min(stop + needle.len() as u64);
        if let Some(found) = finder.rfind(map.fetch(at..reach, &mut scratch)) {
            return (at + found as u64) as i64;
        }
        stop = at;
    }
    -1
}

/// Output on its way to becoming an `Fmap`.
#[pyclass(module = "nacre._native")]
pub struct Spool(Option<nacre_fmap::Spool>);

#[pymethods]
impl Spool {
    #[new]
    fn new(directory: PathBuf, memory: u64) -> Self {
        Self(Some(nacre_fmap::Spool::new(directory, memory)))
    }

    fn __len__(&self) -> usize {
        self.0.as_ref().map_or(0, |spool| spool.len() as usize)
    }

    fn write(&mut self, data: &[u8]) -> PyResult<()> {
        self.open()?.write_all(data).map_err(|error| from_io(&error))
    }

    fn finish(&mut self) -> PyResult<Fmap> {
        self.open()?;
        let spool = self.0.take().ok_or_else(finished)?;
        spool.into_fmap().map(Fmap).map_err(|error| from_io(&error))
    }
}

impl Spool {
    fn open(&mut self) -> PyResult<&mut nacre_fmap::Spool> {
        self.0.as_mut().ok_or_else(finished)
    }
}

fn finished() -> PyErr {
    PyValueError::new_err("the spool was finished")
}
