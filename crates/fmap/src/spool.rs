//! Output that stays in memory while small and moves to an unnamed temporary file when it grows.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use crate::Fmap;

/// Collects a child layer's bytes. The file has no name, so nothing is left behind whatever happens.
pub struct Spool {
    directory: PathBuf,
    memory: u64,
    bytes: Vec<u8>,
    file: Option<File>,
    len: u64,
}

impl Spool {
    /// Keeps up to `memory` bytes in memory, the rest in a file under `directory`.
    pub fn new(directory: PathBuf, memory: u64) -> Self {
        Self { directory, memory, bytes: Vec::new(), file: None, len: 0 }
    }

    /// Bytes written so far.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// True before the first byte.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Ends the output and gives a view of it.
    pub fn into_fmap(self) -> io::Result<Fmap> {
        match self.file {
            Some(file) => Fmap::from_file(file, self.len),
            None => Ok(Fmap::from_vec(self.bytes)),
        }
    }

    /// Ends the output as a file, wherever it was kept.
    pub fn into_file(mut self) -> io::Result<File> {
        self.move_to_file()?;
        self.file.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn move_to_file(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .mode(0o600)
                .custom_flags(rustix::fs::OFlags::TMPFILE.bits().cast_signed())
                .open(&self.directory)?;
            file.write_all(&self.bytes)?;
            self.bytes = Vec::new();
            self.file = Some(file);
        }
        Ok(())
    }
}

impl Write for Spool {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if self.file.is_none() && self.len + piece.len() as u64 > self.memory {
            self.move_to_file()?;
        }
        match &mut self.file {
            Some(file) => file.write_all(piece)?,
            None => self.bytes.extend_from_slice(piece),
        }
        self.len += piece.len() as u64;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_moves_to_a_file_and_stays_equal() {
        for memory in [0, 5, 100] {
            let mut spool = Spool::new(std::env::temp_dir(), memory);
            spool.write_all(b"0123").expect("write");
            spool.write_all(b"456789").expect("write");
            assert_eq!(spool.len(), 10);
            let map = spool.into_fmap().expect("view");
            let mut scratch = Vec::new();
            assert_eq!(map.fetch(0..20, &mut scratch), b"0123456789");
        }
    }
}
