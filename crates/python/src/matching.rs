//! `Image`, `Selection` and `ImageBuilder`.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nacre_codecs::picture;
use nacre_matcher::builder::Builder;
use nacre_matcher::logical::MatchLimits;
use nacre_matcher::matcher::{Matcher, Opened};
use nacre_matcher::member::Member;
use nacre_matcher::offset;
use nacre_matcher::scan::{self, Found, Icons, Picture, Problem, Request};
use nacre_matcher::select;
use nacre_matcher::sources::Class;
use nacre_matcher::trust::{self, Catalogued};
use nacre_matcher::{image, kept};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error::from_io;
use crate::executables::Program;
use crate::fmap::Fmap;

/// Which signatures count, and what matching may cost.
#[pyclass(frozen, module = "nacre._native")]
pub struct Selection {
    chosen: select::Selection,
    pcre: MatchLimits,
    pcre_max_size: u64,
    steps: u64,
    icons: u32,
}

#[pymethods]
impl Selection {
    #[new]
    #[pyo3(signature = (*, detect_pua, include_pua, exclude_pua, official_only, phishing, canaries, pcre_match_limit,
                        pcre_depth_limit, pcre_max_size, steps, icons))]
    #[allow(clippy::too_many_arguments, clippy::fn_params_excessive_bools)] // keyword-only, named once
    fn new(
        detect_pua: bool,
        include_pua: Vec<String>,
        exclude_pua: Vec<String>,
        official_only: bool,
        phishing: bool,
        canaries: bool,
        pcre_match_limit: u32,
        pcre_depth_limit: u32,
        pcre_max_size: u64,
        steps: u64,
        icons: u32,
    ) -> Self {
        Self {
            chosen: select::Selection {
                detect_pua,
                include_pua,
                exclude_pua,
                official_only,
                phishing,
                canaries,
            },
            pcre: MatchLimits { steps: pcre_match_limit, depth: pcre_depth_limit },
            pcre_max_size,
            steps,
            icons,
        }
    }
}

/// (name, kind, offset, type number to rescan as or -1)
type Match = (String, u8, u64, i32);
/// (required type, detected type, offset)
type TypeHit = (u16, u16, u64);
/// (matches, type hits, problems)
type Answer = (Vec<Match>, Vec<TypeHit>, Vec<&'static str>);
/// (entry point, sections as (start, size), version information keys), all file offsets
type Facts = (Option<u64>, Vec<(u64, u64)>, Vec<u64>);

/// (line, name of its file, whether that is official)
type KeptLine<'py> = (Bound<'py, PyBytes>, String, bool);

/// A mapped signature image.
#[pyclass(frozen, module = "nacre._native")]
pub struct Image(Opened);

#[pymethods]
impl Image {
    #[staticmethod]
    fn open(path: PathBuf) -> PyResult<Self> {
        let file = File::open(path).map_err(|error| from_io(&error))?;
        image::trustworthy(&file).map_err(PyValueError::new_err)?;
        Opened::open(&file).map(Self).map_err(|reason| PyValueError::new_err(reason.to_string()))
    }

