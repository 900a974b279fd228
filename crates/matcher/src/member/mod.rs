//! Signatures about members of containers (`.cdb .zmd .rmd`): what an archive says of a file in it.
//!
//! In the image they are one row each and two lists of texts, names and expressions over file names. There are
//! few of them, and a row is refused by its numbers nearly always: each member is compared with all rows.
//! An expression is compiled when the first member gets as far as its row, and kept for as long as the image
//! is open.

pub mod line;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::OnceLock;

use crate::ere::Ere;
use crate::image::{Image, Section, Tag, Writer};
use crate::level::FUNCTIONALITY_LEVEL;
use crate::line::Refusal;
use crate::line::malformed;
use crate::magic::FileTypes;
use crate::names::{NameBuilder, NameTags, Names};
use crate::select::Selection;
use crate::sources::{Class, SourceId, Sources};
use line::{MemberLine, parse_cdb, parse_old};

/// The rows, in load order.
const ROWS: Tag = *b"mem.rows";
const NAMES: NameTags = NameTags { ends: *b"mem.ends", bytes: *b"mem.name" };
const EXPRESSIONS: NameTags = NameTags { ends: *b"mem.erex", bytes: *b"mem.expr" };

/// In a row: any container, any file name.
const ANY: u32 = u32::MAX;

/// A condition on a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub low: u32,
    pub high: u32,
}

impl Range {
    /// The largest lower bound stands for any number.
    pub const ANY: Self = Self { low: u32::MAX, high: u32::MAX };

    fn exactly(value: u32) -> Self {
        Self { low: value, high: value }
    }

    /// Whether `value` lies within; where the bounds differ, 0 is none.
    fn holds(self, value: u64) -> bool {
        let (low, high) = (u64::from(self.low), u64::from(self.high));
        if self.low == Self::ANY.low {
            true
        } else if low == high {
            value == low
        } else {
            value >= low && (high == 0 || value <= high)
        }
    }
}

/// A condition on the encryption of a member: 0, 1, or 2 for any; greater ones never hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encrypted(pub u32);

impl Encrypted {
    /// Encrypted or not.
    pub const ANY: Self = Self(2);

    fn holds(self, encrypted: bool) -> bool {
        self == Self::ANY || self.0 == u32::from(encrypted)
    }
}

/// What a container says of one of its members.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// Number of the container's type.
    pub container: u16,
    pub container_size: u64,
    /// Counts up to its first NUL.
    pub name: &'a [u8],
    pub stored: u64,
    pub real: u64,
    pub encrypted: bool,
    /// From 1.
    pub position: u64,
    /// 0 where the format has none.
    pub crc: u32,
}

/// Numbers of one signature in the image.
const WIDTH: usize = 14;

/// One signature in the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    source: u32,
    name: u32,
    expression: u32,
    container: u32,
    encrypted: Encrypted,
    crc: u32,
    container_size: Range,
    stored: Range,
    real: Range,
    position: Range,
}

impl Row {
    fn encode(self) -> [u32; WIDTH] {
        let Self { source, name, expression, container, encrypted, crc, .. } = self;
        let [sizes, stored, real, place] = [self.container_size, self.stored, self.real, self.position];
        [
            source,
            name,
            expression,
            container,
            encrypted.0,
            crc,
            sizes.low,
            sizes.high,
            stored.low,
            stored.high,
            real.low,
            real.high,
            place.low,
            place.high,
        ]
    }

    fn decode(numbers: &[u32; WIDTH]) -> Self {
        let (&[source, name, expression, container, encrypted, crc], bounds) =
            numbers.split_first_chunk().unwrap_or((&[ANY; 6], &[]));
        let range = |field: usize| match bounds.get(2 * field..2 * field + 2) {
            Some(&[low, high]) => Range { low, high },
            _ => Range::ANY,
        };
        Self {
            source,
            name,
            expression,
            container,
            encrypted: Encrypted(encrypted),
            crc,
            container_size: range(0),
            stored: range(1),
            real: range(2),
            position: range(3),
        }
    }

