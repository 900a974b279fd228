//! One of the copies while it is written.

use std::io::{self, Write as _};
use std::path::Path;

use nacre_fmap::{Fmap, MEMORY_LIMIT, Spool};

/// Bytes gathered before they are handed on.
const BUFFER: usize = 64 << 10;

/// Buffered output; the first error ends it and is told at the end.
pub struct Copy {
    buffer: Vec<u8>,
    spool: Spool,
    error: Option<io::Error>,
}

impl Copy {
    pub fn new(directory: &Path) -> Self {
        Self { buffer: Vec::new(), spool: Spool::new(directory.to_path_buf(), MEMORY_LIMIT), error: None }
    }

    pub fn push(&mut self, byte: u8) {
        self.buffer.push(byte);
        if self.buffer.len() >= BUFFER {
            self.hand_on();
        }
    }

    pub fn extend(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.push(byte);
        }
    }

    /// Bytes put out so far.
    pub fn len(&self) -> u64 {
        self.spool.len() + self.buffer.len() as u64
    }

    /// True once nothing more can be written.
    pub fn failed(&self) -> bool {
        self.error.is_some()
    }

    pub fn finish(mut self) -> io::Result<Fmap> {
        self.hand_on();
        match self.error {
            Some(error) => Err(error),
            None => self.spool.into_fmap(),
        }
    }

    fn hand_on(&mut self) {
        if self.error.is_none() {
            self.error = self.spool.write_all(&self.buffer).err();
        }
        self.buffer.clear();
    }
}
