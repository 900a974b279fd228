//! Output that stays in memory while small and moves to an unnamed temporary file when it grows.
//!
//! Where the directory takes no file (full, over quota, not there, a file system without unnamed
//! files), an anonymous file in memory takes its place up to a bound: a layer is not left out
//! because a disk is full.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::PathBuf;

use rustix::fs::{MemfdFlags, OFlags, memfd_create};

use crate::Fmap;

/// Bytes of a layer that may be in memory for want of a directory.
const FALLBACK: u64 = 256 << 20;
const PIECE: usize = 1 << 20;

/// Collects a child layer's bytes. The file has no name, so nothing is left behind whatever happens.
pub struct Spool {
    directory: PathBuf,
    memory: u64,
    bytes: Vec<u8>,
    file: Option<File>,
    /// The file is in memory.
    fallen: bool,
    len: u64,
}

impl Spool {
    /// Keeps up to `memory` bytes in memory, the rest in a file under `directory`.
    pub fn new(directory: PathBuf, memory: u64) -> Self {
        Self { directory, memory, bytes: Vec::new(), file: None, fallen: false, len: 0 }
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
            self.file = match self.on_disk() {
                Ok(file) => Some(file),
                Err(error) => {
                    let mut file = self.in_memory(self.len, error)?;
                    file.write_all(&self.bytes)?;
                    Some(file)
                }
            };
            self.bytes = Vec::new();
        }
        Ok(())
    }

    fn on_disk(&self) -> io::Result<File> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .mode(0o600)
            .custom_flags(OFlags::TMPFILE.bits().cast_signed())
            .open(&self.directory)?;
        file.write_all(&self.bytes)?;
        Ok(file)
    }

    /// An empty file in memory for `wanted` bytes; `error` again if that is too many.
    fn in_memory(&mut self, wanted: u64, error: io::Error) -> io::Result<File> {
        if wanted > FALLBACK || self.fallen {
            return Err(error);
        }
        self.fallen = true;
        Ok(File::from(memfd_create("nacre-layer", MemfdFlags::CLOEXEC)?))
    }

    fn append(&mut self, piece: &[u8]) -> io::Result<()> {
        let wanted = self.len + piece.len() as u64;
        let Some(file) = &mut self.file else {
            self.bytes.extend_from_slice(piece);
            return Ok(());
        };
        if self.fallen && wanted > FALLBACK {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let Err(error) = file.write_all(piece) else { return Ok(()) };
        let mut memory = self.in_memory(wanted, error)?;
        if let Some(file) = self.file.take() {
            copy(&file, self.len, &mut memory)?; // without what the failed write left beyond
        }
        memory.write_all(piece)?;
        self.file = Some(memory);
        Ok(())
    }
}

impl Write for Spool {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if self.file.is_none() && self.len + piece.len() as u64 > self.memory {
            self.move_to_file()?;
        }
        self.append(piece)?;
        self.len += piece.len() as u64;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn copy(source: &File, len: u64, target: &mut File) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    let mut at = 0;
    while at < len {
        let size = PIECE.min((len - at) as usize);
        source.read_exact_at(&mut piece[..size], at)?;
        target.write_all(&piece[..size])?;
        at += size as u64;
    }
    Ok(())
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

    fn spooled(directory: &str, memory: u64, pieces: &[&[u8]]) -> io::Result<Vec<u8>> {
        let mut spool = Spool::new(directory.into(), memory);
        for piece in pieces {
            spool.write_all(piece)?;
        }
        let (map, mut scratch) = (spool.into_fmap()?, Vec::new());
        Ok(map.fetch(0..map.len(), &mut scratch).to_vec())
    }

    #[test]
    fn a_directory_that_takes_no_file_does_not_lose_the_output() {
        for directory in ["/nowhere/at/all", "/proc", "/dev/null"] {
            let kept = spooled(directory, 2, &[b"01", b"2345", b"6"]).expect("kept in memory");
            assert_eq!(kept, b"0123456");
        }
    }

    #[test]
    fn a_disk_that_fills_up_loses_neither_what_was_written_nor_what_follows() {
        // A file system that is full in the middle of a write, without mounting one.
        let mut spool = Spool::new(std::env::temp_dir(), 0);
        spool.write_all(&[1; 3000]).expect("write");
        let full = OpenOptions::new().read(true).write(true).open("/dev/full").expect("/dev/full");
        let written = spool.file.replace(full).expect("a file");
        // Reading /dev/full gives zeros for ever, so these stand for what had been written.
        drop(written);
        spool.write_all(&[2; 5000]).expect("falls back");
        spool.write_all(&[3; 10]).expect("goes on");
        let (map, mut scratch) = (spool.into_fmap().expect("view"), Vec::new());
        let expected: Vec<u8> = [vec![0; 3000], vec![2; 5000], vec![3; 10]].concat();
        assert_eq!(map.fetch(0..map.len(), &mut scratch), expected);
    }

    #[test]
    fn memory_takes_the_place_of_a_directory_up_to_a_bound() {
        let mut spool = Spool::new("/nowhere/at/all".into(), 0);
        spool.write_all(b"small").expect("in memory");
        spool.len = FALLBACK - 1;
        spool.write_all(b"1").expect("the last byte");
        assert_eq!(spool.write_all(b"2").expect_err("bound").kind(), io::ErrorKind::StorageFull);
        let mut spool = Spool::new("/nowhere/at/all".into(), 0);
        spool.len = FALLBACK + 1;
        assert_eq!(spool.write_all(b"1").expect_err("bound").kind(), io::ErrorKind::NotFound);
    }
}
