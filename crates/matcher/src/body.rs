//! Lines of body signatures: `.ndb/.ndu/.sdb` and the older `.db`.
//!
//! `Name:Target:Offset:Pattern[:MinFL[:MaxFL]]` and `Name=Pattern`. The pattern and offset languages are
//! read elsewhere; here they stay text.

use crate::line::{Refusal, check_level, check_target, digits, malformed, name, shown, skipped};

/// One body signature as it stands in its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLine<'a> {
    pub name: &'a [u8],
    pub target: u8,
    pub offset: &'a [u8],
    pub pattern: &'a [u8],
}

const ANYWHERE: &[u8] = b"*";

/// Reads a line of an `.ndb`, `.ndu` or `.sdb` file for an engine of functionality level `level`.
pub fn parse_ndb(line: &[u8], level: u32) -> Result<BodyLine<'_>, Refusal> {
    let fields: Vec<&[u8]> = line.split(|&byte| byte == b':').take(7).collect();
    let (&[name_field, target, offset, pattern], levels) = fields
        .split_first_chunk()
        .ok_or_else(|| malformed(format!("{} of at least 4 fields", fields.len())))?;
    if levels.len() > 2 {
        return Err(malformed("more than 6 fields"));
    }
    check_level(levels.first().copied(), levels.get(1).copied(), level)?;
    let target = match target {
        ANYWHERE => 0,
        number => check_target(
            digits(number).ok_or_else(|| malformed(format!("target {} is no number", shown(number))))?,
        )?,
    };
    finish(BodyLine { name: name(name_field)?, target, offset, pattern })
}

/// Reads a line of a `.db` file: any target, any offset.
pub fn parse_db(line: &[u8]) -> Result<BodyLine<'_>, Refusal> {
    let at = memchr::memchr(b'=', line).ok_or_else(|| malformed("no '=' between name and pattern"))?;
    let (name_field, rest) = line.split_at_checked(at).unwrap_or((line, &[]));
    let pattern = rest.get(1..).unwrap_or(&[]);
    if pattern.first() == Some(&b'=') {
        return Err(skipped("'==' marks a line for other programs"));
    }
    finish(BodyLine { name: name(name_field)?, target: 0, offset: ANYWHERE, pattern })
}

fn finish(line: BodyLine<'_>) -> Result<BodyLine<'_>, Refusal> {
    if line.pattern.is_empty() { Err(malformed("the pattern is empty")) } else { Ok(line) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;

    const LEVEL: u32 = 216;

    /// `+` loads, `-` malformed, `~` skipped; every line was asked of ClamAV 1.4.6.
    fn verdict<T>(result: &Result<T, Refusal>) -> char {
        match result {
            Ok(_) => '+',
            Err(Refusal::Malformed(_)) => '-',
            Err(Refusal::Skipped(_)) => '~',
        }
    }

    #[test]
    fn fields_are_named() {
        let line = parse_ndb(b"a.b (Clam):*:EOF-4,2:6162*6364:10:", 0).expect_err("MaxFL 0");
        assert!(!line.is_malformed());
        let line = parse_ndb(b"a.b (Clam):*:EOF-4,2:6162*6364:10", LEVEL).expect("loads");
        assert_eq!(line, BodyLine { name: b"a.b", target: 0, offset: b"EOF-4,2", pattern: b"6162*6364" });
        let line = parse_db(b"x =616263").expect("loads");
        assert_eq!(line, BodyLine { name: b"x ", target: 0, offset: b"*", pattern: b"616263" });
    }

    #[test]
    fn ndb_lines_load_as_in_clamav() {
        let cases = "~x:15:*:zz|~x:0:*:616263:300|+x:0:*:616263:|~x:0:*:616263::|~x:0:*:616263:1:|-x:0:*:616263:a\
            |-x:0:*:616263:1:a|~x:0:*:616263:300:a|~x:0:*:616263:1:1|-x:0:*:616263:-1|-x:0:*:616263: 1\
            |-x:0:*:616263:1:300:|-x:0:*:616263:1:300:2|+x::*:616263|+x:*:*:616263|-x:**:*:616263|+x:8:*:616263\
            |-x: 1:*:616263|+x:014:*:616263|~x:015:*:616263|~x:99999999999999999999:*:616263|-x:-1:*:616263\
            |-x:a:*:616263|~x:a:*:616263:300|-x:15:*:616263:a|-:0:*:616263|- (Clam):0:*:616263|-x:0:*:|+x:0::616263\
            |-x:0:616263|~x:15:zzz:|~x:0:*::300|~:15:*:616263|-";
        for case in cases.split('|') {
            let (expected, line) = case.split_at(1);
            assert_eq!(verdict(&parse_ndb(line.as_bytes(), LEVEL)).to_string(), expected, "{line}");
        }
    }

    #[test]
    fn db_lines_load_as_in_clamav() {
        for case in "+x=616263|-=616263|-x=|-x|~x==616263|~==|~x==|- (Clam)=616263|-=".split('|') {
            let (expected, line) = case.split_at(1);
            assert_eq!(verdict(&parse_db(line.as_bytes())).to_string(), expected, "{line}");
        }
    }
}
