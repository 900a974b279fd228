//! LEB128 numbers and length-prefixed bytes, the glue of the image's records.

/// Appends `value` in 7-bit groups, low first.
pub fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends the length of `bytes` and then them.
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Takes a number off the front of `input`; None when it is cut or longer than 64 bits.
pub fn take(input: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = input.split_first()?;
        *input = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Takes length-prefixed bytes off the front of `input`.
pub fn take_bytes<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let size = usize::try_from(take(input)?).ok()?;
    let (bytes, rest) = input.split_at_checked(size)?;
    *input = rest;
    Some(bytes)
}

/// Takes one byte off the front of `input`.
pub fn take_byte(input: &mut &[u8]) -> Option<u8> {
    let (&byte, rest) = input.split_first()?;
    *input = rest;
    Some(byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_and_bytes_come_back(value in any::<u64>(), bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut out = Vec::new();
            put(&mut out, value);
            put_bytes(&mut out, &bytes);
            let mut input = out.as_slice();
            prop_assert_eq!(take(&mut input), Some(value));
            prop_assert_eq!(take_bytes(&mut input), Some(bytes.as_slice()));
            prop_assert!(input.is_empty());
        }

        #[test]
        fn noise_is_refused_or_read_without_panic(noise in prop::collection::vec(any::<u8>(), 0..12)) {
            let mut input = noise.as_slice();
            let _ = take(&mut input);
            let _ = take_bytes(&mut input);
        }
    }
}
