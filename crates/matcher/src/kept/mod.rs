//! Lines that are kept as they are: engine switches, passwords, what the phishing check looks up.
//!
//! There are few of them, and whoever uses one needs all of it. So they are checked when the image is built,
//! without what says for which engines they are, and handed out in load order.

mod password;
mod phishing;
mod suffix;
mod switch;

use std::borrow::Cow;
use std::io;

use crate::image::{Image, Section, Tag, Writer, column};
use crate::line::{Refusal, malformed};
use crate::magic::FileTypes;
use crate::names::{NameBuilder, NameTags, Names};
use crate::sources::SourceId;

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `.cfg`
    Switch,
    /// `.pwdb`
    Password,
    /// `.pdb` and `.gdb`, which are read alike
    Phishing,
    /// `.wdb`
    AllowedLink,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Switch, Self::Password, Self::Phishing, Self::AllowedLink];

    /// What a file with this lower-case suffix (without dot) holds, when its lines are kept.
    pub fn of_suffix(suffix: &str) -> Option<Self> {
        match suffix {
            "cfg" => Some(Self::Switch),
            "pwdb" => Some(Self::Password),
            "pdb" | "gdb" => Some(Self::Phishing),
            "wdb" => Some(Self::AllowedLink),
            _ => None,
        }
    }

    /// What is kept of `line`.
    fn read<'a>(
        self,
        line: &'a [u8],
        types: &FileTypes,
        ignored: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Cow<'a, [u8]>, Refusal> {
        match self {
            Self::Switch => switch::read(line).map(Cow::Owned),
            Self::Password => password::read(line, types, ignored).map(Cow::Borrowed),
            Self::Phishing => phishing::read(line, b"RHS").map(Cow::Borrowed),
            Self::AllowedLink => phishing::read(line, b"XYM").map(Cow::Borrowed),
        }
    }

    fn texts(self) -> NameTags {
        let number = b'0' + self as u8;
        NameTags {
            ends: [b'k', b'e', b'p', b't', number, b'e', b'n', b'd'],
            bytes: [b'k', b'e', b'p', b't', number, b't', b'x', b't'],
        }
    }

    fn sources(self) -> Tag {
        [b'k', b'e', b'p', b't', b'0' + self as u8, b's', b'r', b'c']
    }
}

/// The lines of an image that is being built.
#[derive(Default)]
pub struct KeptBuilder([Column; Kind::ALL.len()]);

#[derive(Default)]
struct Column {
    texts: NameBuilder,
    sources: Vec<u32>,
}

impl KeptBuilder {
    /// Takes a line of a file of `kind`.
    pub fn add_line(
        &mut self,
        kind: Kind,
        line: &[u8],
        source: SourceId,
        types: &FileTypes,
        ignored: &dyn Fn(&[u8]) -> bool,
    ) -> Result<(), Refusal> {
        let kept = kind.read(line, types, ignored)?;
        let Some(column) = self.0.get_mut(kind as usize) else { return Ok(()) };
        column.texts.push(&kept).map_err(|error| malformed(error.to_string()))?;
        column.sources.push(u32::from(source.0));
        Ok(())
    }

    /// Writes the lines into an image.
    pub fn write(&self, writer: &mut Writer) -> io::Result<()> {
        for (kind, column) in Kind::ALL.into_iter().zip(&self.0) {
            column.texts.write(writer, kind.texts())?;
            let sources: Vec<u8> = column.sources.iter().flat_map(|source| source.to_le_bytes()).collect();
            writer.section(kind.sources(), &sources)?;
        }
        Ok(())
    }
}

/// The lines of one kind in an opened image.
pub struct Kept {
    texts: Names,
    sources: Section,
}

impl Kept {
    /// Finds the lines of `kind`.
    pub fn open(image: &Image, kind: Kind) -> Self {
        Self { texts: Names::open(image, kind.texts()), sources: image.hold(kind.sources()) }
    }

    /// Every line with its source, in load order; ends early in a damaged image.
    pub fn lines(&self) -> impl Iterator<Item = (SourceId, &[u8])> {
        (0..).map_while(|number: u32| {
            let source = column::u32_at(&self.sources, number as usize)?;
            Some((SourceId(u16::try_from(source).ok()?), self.texts.get(number)?))
        })
    }
}
