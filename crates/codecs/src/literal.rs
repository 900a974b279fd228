//! Files that are written into programs, pages and other texts, as literals: base64, hexadecimal, lists of numbers.
//!
//! A literal may be in several pieces: lines, strings that are joined with `+`, `&`, `.` or nothing, escapes of
//! line ends. It ends where something else comes; a line of other words behind it is not of it.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use aho_corasick::packed::Searcher;
use nacre_fmap::Fmap;

use crate::bounded::{Input, Output, Status};

/// How bytes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Base64,
    Hexadecimal,
    /// Values with something between them: decimal, or `0x`, `\x` or `&H` and hexadecimal.
    Numbers,
}

/// How literals of files begin: programs, archives, documents, pages, shortcuts.
const MARKS: [(&str, Form); 51] = [
    ("TVqQAA", Form::Base64),
    ("TVpQAA", Form::Base64),
    ("TVoAAA", Form::Base64),
    ("TVpBUl", Form::Base64),
    ("TVpFUu", Form::Base64),
    ("f0VMRg", Form::Base64),
    ("UEsDBBQA", Form::Base64),
    ("UEsDBAoA", Form::Base64),
    ("UEsDBC0A", Form::Base64),
    ("UmFyIRoH", Form::Base64),
    ("N3q8rycc", Form::Base64),
    ("TVNDRgAA", Form::Base64),
    ("H4sIA", Form::Base64),
    ("H4sIC", Form::Base64),
    ("0M8R4KGxGuE", Form::Base64),
    ("JVBERi0", Form::Base64),
    ("e1xydGYx", Form::Base64),
    ("TAAAAAEUAgA", Form::Base64),
    ("PCFET0NU", Form::Base64),
    ("PCFkb2N0", Form::Base64),
    ("PGh0bWw", Form::Base64),
    ("PEhUTUw", Form::Base64),
    ("PHNjcmlw", Form::Base64),
    ("4d5a9000", Form::Hexadecimal),
    ("4D5A9000", Form::Hexadecimal),
    ("4d5a5000", Form::Hexadecimal),
    ("4D5A5000", Form::Hexadecimal),
    ("504b03041400", Form::Hexadecimal),
    ("504B03041400", Form::Hexadecimal),
    ("d0cf11e0a1b1", Form::Hexadecimal),
    ("D0CF11E0A1B1", Form::Hexadecimal),
    ("526172211a07", Form::Hexadecimal),
    ("526172211A07", Form::Hexadecimal),
    ("7f454c460", Form::Hexadecimal),
    ("7F454C460", Form::Hexadecimal),
    ("255044462d31", Form::Hexadecimal),
    ("255044462D31", Form::Hexadecimal),
    ("77,90,144,0", Form::Numbers),
    ("77, 90, 144, 0", Form::Numbers),
    ("77,90,80,0", Form::Numbers),
    ("0x4d,0x5a,", Form::Numbers),
    ("0x4D,0x5A,", Form::Numbers),
    ("0x4d, 0x5a,", Form::Numbers),
    ("0x4D, 0x5A,", Form::Numbers),
    ("\\x4d\\x5a\\x", Form::Numbers),
    ("\\x4D\\x5A\\x", Form::Numbers),
    ("&H4D,&H5A,", Form::Numbers),
    ("&H4d,&H5a,", Form::Numbers),
    ("&H4D, &H5A,", Form::Numbers),
    ("80,75,3,4,20,0", Form::Numbers),
    ("80, 75, 3, 4, 20, 0", Form::Numbers),
];
/// The fast search, where the processor has it.
static PACKED: LazyLock<Option<Searcher>> = LazyLock::new(|| Searcher::new(MARKS.map(|(mark, _)| mark)));
static PLAIN: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(MARKS.map(|(mark, _)| mark)).ok());
/// Gaps in a row without anything between them.
const MOST_GAPS: u32 = 64;
/// The longest mark fits in, with a byte before it.
const OVERLAP: u64 = 32;
const PIECE: usize = 1 << 20;
/// Bytes that are looked at to find out whether a literal goes on.
const AHEAD: usize = 256;
/// Output that is collected before it is kept.
const STEP: usize = 16 << 10;

/// Where the next literal begins, from `start` on.
pub fn find(data: &Fmap, start: u64) -> Option<(u64, Form)> {
    let mut at = start.saturating_sub(1);
    let mut piece = Vec::new();
    loop {
        let text = if let Some(memory) = data.memory() {
            memory.get(usize::try_from(at).ok()?..)?
        } else {
            piece.resize(PIECE, 0);
            let got = data.read_at(at, &mut piece);
            piece.get(..got)?
        };
        for (begin, mark) in marks(text) {
            let place = at + begin as u64;
            let (_, form) = *MARKS.get(mark)?;
            let before = begin.checked_sub(1).and_then(|before| text.get(before)).copied();
            if place >= start && before.map_or(at == 0, |before| !form.has(before)) {
                return Some((place, form));
            }
        }
        let end = at + text.len() as u64;
        if end >= data.len() || text.is_empty() {
            return None;
        }
        at = end.saturating_sub(OVERLAP).max(at + 1);
    }
}

/// The marks in a text: where each is, and which one.
fn marks(text: &[u8]) -> Box<dyn Iterator<Item = (usize, usize)> + '_> {
    if let Some(search) = PACKED.as_ref() {
        return Box::new(search.find_iter(text).map(|found| (found.start(), found.pattern().as_usize())));
    }
    match PLAIN.as_ref() {
        Some(search) => {
            Box::new(search.find_iter(text).map(|found| (found.start(), found.pattern().as_usize())))
        }
        None => Box::new(std::iter::empty()),
    }
}