    fn metadata<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.metadata())
    }

    /// None when nothing is to be said, which is the common case.
    #[pyo3(signature = (data, selection, target, file_size, ancestors, facts, picture, hashes, types, retyped, whole=None, program=None))]
    #[allow(clippy::too_many_arguments, clippy::fn_params_excessive_bools)] // one call per view: no object for it
    fn scan(
        &self,
        py: Python<'_>,
        data: &Fmap,
        selection: &Selection,
        target: u8,
        file_size: u64,
        ancestors: Vec<u16>,
        facts: Option<Facts>,
        picture: bool,
        hashes: bool,
        types: bool,
        retyped: bool,
        whole: Option<&Fmap>,
        program: Option<&Program>,
    ) -> Option<Answer> {
        let facts = native_facts(facts);
        let hashed = || picture_hash(&data.0);
        let icons = || program.map(|program| icons_of(program, selection.icons)).unwrap_or_default();
        let request = Request {
            target,
            file_size,
            whole: whole.map(|whole| &whole.0),
            ancestors: &ancestors,
            facts: &facts,
            icons: program.is_some().then_some(&icons as &(dyn Fn() -> Icons + Sync)),
            picture: if picture { Some(&hashed) } else { None },
            hashes,
            types,
            types_only: false,
            retyped,
            selection: &selection.chosen,
            pcre: selection.pcre,
            pcre_max_size: selection.pcre_max_size,
            steps: selection.steps,
        };
        py.detach(|| self.answer(&data.0, &request))
    }

    /// Type patterns found in `data`, which is the start of a layer.
    fn type_hits(&self, py: Python<'_>, data: &Fmap, selection: &Selection) -> Vec<TypeHit> {
        let facts = offset::Facts::default();
        let request = Request {
            target: 0,
            file_size: data.0.len(),
            whole: None,
            ancestors: &[],
            facts: &facts,
            icons: None,
            picture: None,
            hashes: false,
            types: true,
            types_only: true,
            retyped: false,
            selection: &selection.chosen,
            pcre: selection.pcre,
            pcre_max_size: 0,
            steps: selection.steps,
        };
        py.detach(|| self.answer(&data.0, &request)).map(|answer| answer.1).unwrap_or_default()
    }

    /// Section hashes of the parts (offset, size) of a program, section after section.
    fn section_matches(
        &self,
        py: Python<'_>,
        data: &Fmap,
        sections: Vec<(u64, u64)>,
        selection: &Selection,
    ) -> Option<Answer> {
        py.detach(|| {
            let matcher = Matcher::new(&self.0);
            answered(&matcher, &matcher.section_matches(&data.0, &sections, &selection.chosen))
        })
    }

    /// Names of the import hashes that match the text of a program's imports.
    fn import_matches(&self, py: Python<'_>, text: &[u8], selection: &Selection) -> Vec<String> {
        py.detach(|| {
            let matcher = Matcher::new(&self.0);
            let matches = matcher.import_matches(text, &selection.chosen);
            matches.iter().map(|found| matcher.name(&found.found)).collect()
        })
    }

    /// True when an allow-list names one of the layer's digests.
    fn trusted(&self, py: Python<'_>, data: &Fmap) -> bool {
        py.detach(|| Matcher::new(&self.0).trusts(&data.0))
    }

    /// True when no signature is about members of containers.
    fn ignores_members(&self) -> bool {
        self.0.ignores_members()
    }

    /// Names of the alerts that a member of a container gives by what the container says of it.
    #[pyo3(signature = (selection, container, container_size, name, stored, real, encrypted, position, crc))]
    #[allow(clippy::too_many_arguments)] // one call per member: no object for it
    fn member_names(
        &self,
        selection: &Selection,
        container: u16,
        container_size: u64,
        name: &[u8],
        stored: u64,
        real: u64,
        encrypted: bool,
        position: u64,
        crc: u32,
    ) -> Vec<String> {
        let member = Member { container, container_size, name, stored, real, encrypted, position, crc };
        self.0.member_names(&member, &selection.chosen)
    }

    /// Rules about certificates, in load order.
    fn certificates(&self) -> Vec<CertificateRule> {
        certificate_rules(self.0.certificates())
    }

    /// Whether there are any.
    fn has_certificates(&self) -> bool {
        !self.0.certificates().is_empty()
    }

    /// Sizes of the digests that catalogs name of programs (or of files).
    fn catalog_sizes(&self, programs: bool) -> Vec<usize> {
        self.0.catalog().sizes(catalogued(programs)).collect()
    }

    /// True when a catalog names the digest of a program (or of a file).
    fn catalogued(&self, programs: bool, digest: &[u8]) -> bool {
        self.0.catalog().contains(catalogued(programs), digest)
    }

    /// The kept lines of the type with this suffix: (line, name of its file, whether that is official).
    fn kept<'py>(&self, py: Python<'py>, suffix: &str) -> PyResult<Vec<KeptLine<'py>>> {
        let unknown = || PyValueError::new_err("no type whose lines are kept");
        let kind = kept::Kind::of_suffix(suffix).ok_or_else(unknown)?;
        let lines = py.detach(|| self.0.kept(kind)).into_iter();
        let text = |name: Vec<u8>| String::from_utf8_lossy(&name).into_owned();
        Ok(lines.map(|(line, name, class)| (PyBytes::new(py, &line), text(name), class.official)).collect())
    }

    /// Fixed magics, newest first: (offset, value, detected type, for partitions).
    fn magics<'py>(&self, py: Python<'py>) -> Vec<(u32, Bound<'py, PyBytes>, u16, bool)> {
        let magics = Matcher::new(&self.0).magics().into_iter();
        magics.map(|m| (m.offset, PyBytes::new(py, &m.value), m.detected, m.partition)).collect()
    }
}

impl Image {
    fn answer(&self, data: &nacre_fmap::Fmap, request: &Request<'_>) -> Option<Answer> {
        let matcher = Matcher::new(&self.0);
        answered(&matcher, &scan::scan(&matcher, data, request))
    }
}

fn answered(matcher: &Matcher<'_>, answer: &scan::Answer) -> Option<Answer> {
    if answer.is_empty() {
        return None;
    }
    let matches = answer.matches.iter().map(|found| {
        let kind = match (&found.found, found.logical) {
            (Found::Hash(_), _) => 1,
            (Found::Signature(_), false) => 0,
            (Found::Signature(_), true) => 2,
        };
        (matcher.name(&found.found), kind, found.offset, found.handler.map_or(-1, i32::from))
    });
    let types = answer.types.iter().map(|hit| (hit.required, hit.detected, hit.offset)).collect();
    let problems = answer.problems.iter().map(|problem| match problem {
        Problem::Steps => "the matcher's step budget ran out",
        Problem::Image => "a record of the signature image is damaged",
        Problem::Sections => "overlapping sections were not all hashed",
        Problem::Picture => "a picture too large to be compared",
        Problem::Icons => "more icons than MaxIconsPE: not all were compared",
    });
    Some((matches.collect(), types, problems.collect()))
}

