//! Body, logical and magic lines on their way into the image.

use std::io;

use crate::body::{BodyLine, parse_db, parse_ndb};
use crate::builder::atoms::Atoms;
use crate::builder::rules::Rules;
use crate::builder::triggers::Triggers;
use crate::image::Writer;
use crate::level::FUNCTIONALITY_LEVEL;
use crate::line::{Refusal, malformed};
use crate::logical::{Body, Logical, Subsig};
use crate::magic::{FileTypes, MagicKind, parse_ftm};
use crate::matcher::{Magic, put_magic};
use crate::offset::Offset;
use crate::pattern::{self, Modifiers};
use crate::section;
use crate::signature::{Class, Content, Kind, Record, Stored};
use crate::sources::SourceId;

/// The target of signatures that run on every layer.
pub(super) const ANY: u8 = 0;

/// A layer must be decoded for it, so any body pattern that can be looked for is the better trigger.
const PICTURE_COST: f32 = 1e9;

/// Collects everything that is matched by content.
pub struct BodyBuilder {
    types: FileTypes,
    pub(super) rules: Rules,
    pub(super) atoms: Atoms,
    pub(super) triggers: Triggers,
    records: Vec<u8>,
    ends: Vec<u32>,
    classes: Vec<Class>,
    macros: Vec<[u32; 3]>,
    magics: Vec<u8>,
}

impl BodyBuilder {
    /// File types are numbered by their position in `types`.
    pub fn new(types: FileTypes) -> Self {
        Self {
            types,
            rules: Rules::default(),
            atoms: Atoms::default(),
            triggers: Triggers::default(),
            records: Vec::new(),
            ends: Vec::new(),
            classes: Vec::new(),
            macros: Vec::new(),
            magics: Vec::new(),
        }
    }

    /// The file types that lines may name.
    pub fn types(&self) -> &FileTypes {
        &self.types
    }

    /// A line of an `.ndb`, `.ndu` or `.sdb` file.
    pub fn add_ndb(&mut self, line: &[u8], source: SourceId, ignored: &dyn Fn(&[u8]) -> bool) -> Added {
        let line = parse_ndb(line, FUNCTIONALITY_LEVEL)?;
        self.add_body(line, source, ignored)
    }

    /// A line of a `.db` file.
    pub fn add_db(&mut self, line: &[u8], source: SourceId, ignored: &dyn Fn(&[u8]) -> bool) -> Added {
        let line = parse_db(line)?;
        self.add_body(line, source, ignored)
    }

    fn add_body(&mut self, line: BodyLine<'_>, source: SourceId, ignored: &dyn Fn(&[u8]) -> bool) -> Added {
        if ignored(line.name) {
            return Err(Refusal::Skipped("named by an ignore list".into()));
        }
        let (atom, offset) = self.atom(line.offset, line.pattern, b"", line.target, true)?;
        if let Some(group) = offset.macro_group() {
            self.macros.push([group, u32::from(line.target), atom]);
            return Ok(());
        }
        let record = Record { source: source.0, name: line.name, content: Content::Body { atom } };
        let number = self.push(Kind::Body, line.target, &record)?;
        self.trigger(atom, number);
        Ok(())
    }

    /// A line of an `.ldb` or `.ldu` file.
    pub fn add_ldb(&mut self, line: &[u8], source: SourceId, ignored: &dyn Fn(&[u8]) -> bool) -> Added {
        let line = Logical::parse(line, FUNCTIONALITY_LEVEL, &self.types)?;
        if ignored(line.name) {
            return Err(Refusal::Skipped("named by an ignore list".into()));
        }
        let target = line.tdb.target;
        let mut codes = Vec::with_capacity(line.subsigs.len());
        for subsig in &line.subsigs {
            codes.push(self.subsignature(subsig, target)?);
        }
        let (mut block, mut expression) = (Vec::new(), Vec::new());
        line.tdb.encode(&mut block);
        line.expression.encode(&mut expression);
        let subsignatures = codes.iter().map(Code::stored).collect();
        let content = Content::Logical { block: &block, expression: &expression, subsignatures };
        let record = Record { source: source.0, name: line.name, content };
        let number = self.push(Kind::Logical, target, &record)?;
        self.choose_triggers(&line, &codes, number);
        Ok(())
    }

    /// A line of an `.ftm` file.
    pub fn add_ftm(&mut self, line: &[u8], source: SourceId) -> Added {
        let line = parse_ftm(line, FUNCTIONALITY_LEVEL, &self.types)?;
        let fixed = |offset, value: &Vec<u8>, partition| Magic {
            partition,
            offset,
            detected: line.detected,
            value: value.clone(),
        };
        match &line.kind {
            MagicKind::Fixed { offset, value } => put_magic(&mut self.magics, &fixed(*offset, value, false)),
            MagicKind::Partition { offset, value } => {
                put_magic(&mut self.magics, &fixed(*offset, value, true));
            }
            MagicKind::Pattern { offset, pattern } => {
                let (atom, _) = self.atom(offset, pattern, b"", ANY, false)?;
                let content = Content::Magic { required: line.required, detected: line.detected, atom };
                let record = Record { source: source.0, name: line.description, content };
                let number = self.push(Kind::Magic, ANY, &record)?;
                self.trigger(atom, number);
            }
        }
        Ok(())
    }

