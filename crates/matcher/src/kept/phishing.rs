//! `.pdb`, `.gdb` and `.wdb`: what the phishing check looks up.
//!
//! `R:regex`, `H:host` and `S:F:hash` (also `S1`, `S2`; `P` for a prefix, `W` for an allowed one) may stand in
//! the first two alike, `X:real:displayed`, `Y:regex` and `M:real:displayed` in the last. Behind the letter
//! anything may stand. `:min-max` or `:min-` at the end says for which engines a line is; it is not kept.

use super::suffix;
use crate::ere::Ere;
use crate::level::FUNCTIONALITY_LEVEL;
use crate::line::{Refusal, digits, malformed, skipped};

pub(super) fn read<'a>(line: &'a [u8], letters: &[u8]) -> Result<&'a [u8], Refusal> {
    if line.is_empty() {
        return Err(skipped("blank"));
    }
    let line = for_this_engine(line)?;
    let colon = memchr::memchr(b':', line).ok_or_else(|| malformed("no colon"))?;
    let (kind, entry) = line.split_at_checked(colon + 1).unwrap_or((line, &[]));
    let letter = kind.first().filter(|letter| letters.contains(letter));
    match letter.ok_or_else(|| malformed("unknown kind of entry"))? {
        b'S' => hash(entry)?,
        b'H' | b'M' if entry.is_empty() => return Err(malformed("the entry is empty")),
        b'H' | b'M' => {}
        _ => regex(entry)?,
    }
    Ok(line)
}

/// The line without its range of levels.
fn for_this_engine(line: &[u8]) -> Result<&[u8], Refusal> {
    let range = memchr::memrchr(b':', line).and_then(|colon| line.split_at_checked(colon));
    let Some((head, [_, range @ ..])) = range else { return Ok(line) };
    let mut ends = range.splitn(2, |byte| *byte == b'-');
    let (Some(min), Some(max)) = (ends.next(), ends.next()) else { return Ok(line) };
    let (Some(low), Some(high)) = (digits(min), digits(max)) else { return Ok(line) };
    if min.is_empty() {
        return Ok(line);
    }
    if low > FUNCTIONALITY_LEVEL || (!max.is_empty() && high < FUNCTIONALITY_LEVEL) {
        return Err(skipped("meant for another engine"));
    }
    Ok(head)
}

fn regex(text: &[u8]) -> Result<(), Refusal> {
    Ere::new(text).map_err(malformed)?;
    if suffix::shortest(text) < suffix::SHORTEST {
        return Err(malformed("the expression must end in fixed characters"));
    }
    Ok(())
}

fn hash(entry: &[u8]) -> Result<(), Refusal> {
    let (Some(b'P' | b'F' | b'W'), Some(b':')) = (entry.first(), entry.get(1)) else {
        return Err(malformed("a hash is P, F or W"));
    };
    let hex = entry.get(2..).unwrap_or(&[]);
    if hex.is_empty() || !hex.len().is_multiple_of(2) || !hex.iter().all(u8::is_ascii_hexdigit) {
        return Err(malformed("the hash is no hex"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(line: &str, letters: &[u8]) -> char {
        match read(line.as_bytes(), letters) {
            Ok(_) => '+',
            Err(Refusal::Malformed(_)) => '-',
            Err(Refusal::Skipped(_)) => '~',
        }
    }

    #[test]
    fn lines_load_as_in_clamav() {
        for (expected, lines) in [
            (
                '+',
                "R:abcdef|H:example.com|H:ex*le.com|R0:abc|Rabc:abcdef|H:abc(|H:a:b|H:example.com:20|H: abc|H:a|\
                 H:example.com:20-|H:example.com:20-300|R:abc:def:1-300|H:example.com:a-b|H:example.com:-|\
                 H:abc:1-2-3|H:abc:1-2x|H:abc:-5|S:P:aabbccdd|S:F:ABab|S3:W:aa|Sx:F:aa|S:F:aabb:20-",
            ),
            (
                '~',
                "|H:example.com:300-400|H:example.com:1-20|R:ab(c:300-400|X:ab:300-400|h:abc:300-|:300-|H::300-",
            ),
            (
                '-',
                "R:|H:|R|H|X:abc|Y:abc|h:abc|M:a:b|:abc| H:abc|Rabc|300-|X:300-400:|R:a(:a-5|R:abc(|S:X:aa|S:F:aag|\
                 S:F:|S:f:aa|S:F|S:|S|S::aa|S:FF:aa|S:F :aa|S:F:aa |S:P:aab|S:F:aa:20",
            ),
        ] {
            for line in lines.split('|') {
                assert_eq!(verdict(line, b"RHS"), expected, "{line}");
            }
        }
        for (expected, lines) in [
            (
                '+',
                "X:abc:def|X:abcdef|X:abc:d)ef|M:a.com:b.com|M:a.com|Y:abc|M::|X::|X:.+abc:.+def:17-|Mabc:a:b|M:.:.",
            ),
            ('-', "X:a(b:def|R:abc|H:abc|W:abc|S:F:aa|X:|M:|Y:|Y:.*|X:a:."),
        ] {
            for line in lines.split('|') {
                assert_eq!(verdict(line, b"XYM"), expected, "{line}");
            }
        }
    }

    #[test]
    fn what_says_for_which_engines_is_not_kept() {
        assert_eq!(read(b"H:example.com:20-300", b"RHS"), Ok(&b"H:example.com"[..]));
        assert_eq!(read(b"H:example.com:20", b"RHS"), Ok(&b"H:example.com:20"[..]));
    }
}
