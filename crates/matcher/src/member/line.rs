//! The grammar of lines about members of containers.
//!
//! `.cdb`: `Name:ContainerType:ContainerSize:FileNameRegex:SizeInContainer:RealSize:IsEncrypted:FilePos:Res1:Res2`
//! `[:MinFL[:MaxFL]]`; the reserved fields are not looked at.
//! `.zmd`, `.rmd`: `Name:Encrypted:FileNameRegex:RealSize:CompressedSize:CRC32hex:Method:FileNo:MaxDepth`, for
//! members of ZIP and RAR archives; method and depth must be numbers and are not looked at.

use super::{Encrypted, Range};
use crate::ere::Ere;
use crate::level;
use crate::line::{Refusal, check_level, digits, malformed, name, shown, skipped};
use crate::magic::FileTypes;

/// Fields of a `.cdb` line without those of the functionality level.
const FIELDS: usize = 10;
/// Fields of a `.zmd` or `.rmd` line.
const OLD_FIELDS: usize = 9;

/// A line taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberLine<'a> {
    pub name: &'a [u8],
    /// None stands for any.
    pub container: Option<u16>,
    pub container_size: Range,
    /// None stands for any.
    pub file_name: Option<&'a [u8]>,
    pub stored: Range,
    pub real: Range,
    pub encrypted: Encrypted,
    pub position: Range,
    /// 0 stands for any.
    pub crc: u32,
}

/// Reads a line of a `.cdb` file for an engine of functionality level `engine`. An ignored line may be wrong
/// behind its name.
pub fn parse_cdb<'a>(
    line: &'a [u8],
    engine: u32,
    types: &FileTypes,
    ignored: &dyn Fn(&[u8]) -> bool,
) -> Result<MemberLine<'a>, Refusal> {
    let fields = split(line, FIELDS + 3);
    let (&[title, container, container_size, file_name, stored, real, encrypted, position, ..], levels) =
        fields.split_first_chunk::<FIELDS>().ok_or_else(|| too_few(&fields, FIELDS))?;
    if levels.len() > 2 {
        return Err(malformed(format!("more than {} fields", FIELDS + 2)));
    }
    check_level(levels.first().copied(), levels.get(1).copied(), engine)?;
    let name = wanted(name(title)?, ignored)?;
    let container = match container {
        b"*" | b"CL_TYPE_ANY" => None,
        known => Some(
            types.number(known).ok_or_else(|| malformed(format!("unknown file type {}", shown(known))))?,
        ),
    };
    Ok(MemberLine {
        name,
        container,
        container_size: range(container_size)?,
        file_name: expression(file_name)?,
        stored: range(stored)?,
        real: range(real)?,
        encrypted: match encrypted {
            b"*" => Encrypted::ANY,
            b"0" => Encrypted(0),
            b"1" => Encrypted(1),
            other => return Err(malformed(format!("{} is neither 0, 1 nor *", shown(other)))),
        },
        position: range(position)?,
        crc: 0,
    })
}

/// Reads a line of a `.zmd` or `.rmd` file, which is about members of `container`.
pub fn parse_old<'a>(
    line: &'a [u8],
    container: Option<u16>,
    ignored: &dyn Fn(&[u8]) -> bool,
) -> Result<MemberLine<'a>, Refusal> {
    let fields = split(line, OLD_FIELDS + 1);
    let &[title, encrypted, file_name, real, stored, crc, method, position, depth] = fields
        .as_slice()
        .try_into()
        .map_err(|_| malformed(format!("{} fields, not {OLD_FIELDS}", fields.len())))?;
    let name = name(title)?;
    for unused in [method, depth] {
        number(unused)?;
    }
    let parsed = MemberLine {
        name,
        container,
        container_size: Range::ANY,
        file_name: expression(file_name)?,
        stored: number(stored)?,
        real: number(real)?,
        encrypted: if encrypted == b"*" { Encrypted::ANY } else { Encrypted(plain(encrypted)?) },
        position: number(position)?,
        crc: checksum(crc)?,
    };
    wanted(name, ignored)?;
    Ok(parsed)
}

fn split(line: &[u8], most: usize) -> Vec<&[u8]> {
    line.split(|&byte| byte == b':').take(most).collect()
}

fn too_few(fields: &[&[u8]], wanted: usize) -> Refusal {
    malformed(format!("{} of at least {wanted} fields", fields.len()))
}

fn wanted<'a>(name: &'a [u8], ignored: &dyn Fn(&[u8]) -> bool) -> Result<&'a [u8], Refusal> {
    if ignored(name) { Err(skipped("named by an ignore list")) } else { Ok(name) }
}

fn expression(text: &[u8]) -> Result<Option<&[u8]>, Refusal> {
    if text == b"*" {
        return Ok(None);
    }
    match Ere::new(text) {
        Ok(_) => Ok(Some(text)),
        Err(reason) => Err(malformed(format!("file name {}: {reason}", shown(text)))),
    }
}

/// `*`, a number, or two with a dash between.
fn range(text: &[u8]) -> Result<Range, Refusal> {
    if !text.contains(&b'-') {
        return number(text);
    }
    let two = scanned(text).and_then(|(low, rest)| {
        let (high, _) = scanned(rest.strip_prefix(b"-")?)?;
        Some(Range { low, high })
    });
    two.ok_or_else(|| malformed(format!("{} is no range", shown(text))))
}

/// `*` or a number.
fn number(text: &[u8]) -> Result<Range, Refusal> {
    if text == b"*" { Ok(Range::ANY) } else { plain(text).map(Range::exactly) }
}

/// Digits only; nothing is 0, and large numbers wrap as they do in C.
fn plain(text: &[u8]) -> Result<u32, Refusal> {
    digits(text)
        .map(|_| level::lenient(text))
        .ok_or_else(|| malformed(format!("{} is no number", shown(text))))
}

/// Takes a number off the front as C's `scanf` does: blanks and a sign may stand before it.
fn scanned(text: &[u8]) -> Option<(u32, &[u8])> {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).count();
    let sign = usize::from(matches!(text.get(blanks), Some(b'-' | b'+')));
    let rest = text.get(blanks + sign..)?;
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = text.split_at_checked(blanks + sign + count)?;
    (count > 0).then(|| (level::lenient(number), rest))
}

/// An even number of hex digits, of which those before the first other character count.
fn checksum(text: &[u8]) -> Result<u32, Refusal> {
    if text == b"*" {
        return Ok(0);
    }
    let digits = text.iter().map_while(|&byte| char::from(byte).to_digit(16));
    let value = digits.fold(0_u32, |value, digit| value << 4 | digit);
    if text.len().is_multiple_of(2) && value != u32::MAX {
        Ok(value)
    } else {
        Err(malformed(format!("{} is no checksum", shown(text))))
    }
}
