//! A page as the tokeniser sees it: without NUL, in blocks that do not cut words.
//!
//! ClamAV 1.4.6 reads blocks of 8191 bytes, ends a block behind its last blank unless the next byte is
//! one, and drops the blanks that a block begins with. It shows in the copies, so it is kept.

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
pub fn blocks(source: &Fmap, wide: bool, mut visit: impl FnMut(&[u8]) -> bool) {
    let mut left = Vec::with_capacity(WINDOW + BLOCK);
    let mut going = true;
    source.windows(WINDOW, |_, piece| {
        if wide {
            // The window is even, so that only the last pair can be cut.
            left.extend(piece.as_chunks::<2>().0.iter().map(narrow).filter(|&byte| byte != 0));
        } else {
            left.extend(piece.iter().filter(|&&byte| byte != 0));
        }
        let mut rest = left.as_slice();
        while going && rest.len() > BLOCK {
            let (block, after) = rest.split_at(cut(rest));
            going = visit(trim(block));
            rest = after;
        }
        let done = left.len() - rest.len();
        left.drain(..done);
        going
    });
    if going && !left.is_empty() {
        visit(trim(&left));
    }
}

/// Where to end a block of data that is longer than one.
fn cut(data: &[u8]) -> usize {
    let (block, after) = data.split_at(BLOCK);
    if after.first().is_some_and(|&byte| is_blank(byte)) {
        return BLOCK;
    }
    block.iter().rposition(|&byte| is_blank(byte)).map_or(BLOCK, |at| at + 1)
}

fn trim(block: &[u8]) -> &[u8] {
    let blanks = block.iter().take_while(|&&byte| is_blank(byte)).count();
    block.get(blanks..).unwrap_or(&[])
}

/// One byte for a UTF-16 character, as the type recognition of ClamAV makes it.
fn narrow(pair: &[u8; 2]) -> u8 {
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
        assert_eq!(split(&words, false).iter().map(Vec::len).collect::<Vec<_>>(), [8191, 808]);
    }

    #[test]
    fn nul_counts_for_nothing_and_pairs_become_bytes() {
        assert_eq!(split(b" \0 a\0b ", false), [b"ab "]);
        assert_eq!(split(b"<\0a\0\x36\x04>", true), [b"<av"]);
        assert_eq!(split(&[0; 500_000], false), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn nothing_is_lost_across_windows() {
        let data: Vec<u8> = (0..400_000_u32).map(|n| b'a' + (n % 23) as u8).collect();
        assert!(split(&data, false).concat() == data);
    }
}
