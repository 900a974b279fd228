//! The copy of a text on which text signatures are matched: lower case, one space for a run of white
//! space, and nothing but ASCII.
//!
//! Other controls and all bytes from 0x80 vanish without leaving a space, NUL too, so that UTF-16 needs
//! no step of its own. White space on both sides of what vanished is one run.

use std::io::{self, Write as _};
use std::path::PathBuf;

use nacre_fmap::{Fmap, MEMORY_LIMIT, Spool};

/// Bytes read at a time.
const WINDOW: usize = 128 << 10;
/// Bytes normalised at a time: a few vector registers full, which the compiler makes of the loops below.
const BLOCK: usize = 32;

/// The normalised copy of `source`; never longer than it. Large copies go to `directory`.
pub fn normalise(source: &Fmap, directory: PathBuf) -> io::Result<Fmap> {
    let mut spool = Spool::new(directory, MEMORY_LIMIT);
    let mut folder = Folder::default();
    let mut result = Ok(());
    source.windows(WINDOW, |_, piece| {
        result = spool.write_all(folder.fold(piece));
        result.is_ok()
    });
    result?;
    spool.into_fmap()
}

/// What is kept between pieces.
#[derive(Default)]
struct Folder {
    out: Vec<u8>,
    /// The byte put out last was a space.
    spaced: bool,
}

impl Folder {
    fn fold(&mut self, piece: &[u8]) -> &[u8] {
        self.out.clear();
        let (blocks, rest) = piece.as_chunks::<BLOCK>();
        for block in blocks {
            self.block(block);
        }
        for &byte in rest {
            self.byte(byte);
        }
        &self.out
    }

    /// Most blocks hold nothing that vanishes: then a byte is left out only for the blank before it.
    fn block(&mut self, block: &[u8; BLOCK]) {
        let (mut copy, mut blank, mut skip) = ([0; BLOCK], [0; BLOCK], [0; BLOCK]);
        let mut vanishing = 0;
        for ((&byte, copy), blank) in block.iter().zip(&mut copy).zip(&mut blank) {
            *blank = u8::from(is_blank(byte));
            vanishing |= u8::from(byte > 0x7f) | (u8::from(byte < b' ') & (*blank ^ 1));
            *copy = if *blank == 1 { b' ' } else { byte.to_ascii_lowercase() };
        }
        if vanishing != 0 {
            for &byte in block {
                self.byte(byte);
            }
            return;
        }
        let mut before = u8::from(self.spaced);
        let mut skipped = 0;
        for (skip, &blank) in skip.iter_mut().zip(&blank) {
            *skip = before & blank;
            skipped |= *skip;
            before = blank;
        }
        self.spaced = before == 1;
        if skipped == 0 {
            self.out.extend_from_slice(&copy);
            return;
        }
        let (mut kept, mut size) = ([0; BLOCK], 0_usize);
        for (&byte, &skip) in copy.iter().zip(&skip) {
            kept[size % BLOCK] = byte;
            size = size.wrapping_add(usize::from(skip ^ 1));
        }
        self.out.extend_from_slice(kept.get(..size).unwrap_or(&kept));
    }

    fn byte(&mut self, byte: u8) {
        match byte {
            byte if is_blank(byte) => {
                if !self.spaced {
                    self.out.push(b' ');
                }
                self.spaced = true;
            }
            0x21..=0x7f => {
                self.out.push(byte.to_ascii_lowercase());
                self.spaced = false;
            }
            _ => {}
        }
    }
}

/// White space as C's `isspace` sees it.
fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte.wrapping_sub(b'\t') < 5
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use super::*;
    use proptest::prelude::*;

    fn reference(data: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for &byte in data {
            match byte {
                b' ' | 9..=13 if out.last() == Some(&b' ') => {}
                b' ' | 9..=13 => out.push(b' '),
                0x21..=0x7f => out.push(byte.to_ascii_lowercase()),
                _ => {}
            }
        }
        out
    }

    fn run(data: &[u8]) -> Vec<u8> {
        let made = normalise(&Fmap::from_vec(data.to_vec()), std::env::temp_dir());
        made.expect("in memory").memory().expect("small").to_vec()
    }

    #[test]
    fn cases_seen_with_the_peer() {
        assert_eq!(run(b"Abc \xe4\xf6 D\x80E"), b"abc de");
        assert_eq!(run(b"\t x\x0by\r\n"), b" x y ");
        assert_eq!(run(b"abc\0def\x7f"), b"abcdef\x7f");
        assert_eq!(run(b"a \0 \xff b"), b"a b");
        assert_eq!(run(b""), b"");
    }

    #[test]
    fn a_long_run_of_blanks_over_all_windows_is_one_space() {
        let mut data = b"start".to_vec();
        data.resize(300_000, b' ');
        data.extend_from_slice(b"END");
        assert_eq!(run(&data), b"start end");
    }

    #[test]
    fn a_large_copy_goes_to_a_file() {
        let data = b"Hello  World\n".repeat(1_600_000);
        let made = normalise(&Fmap::from_vec(data.clone()), std::env::temp_dir()).expect("file");
        assert!(made.memory().is_none());
        let mut scratch = Vec::new();
        assert!(made.fetch(0..made.len(), &mut scratch) == reference(&data));
    }

    proptest! {
        #[test]
        fn equals_the_reference(data: Vec<u8>) {
            prop_assert_eq!(run(&data), reference(&data));
        }

        #[test]
        fn equals_the_reference_across_blocks(
            data in proptest::collection::vec(prop_oneof![Just(b' '), Just(0), Just(b'A')], 4000..9000)
        ) {
            prop_assert_eq!(run(&data), reference(&data));
        }
    }
}