/// (name, (official, trusted, code sign, time sign, cert sign), not before, subject, serial, modulus)
type CertificateRule = (String, (bool, bool, bool, bool, bool), i64, Sha1, Option<Sha1>, Vec<u8>);
type Sha1 = [u8; 20];

fn certificate_rules(records: &[u8]) -> Vec<CertificateRule> {
    trust::rules(records)
        .map(|rule| {
            let flags = (rule.official, rule.trusted, rule.code_sign, rule.time_sign, rule.cert_sign);
            let name = String::from_utf8_lossy(rule.name).into_owned();
            (name, flags, rule.not_before, rule.subject, rule.serial, rule.modulus.to_vec())
        })
        .collect()
}

fn catalogued(programs: bool) -> Catalogued {
    if programs { Catalogued::Program } else { Catalogued::File }
}

fn picture_hash(data: &nacre_fmap::Fmap) -> Picture {
    match picture::hash(data) {
        picture::Picture::Hash(hash) => Picture::Hash(hash),
        picture::Picture::None => Picture::None,
        picture::Picture::TooLarge => Picture::Unseen,
    }
}

fn icons_of(program: &Program, most: u32) -> Icons {
    let found = program.icons(most);
    Icons { places: found.places, more: found.more }
}

fn native_facts(facts: Option<Facts>) -> offset::Facts {
    let Some((entry_point, sections, version_info)) = facts else { return offset::Facts::default() };
    let version_info = offset::Facts::keys(version_info);
    offset::Facts { executable: true, entry_point, sections, version_info }
}

/// Compiles signature files into an image.
#[pyclass(module = "nacre._native")]
pub struct ImageBuilder(Option<Builder>);

/// (source's name, signatures used, lines skipped, lines malformed, the first of those as (number, reason))
type SourceReport = (String, u64, u64, u64, Vec<(u64, String)>);

#[pymethods]
impl ImageBuilder {
    #[new]
    fn new(path: PathBuf, key: [u8; 32], file_types: Vec<String>) -> PyResult<Self> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o644).open(&path);
        let scratch = path.parent().map(Path::to_path_buf).unwrap_or_default();
        file.and_then(|file| Builder::new(file, key, scratch, &file_types))
            .map(Some)
            .map(Self)
            .map_err(|error| from_io(&error))
    }

    #[allow(clippy::fn_params_excessive_bools)] // the façade names them
    fn begin(
        &mut self,
        name: &str,
        suffix: &str,
        official: bool,
        pua: bool,
        in_container: bool,
        canary: bool,
    ) -> PyResult<()> {
        let class = Class { official, pua, canary };
        self.open()?.begin(name, suffix, class, in_container).map_err(|error| from_io(&error))
    }

    fn feed(&mut self, py: Python<'_>, chunk: &[u8]) -> PyResult<()> {
        let builder = self.open()?;
        py.detach(|| builder.feed(chunk)).map_err(|error| from_io(&error))
    }

    fn end(&mut self, py: Python<'_>) -> PyResult<()> {
        let builder = self.open()?;
        py.detach(|| builder.end()).map_err(|error| from_io(&error))
    }

    /// Rules about certificates so far.
    fn certificates(&mut self) -> PyResult<Vec<CertificateRule>> {
        Ok(certificate_rules(self.open()?.certificates()))
    }

    /// Adds a digest of a program (or of a file) that the open source names.
    fn add_catalogued(&mut self, programs: bool, digest: &[u8]) -> PyResult<bool> {
        Ok(self.open()?.add_catalogued(catalogued(programs), digest))
    }

    /// True once a source brought file type magic.
    fn has_magic(&mut self) -> PyResult<bool> {
        Ok(self.open()?.has_magic())
    }

    /// Sources in the order in which they began.
    fn report(&mut self) -> PyResult<Vec<SourceReport>> {
        let sources = self.open()?.report().iter();
        Ok(sources
            .map(|s| (s.name.clone(), s.used, s.skipped, s.malformed_count, s.malformed.clone()))
            .collect())
    }

    fn finish(&mut self, py: Python<'_>, metadata: &[u8]) -> PyResult<()> {
        self.open()?;
        let Some(builder) = self.0.take() else { return Err(finished()) };
        py.detach(|| builder.finish(metadata)?.sync_all()).map_err(|error| from_io(&error))
    }
}

impl ImageBuilder {
    fn open(&mut self) -> PyResult<&mut Builder> {
        self.0.as_mut().ok_or_else(finished)
    }
}

fn finished() -> PyErr {
    PyValueError::new_err("the image was finished")
}
