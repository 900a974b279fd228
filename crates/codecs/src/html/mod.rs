//! The copies of an HTML page on which signatures are matched instead of its bytes.
//!
//! * without comments: tags and text in lower case, references decoded, white space collapsed;
//! * without tags: text only, with the targets of links and pictures in their place;
//! * script: the bodies of `<script>`, normalised.
//!
//! Everything about them follows ClamAV 1.4.6, byte for byte where experiments could tell: database
//! authors write their patterns against its output, artefacts included. It is no HTML parser: a comment
//! is what stands between `<!` and the next `>`, and a second `>` ends a tag even inside quotes.

mod copy;
mod entities;
mod input;
mod machine;
mod reference;
mod script;
mod value;

use std::io;
use std::path::Path;

use nacre_fmap::Fmap;

use machine::Machine;

/// The copies of one page.
pub struct Views {
    pub no_comment: Fmap,
    /// None when it is larger than asked for.
    pub no_tags: Option<Fmap>,
    /// None for a page without scripts.
    pub script: Option<Fmap>,
    /// A tag ended in ClamAV's reading later than in a browser's: the page is to be read `plain`, too.
    pub misread: bool,
}

/// How a page is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading {
    /// Largest copy without tags in bytes; 0 for any.
    pub max_no_tags: u64,
    /// Two bytes are a character (`CL_TYPE_HTML_UTF16`).
    pub wide: bool,
    /// Data in an attribute ends a tag as any other value does.
    pub plain: bool,
}

/// Makes the copies of `source`; each is at most a few times as long. Large ones go to `directory`.
pub fn normalise(source: &Fmap, reading: Reading, directory: &Path) -> io::Result<Views> {
    let mut machine = Machine::new(directory, reading.plain);
    input::blocks(source, reading.wide, |block| {
        machine.block(block);
        !machine.failed()
    });
    machine.finish(reading.max_no_tags)
}

#[cfg(test)]
mod tests;
