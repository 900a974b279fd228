//! Many streams of bytes in one unnamed temporary file, each with a small buffer in memory.

use std::fs::{File, OpenOptions, remove_file};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::OFlags;

/// Bytes of a stream that stay in memory until they are written.
const BLOCK: usize = 16 << 10;

/// Streams by number. Nothing touches the disk before a stream exceeds one block.
pub struct Spill {
    directory: PathBuf,
    file: Option<File>,
    end: u64,
    streams: Vec<Stream>,
}

#[derive(Default)]
struct Stream {
    buffer: Vec<u8>,
    blocks: Vec<(u64, usize)>,
}

impl Spill {
    /// Keeps what does not fit in memory in a file under `directory`.
    pub fn new(directory: PathBuf, streams: usize) -> Self {
        let streams = std::iter::repeat_with(Stream::default).take(streams).collect();
        Self { directory, file: None, end: 0, streams }
    }

    /// Adds a stream and gives its number.
    pub fn add(&mut self) -> usize {
        self.streams.push(Stream::default());
        self.streams.len() - 1
    }

    /// Appends to a stream.
    pub fn append(&mut self, stream: usize, bytes: &[u8]) -> io::Result<()> {
        let Some(stream) = self.streams.get_mut(stream) else { return Ok(()) };
        if stream.buffer.len() + bytes.len() > BLOCK && !stream.buffer.is_empty() {
            if self.file.is_none() {
                self.file = Some(unnamed(&self.directory)?);
            }
            if let Some(file) = &self.file {
                file.write_all_at(&stream.buffer, self.end)?;
            }
            stream.blocks.push((self.end, stream.buffer.len()));
            self.end += stream.buffer.len() as u64;
            stream.buffer.clear();
        }
        stream.buffer.extend_from_slice(bytes);
        Ok(())
    }

    /// Hands the whole of a stream to `visit`, piece by piece, and forgets it.
    pub fn drain(&mut self, stream: usize, mut visit: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let Some(stream) = self.streams.get_mut(stream) else { return Ok(()) };
        let stream = std::mem::take(stream);
        let mut piece = Vec::new();
        for (at, len) in stream.blocks {
            piece.resize(len, 0);
            if let Some(file) = &self.file {
                file.read_exact_at(&mut piece, at)?;
            }
            visit(&piece)?;
        }
        visit(&stream.buffer)
    }
}

/// Tells apart the builders of one process.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A file without a name, so that nothing is left behind whatever happens.
fn unnamed(directory: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    let flags = OFlags::TMPFILE.bits().cast_signed();
    if let Ok(file) = options.clone().custom_flags(flags).open(directory) {
        return Ok(file);
    }
    // Some file systems know no unnamed files: the name goes at once.
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = directory.join(format!(".spill-{}-{number}", std::process::id()));
    let file = options.create_new(true).open(&path)?;
    remove_file(&path)?;
    Ok(file)
}
