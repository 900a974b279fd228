//! A fed byte stream, cut into the lines that `ClamAV`'s readers would see.
//!
//! A loose file is read into a buffer of fixed size: a line that does not fit is cut, and its rest is a line
//! of its own. A member of a container ends at a line that does not fit, or at a last line without line
//! feed: what came before counts, and so does the member, unless the peer's reader has not even read its
//! end ahead. In both, trailing CR and LF are stripped, a NUL ends a loose line early and a member for good,
//! a line whose first byte is `#` is a comment, and a blank line is handed on (it is malformed nearly
//! everywhere). Line numbers count pieces and comments, as the peer's messages do.

/// Buffer of most signature types: what a line may take with its line feed is derived from it.
const SHORT: usize = 8192;
/// Buffer of logical signatures.
const LOGICAL: usize = 32768 + 1;
/// What the reader of a container's members reads ahead.
const AHEAD: u64 = 32768;

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
    /// Reading stopped at a line as below, but so near the end that nobody minds.
    Cut,
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
    /// Where the line at hand begins, and how far the peer's reader has read when it takes it.
    start: u64,
    ahead: u64,
    stopped: Option<Stop>,
}

/// The line at which reading stopped.
struct Stop {
    end: End,
    /// Bytes of the member from the beginning of the line.
    size: u64,
    /// How far into them a line feed is, unless a NUL hides it.
    feed: Option<u64>,
    hidden: bool,
}

impl Stop {
    fn look(&mut self, bytes: &[u8]) {
        if self.feed.is_none() && !self.hidden {
            let found = memchr::memchr2(b'\n', 0, bytes);
            self.hidden = found.is_some_and(|at| bytes.get(at) == Some(&0));
            self.feed = found.filter(|_| !self.hidden).map(|at| self.size + at as u64);
        }
        self.size += bytes.len() as u64;
    }
}

impl LineReader {
    /// A reader for one file or member.
    pub fn new(kind: LineKind, in_container: bool) -> Self {
        let limit = match (kind, in_container) {
            (LineKind::Short, false) => SHORT - 1,
            (LineKind::Short, true) => SHORT,
            (LineKind::Logical, _) => LOGICAL - 1,
        };
        Self { limit, in_container, pending: Vec::new(), number: 0, start: 0, ahead: AHEAD, stopped: None }
    }

    /// Calls `line` with the number and text of every line that `chunk` completes, comments left out.
    pub fn feed<E>(
        &mut self,
        chunk: &[u8],
        mut line: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = chunk;
        while !rest.is_empty() {
            if let Some(stop) = &mut self.stopped {
                stop.look(rest);
                break;
            }
            let room = self.limit - self.pending.len();
            let window = rest.get(..room).unwrap_or(rest);
            let end = memchr::memchr(b'\n', window);
            let (head, tail) = rest.split_at(end.map_or(window.len(), |at| at + 1));
            rest = tail;
            let full = end.is_none() && head.len() == room;
            if end.is_none() && !full {
                self.pending.extend_from_slice(head);
            } else if full && self.in_container {
                self.pending.extend_from_slice(head);
                let line = std::mem::take(&mut self.pending);
                self.stop(End::TooLong(self.number + 1), &line);
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
                self.stop(End::Unterminated(self.number + 1), &last);
            } else {
                self.deliver(&last, &mut line)?;
            }
        }
        Ok(match &self.stopped {
            _ if self.number == 0 => End::Empty,
            None => End::Complete,
            Some(stop) if self.start + stop.size <= self.read_ahead(stop) => End::Cut,
            Some(stop) => stop.end,
        })
    }

    fn stop(&mut self, end: End, line: &[u8]) {
        let mut stop = Stop { end, size: 0, feed: None, hidden: false };
        stop.look(line);
        self.stopped = Some(stop);
    }

    /// How far the peer's reader has read when it gives up: it reads on only for want of a line feed.
    fn read_ahead(&self, stop: &Stop) -> u64 {
        match stop.feed {
            Some(feed) if self.start + feed < self.ahead => self.ahead,
            _ => self.start + AHEAD,
        }
    }

    fn deliver<E>(
        &mut self,
        piece: &[u8],
        line: &mut impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut text = piece;
        if let Some(nul) = memchr::memchr(0, piece) {
            if self.in_container {
                self.stop(End::Unterminated(self.number + 1), piece);
                return Ok(());
            }
            text = piece.get(..nul).unwrap_or(piece);
        }
        self.number += 1;
        let end = self.start + piece.len() as u64;
        if end > self.ahead {
            self.ahead = self.start + AHEAD;
        }
        self.start = end;
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
        assert_eq!(read(&text, LineKind::Short, true, 7), (vec![(1, b"a".to_vec())], End::Cut));
    }

    /// Sizes found by asking ClamAV 1.4.6.
    #[test]
    fn a_member_with_much_behind_its_last_line_is_malformed() {
        let long = [b"L:0:*:".as_slice(), &b"41".repeat(4100), b"\n"].concat();
        for (before, stop, number, most) in [
            (0, b"S1:0:*:4d\0x\n".as_slice(), 2, 32786),
            (30000, b"S1:0:*:4d\0x\n", 2002, 62786),
            (0, &long, 2, 32768),
            (9000, &long, 602, 32768),
            (30000, &long, 2002, 62786),
            (33000, &long, 2202, 65531),
        ] {
            let mut text = b"S0:0:*:4d41524b30\n".to_vec();
            text.extend(b"P:0:*:41424344\n".iter().cycle().take(before));
            text.extend(stop);
            text.resize(most, b'\n');
            assert_eq!(read(&text, LineKind::Short, true, 1000).1, End::Cut, "{before}");
            text.push(b'\n');
            let end = if stop.len() > 100 { End::TooLong(number) } else { End::Unterminated(number) };
            assert_eq!(read(&text, LineKind::Short, true, 1000).1, end, "{before}");
        }
        let mut text = b"A;Target:0;0;41424344\nA\0\n".to_vec();
        text.resize(22 + 32768, b'x');
        assert_eq!(read(&text, LineKind::Logical, true, 999).1, End::Cut);
        text.push(b'x');
        assert_eq!(read(&text, LineKind::Logical, true, 999).1, End::Unterminated(2));
    }

    #[test]
    fn ends_comments_and_blank_lines() {
        type Case<'a> = (&'a [u8], bool, &'a [(u64, &'a str)], End);
        let cases: [Case<'_>; 13] = [
            (b"", false, &[], End::Empty),
            (b"#x", false, &[], End::Complete),
            (b"a", false, &[(1, "a")], End::Complete),
            (b"a", true, &[], End::Empty),
            (b"a\nb", true, &[(1, "a")], End::Cut),
            (b"\n", false, &[(1, "")], End::Complete),
            (b"a\r\r\nb\n\n", false, &[(1, "a"), (2, "b"), (3, "")], End::Complete),
            (b"a\rb\n", false, &[(1, "a\rb")], End::Complete),
            (b"# 1\n #2\n", false, &[(2, " #2")], End::Complete),
            (b"a\0junk\nb\n", false, &[(1, "a"), (2, "b")], End::Complete),
            (b"\0junk\n", false, &[(1, "")], End::Complete),
            (b"a\nb\0\nc\n", true, &[(1, "a")], End::Cut),
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
