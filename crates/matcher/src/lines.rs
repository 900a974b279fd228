//! A fed byte stream, cut into the lines that `ClamAV`'s readers would see.
//!
//! A loose file is read into a buffer of fixed size: a line that does not fit is cut, and its rest is a line
//! of its own. A member of a container ends at a line that does not fit, or at a last line without line
//! feed. In both, trailing CR and LF are stripped, a NUL ends a loose line early and a member for good,
//! a line whose first byte is `#` is a comment, and a blank line is handed on (it is malformed nearly
//! everywhere). Line numbers count pieces and comments, as the peer's messages do.

/// Buffer of most signature types: what a line may take with its line feed is derived from it.
const SHORT: usize = 8192;
/// Buffer of logical signatures.
const LOGICAL: usize = 32768 + 1;

/// Whose buffer a file is read with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Every type but logical signatures.
    Short,
    /// `.ldb` and `.ldu`.
    Logical,
}

/// How a file ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// After its last line.
    Complete,
    /// Without any line, comments included: malformed for nearly every type.
    Empty,
    /// Reading stopped at this line, which is too long for a container's reader.
    TooLong(u64),
    /// Reading stopped at this line of a container, which has no line feed or holds a NUL.
    Unterminated(u64),
}

/// Cuts what it is fed into lines; holds at most one line.
pub struct LineReader {
    limit: usize,
    in_container: bool,
    pending: Vec<u8>,
    number: u64,
    stopped: Option<End>,
}

impl LineReader {
    /// A reader for one file or member.
    pub fn new(kind: LineKind, in_container: bool) -> Self {
        let limit = match (kind, in_container) {
            (LineKind::Short, false) => SHORT - 1,
            (LineKind::Short, true) => SHORT,
            (LineKind::Logical, _) => LOGICAL - 1,
        };
        Self { limit, in_container, pending: Vec::new(), number: 0, stopped: None }
    }

    /// Calls `line` with the number and text of every line that `chunk` completes, comments left out.
    pub fn feed<E>(
        &mut self,
        chunk: &[u8],
        mut line: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = chunk;
        while !rest.is_empty() && self.stopped.is_none() {
            let room = self.limit - self.pending.len();
            let window = rest.get(..room).unwrap_or(rest);
            let end = memchr::memchr(b'\n', window);
            let (head, tail) = rest.split_at(end.map_or(window.len(), |at| at + 1));
            rest = tail;
            let full = end.is_none() && head.len() == room;
            if end.is_none() && !full {
                self.pending.extend_from_slice(head);
            } else if full && self.in_container {
                self.stopped = Some(End::TooLong(self.number + 1));
            } else if self.pending.is_empty() {
                self.deliver(head, &mut line)?;
            } else {
                let mut whole = std::mem::take(&mut self.pending);
                whole.extend_from_slice(head);
                let result = self.deliver(&whole, &mut line);
                whole.clear();
                self.pending = whole;
                result?;
            }
        }
        Ok(())
    }

    /// Ends the file: delivers an unfinished last line where that counts, and says how it ended.
    pub fn finish<E>(&mut self, mut line: impl FnMut(u64, &[u8]) -> Result<(), E>) -> Result<End, E> {
        let last = std::mem::take(&mut self.pending);
        if self.stopped.is_none() && !last.is_empty() {
            if self.in_container {
                self.stopped = Some(End::Unterminated(self.number + 1));
            } else {
                self.deliver(&last, &mut line)?;
            }
        }
        Ok(match self.stopped {
            _ if self.number == 0 => End::Empty,
            None => End::Complete,
            Some(end) => end,
        })
    }

