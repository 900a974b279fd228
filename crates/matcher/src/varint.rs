//! Numbers in the image: 7 bits per byte, low ones first; a set high bit means that more follows.

/// Appends `value`.
pub fn put(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes a number off the front of `code`; None when there is none.
pub fn take(code: &mut &[u8]) -> Option<u32> {
    let mut value = 0;
    for shift in (0..=28).step_by(7) {
        let (&byte, rest) = code.split_first()?;
        *code = rest;
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_come_back() {
        for value in [0, 1, 127, 128, 16_383, 16_384, u32::MAX - 1, u32::MAX] {
            let mut code = Vec::new();
            put(&mut code, value);
            let mut rest = code.as_slice();
            assert_eq!(take(&mut rest).unwrap(), value);
            assert!(rest.is_empty());
            code.pop();
            assert_eq!(take(&mut code.as_slice()), None);
        }
        assert_eq!(take(&mut [0x80; 9].as_slice()), None);
    }
}
