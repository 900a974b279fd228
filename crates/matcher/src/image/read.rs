//! Opening an image and finding its sections.

use std::fs::File;
use std::io;
use std::ops::{Deref, Range};
use std::sync::Arc;

use rustix::fs::{FileType, fstat};
use rustix::process::geteuid;

use super::map::Mapping;
use super::{ENTRY, HEADER, ImageError, Key, MAGIC, MAX_SECTIONS, Tag, VERSION, column};

/// A mapped image. Clones share the mapping, which lives until the last clone and section is gone.
#[derive(Clone)]
pub struct Image {
    map: Arc<Mapping>,
    sections: Arc<[(Tag, Range<usize>)]>,
    key: Key,
}

/// The bytes of one section, holding on to the mapping.
#[derive(Clone)]
pub struct Section {
    map: Arc<Mapping>,
    range: Range<usize>,
}

impl Deref for Section {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.map.bytes().get(self.range.clone()).unwrap_or(&[])
    }
}

impl Image {
    /// Maps `file`, whose owner the caller has checked with [`trustworthy`], and reads its section table.
    pub fn open(file: &File) -> Result<Self, ImageError> {
        let len = usize::try_from(file.metadata()?.len()).map_err(|_| ImageError::Length)?;
        if len < HEADER {
            return Err(ImageError::Foreign);
        }
        let map = Mapping::new(file, len)?;
        let header = Header::parse(map.bytes())?;
        let sections = header.sections(map.bytes())?;
        Ok(Self { map: Arc::new(map), sections: sections.into(), key: header.key })
    }

    /// What the image was compiled from.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The bytes of section `tag`; empty when the image has none.
    pub fn section(&self, tag: Tag) -> &[u8] {
        self.map.bytes().get(self.range(tag)).unwrap_or(&[])
    }

    /// Section `tag` as a value of its own; empty when the image has none.
    pub fn hold(&self, tag: Tag) -> Section {
        Section { map: Arc::clone(&self.map), range: self.range(tag) }
    }

    /// Every section's tag and length, in the order of writing.
    pub fn sections(&self) -> impl Iterator<Item = (Tag, usize)> + '_ {
        self.sections.iter().map(|(tag, range)| (*tag, range.len()))
    }

    fn range(&self, tag: Tag) -> Range<usize> {
        let found = self.sections.iter().find(|(name, _)| *name == tag);
        found.map_or(0..0, |(_, range)| range.clone())
    }
}

struct Header {
    key: Key,
    count: usize,
    table: usize,
}

impl Header {
    fn parse(bytes: &[u8]) -> Result<Self, ImageError> {
        let header = bytes.get(..HEADER).ok_or(ImageError::Length)?;
        if !header.starts_with(&MAGIC) {
            return Err(ImageError::Foreign);
        }
        let word = |at: usize| column::u32_at(header.get(at..).unwrap_or(&[]), 0).ok_or(ImageError::Foreign);
        let long = |at: usize| column::u64_at(header.get(at..).unwrap_or(&[]), 0).ok_or(ImageError::Foreign);
        let version = word(8)?;
        if version != VERSION {
            return Err(ImageError::Version(version));
        }
        if long(24)? != bytes.len() as u64 {
            return Err(ImageError::Length);
        }
        let key = header.get(32..64).and_then(|key| key.try_into().ok()).ok_or(ImageError::Foreign)?;
        let table = usize::try_from(long(16)?).map_err(|_| ImageError::Length)?;
        Ok(Self { key, count: word(12)? as usize, table })
    }

    fn sections(&self, bytes: &[u8]) -> Result<Vec<(Tag, Range<usize>)>, ImageError> {
        if self.count > MAX_SECTIONS {
            return Err(ImageError::Corrupt("section table"));
        }
        let table = bytes.get(self.table..).and_then(|rest| rest.get(..self.count * ENTRY));
        let table = table.ok_or(ImageError::Corrupt("section table"))?;
        table.chunks_exact(ENTRY).map(|entry| section(entry, bytes.len())).collect()
    }
}

fn section(entry: &[u8], limit: usize) -> Result<(Tag, Range<usize>), ImageError> {
    let (tag, place) = entry.split_first_chunk::<8>().ok_or(ImageError::Corrupt("section table"))?;
    let number = |index| column::u64_at(place, index).and_then(|value| usize::try_from(value).ok());
    let range = number(0).zip(number(1)).and_then(|(start, len)| Some(start..start.checked_add(len)?));
    match range {
        Some(range) if range.end <= limit => Ok((*tag, range)),
        _ => Err(ImageError::Corrupt("section beyond the end")),
    }
}

/// Says whether what `file` holds may be believed: a regular file of root's or the caller's own that
/// nobody else can write. The reason otherwise is for the user.
pub fn trustworthy(file: &File) -> Result<(), String> {
    let stat = fstat(file).map_err(|error| io::Error::from(error).to_string())?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err("not a regular file".to_owned());
    }
    if stat.st_uid != 0 && stat.st_uid != geteuid().as_raw() {
        return Err(format!("owned by user {}", stat.st_uid));
    }
    if stat.st_mode & 0o022 != 0 {
        return Err("others can write to it".to_owned());
    }
    Ok(())
}
