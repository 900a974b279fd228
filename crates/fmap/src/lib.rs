//! The bytes of one layer: in memory or behind a descriptor, sliced without copying, digested once.
//!
//! A small file is read whole; a large one stays behind its descriptor and is read with `pread` on
//! demand, never mapped: a file that is truncated under a mapping kills the process. A read that comes
//! back short is remembered ([`Fmap::is_short`]) so that the scan can say the layer was not fully seen.

mod digest;
mod parts;
mod spool;

use std::any::Any;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

pub use digest::{Digest, DigestKind, Digests};
pub use parts::Algorithm;
pub use spool::Spool;

/// Files up to this many bytes are read whole; larger ones are read window by window.
pub const MEMORY_LIMIT: u64 = 16 << 20;

enum Source {
    Memory(Vec<u8>),
    File { file: File, short: AtomicBool },
}

/// An immutable view of bytes. Cloning and slicing share the source.
#[derive(Clone)]
pub struct Fmap {
    source: Arc<Source>,
    start: u64,
    len: u64,
    known: Arc<Known>,
}

/// What was found out about a view, once for all its clones.
#[derive(Default)]
struct Known {
    digests: OnceLock<Digests>,
    reading: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl Fmap {
    /// A view of bytes already in memory.
    pub fn from_vec(bytes: Vec<u8>) -> Self {
        let len = bytes.len() as u64;
        Self::over(Source::Memory(bytes), len)
    }

    /// A view of the first `len` bytes of `file`, read whole when small.
    pub fn from_file(file: File, len: u64) -> io::Result<Self> {
        if len > MEMORY_LIMIT {
            return Ok(Self::over(Source::File { file, short: AtomicBool::new(false) }, len));
        }
        let mut bytes = vec![0; len as usize];
        let got = read_fully(&file, &mut bytes, 0)?;
        if got == bytes.len() {
            return Ok(Self::from_vec(bytes));
        }
        // The file shrank since its size was taken: keep what is there and remember.
        Ok(Self::over(Source::File { file, short: AtomicBool::new(true) }, got as u64))
    }

    fn over(source: Source, len: u64) -> Self {
        Self { source: Arc::new(source), start: 0, len, known: Arc::default() }
    }

    /// Length in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// True for a view of no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The part `[offset, offset + len)`, cut to what exists.
    #[must_use]
    pub fn slice(&self, offset: u64, len: u64) -> Self {
        let offset = offset.min(self.len);
        Self {
            source: Arc::clone(&self.source),
            start: self.start + offset,
            len: len.min(self.len - offset),
            known: Arc::default(),
        }
    }

    /// All bytes, when they are in memory.
    pub fn memory(&self) -> Option<&[u8]> {
        match &*self.source {
            Source::Memory(bytes) => bytes.get(self.start as usize..(self.start + self.len) as usize),
            Source::File { .. } => None,
        }
    }

    /// True once a read returned less than the length promised, or failed.
    pub fn is_short(&self) -> bool {
        matches!(&*self.source, Source::File { short, .. } if short.load(Ordering::Relaxed))
    }

    /// The bytes of `range`, cut to what exists. Copies into `scratch` only when they are not in memory.
    pub fn fetch<'a>(&'a self, range: Range<u64>, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        let end = range.end.min(self.len);
        let start = range.start.min(end);
        if let Some(bytes) = self.memory() {
            return bytes.get(start as usize..end as usize).unwrap_or(&[]);
        }
        scratch.clear();
        scratch.resize((end - start) as usize, 0);
        let got = self.read_at(start, scratch);
        scratch.truncate(got);
        scratch
    }

