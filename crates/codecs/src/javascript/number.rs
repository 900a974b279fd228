//! Numbers as C's `strtol`, `strtod` and `printf("%g")` see and write them.

/// Bytes of the number that `data` begins with.
pub fn size(data: &[u8]) -> usize {
    let digits = data.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if data.get(digits) != Some(&b'.') {
        return digits;
    }
    let mut before = b'.';
    let behind = data.iter().skip(digits + 1).take_while(|&&byte| {
        let part = match byte {
            b'0'..=b'9' => true,
            b'e' | b'E' => !matches!(before, b'e' | b'E'),
            b'+' | b'-' => matches!(before, b'e' | b'E'),
            _ => false,
        };
        before = byte;
        part
    });
    digits + 1 + behind.count()
}

/// A whole number in 32 bits, any other with six digits.
pub fn text(number: &[u8]) -> String {
    let text = String::from_utf8_lossy(number);
    let Some((whole, fraction)) = text.split_once('.') else {
        return (text.parse::<i64>().unwrap_or(i64::MAX) as i32).to_string();
    };
    let (digits, exponent) = fraction.split_once(['e', 'E']).unwrap_or((fraction, ""));
    let sign = if exponent.starts_with('-') { "-" } else { "" };
    let power: String =
        exponent.trim_start_matches(['+', '-']).chars().take_while(char::is_ascii_digit).collect();
    let power = if power.is_empty() { "0" } else { &power };
    shortest(format!("{whole}.{digits}0e{sign}{power}").parse().unwrap_or(f64::INFINITY))
}

/// `%g`.
fn shortest(value: f64) -> String {
    if !value.is_finite() {
        return "inf".to_owned();
    }
    let scientific = format!("{value:.5e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        let places = usize::try_from(5 - exponent).unwrap_or(0);
        return trim(&format!("{value:.places$}")).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trim(mantissa), exponent.unsigned_abs())
}

fn trim(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}
