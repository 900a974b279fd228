//! Writing an image, section after section.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

use super::{ALIGN, ENTRY, HEADER, Key, MAGIC, MAX_SECTIONS, Tag, VERSION};

/// Appends sections to a file of the caller's, who renames it into place after [`Writer::finish`].
pub struct Writer {
    file: BufWriter<File>,
    at: u64,
    key: Key,
    sections: Vec<(Tag, u64)>,
    lengths: Vec<u64>,
}

impl Writer {
    /// Starts an image in the empty `file`.
    pub fn create(file: File, key: Key) -> io::Result<Self> {
        let mut file = BufWriter::with_capacity(1 << 20, file);
        file.write_all(&[0; HEADER])?;
        Ok(Self { file, at: HEADER as u64, key, sections: Vec::new(), lengths: Vec::new() })
    }

    /// Begins section `tag`, ending the one before; its bytes are what is written until the next.
    pub fn start(&mut self, tag: Tag) -> io::Result<()> {
        if self.sections.len() >= MAX_SECTIONS {
            return Err(io::Error::other("too many sections"));
        }
        self.end()?;
        self.sections.push((tag, self.at));
        Ok(())
    }

    /// Writes a whole section.
    pub fn section(&mut self, tag: Tag, bytes: &[u8]) -> io::Result<()> {
        self.start(tag)?;
        self.write_all(bytes)
    }

    /// Writes section table and header; the file is complete then, but not synced.
    pub fn finish(mut self) -> io::Result<File> {
        self.end()?;
        let table = self.at;
        for ((tag, start), length) in self.sections.iter().zip(&self.lengths) {
            self.file.write_all(tag)?;
            self.file.write_all(&start.to_le_bytes())?;
            self.file.write_all(&length.to_le_bytes())?;
        }
        let count = self.sections.len();
        let mut header = Vec::with_capacity(64);
        header.extend_from_slice(&MAGIC);
        header.extend_from_slice(&VERSION.to_le_bytes());
        header.extend_from_slice(&(count as u32).to_le_bytes());
        header.extend_from_slice(&table.to_le_bytes());
        header.extend_from_slice(&(table + (count * ENTRY) as u64).to_le_bytes());
        header.extend_from_slice(&self.key);
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&header)?;
        Ok(file)
    }

    fn end(&mut self) -> io::Result<()> {
        if let Some((_, start)) = self.sections.last() {
            self.lengths.push(self.at - start);
        }
        let padding = self.at.next_multiple_of(ALIGN) - self.at;
        self.file.write_all(&[0; ALIGN as usize][..padding as usize])?;
        self.at += padding;
        Ok(())
    }
}

impl Write for Writer {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.file.write_all(piece)?;
        self.at += piece.len() as u64;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
