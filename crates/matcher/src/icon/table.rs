//! The icons that signatures ask for, in the image: a row each, and a list of the names of their groups.
//!
//! Nothing is sorted: there are hundreds of rows at most, and only a signature that is true otherwise asks.

use std::collections::HashSet;
use std::io;

use super::Icon;
use super::line::{Packed, parse};
use crate::image::{Image, Section, Tag, Writer, column};
use crate::line::{Refusal, malformed};
use crate::names::{NameBuilder, NameTags, Names};
use crate::sources::SourceId;

/// Rows: source, both groups (u32 each), description.
const ROWS: Tag = *b"iconrows";
const GROUPS: NameTags = NameTags { ends: *b"iconends", bytes: *b"icongrps" };
const NUMBERS: usize = 12;
const WIDTH: usize = NUMBERS + size_of::<Packed>();
/// Different groups in each of a file's two columns; ClamAV does not load a file with more.
const MOST_GROUPS: usize = 256;

/// Icons on their way into an image.
#[derive(Default)]
pub struct IconBuilder {
    rows: Vec<u8>,
    groups: NameBuilder,
    /// The file at hand and its groups.
    source: Option<SourceId>,
    seen: [HashSet<u32>; 2],
}

impl IconBuilder {
    /// Adds a line of the file `source`.
    pub fn add_line(
        &mut self,
        line: &[u8],
        source: SourceId,
        ignored: &dyn Fn(&[u8]) -> bool,
    ) -> Result<(), Refusal> {
        let line = parse(line, ignored)?;
        if self.source.replace(source) != Some(source) {
            self.seen = Default::default();
        }
        let mut row = u32::from(source.0).to_le_bytes().to_vec();
        for (name, seen) in line.groups.iter().zip(&mut self.seen) {
            let group = self.groups.intern(name).map_err(|error| malformed(error.to_string()))?;
            if seen.len() == MOST_GROUPS && !seen.contains(&group) {
                return Err(malformed(format!("more than {MOST_GROUPS} icon groups in one file")));
            }
            seen.insert(group);
            row.extend(group.to_le_bytes());
        }
        self.rows.extend(row);
        self.rows.extend(line.description);
        Ok(())
    }

    /// Writes the sections.
    pub fn write(&self, writer: &mut Writer) -> io::Result<()> {
        writer.section(ROWS, &self.rows)?;
        self.groups.write(writer, GROUPS)
    }
}

/// The icons of an opened image.
pub struct IconTable {
    rows: Section,
    groups: Names,
}

impl IconTable {
    /// Finds them in `image`.
    pub fn open(image: &Image) -> Self {
        Self { rows: image.hold(ROWS), groups: Names::open(image, GROUPS) }
    }

    /// The icons that are in all of the groups given, each with its source.
    pub fn in_groups(&self, groups: [Option<&[u8]>; 2]) -> impl Iterator<Item = (SourceId, Icon)> {
        let fits = move |row: &[u8], field: usize, wanted: Option<&[u8]>| {
            wanted.is_none_or(|wanted| {
                column::u32_at(row, field).and_then(|group| self.groups.get(group)) == Some(wanted)
            })
        };
        let rows = self.rows.chunks_exact(WIDTH);
        rows.filter(move |row| fits(row, 1, groups[0]) && fits(row, 2, groups[1])).filter_map(|row| {
            let source = SourceId(u16::try_from(column::u32_at(row, 0)?).ok()?);
            Some((source, Icon::unpack(row.get(NUMBERS..)?.try_into().ok()?)))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::image::tests::scratch;

    fn line(groups: &str) -> Vec<u8> {
        format!("n:{groups}:20{}", "0".repeat(122)).into_bytes()
    }

    #[test]
    fn rows_are_found_by_both_groups() {
        let mut builder = IconBuilder::default();
        for (number, groups) in ["a:b", "a:", ":b", "c:a"].iter().enumerate() {
            builder.add_line(&line(groups), SourceId(number as u16), &|_| false).unwrap();
        }
        let mut writer = Writer::create(scratch(), [0; 32]).unwrap();
        builder.write(&mut writer).unwrap();
        let image = Image::open(&writer.finish().unwrap()).unwrap();
        let table = IconTable::open(&image);
        let found = |first: Option<&str>, second: Option<&str>| -> Vec<u16> {
            let groups = [first, second].map(|group| group.map(str::as_bytes));
            table.in_groups(groups).map(|(source, _)| source.0).collect()
        };
        assert_eq!(found(Some("a"), None), [0, 1]);
        assert_eq!(found(None, Some("b")), [0, 2]);
        assert_eq!(found(Some("a"), Some("b")), [0]);
        assert_eq!(found(Some("a"), Some("")), [1]);
        assert_eq!(found(Some(""), None), [2]);
        assert_eq!(found(Some("b"), None), [0_u16; 0]);
        assert_eq!(found(Some("A"), None), [0_u16; 0]);
    }

    #[test]
    fn a_file_has_so_many_groups() {
        let mut builder = IconBuilder::default();
        let mut add = |source: u16, groups: String| {
            builder.add_line(&line(&groups), SourceId(source), &|_| false).is_ok()
        };
        assert!((0..256).all(|number| add(0, format!("a{number}:b"))));
        assert!(!add(0, "one more:b".to_owned()) && add(0, "a7:b".to_owned()));
        assert!((0..255).all(|number| add(0, format!("a7:b{number}"))) && !add(0, "a7:a7".to_owned()));
        assert!(add(1, "one more:b".to_owned()));
    }
}
