//! The grammar of one hash line.
//!
//! `HashHex:Size:Name[:MinFL[:MaxFL]]`, with size and hash swapped for program sections. The order of the
//! checks is `ClamAV`'s and decides what is malformed: a line for another engine, or one that is ignored,
//! may be wrong in what comes later.

use nacre_fmap::DigestKind;

use super::{ANY_SIZE, Use};
use crate::{level, names};

/// A line taken apart.
#[derive(Debug, PartialEq, Eq)]
pub struct HashLine<'a> {
    /// Digest bytes; those beyond the kind's size are 0.
    pub digest: [u8; 32],
    pub kind: DigestKind,
    /// 0 stands for any size.
    pub size: u32,
    pub name: &'a [u8],
}

/// What a well-formed line is.
#[derive(Debug, PartialEq, Eq)]
pub enum Parsed<'a> {
    /// A signature for this engine.
    Signature(HashLine<'a>),
    /// One for other functionality levels.
    OtherLevel,
    /// One whose name is ignored.
    Ignored,
}

/// Reads `line`; `ignored` is asked with the name as written.
pub fn parse(
    usage: Use,
    line: &[u8],
    ignored: impl FnOnce(&[u8]) -> bool,
) -> Result<Parsed<'_>, &'static str> {
    let fields = Fields::split(usage, line)?;
    if !level::applies(&fields.levels) {
        return Ok(Parsed::OtherLevel);
    }
    let size = fields.size(usage)?;
    let name = names::clean(fields.name).ok_or("no signature name")?;
    if ignored(fields.name) {
        return Ok(Parsed::Ignored);
    }
    let mut digest = [0; 32];
    let bytes = unhex(fields.hash, &mut digest);
    let kind = bytes.and_then(DigestKind::of_size).ok_or("malformed hash string")?;
    Ok(Parsed::Signature(HashLine { digest, kind, size, name }))
}

struct Fields<'a> {
    hash: &'a [u8],
    size: &'a [u8],
    name: &'a [u8],
    levels: std::ops::RangeInclusive<u32>,
}

impl<'a> Fields<'a> {
    fn split(usage: Use, line: &'a [u8]) -> Result<Self, &'static str> {
        let mut rest = Some(line);
        let mut next = || {
            let (field, after) = match memchr::memchr(b':', rest?) {
                Some(colon) => rest?.split_at_checked(colon)?,
                None => (rest?, &[][..]),
            };
            rest = after.split_first().map(|(_, after)| after);
            Some(field)
        };
        let (Some(first), Some(second), Some(name)) = (next(), next(), next()) else {
            return Err("too few fields");
        };
        let low = next().map_or(0, level::lenient);
        let high = next().map_or(u32::MAX, level::lenient);
        if next().is_some() {
            return Err("too many fields");
        }
        let (hash, size) = if usage == Use::Section { (second, first) } else { (first, second) };
        Ok(Self { hash, size, name, levels: low..=high })
    }

    fn size(&self, usage: Use) -> Result<u32, &'static str> {
        if self.size == b"*" {
            // An import table of any size needs no level.
            if usage != Use::Import && *self.levels.start() < level::WILDCARD_HASHES {
                return Err("any size needs a minimum functionality level of at least 73");
            }
            return Ok(ANY_SIZE);
        }
        let size = level::strict(self.size).and_then(|size| u32::try_from(size).ok());
        size.filter(|size| (1..u32::MAX).contains(size)).ok_or("invalid size")
    }
}

/// Decodes hex digits of either case into `out`; gives the number of bytes, or None when malformed.
pub(crate) fn unhex(text: &[u8], out: &mut [u8]) -> Option<usize> {
    if !text.len().is_multiple_of(2) || text.len() / 2 > out.len() {
        return None;
    }
    // Bad digits are gathered and looked at once: this runs for every byte of hundreds of megabytes.
    let mut bad = 0;
    for (byte, digits) in out.iter_mut().zip(text.chunks_exact(2)) {
        let &[high, low] = digits else { return None };
        let (high, low) = (NIBBLE[usize::from(high)], NIBBLE[usize::from(low)]);
        bad |= high | low;
        *byte = (high << 4) | (low & 0xf);
    }
    (bad & 0xf0 == 0).then_some(text.len() / 2)
}

const NIBBLE: [u8; 256] = {
    let mut table = [0xff; 256];
    let mut value = 0;
    while value < 16 {
        table[b"0123456789abcdef"[value] as usize] = value as u8;
        table[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    table
};
