//! Compiles signature files into an image.
//!
//! Sources come in load order, each as a stream of chunks; what a line means depends on the file's suffix.
//! A line that cannot be used is counted or, when malformed, remembered with its number and reason: one image
//! serves those who stop at it and those who go on.

mod atoms;
mod body;
mod rules;
mod triggers;

use std::fs::File;
use std::io;
use std::path::PathBuf;

use body::BodyBuilder;

use crate::hash::{HashBuilder, LineError, Outcome, Use};
use crate::icon::IconBuilder;
use crate::ignore::IgnoreList;
use crate::image::{Key, Writer};
use crate::kept::{self, KeptBuilder};
use crate::line::Refusal;
use crate::lines::{End, LineKind, LineReader};
use crate::magic::FileTypes;
use crate::member::{Form, MemberBuilder};
use crate::section;
use crate::sources::{Class, SourceBuilder, SourceId};
use crate::trust::{CatalogBuilder, Catalogued, CertificateBuilder};
use crate::yara::Parser;

/// Malformed lines of one source that are remembered one by one.
const MOST_MALFORMED: usize = 1000;

/// What became of a source's lines.
#[derive(Clone, Debug, Default)]
pub struct SourceReport {
    pub name: String,
    /// Signatures in the image.
    pub used: u64,
    /// Lines for other engines, or named by an ignore list.
    pub skipped: u64,
    /// Number and reason of malformed lines, the first thousand.
    pub malformed: Vec<(u64, String)>,
    /// All malformed lines.
    pub malformed_count: u64,
}

/// What the lines of a file are, by its suffix.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Hash(Use),
    /// Hash lines made of indicators, which ignore lists do not name.
    Indicators,
    Ndb,
    Db,
    Ldb,
    Ftm,
    Member(Form),
    Icon,
    Ignore,
    /// YARA rules: no lines, but one text.
    Rules,
    Certificate,
    /// Read by the caller, who adds digests one by one.
    Catalog,
    Kept(kept::Kind),
    /// Known, but not compiled: its lines are counted.
    Other,
}

impl Language {
    fn of(suffix: &str) -> Self {
        if let Some(usage) = Use::of_suffix(suffix) {
            return Self::Hash(usage);
        }
        if let Some(kind) = kept::Kind::of_suffix(suffix) {
            return Self::Kept(kind);
        }
        match suffix {
            "ndb" | "ndu" | "sdb" => Self::Ndb,
            "db" => Self::Db,
            "ldb" | "ldu" => Self::Ldb,
            "ftm" => Self::Ftm,
            "cdb" => Self::Member(Form::Any),
            "zmd" => Self::Member(Form::Zip),
            "rmd" => Self::Member(Form::Rar),
            "idb" => Self::Icon,
            "ign" | "ign2" => Self::Ignore,
            "yar" | "yara" => Self::Rules,
            "crb" => Self::Certificate,
            "cat" => Self::Catalog,
            "ioc" => Self::Indicators,
            _ => Self::Other,
        }
    }

    /// Types whose files may be without a line.
    fn may_be_empty(self) -> bool {
        match self {
            Self::Other
            | Self::Ignore
            | Self::Indicators
            | Self::Certificate
            | Self::Catalog
            | Self::Rules => true,
            Self::Kept(kind) => kind != kept::Kind::Password,
            _ => false,
        }
    }

    /// Types whose files must have a line that is used.
    fn must_be_used(self) -> bool {
        matches!(self, Self::Ftm | Self::Kept(kept::Kind::Password))
    }
}

struct Open {
    id: SourceId,
    language: Language,
    reader: LineReader,
    /// What was fed of a file of rules.
    text: Vec<u8>,
}

/// Compiles one image.
pub struct Builder {
    writer: Writer,
    bodies: BodyBuilder,
    hashes: HashBuilder,
    types: FileTypes,
    members: MemberBuilder,
    icons: IconBuilder,
    sources: SourceBuilder,
    kept: KeptBuilder,
    ignored: IgnoreList,
    certificates: CertificateBuilder,
    catalog: CatalogBuilder,
    open: Option<Open>,
    reports: Vec<SourceReport>,
}