    /// Fills `buffer` from `offset`; returns how many bytes exist there.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> usize {
        let want = (self.len.saturating_sub(offset)).min(buffer.len() as u64) as usize;
        let Some(buffer) = buffer.get_mut(..want) else { return 0 };
        match &*self.source {
            Source::Memory(bytes) => {
                let at = (self.start + offset) as usize;
                let Some(from) = bytes.get(at..at + want) else { return 0 };
                buffer.copy_from_slice(from);
                want
            }
            Source::File { file, short } => {
                let got = read_fully(file, buffer, self.start + offset).unwrap_or(0);
                if got < want {
                    short.store(true, Ordering::Relaxed);
                }
                got
            }
        }
    }

    /// Calls `visit` with consecutive pieces of at most `window` bytes until all is seen or it returns false.
    pub fn windows(&self, window: usize, mut visit: impl FnMut(u64, &[u8]) -> bool) {
        let mut scratch = Vec::new();
        let mut at = 0;
        while at < self.len {
            let piece = self.fetch(at..at + window as u64, &mut scratch);
            if piece.is_empty() || !visit(at, piece) {
                return;
            }
            at += piece.len() as u64;
        }
    }

    /// The digest of all bytes; computed once per view, all kinds asked for so far kept.
    pub fn digest(&self, kind: DigestKind) -> Digest {
        self.known.digests.get_or_init(Digests::default).get(kind, self)
    }

    /// What `read` makes of the bytes, kept for whoever asks next. Only what is made first is kept, and it
    /// must not hold the view itself, or neither would ever be given up.
    pub fn reading<T: Any + Send + Sync>(&self, read: impl Fn(&Self) -> T) -> Arc<T> {
        let kept = self.known.reading.get_or_init(|| Arc::new(read(self)));
        Arc::clone(kept).downcast().unwrap_or_else(|_| Arc::new(read(self)))
    }
}

fn read_fully(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match file.read_at(&mut buffer[got..], offset + got as u64) {
            Ok(0) => break,
            Ok(n) => got += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if got == 0 => return Err(error),
            Err(_) => break,
        }
    }
    Ok(got)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file_of(bytes: &[u8]) -> File {
        let mut spool = Spool::new(std::env::temp_dir(), 0);
        spool.write_all(bytes).expect("temporary file");
        spool.into_file().expect("on disk")
    }

    #[test]
    fn slices_are_cut_to_what_exists() {
        let map = Fmap::from_vec(b"0123456789".to_vec());
        assert_eq!(map.slice(3, 4).memory(), Some(&b"3456"[..]));
        assert_eq!(map.slice(8, 9).memory(), Some(&b"89"[..]));
        assert_eq!(map.slice(20, 1).len(), 0);
        assert_eq!(map.slice(2, 6).slice(1, 2).memory(), Some(&b"34"[..]));
    }

    #[test]
    fn a_reading_is_made_once_for_all_clones_and_not_for_slices() {
        let map = Fmap::from_vec(b"0123".to_vec());
        assert_eq!(*map.reading(Fmap::len), 4);
        assert_eq!(*map.clone().reading(|_| 9_u64), 4);
        assert!(*map.reading(|map| map.len() == 4));
        assert_eq!(*map.slice(0, 4).reading(|_| 9_u64), 9);
    }

    #[test]
    fn large_files_are_read_by_window_and_equal_memory() {
        let bytes: Vec<u8> = (0..MEMORY_LIMIT + 4097).map(|i| (i * 31 % 251) as u8).collect();
        let map = Fmap::from_file(file_of(&bytes), bytes.len() as u64).expect("read");
        assert!(map.memory().is_none());
        let mut seen = Vec::new();
        map.windows(1 << 20, |_, piece| {
            seen.extend_from_slice(piece);
            true
        });
        assert!(seen == bytes);
        for kind in DigestKind::ALL {
            assert_eq!(map.digest(kind), Fmap::from_vec(bytes.clone()).digest(kind));
        }
        assert!(!map.is_short());
    }

    #[test]
    fn a_file_that_shrank_is_short() {
        let map = Fmap::from_file(file_of(b"abc"), 10).expect("read");
        assert!(map.is_short());
        assert_eq!(map.len(), 3);
        let map = Fmap::from_file(file_of(b"abc"), MEMORY_LIMIT + 1).expect("read");
        let mut scratch = Vec::new();
        assert_eq!(map.fetch(0..10, &mut scratch), b"abc");
        assert!(map.is_short());
    }
}
