//! A page as the tokeniser sees it: without NUL, in blocks that do not cut words.
//!
//! ClamAV 1.4.6 reads blocks of 8191 bytes and ends a block behind its last blank unless the next byte
//! is one. The blanks that a block begins with are no part of the page. It shows in the copies.

use nacre_fmap::Fmap;

/// Longest block in bytes.
const BLOCK: usize = 8191;
/// Bytes read from the layer at a time.
const WINDOW: usize = 128 << 10;

/// True for the white space of C's `isspace`.
pub fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte.wrapping_sub(b'\t') < 5
}

/// Calls `visit` with each block; stops when it returns false. `wide` takes pairs of bytes for characters.
pub fn blocks(source: &Fmap, wide: bool, visit: impl FnMut(&[u8]) -> bool) {
    let mut blocks = Blocks { visit, going: true, block: Vec::with_capacity(BLOCK), read: Vec::new() };
    source.windows(WINDOW, |_, piece| {
        if wide {
            // The window is even, so that only the last pair can be cut.
            for &pair in piece.as_chunks::<2>().0 {
                blocks.push(narrow(pair));
            }
        } else {
            for &byte in piece {
                blocks.push(byte);
            }
        }
        blocks.going
    });
    blocks.finish();
}

/// Gathers blocks.
struct Blocks<V> {
    visit: V,
    going: bool,
    /// The block so far, without NUL.
    block: Vec<u8>,
    /// What was read for it, NUL included; of a long run of NUL only the end is kept.
    read: Vec<u8>,
}

impl<V: FnMut(&[u8]) -> bool> Blocks<V> {
    fn push(&mut self, byte: u8) {
        if self.block.len() == BLOCK {
            self.cut(byte);
        }
        self.add(byte);
    }

    fn add(&mut self, byte: u8) {
        if self.read.len() >= 2 * BLOCK {
            self.read.drain(..BLOCK);
        }
        self.read.push(byte);
        if byte != 0 {
            self.block.push(byte);
        }
    }

    /// Ends a full block before `next`. ClamAV goes back by the number of bytes cut off, but NUL among them
    /// was not counted: so many bytes at the beginning of the next block are lost.
    fn cut(&mut self, next: u8) {
        let blank = if is_blank(next) { None } else { self.block.iter().rposition(|&byte| is_blank(byte)) };
        let end = blank.map_or(BLOCK, |at| at + 1);
        let block = std::mem::replace(&mut self.block, Vec::with_capacity(BLOCK));
        self.visit(block.get(..end).unwrap_or(&block));
        let read = std::mem::take(&mut self.read);
        let again = read.len().saturating_sub(BLOCK - end);
        for &byte in read.get(again..).unwrap_or(&[]) {
            self.add(byte);
        }
    }

    fn visit(&mut self, block: &[u8]) {
        self.going = self.going && (self.visit)(block);
    }

    fn finish(mut self) {
        let block = std::mem::take(&mut self.block);
        if !block.is_empty() {
            self.visit(&block);
        }
    }
}

/// One byte for a UTF-16 character, as the type recognition of ClamAV makes it.
fn narrow(pair: [u8; 2]) -> u8 {
    pair[0].wrapping_add(pair[1] << 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(data: &[u8], wide: bool) -> Vec<Vec<u8>> {
        let mut seen = Vec::new();
        blocks(&Fmap::from_vec(data.to_vec()), wide, |block| {
            seen.push(block.to_vec());
            true
        });
        seen
    }

    #[test]
    fn blocks_end_behind_a_blank_or_before_one() {
        let long = [b'x'; 9000];
        assert_eq!(split(&long, false).iter().map(Vec::len).collect::<Vec<_>>(), [8191, 809]);
        let mut words = long;
        words[100] = b'\n';
        assert_eq!(split(&words, false).iter().map(Vec::len).collect::<Vec<_>>(), [101, 8191, 708]);
        words[8191] = b' ';
        assert_eq!(split(&words, false).iter().map(Vec::len).collect::<Vec<_>>(), [8191, 809]);
    }

    #[test]
    fn nul_counts_for_nothing_and_pairs_become_bytes() {
        assert_eq!(split(b" \0 a\0b ", false), [b"  ab "]);
        assert_eq!(split(b"<\0a\0\x36\x04>", true), [b"<av"]);
        assert_eq!(split(&vec![0; 500_000], false), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn nul_behind_the_cut_costs_the_next_block_a_byte_each() {
        let mut page = vec![b'x'; 9000];
        page[10] = b' ';
        page[5] = 0;
        page.splice(11..14, *b"abc");
        page[8000] = 0;
        page[8001] = 0;
        let blocks = split(&page, false);
        assert_eq!(blocks[0], b"xxxxxxxxx ");
        assert!(blocks[1].starts_with(b"cxx"));
        assert_eq!(blocks.iter().map(Vec::len).sum::<usize>(), 9000 - 3 - 2);
    }

    #[test]
    fn nothing_is_lost_across_windows() {
        let data: Vec<u8> = (0..400_000_u32).map(|n| b'a' + (n % 23) as u8).collect();
        assert!(split(&data, false).concat() == data);
    }
}