impl Builder {
    /// Writes into the empty `file`; large intermediate data goes to unnamed files in `scratch`.
    pub fn new(file: File, key: Key, scratch: PathBuf, file_types: &[String]) -> io::Result<Self> {
        let types = FileTypes::new(file_types);
        Ok(Self {
            writer: Writer::create(file, key)?,
            bodies: BodyBuilder::new(types.clone()),
            hashes: HashBuilder::new(scratch),
            types,
            members: MemberBuilder::default(),
            icons: IconBuilder::default(),
            sources: SourceBuilder::default(),
            kept: KeptBuilder::default(),
            ignored: IgnoreList::default(),
            certificates: CertificateBuilder::default(),
            catalog: CatalogBuilder::default(),
            open: None,
            reports: Vec::new(),
        })
    }

    /// Begins a source; `suffix` is its lower-case extension without the dot.
    pub fn begin(&mut self, name: &str, suffix: &str, class: Class, in_container: bool) -> io::Result<()> {
        self.end()?;
        let language = Language::of(suffix);
        let kind = if language == Language::Ldb { LineKind::Logical } else { LineKind::Short };
        let id = self.sources.add(name.as_bytes(), class)?;
        self.open =
            Some(Open { id, language, reader: LineReader::new(kind, in_container), text: Vec::new() });
        self.reports.push(SourceReport { name: name.to_owned(), ..SourceReport::default() });
        Ok(())
    }

    /// Takes the next bytes of the source.
    pub fn feed(&mut self, chunk: &[u8]) -> io::Result<()> {
        let Some(mut open) = self.open.take() else { return Err(io::Error::other("no source was begun")) };
        if open.language == Language::Rules {
            open.text.extend_from_slice(chunk);
            self.open = Some(open);
            return Ok(());
        }
        let result =
            open.reader.feed(chunk, |number, line| self.take_line(open.id, open.language, number, line));
        self.open = Some(open);
        result
    }

    /// The certificate rules so far, which catalogs are judged by; see [`crate::trust::rules`].
    pub fn certificates(&self) -> &[u8] {
        self.certificates.records()
    }

    /// Adds a digest that the catalog which is open names; false for one of a size that none has.
    pub fn add_catalogued(&mut self, what: Catalogued, digest: &[u8]) -> bool {
        let added = self.catalog.add(what, digest);
        if let Some(report) = self.reports.last_mut() {
            report.used += u64::from(added);
        }
        added
    }

