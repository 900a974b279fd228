//! Numbers and counted bytes in the image's records: LEB128, seven bits a byte, least significant first.
//!
//! Reading never trusts them: what is cut, or too large for the type asked for, gives `None`.

/// Appends `value`.
pub fn put(out: &mut Vec<u8>, value: impl Into<u64>) {
    let mut value = value.into();
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

/// Takes a number off the front of `input`, if it fits.
pub fn take<T: TryFrom<u64>>(input: &mut &[u8]) -> Option<T> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take_byte(input)?;
        let bits = u64::from(byte & 0x7f);
        if bits > u64::MAX >> shift {
            return None;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return T::try_from(value).ok();
        }
    }
    None
}

/// Takes counted bytes off the front of `input`.
pub fn take_bytes<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let size = take(input)?;
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

    #[test]
    fn a_number_that_does_not_fit_is_refused() {
        let mut out = Vec::new();
        put(&mut out, u32::MAX);
        assert_eq!(take::<u32>(&mut out.as_slice()), Some(u32::MAX));
        assert_eq!(take::<u16>(&mut out.as_slice()), None);
        assert_eq!(take::<u64>(&mut [0xff; 9].as_slice()), None);
        let most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        assert_eq!(take::<u64>(&mut most.as_slice()), Some(u64::MAX));
        let more = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2];
        assert_eq!(take::<u64>(&mut more.as_slice()), None);
        assert_eq!(take::<u64>(&mut [0x80; 11].as_slice()), None);
    }

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
            out.pop();
            let mut input = out.as_slice();
            prop_assert!(take::<u64>(&mut input).and_then(|_| take_bytes(&mut input)).is_none());
        }

        #[test]
        fn noise_is_refused_or_read_without_panic(noise in prop::collection::vec(any::<u8>(), 0..12)) {
            let mut input = noise.as_slice();
            while take::<u32>(&mut input).is_some() && take_bytes(&mut input).is_some() {}
        }
    }
}
