//! `Program`: what the headers of an executable say.

use std::sync::Arc;

use nacre_executables::packer::{self, Fault, Packer};
use nacre_executables::{Format, Place, Program as Parsed, Section};
use pyo3::exceptions::{PyOverflowError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::fmap::Fmap;

/// (address, virtual size, offset, size)
type Extent = (u64, u64, u64, u64);
/// (name, place as signatures mean it, place as the header has it, flags)
type SectionFields<'py> = (Bound<'py, PyBytes>, Extent, Extent, u64);
/// (signed parts, offset of the certificate table, its size)
type SignedFields = (Vec<(u64, u64)>, u64, u64);
/// (number of the name, language, offset in the file if any, size)
type ResourceFields = (u32, u32, Option<u64>, u32);

/// (packer, rebuilt file if it could be made, bytes it would have if that was too many, whether it is whole)
type UnpackedFields = (&'static str, Option<Fmap>, Option<u64>, bool);

/// A parsed program.
#[pyclass(frozen, module = "nacre._native")]
pub struct Program {
    data: nacre_fmap::Fmap,
    parsed: Arc<Parsed>,
}

#[pymethods]
impl Program {
    #[new]
    fn new(py: Python<'_>, data: &Fmap, kind: &str) -> PyResult<Self> {
        let format = match kind {
            "pe" => Format::Pe,
            "elf" => Format::Elf,
            "macho" => Format::MachO,
            "universal" => Format::Universal,
            _ => return Err(PyValueError::new_err("no such format of programs")),
        };
        let parsed = py.detach(|| nacre_executables::parse(&data.0, format));
        Ok(Self { data: data.0.clone(), parsed })
    }

    #[getter]
    fn bits(&self) -> u8 {
        self.parsed.bits
    }

    #[getter]
    fn big_endian(&self) -> bool {
        self.parsed.big_endian
    }

    #[getter]
    fn machine(&self) -> u32 {
        self.parsed.machine
    }

    #[getter]
    fn library(&self) -> bool {
        self.parsed.library
    }

    #[getter]
    fn entry_point(&self) -> Option<u64> {
        self.parsed.entry_point
    }

    #[getter]
    fn fault(&self) -> Option<&'static str> {
        self.parsed.fault
    }

    #[getter]
    fn parts(&self) -> bool {
        self.parsed.parts
    }

    #[getter]
    fn broken(&self) -> Option<&'static str> {
        self.parsed.broken
    }

    #[getter]
    fn slices(&self) -> Vec<(u64, u64)> {
        self.parsed.slices.clone()
    }

    fn import_text<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let text = py.detach(|| self.parsed.import_text(&self.data));
        let text = text.map_err(|_| PyOverflowError::new_err("more imports than are looked at"))?;
        Ok(text.map(|text| PyBytes::new(py, &text)))
    }

    fn version_keys(&self, py: Python<'_>) -> Vec<u64> {
        py.detach(|| self.parsed.version_keys(&self.data))
    }

    fn exports<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        let names = py.detach(|| self.parsed.exports(&self.data));
        names.iter().map(|name| PyBytes::new(py, name)).collect()
    }

    fn branches(&self, py: Python<'_>, into: usize, room: u64) -> Vec<u64> {
        py.detach(|| self.parsed.branches(&self.data, into, room))
    }

    #[getter]
    fn overlay(&self) -> Option<u64> {
        self.parsed.overlay(&self.data)
    }

    #[getter]
    fn signed(&self) -> Option<SignedFields> {
        let signed = self.parsed.signed(&self.data)?;
        Some((signed.parts.to_vec(), signed.table, signed.table_size))
    }

    fn resources(&self, py: Python<'_>, kind: u32) -> Vec<ResourceFields> {
        let found = py.detach(|| self.parsed.resources(&self.data, kind));
        found.iter().map(|one| (one.name, one.language, one.offset, one.size)).collect()
    }

    fn places(&self) -> Vec<(u64, u64)> {
        self.parsed.sections.iter().map(|section| (section.place.offset, section.place.size)).collect()
    }

    /// Unpacks it with the first of `packers` that it is packed with.
    fn unpack(&self, py: Python<'_>, packers: Vec<String>, max_output: u64) -> Option<UnpackedFields> {
        let named = |packer: &Packer| packers.iter().any(|name| name == packer.name());
        let allowed: Vec<Packer> = Packer::ALL.into_iter().filter(named).collect();
        let unpacked = py.detach(|| packer::unpack(&self.data, &self.parsed, &allowed, max_output))?;
        let (file, size) = match unpacked.file {
            Ok(file) => (Some(Fmap(nacre_fmap::Fmap::from_vec(file))), None),
            Err(Fault::TooLarge(size)) => (None, Some(size)),
            Err(Fault::Damaged) => (None, None),
        };
        Some((unpacked.packer.name(), file, size, unpacked.whole))
    }

    fn sections<'py>(&self, py: Python<'py>) -> Vec<SectionFields<'py>> {
        self.parsed.sections.iter().map(|section| fields(py, section)).collect()
    }
}

impl Program {
    /// Where the icons that stand for a PE are.
    pub fn icons(&self, most: u32) -> nacre_executables::pe::Icons {
        self.parsed.icons(&self.data, most)
    }
}

fn fields<'py>(py: Python<'py>, section: &Section) -> SectionFields<'py> {
    (PyBytes::new(py, &section.name), extent(&section.place), extent(&section.stated), section.flags)
}

fn extent(place: &Place) -> Extent {
    (place.address, place.virtual_size, place.offset, place.size)
}
