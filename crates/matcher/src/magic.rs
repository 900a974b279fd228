//! Lines of file type magic (`.ftm`).
//!
//! `Kind:Offset:Hex:Description:Required:Detected[:MinFL[:MaxFL]]`. Kind 0 is fixed bytes at a fixed offset,
//! 4 the same for partitions, 1 a body pattern whose offset and pattern stay text here. A file without any
//! usable line is malformed; that is for the reader of the file to say.

use std::collections::HashMap;

use crate::line::{Refusal, check_level, digits, malformed, name, shown, skipped};

/// The file types that signatures may name; a type's number is its position in the list given.
#[derive(Clone, Debug, Default)]
pub struct FileTypes(HashMap<Box<[u8]>, u16>);

impl FileTypes {
    /// Numbers the `names` by position. They are full names such as `CL_TYPE_ZIP`, or empty where
    /// signatures cannot name the type.
    pub fn new(names: &[String]) -> Self {
        let numbered = names.iter().zip(0..=u16::MAX).filter(|(name, _)| !name.is_empty());
        Self(numbered.map(|(name, number)| (name.as_bytes().into(), number)).collect())
    }

    /// The number of the type called `name`.
    pub fn number(&self, name: &[u8]) -> Option<u16> {
        self.0.get(name).copied()
    }
}

/// How a magic line recognises its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MagicKind<'a> {
    /// Exactly these bytes at this offset; an empty value is always there.
    Fixed { offset: u32, value: Vec<u8> },
    /// As `Fixed`, looked for at the start of partitions.
    Partition { offset: u32, value: Vec<u8> },
    /// A body pattern of target 0 that names a type instead of alerting.
    Pattern { offset: &'a [u8], pattern: &'a [u8] },
}

/// One line of magic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MagicLine<'a> {
    pub kind: MagicKind<'a>,
    pub description: &'a [u8],
    /// Type the layer must already have; not looked at for `Fixed`.
    pub required: u16,
    pub detected: u16,
}

/// Reads a line of an `.ftm` file for an engine of functionality level `level`.
pub fn parse_ftm<'a>(line: &'a [u8], level: u32, types: &FileTypes) -> Result<MagicLine<'a>, Refusal> {
    let fields: Vec<&[u8]> = line.split(|&byte| byte == b':').take(9).collect();
    let (&[kind, offset, value, description, required, detected], levels) = fields
        .split_first_chunk()
        .ok_or_else(|| malformed(format!("{} of at least 6 fields", fields.len())))?;
    if levels.len() > 2 {
        return Err(malformed("more than 8 fields"));
    }
    check_level(levels.first().copied(), levels.get(1).copied(), level)?;
    let number = |name: &[u8]| {
        types.number(name).ok_or_else(|| malformed(format!("unknown file type {}", shown(name))))
    };
    let (required, detected) = (number(required)?, number(detected)?);
    let kind = match digits(kind) {
        Some(0) => MagicKind::Fixed { offset: fixed_offset(offset)?, value: fixed_bytes(value)? },
        Some(4) => MagicKind::Partition { offset: fixed_offset(offset)?, value: fixed_bytes(value)? },
        Some(1) => {
            name(description)?;
            MagicKind::Pattern { offset, pattern: value }
        }
        Some(other) => return Err(skipped(format!("unknown magic kind {other}"))),
        None => return Err(malformed(format!("magic kind {} is no number", shown(kind)))),
    };
    Ok(MagicLine { kind, description, required, detected })
}

fn fixed_offset(text: &[u8]) -> Result<u32, Refusal> {
    digits(text).ok_or_else(|| malformed(format!("offset {} is no number", shown(text))))
}

fn fixed_bytes(hex: &[u8]) -> Result<Vec<u8>, Refusal> {
    let (pairs, rest) = hex.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(malformed("odd number of hex digits"));
    }
    let nibble = |digit: u8| char::from(digit).to_digit(16);
    pairs
        .iter()
        .map(|&[high, low]| Some((nibble(high)? << 4 | nibble(low)?) as u8))
        .collect::<Option<_>>()
        .ok_or_else(|| malformed("fixed magic must be plain hex"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;

    fn types() -> FileTypes {
        FileTypes::new(&["CL_TYPE_ANY", "CL_TYPE_ZIP", "CL_TYPE_PART_ANY"].map(String::from))
    }

    #[test]
    fn types_are_numbered_by_position() {
        assert_eq!(types().number(b"CL_TYPE_ZIP"), Some(1));
        assert_eq!(types().number(b"CL_TYPE_zip"), None);
    }

    #[test]
    fn each_kind_is_read() {
        let types = types();
        let line = |text| parse_ftm(text, 216, &types).expect("loads");
        let fixed = line(b"0:4:504B:Zip:CL_TYPE_ANY:CL_TYPE_ZIP");
        assert_eq!(fixed.kind, MagicKind::Fixed { offset: 4, value: b"PK".to_vec() });
        assert_eq!((fixed.required, fixed.detected), (0, 1));
        let partition = line(b"4:1024:482b::CL_TYPE_PART_ANY:CL_TYPE_ZIP");
        assert_eq!(partition.kind, MagicKind::Partition { offset: 1024, value: b"H+".to_vec() });
        let pattern = line(b"1:EOF-10:6162*63:x:CL_TYPE_ANY:CL_TYPE_ZIP:1:255");
        assert_eq!(pattern.kind, MagicKind::Pattern { offset: b"EOF-10", pattern: b"6162*63" });
    }

    #[test]
    fn lines_load_as_in_clamav() {
        const ANY_ZIP: &str = "d:CL_TYPE_ANY:CL_TYPE_ZIP";
        let cases = [
            ("~", "2:0:616263:", ""),
            ("~", "5:0:zz:", ""),
            ("-", "a:0:616263:", ""),
            ("+", ":0:616263:", ""),
            ("+", "00:0:616263:", ""),
            ("-", "0:*:616263:", ""),
            ("-", "0:a:616263:", ""),
            ("+", "0::616263:", ""),
            ("+", "0:0::", ""),
            ("+", "0:0:61:", ""),
            ("-", "0:0:616:", ""),
            ("-", "0:0:61??:", ""),
            ("-", "0:1,2:616263:", ""),
            ("-", "0:-1:616263:", ""),
            ("+", "0:0:6162:", ":"),
            ("-", "0:0:6162:", ":a"),
            ("~", "0:0:zz:", ":300"),
            ("~", "0:0:6162:", ":1:"),
            ("-", "0:0:6162:", ":1:a"),
            ("-", "0:0:6162:", ":1:300:1"),
        ];
        let verdict = |text: &str| match parse_ftm(text.as_bytes(), 216, &types()) {
            Ok(_) => "+",
            Err(Refusal::Malformed(_)) => "-",
            Err(Refusal::Skipped(_)) => "~",
        };
        for (expected, head, tail) in cases {
            let text = format!("{head}{ANY_ZIP}{tail}");
            assert_eq!(verdict(&text), expected, "{text}");
        }
        for text in [
            "0:0:6162:d:CL_TYPE_ANY",
            "0:0:6162:d::CL_TYPE_ZIP",
            "0:0:6162:d:CL_TYPE_ANY:CL_TYPE_NEW",
            "2:0:zz:d:CL_TYPE_NEW:CL_TYPE_ZIP",
            "1:*:616263::CL_TYPE_ANY:CL_TYPE_ZIP",
            "1:*:616263: (Clam):CL_TYPE_ANY:CL_TYPE_ZIP",
        ] {
            assert_eq!(verdict(text), "-", "{text}");
        }
    }
}
