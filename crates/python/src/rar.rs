//! `RarArchive`: the members of a RAR archive, and what they decode to.

use std::path::PathBuf;

use nacre_codecs::Bound;
use nacre_codecs::rar::{Archive, Member, Refusal};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::codecs::{Decoded, deadline_in};
use crate::error::from_io;
use crate::fmap::Fmap;

/// Name, packed size, size if known, CRC, offset; then whether it is encrypted, empty, stored, solid, from the
/// previous volume, in the next one.
type Row<'py> = (Bytes<'py>, u64, Option<u64>, u32, u64, (bool, bool, bool, bool, bool, bool));
type Bytes<'py> = pyo3::Bound<'py, PyBytes>;

/// Start, size, whether it was cut.
type Place = (u64, u64, bool);

/// An opened archive.
#[pyclass(frozen, module = "nacre._native")]
pub struct RarArchive(Archive);

#[pymethods]
impl RarArchive {
    #[staticmethod]
    fn open(
        py: Python<'_>,
        source: &Fmap,
        max_headers: u64,
        seconds: f64,
        password: Option<&[u8]>,
    ) -> PyResult<Self> {
        let opened = py.detach(|| Archive::open(&source.0, max_headers, deadline_in(seconds), password));
        opened.map(Self).map_err(|refusal| {
            PyValueError::new_err(match refusal {
                Refusal::Encrypted => "encrypted",
                Refusal::Damaged => "damaged",
                Refusal::Unsupported => "unsupported",
            })
        })
    }

    #[getter]
    fn damaged_at(&self) -> Option<u64> {
        self.0.damaged_at
    }

    /// Whether it is one of RAR 1.3.
    #[getter]
    fn first_generation(&self) -> bool {
        self.0.is_first_generation()
    }

    #[getter]
    fn comment<'py>(&self, py: Python<'py>) -> Option<Bytes<'py>> {
        self.0.comment.as_ref().map(|comment| PyBytes::new(py, comment))
    }

    fn members<'py>(&self, py: Python<'py>) -> Vec<Row<'py>> {
        self.0.members().iter().map(|member| row(py, member)).collect()
    }

    /// What came out, and for each member begun its start, its size there and whether it was cut.
    fn decode(
        &self,
        py: Python<'_>,
        indices: Vec<usize>,
        max_member: u64,
        max_output: u64,
        directory: PathBuf,
        seconds: f64,
    ) -> PyResult<(Decoded, Vec<Place>)> {
        let (decoded, pieces) = py
            .detach(|| {
                let bound = Bound { max_output, directory: &directory, deadline: deadline_in(seconds) };
                self.0.decode(&indices, max_member, &bound)
            })
            .map_err(|error| from_io(&error))?;
        let places = pieces.iter().map(|piece| (piece.start, piece.size, piece.cut)).collect();
        Ok((Decoded::new(py, decoded)?, places))
    }
}

fn row<'py>(py: Python<'py>, member: &Member) -> Row<'py> {
    let flags =
        (member.encrypted, member.empty, member.stored, member.solid, member.from_previous, member.in_next);
    (PyBytes::new(py, &member.name), member.packed, member.size, member.crc, member.offset, flags)
}