impl Form {
    /// Whether a byte may be one of a literal's own, so that a mark behind it is no beginning.
    fn has(self, byte: u8) -> bool {
        match self {
            Self::Base64 => base64(byte).is_some(),
            Self::Hexadecimal => byte.is_ascii_hexdigit(),
            Self::Numbers => byte.is_ascii_alphanumeric(),
        }
    }
}

/// Decodes one literal.
pub fn decode(form: Form, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    match form {
        Form::Base64 => digits(6, base64, input, output),
        Form::Hexadecimal => {
            digits(4, |byte| (byte as char).to_digit(16).map(|digit| digit as u8), input, output)
        }
        Form::Numbers => numbers(input, output),
    }
}

fn base64(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

fn digits(
    width: u32,
    digit: impl Fn(u8) -> Option<u8>,
    input: &mut Input<'_>,
    output: &mut Output,
) -> Result<(), Status> {
    let (mut held, mut count, mut gaps) = (0_u32, 0, 0);
    let mut made = Vec::with_capacity(STEP);
    loop {
        let at = input.position();
        match input.byte() {
            Some(byte) if digit(byte).is_some() => {
                held = held << width | u32::from(digit(byte).unwrap_or_default());
                count += width;
                gaps = 0;
                if count >= 8 {
                    count -= 8;
                    made.push((held >> count) as u8);
                }
            }
            Some(_) => {
                input.seek(at);
                let Some(gap) = gap(&ahead(input), &digit).filter(|_| gaps < MOST_GAPS) else { break };
                input.seek(at + gap as u64);
                gaps += 1;
            }
            None => break,
        }
        if made.len() >= STEP {
            keep(&mut made, output)?;
        }
    }
    keep(&mut made, output)
}

fn keep(made: &mut Vec<u8>, output: &mut Output) -> Result<(), Status> {
    output.keep(made)?;
    made.clear();
    if output.expired() { Err(Status::Limit) } else { Ok(()) }
}

/// Some of the bytes from here on.
fn ahead(input: &mut Input<'_>) -> Vec<u8> {
    let at = input.position();
    let bytes = std::iter::from_fn(|| input.byte()).take(AHEAD).collect();
    input.seek(at);
    bytes
}

/// Bytes that a literal goes on behind, if it does.
fn gap(text: &[u8], digit: impl Fn(u8) -> Option<u8>) -> Option<usize> {
    let blanks = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
    };
    match text {
        [b'\\', b'n' | b'r' | b't', ..] => Some(2),
        [b'\\', b'/', ..] => Some(1),
        [b'\\', b'\r' | b'\n', ..] => Some(blanks(1)),
        [b'"' | b'\'' | b'`', ..] => {
            let mut at = blanks(1);
            if matches!(text.get(at), Some(b'+' | b'&' | b'.' | b',')) {
                at = blanks(at + 1);
            }
            if text.get(at) == Some(&b'_') {
                at = blanks(at + 1);
            }
            matches!(text.get(at), Some(b'"' | b'\'' | b'`')).then_some(at + 1)
        }
        [b' ' | b'\t' | b'\r' | b'\n', ..] => {
            let at = blanks(0);
            let lines = text.get(..at)?.contains(&b'\n');
            let line = text.get(at..).unwrap_or_default();
            let end = line.iter().take_while(|byte| digit(**byte).is_some()).count();
            let rest = line.get(end..).unwrap_or_default();
            // The line of another text goes on with something else.
            let ends = match rest {
                [] => at + end == AHEAD || end > 0,
                [b' ' | b'\t', next, ..] => matches!(next, b'\r' | b'\n' | b'+' | b'&'),
                [first, ..] => b"\r\n\"'`\\<=,;)]}&".contains(first),
            };
            (lines && end > 0 && ends).then_some(at)
        }
        _ => None,
    }
}

fn numbers(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let mut made = Vec::with_capacity(STEP);
    let mut first = None;
    loop {
        let text = ahead(input);
        let between = |byte: &&u8| byte.is_ascii_whitespace() || b",;_'\"+".contains(byte);
        let at = text.iter().take_while(between).count();
        let Some((value, prefixed, size)) = number(text.get(at..).unwrap_or_default()) else { break };
        if *first.get_or_insert(prefixed) != prefixed {
            break;
        }
        made.push(value);
        input.advance(at + size);
        if made.len() >= STEP {
            keep(&mut made, output)?;
        }
    }
    keep(&mut made, output)
}

/// A value, whether it has a prefix, and how many bytes it is written in.
fn number(text: &[u8]) -> Option<(u8, bool, usize)> {
    let (radix, skip) = match text {
        [b'0' | b'\\', b'x' | b'X', ..] | [b'&', b'h' | b'H', ..] => (16, 2),
        _ => (10, 0),
    };
    let longest = if radix == 16 { 2 } else { 3 };
    let digits = text.get(skip..)?.iter().map(|byte| (*byte as char).to_digit(radix));
    let digits: Vec<u32> = digits.take(longest).map_while(|digit| digit).collect();
    let value = digits.iter().fold(0, |value, digit| value * radix + digit);
    let value = u8::try_from(value).ok().filter(|_| !digits.is_empty())?;
    Some((value, skip > 0, skip + digits.len()))
}