    fn deliver<E>(
        &mut self,
        piece: &[u8],
        line: &mut impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut text = piece;
        if let Some(nul) = memchr::memchr(0, piece) {
            if self.in_container {
                self.stopped = Some(End::Unterminated(self.number + 1));
                return Ok(());
            }
            text = piece.get(..nul).unwrap_or(piece);
        }
        self.number += 1;
        while let [head @ .., b'\r' | b'\n'] = text {
            text = head;
        }
        if text.starts_with(b"#") { Ok(()) } else { line(self.number, text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::convert::Infallible;

    type Lines = Vec<(u64, Vec<u8>)>;

    fn read(text: &[u8], kind: LineKind, in_container: bool, step: usize) -> (Lines, End) {
        let mut reader = LineReader::new(kind, in_container);
        let mut seen = Lines::new();
        let mut keep = |number, line: &[u8]| {
            seen.push((number, line.to_vec()));
            Ok::<(), Infallible>(())
        };
        for chunk in text.chunks(step) {
            let Ok(()) = reader.feed(chunk, &mut keep);
        }
        let Ok(end) = reader.finish(&mut keep);
        (seen, end)
    }

    fn lengths(length: usize, kind: LineKind, in_container: bool) -> (Vec<usize>, End) {
        let mut text = vec![b'x'; length];
        text.push(b'\n');
        let (lines, end) = read(&text, kind, in_container, 1000);
        (lines.iter().map(|(_, line)| line.len()).collect(), end)
    }

    #[test]
    fn long_lines_of_loose_files_are_cut_where_the_peer_cuts() {
        for (kind, longest) in [(LineKind::Short, 8190), (LineKind::Logical, 32767)] {
            assert_eq!(lengths(longest, kind, false), (vec![longest], End::Complete));
            assert_eq!(lengths(longest + 1, kind, false), (vec![longest + 1, 0], End::Complete));
            assert_eq!(lengths(longest + 3, kind, false), (vec![longest + 1, 2], End::Complete));
        }
    }

    #[test]
    fn long_lines_end_a_member() {
        for (kind, longest) in [(LineKind::Short, 8191), (LineKind::Logical, 32767)] {
            assert_eq!(lengths(longest, kind, true), (vec![longest], End::Complete));
            assert_eq!(lengths(longest + 1, kind, true), (vec![], End::Empty));
        }
        let text = [b"a\n".as_slice(), &[b'0'; 9000], b"\nb\n"].concat();
        assert_eq!(read(&text, LineKind::Short, true, 7), (vec![(1, b"a".to_vec())], End::TooLong(2)));
    }

    #[test]
    fn ends_comments_and_blank_lines() {
        type Case<'a> = (&'a [u8], bool, &'a [(u64, &'a str)], End);
        let cases: [Case<'_>; 13] = [
            (b"", false, &[], End::Empty),
            (b"#x", false, &[], End::Complete),
            (b"a", false, &[(1, "a")], End::Complete),
            (b"a", true, &[], End::Empty),
            (b"a\nb", true, &[(1, "a")], End::Unterminated(2)),
            (b"\n", false, &[(1, "")], End::Complete),
            (b"a\r\r\nb\n\n", false, &[(1, "a"), (2, "b"), (3, "")], End::Complete),
            (b"a\rb\n", false, &[(1, "a\rb")], End::Complete),
            (b"# 1\n #2\n", false, &[(2, " #2")], End::Complete),
            (b"a\0junk\nb\n", false, &[(1, "a"), (2, "b")], End::Complete),
            (b"\0junk\n", false, &[(1, "")], End::Complete),
            (b"a\nb\0\nc\n", true, &[(1, "a")], End::Unterminated(2)),
            (b"a \n", true, &[(1, "a ")], End::Complete),
        ];
        for (text, in_container, lines, end) in cases {
            let lines: Lines =
                lines.iter().map(|(number, line)| (*number, line.as_bytes().to_vec())).collect();
            for step in [1, 2, 100] {
                assert_eq!(read(text, LineKind::Short, in_container, step), (lines.clone(), end), "{text:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn chunks_make_no_difference(
            text in proptest::collection::vec(prop_oneof![9 => Just(b'x'), 1 => Just(b'\n'), 1 => any::<u8>()], 0..3000),
            repeat in 1..12_usize, in_container: bool, step in 1..5000_usize,
        ) {
            let text = text.repeat(repeat);
            let whole = read(&text, LineKind::Short, in_container, text.len().max(1));
            prop_assert_eq!(read(&text, LineKind::Short, in_container, step), whole);
        }
    }
}