    fn atom(
        &mut self,
        offset: &[u8],
        text: &[u8],
        modifiers: &[u8],
        target: u8,
        plain_needs_three: bool,
    ) -> Result<(u32, Offset), Refusal> {
        let offset = Offset::parse(offset, target).map_err(|reason| malformed(reason.to_string()))?;
        let modifiers = Modifiers::parse(modifiers).map_err(|reason| malformed(reason.to_string()))?;
        let patterns =
            pattern::parse(text, modifiers, target).map_err(|reason| malformed(reason.to_string()))?;
        if plain_needs_three && target == ANY {
            pattern::check_length_for_any_target(text).map_err(|reason| malformed(reason.to_string()))?;
        }
        let atom = self.atoms.intern(&offset, &patterns).ok_or_else(|| malformed("the image is full"))?;
        Ok((atom, offset))
    }

    fn subsignature(&mut self, subsig: &Subsig<'_>, target: u8) -> Result<Code, Refusal> {
        let mut code = Vec::new();
        match subsig {
            Subsig::Body(Body { offset, pattern, modifiers }) => {
                let (atom, offset) = self.atom(offset.unwrap_or(b"*"), pattern, modifiers, target, false)?;
                if let Some(group) = offset.macro_group() {
                    self.macros.push([group, u32::from(target), atom]);
                }
                Ok(Code::Body(atom))
            }
            Subsig::Pcre(pcre) => {
                let offset = Offset::parse(pcre.offset.unwrap_or(b"*"), target)
                    .map_err(|reason| malformed(reason.to_string()))?;
                let mut place = Vec::new();
                offset.encode(&mut place);
                crate::leb128::put_bytes(&mut code, &place);
                pcre.encode(&mut code);
                Ok(Code::Pcre(code))
            }
            Subsig::ByteCompare(compare) => {
                compare.encode(&mut code);
                Ok(Code::ByteCompare(code))
            }
            Subsig::Macro(group) => {
                group.encode(&mut code);
                Ok(Code::Macro(code))
            }
            Subsig::Picture(picture) => Ok(Code::Picture(picture.hash)),
        }
    }

    /// Decides which atoms activate a logical signature.
    fn choose_triggers(&mut self, line: &Logical<'_>, codes: &[Code], number: u32) {
        let atoms = &self.atoms;
        let cover = line.cover(&|index| match codes.get(usize::from(index)) {
            Some(Code::Body(atom)) => Some(atoms.cost(*atom)).filter(|cost| cost.is_finite()),
            Some(Code::Picture(_)) => Some(PICTURE_COST),
            _ => None,
        });
        let Some(cover) = cover else { return self.triggers.add_always(number) };
        for index in cover.iter() {
            match codes.get(usize::from(index)) {
                Some(Code::Body(atom)) => self.triggers.add(*atom, number),
                Some(Code::Picture(hash)) => self.triggers.add_picture(*hash, line.tdb.target, number),
                _ => {}
            }
        }
    }

    fn trigger(&mut self, atom: u32, number: u32) {
        if self.atoms.cost(atom).is_finite() {
            self.triggers.add(atom, number);
        } else {
            self.triggers.add_always(number);
        }
    }

    pub(super) fn push(&mut self, kind: Kind, target: u8, record: &Record<'_>) -> Result<u32, Refusal> {
        record.encode(&mut self.records);
        let end = u32::try_from(self.records.len()).map_err(|_| malformed("the image is full"))?;
        self.ends.push(end);
        self.classes.push(Class::new(kind, target));
        Ok(self.classes.len() as u32 - 1)
    }

    /// True once a file brought magic of its own.
    pub fn has_magic(&self) -> bool {
        !self.magics.is_empty() || self.classes.iter().any(|class| class.kind() == Some(Kind::Magic))
    }

    /// Writes all sections.
    pub fn finish(self, writer: &mut Writer) -> io::Result<()> {
        writer.section(section::SIGNATURES, &self.records)?;
        drop(self.records);
        writer.section(section::SIGNATURE_ENDS, bytemuck::cast_slice(&self.ends))?;
        let classes: Vec<u8> = self.classes.iter().map(|class| class.0).collect();
        writer.section(section::CLASSES, &classes)?;
        writer.section(section::MACROS, bytemuck::cast_slice(&self.macros))?;
        writer.section(section::MAGICS, &self.magics)?;
        writer.section(section::ATOMS, self.atoms.blob())?;
        let ends: Vec<u32> = self.atoms.ends().collect();
        writer.section(section::ATOM_ENDS, bytemuck::cast_slice(&ends))?;
        self.triggers.write(&self.atoms, &self.classes, &mut |tag, bytes| writer.section(tag, bytes))
    }
}

pub(super) type Added = Result<(), Refusal>;

/// A subsignature's code while its record is put together.
enum Code {
    Body(u32),
    Pcre(Vec<u8>),
    ByteCompare(Vec<u8>),
    Macro(Vec<u8>),
    Picture([u8; 8]),
}

impl Code {
    fn stored(&self) -> Stored<'_> {
        match self {
            Self::Body(atom) => Stored::Body(*atom),
            Self::Pcre(code) => Stored::Pcre(code),
            Self::ByteCompare(code) => Stored::ByteCompare(code),
            Self::Macro(code) => Stored::Macro(code),
            Self::Picture(code) => Stored::Picture(code),
        }
    }
}