    /// Whether everything but the file name fits.
    fn admits(&self, member: &Member<'_>) -> bool {
        (self.container == ANY || self.container == u32::from(member.container))
            && self.encrypted.holds(member.encrypted)
            && (self.crc == 0 || self.crc == member.crc)
            && self.container_size.holds(member.container_size)
            && self.stored.holds(member.stored)
            && self.real.holds(member.real)
            && self.position.holds(member.position)
    }
}

/// Which kind of file a line stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `.cdb`
    Any,
    /// `.zmd`
    Zip,
    /// `.rmd`
    Rar,
}

/// Signatures about members on their way into an image.
#[derive(Default)]
pub struct MemberBuilder {
    rows: Vec<[u32; WIDTH]>,
    names: NameBuilder,
    expressions: NameBuilder,
}

impl MemberBuilder {
    /// Adds a line of the file `source`.
    pub fn add(
        &mut self,
        form: Form,
        line: &[u8],
        source: SourceId,
        types: &FileTypes,
        ignored: &dyn Fn(&[u8]) -> bool,
    ) -> Result<(), Refusal> {
        let line = match form {
            Form::Any => parse_cdb(line, FUNCTIONALITY_LEVEL, types, ignored)?,
            Form::Zip => parse_old(line, types.number(b"CL_TYPE_ZIP"), ignored)?,
            Form::Rar => parse_old(line, types.number(b"CL_TYPE_RAR"), ignored)?,
        };
        self.push(&line, source).map_err(|error| malformed(error.to_string()))
    }

    fn push(&mut self, line: &MemberLine<'_>, source: SourceId) -> io::Result<()> {
        let expression = line.file_name.map(|text| self.expressions.intern(text)).transpose()?;
        let row = Row {
            source: u32::from(source.0),
            name: self.names.push(line.name)?,
            expression: expression.unwrap_or(ANY),
            container: line.container.map_or(ANY, u32::from),
            encrypted: line.encrypted,
            crc: line.crc,
            container_size: line.container_size,
            stored: line.stored,
            real: line.real,
            position: line.position,
        };
        self.rows.push(row.encode());
        Ok(())
    }

    /// Writes the sections.
    pub fn write(&self, writer: &mut Writer) -> io::Result<()> {
        writer.section(ROWS, bytemuck::cast_slice(&self.rows))?;
        self.names.write(writer, NAMES)?;
        self.expressions.write(writer, EXPRESSIONS)
    }
}

/// The signatures about members of an opened image.
pub struct Members {
    rows: Section,
    names: Names,
    expressions: Names,
    /// None for a text that is no expression, which only damage brings about.
    compiled: OnceLock<Box<[OnceLock<Option<Ere>>]>>,
}

impl Members {
    /// Finds them in `image`.
    pub fn open(image: &Image) -> Self {
        Self {
            rows: image.hold(ROWS),
            names: Names::open(image, NAMES),
            expressions: Names::open(image, EXPRESSIONS),
            compiled: OnceLock::new(),
        }
    }

    /// True when the image has none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Names of the signatures that `member` matches, newest first, each with what its source says about it.
    pub fn matches(
        &self,
        member: &Member<'_>,
        selection: &Selection,
        sources: &Sources,
    ) -> Vec<(String, Class)> {
        let rows: &[[u32; WIDTH]] = bytemuck::try_cast_slice(&self.rows).unwrap_or(&[]);
        let text = member.name.split(|&byte| byte == 0).next().unwrap_or(&[]);
        let matching =
            rows.iter().rev().map(Row::decode).filter(|row| row.admits(member) && self.is_called(row, text));
        let named = matching.filter_map(|row| {
            let name = String::from_utf8_lossy(self.names.get(row.name)?).into_owned();
            Some((name, sources.class(SourceId(u16::try_from(row.source).ok()?))?))
        });
        named.filter(|(name, class)| selection.takes(name, *class, false)).collect()
    }

    fn is_called(&self, row: &Row, text: &[u8]) -> bool {
        if row.expression == ANY {
            return true;
        }
        let all =
            self.compiled.get_or_init(|| (0..self.expressions.len()).map(|_| OnceLock::new()).collect());
        let Some(place) = all.get(row.expression as usize) else { return false };
        let compile = || Ere::new(self.expressions.get(row.expression)?).ok();
        place.get_or_init(compile).as_ref().is_some_and(|expression| expression.is_match(text))
    }
}
