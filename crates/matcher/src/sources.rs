//! The files that signatures come from, in load order, and what that says about them.

use std::io;

use crate::image::{Image, Section, Writer};
use crate::names::{NameBuilder, NameTags, Names};

const NAMES: NameTags = NameTags { ends: *b"src.ends", bytes: *b"src.name" };
const FLAGS: [u8; 8] = *b"src.flag";

const OFFICIAL: u8 = 1;
const PUA: u8 = 2;
const CANARY: u8 = 4;

/// Number of a source file within one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u16);

/// Where a signature stands for the options of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Class {
    /// From a CVD or CLD container.
    pub official: bool,
    /// From a file of potentially unwanted applications.
    pub pua: bool,
    /// There to try an image with: counts only for who asks for it.
    pub canary: bool,
}

impl Class {
    fn bits(self) -> u8 {
        (u8::from(self.official) * OFFICIAL) | (u8::from(self.pua) * PUA) | (u8::from(self.canary) * CANARY)
    }

    fn of(bits: u8) -> Self {
        Self { official: bits & OFFICIAL != 0, pua: bits & PUA != 0, canary: bits & CANARY != 0 }
    }
}

/// The sources of an image that is being built.
#[derive(Default)]
pub struct SourceBuilder {
    names: NameBuilder,
    classes: Vec<Class>,
}

impl SourceBuilder {
    /// Adds the next source. Fails after 65,536 of them.
    pub fn add(&mut self, name: &[u8], class: Class) -> io::Result<SourceId> {
        let id = u16::try_from(self.classes.len()).map_err(|_| io::Error::other("too many source files"))?;
        self.names.push(name)?;
        self.classes.push(class);
        Ok(SourceId(id))
    }

    /// What source `id` says about its signatures.
    pub fn class(&self, id: SourceId) -> Class {
        self.classes.get(usize::from(id.0)).copied().unwrap_or(Class::of(0))
    }

    /// Writes the sources into an image.
    pub fn write(&self, writer: &mut Writer) -> io::Result<()> {
        let flags: Vec<u8> = self.classes.iter().map(|class| class.bits()).collect();
        writer.section(FLAGS, &flags)?;
        self.names.write(writer, NAMES)
    }
}

/// The sources of an opened image.
pub struct Sources {
    flags: Section,
    names: Names,
}

impl Sources {
    /// Finds the sources of `image`.
    pub fn open(image: &Image) -> Self {
        Self { flags: image.hold(FLAGS), names: Names::open(image, NAMES) }
    }

    /// What source `id` says about its signatures.
    pub fn class(&self, id: SourceId) -> Option<Class> {
        self.flags.get(usize::from(id.0)).copied().map(Class::of)
    }

    /// The name of source `id`.
    pub fn name(&self, id: SourceId) -> Option<&[u8]> {
        self.names.get(u32::from(id.0))
    }
}
