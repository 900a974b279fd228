//! Strings: escapes and `unescape`.

/// The bytes between the quotes of a string, without escapes.
pub fn decode(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len());
    let mut rest = content;
    loop {
        rest = match *rest {
            [] => return out,
            // A last backslash, of a script that ends in its string, escapes nothing.
            [b'\\', kind, ref behind @ ..] => escape(kind, behind, &mut out),
            [byte, ref behind @ ..] => {
                out.push(byte);
                behind
            }
        };
    }
}

/// Puts out what the escape of `kind` stands for; returns what is behind it.
fn escape<'a>(kind: u8, behind: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    match (kind, behind) {
        (b'x', &[high, low, ref behind @ ..]) => {
            out.push(byte_of(hex(&[high, low])));
            return behind;
        }
        (b'u', &[a, b, c, d, ref behind @ ..]) => {
            push_character(hex(&[a, b, c, d]), out);
            return behind;
        }
        (b'x', _) => {
            out.push(b'\\');
            return &[];
        }
        (b'u', _) => out.push(b'\\'),
        (b'n', _) => out.push(b'\n'),
        (b'r', _) => out.push(b'\r'),
        (b't', _) => out.push(b'\t'),
        (b'v', _) => out.push(0x0b),
        (b'f', _) => out.push(0x0c),
        (b'b', _) => out.push(0x08),
        (b'0', _) => out.push(1),
        (other, _) => out.push(other),
    }
    behind
}

/// What JavaScript's `unescape` makes of a string.
pub fn unescape(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len());
    let mut rest = content;
    loop {
        rest = match *rest {
            [] => return out,
            [b'%', b'u', a, b, c, d, ref behind @ ..] if all_hex(&[a, b, c, d]) => {
                push_character(hex(&[a, b, c, d]), &mut out);
                behind
            }
            [b'%', a, b, ref behind @ ..] if all_hex(&[a, b]) => {
                out.push(byte_of(hex(&[a, b])));
                behind
            }
            [byte, ref behind @ ..] => {
                out.push(byte);
                behind
            }
        };
    }
}

/// A string between quotes, its line breaks and tabs as spaces.
pub fn quote(content: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend(content.iter().map(|&byte| if byte.wrapping_sub(b'\t') < 5 { b' ' } else { byte }));
    out.push(b'"');
}

fn all_hex(digits: &[u8]) -> bool {
    digits.iter().all(u8::is_ascii_hexdigit)
}

/// The number that hexadecimal digits write; what is no digit counts as 0, the last as all ones.
fn hex(digits: &[u8]) -> u16 {
    let value = |byte: &u8| char::from(*byte).to_digit(16);
    if digits.last().and_then(value).is_none() {
        return u16::MAX;
    }
    digits.iter().fold(0, |number, byte| number << 4 | value(byte).unwrap_or(0) as u16)
}

/// NUL would end the string for many a reader; it is kept as 1.
fn byte_of(code: u16) -> u8 {
    (code as u8).max(1)
}

/// UTF-8 of one unit of UTF-16, halves of pairs each by itself.
fn push_character(unit: u16, out: &mut Vec<u8>) {
    let low = |shift: u16| 0x80 | (unit >> shift & 0x3f) as u8;
    match unit {
        0..0x80 => out.push(byte_of(unit)),
        0x80..0x800 => out.extend_from_slice(&[0xc0 | (unit >> 6) as u8, low(0)]),
        _ => out.extend_from_slice(&[0xe0 | (unit >> 12) as u8, low(6), low(0)]),
    }
}
