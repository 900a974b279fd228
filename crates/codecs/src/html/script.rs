//! Collects the bodies of `<script>` for the script copy.

use std::io;
use std::path::Path;

use nacre_fmap::Fmap;

use super::copy::Copy;
use crate::javascript;

/// Longest body that is normalised in one piece.
const BODY: usize = 16 << 20;

/// The script copy while the page is read.
pub struct Script {
    copy: Copy,
    body: Vec<u8>,
    /// Where the last `<` stands in the body.
    mark: usize,
    open: bool,
    used: bool,
}

impl Script {
    pub fn new(directory: &Path) -> Self {
        Self { copy: Copy::new(directory), body: Vec::new(), mark: 0, open: false, used: false }
    }

    pub fn start(&mut self) {
        self.open = true;
    }

    /// A byte of the page, counted when it stands in a body.
    pub fn push(&mut self, byte: u8) {
        if self.open {
            self.body.push(byte);
            if self.body.len() >= BODY {
                self.put_out();
            }
        }
    }

    /// The byte just counted may begin the end tag.
    pub fn mark(&mut self) {
        self.mark = self.body.len().saturating_sub(1);
    }

    /// Ends the body: before the end tag when `whole`; a tag with blanks in it stays.
    pub fn end(&mut self, whole: bool) {
        if self.open {
            self.body.truncate(if whole { self.mark } else { self.body.len().saturating_sub(1) });
            self.put_out();
            self.open = false;
        }
    }

    pub fn failed(&self) -> bool {
        self.copy.failed()
    }

    pub fn finish(mut self) -> io::Result<Option<Fmap>> {
        if self.open {
            self.body.truncate(javascript::complete(&self.body));
            self.put_out();
        }
        if self.used { self.copy.finish().map(Some) } else { Ok(None) }
    }

    fn put_out(&mut self) {
        if self.used {
            self.copy.push(b'\n');
        }
        self.used = true;
        self.copy.extend(b"<script>");
        self.copy.extend(&javascript::normalise(&self.body));
        self.copy.extend(b"</script>");
        self.body.clear();
    }
}
