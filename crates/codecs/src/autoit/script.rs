//! The tokens of a script (EA06) as text, byte for byte as ClamAV 1.4.6 has it, so that signatures of it match:
//! names in the case they are stored in, hexadecimal integers, of a mostly western text the low bytes.
//!
//! Layout: the number of lines, then tokens: a code, and a number, the number of a word, or a text, of which the
//! length is laid over each of its characters. A token of its own ends a line.

use std::io::Read;

use super::words::{FUNCTIONS, KEYWORDS};
use crate::bounded::{Input, Output, Status};

const END_OF_LINE: u8 = 0x7F;
const OPERATORS: [&str; 25] = [
    ",", "=", ">", "<", "<>", ">=", "<=", "(", ")", "+", "-", "/", "*", "&", "[", "]", "==", "^", "+=", "-=",
    "/=", "*=", "&=", "?", ":",
];
const FIRST_OPERATOR: u8 = 0x40;
/// How many characters decide whether ClamAV makes bytes of a text.
const JUDGED: usize = 10;
/// Bytes collected before they are handed on.
const PIECE: usize = 32 << 10;
/// Significant digits of a double.
const DIGITS: i32 = 6;
const SMALLEST_PLAIN: i32 = -4;

pub fn decode(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let mut text = Vec::new();
    let result = lines(input, output, &mut text);
    match result {
        Err(Status::Limit | Status::Storage) => result,
        _ => output.keep(&text).and(result),
    }
}

fn lines(input: &mut Input<'_>, output: &mut Output, text: &mut Vec<u8>) -> Result<(), Status> {
    let words = Words { keywords: KEYWORDS.split(' ').collect(), functions: FUNCTIONS.split(' ').collect() };
    let mut left = number(input)?;
    while left > 0 {
        let code = input.byte().ok_or(Status::Truncated)?;
        if code == END_OF_LINE {
            text.push(b'\n');
            left -= 1;
        } else {
            token(code, &words, input, text)?;
        }
        if text.len() >= PIECE {
            output.keep(text)?;
            text.clear();
            if output.expired() {
                return Err(Status::Limit);
            }
        }
    }
    Ok(())
}

struct Words {
    keywords: Vec<&'static str>,
    functions: Vec<&'static str>,
}

fn number(input: &mut Input<'_>) -> Result<u32, Status> {
    Ok(u32::from_le_bytes(input.take().ok_or(Status::Truncated)?))
}

fn token(code: u8, words: &Words, input: &mut Input<'_>, text: &mut Vec<u8>) -> Result<(), Status> {
    match code {
        0x00 => word(&words.keywords, input, text),
        0x01 => word(&words.functions, input, text),
        0x05 => {
            text.extend(format!("{:#010x} ", number(input)?).bytes());
            Ok(())
        }
        0x10 => long_integer(input, text),
        0x20 => double(input, text),
        // A keyword, a function, a directive.
        0x30 | 0x31 | 0x37 => characters("", " ", input, text),
        0x32 => characters("@", " ", input, text),
        0x33 => characters("$", " ", input, text),
        // A function of the script.
        0x34 => characters("", "", input, text),
        0x35 => characters(".", " ", input, text),
        0x36 => characters("\"", "\" ", input, text),
        _ => {
            let index = usize::from(code.wrapping_sub(FIRST_OPERATOR));
            let operator = OPERATORS.get(index).ok_or(Status::Corrupt)?;
            text.extend(operator.bytes());
            text.push(b' ');
            Ok(())
        }
    }
}

fn word(words: &[&str], input: &mut Input<'_>, text: &mut Vec<u8>) -> Result<(), Status> {
    let word = words.get(number(input)? as usize).ok_or(Status::Corrupt)?;
    text.extend(word.bytes());
    text.push(b' ');
    Ok(())
}

fn long_integer(input: &mut Input<'_>, text: &mut Vec<u8>) -> Result<(), Status> {
    let value = u64::from_le_bytes(input.take().ok_or(Status::Truncated)?);
    // ClamAV adds the lower half with its sign.
    let shown = if value & 1 << 31 == 0 { value } else { value.wrapping_sub(1 << 32) };
    text.extend(format!("{shown:#018x} ").bytes());
    Ok(())
}

fn double(input: &mut Input<'_>, text: &mut Vec<u8>) -> Result<(), Status> {
    let value = f64::from_le_bytes(input.take().ok_or(Status::Truncated)?);
    text.extend(general(value).bytes());
    text.push(b' ');
    Ok(())
}

/// C's `%g`.
fn general(value: f64) -> String {
    if value.is_nan() {
        return if value.is_sign_negative() { "-nan" } else { "nan" }.to_owned();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let rounded = format!("{:.*e}", DIGITS as usize - 1, value);
    let (digits, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (SMALLEST_PLAIN..DIGITS).contains(&exponent) {
        let plain = format!("{:.*}", (DIGITS - 1 - exponent) as usize, value);
        return without_zeros(&plain).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", without_zeros(digits), exponent.abs())
}

fn without_zeros(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

fn characters(before: &str, after: &str, input: &mut Input<'_>, text: &mut Vec<u8>) -> Result<(), Status> {
    let size = number(input)?;
    let mut raw = Vec::new();
    let wanted = u64::from(size) * 2;
    // Grows with what is there, not with what is promised.
    Read::take(Read::by_ref(input), wanted).read_to_end(&mut raw).map_err(|_| Status::Truncated)?;
    if (raw.len() as u64) < wanted {
        return Err(Status::Truncated);
    }
    let [low_key, high_key, ..] = size.to_le_bytes();
    let (units, _) = raw.as_chunks_mut::<2>();
    for [low, high] in &mut *units {
        *low ^= low_key;
        *high ^= high_key;
    }
    text.extend(before.bytes());
    let judged = units.len().min(JUDGED);
    let western = units.iter().take(judged).filter(|[_, high]| *high == 0).count();
    if 2 * western >= judged {
        text.extend(units.iter().map(|[low, _]| *low));
    } else {
        // ClamAV gives so many bytes of it as they are.
        text.extend(units.as_flattened().iter().take(units.len()));
    }
    text.extend(after.bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::general;

    #[test]
    fn doubles_as_c_shows_them() {
        for (value, shown) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (3.25, "3.25"),
            (1.0 / 3.0, "0.333333"),
            (1e100, "1e+100"),
            (1_234_567.0, "1.23457e+06"),
            (999_999.5, "1e+06"),
            (123_456.0, "123456"),
            (0.0001, "0.0001"),
            (0.000_012_5, "1.25e-05"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(general(value), shown);
        }
    }
}