    /// Ends the source.
    pub fn end(&mut self) -> io::Result<()> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        if open.language == Language::Rules {
            self.take_rules(open.id, &open.text);
            return Ok(());
        }
        let end = open.reader.finish(|number, line| self.take_line(open.id, open.language, number, line))?;
        let nothing = self.reports.last().is_some_and(|report| report.used + report.malformed_count == 0);
        match end {
            End::Complete if open.language.must_be_used() && nothing => self.malformed(0, "no usable line"),
            End::Complete => {}
            // As in ClamAV what came before counts, and nobody is told.
            End::Cut => {
                if let Some(report) = self.reports.last_mut() {
                    report.skipped += 1;
                }
            }
            End::Empty if open.language.may_be_empty() => {}
            End::Empty => self.malformed(0, "Empty database file"),
            End::TooLong(number) => self.malformed(number, "line too long"),
            End::Unterminated(number) => self.malformed(number, "the line has no end"),
        }
        Ok(())
    }

    fn malformed(&mut self, number: u64, reason: &str) {
        if let Some(report) = self.reports.last_mut() {
            report.malformed_count += 1;
            if report.malformed.len() < MOST_MALFORMED {
                report.malformed.push((number, reason.to_owned()));
            }
        }
    }

    /// Compiles the rules of a file; one that cannot be used is remembered as a malformed line.
    fn take_rules(&mut self, id: SourceId, text: &[u8]) {
        let mut parser = Parser::new(text);
        loop {
            let rule = parser.next_rule(&self.bodies.rules);
            for note in parser.take_notes() {
                self.malformed(note.place.line, &note.to_string());
            }
            let ignored = &self.ignored;
            let (line, added) = match rule {
                None => return,
                Some(Ok(rule)) => {
                    (rule.place.line, self.bodies.add_rule(&rule, id, &|name| ignored.ignores(name, b"")))
                }
                Some(Err(error)) => (error.place.line, Err(Refusal::Malformed(error.to_string().into()))),
            };
            match added {
                Err(Refusal::Malformed(reason)) => self.malformed(line, &reason),
                added => self.count(added.is_ok()),
            }
        }
    }

    fn count(&mut self, used: bool) {
        if let Some(report) = self.reports.last_mut() {
            report.used += u64::from(used);
            report.skipped += u64::from(!used);
        }
    }

    fn take_line(&mut self, id: SourceId, language: Language, number: u64, line: &[u8]) -> io::Result<()> {
        if language == Language::Certificate && line.is_empty() {
            return Ok(());
        }
        let outcome = self.compile_line(id, language, line)?;
        match outcome {
            Ok(used) => self.count(used),
            Err(reason) => self.malformed(number, &reason),
        }
        Ok(())
    }

    /// Whether the line is now in the image, or what is wrong with it.
    fn compile_line(
        &mut self,
        id: SourceId,
        language: Language,
        line: &[u8],
    ) -> io::Result<Result<bool, String>> {
        let ignored = &self.ignored;
        let named = |name: &[u8]| ignored.ignores(name, line);
        let added = match language {
            Language::Hash(usage) => return hashed(self.hashes.add_line(usage, line, id, ignored)),
            Language::Indicators => {
                return hashed(self.hashes.add_line(Use::Detect, line, id, &IgnoreList::default()));
            }
            Language::Kept(kind) => self.kept.add_line(kind, line, id, self.bodies.types(), &named),
            Language::Ignore => return Ok(self.ignored.add_line(line).map(|()| true).map_err(str::to_owned)),
            Language::Other | Language::Catalog | Language::Rules => return Ok(Ok(true)),
            Language::Certificate => self.certificates.add_line(line, self.sources.class(id).official),
            Language::Ndb => self.bodies.add_ndb(line, id, &named),
            Language::Db => self.bodies.add_db(line, id, &named),
            Language::Ldb => self.bodies.add_ldb(line, id, &named),
            Language::Ftm => self.bodies.add_ftm(line, id),
            Language::Icon => self.icons.add_line(line, id, &named),
            Language::Member(form) => self.members.add(form, line, id, &self.types, &named),
        };
        Ok(match added {
            Ok(()) => Ok(true),
            Err(Refusal::Skipped(_)) => Ok(false),
            Err(Refusal::Malformed(reason)) => Err(reason.into_owned()),
        })
    }

    /// What became of the sources, in the order in which they were begun.
    pub fn report(&self) -> &[SourceReport] {
        &self.reports
    }

    /// True once a source brought file type magic.
    pub fn has_magic(&self) -> bool {
        self.bodies.has_magic()
    }

    /// Writes the image; `metadata` is kept for whoever opens it.
    pub fn finish(mut self, metadata: &[u8]) -> io::Result<File> {
        self.end()?;
        self.bodies.finish(&mut self.writer)?;
        self.hashes.finish(&mut self.writer, &self.sources)?;
        self.members.write(&mut self.writer)?;
        self.icons.write(&mut self.writer)?;
        self.kept.write(&mut self.writer)?;
        self.sources.write(&mut self.writer)?;
        self.certificates.write(&mut self.writer)?;
        self.catalog.write(&mut self.writer)?;
        self.writer.section(section::METADATA, metadata)?;
        self.writer.finish()
    }
}

fn hashed(added: Result<Outcome, LineError>) -> io::Result<Result<bool, String>> {
    match added {
        Ok(outcome) => Ok(Ok(outcome == Outcome::Added)),
        Err(LineError::Malformed(reason)) => Ok(Err(reason.to_owned())),
        Err(LineError::Io(error)) => Err(error),
    }
}
