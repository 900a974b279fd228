//! Collects the bodies of `<script>` for the script copy.

use std::io;
use std::path::Path;

use nacre_fmap::Fmap;

use super::copy::Copy;
use super::input::is_blank;
use crate::javascript;

/// Longest body that is normalised in one piece: it costs up to fifty times its size meanwhile.
const BODY: usize = 2 << 20;

/// The script copy while the page is read.
pub struct Script {
    copy: Copy,
    body: Vec<u8>,
    open: bool,
    /// The end tag was seen; blanks behind it still count.
    ending: bool,
    used: bool,
}

impl Script {
    pub fn new(directory: &Path) -> Self {
        Self { copy: Copy::new(directory), body: Vec::new(), open: false, ending: false, used: false }
    }

    pub fn start(&mut self) {
        self.open = true;
    }

    /// A byte of the page, counted when it stands in a body.
    pub fn push(&mut self, byte: u8) {
        if self.ending && !is_blank(byte) {
            self.close();
        }
        if self.open {
            self.body.push(byte);
            if self.body.len() >= BODY {
                self.put_out();
            }
        }
    }

    /// The end tag is complete. Blanks behind it belong to the body: they show when a string is still open.
    pub fn end(&mut self) {
        self.ending = self.open;
    }

    pub fn failed(&self) -> bool {
        self.copy.failed()
    }

    pub fn finish(mut self) -> io::Result<Option<Fmap>> {
        if !self.body.iter().all(|&byte| is_blank(byte)) {
            self.close();
        }
        if self.used { self.copy.finish().map(Some) } else { Ok(None) }
    }

    fn close(&mut self) {
        if self.open {
            self.put_out();
            self.open = false;
        }
        self.ending = false;
    }

    fn put_out(&mut self) {
        if self.used {
            self.copy.push(b'\n');
        }
        self.used = true;
        self.copy.extend(b"<script>");
        self.copy.extend(&javascript::normalise(&self.body));
        self.body.clear();
    }
}
