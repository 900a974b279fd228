//! The bytes that logical signatures are kept as in the image: LEB128 numbers and counted byte strings.
//!
//! Reading never trusts them: a short or odd encoding gives `None`.

/// Appends `value`, seven bits a byte, least significant first.
pub fn put_number(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7F {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends the length and the bytes.
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// A place in encoded bytes.
#[derive(Clone, Copy)]
pub struct Cursor<'a>(pub &'a [u8]);

impl<'a> Cursor<'a> {
    /// The next byte.
    pub fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    /// The next number, if it fits.
    pub fn number<T: TryFrom<u64>>(&mut self) -> Option<T> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
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

    /// The next counted byte string.
    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let size = self.number::<usize>()?;
        let (bytes, rest) = self.0.split_at_checked(size)?;
        self.0 = rest;
        Some(bytes)
    }

    /// `value`, if nothing is left unread.
    pub fn end<T>(self, value: T) -> Option<T> {
        self.0.is_empty().then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_and_strings_come_back(value: u64, bytes: Vec<u8>) {
            let mut out = Vec::new();
            put_number(&mut out, value);
            put_bytes(&mut out, &bytes);
            let mut cursor = Cursor(&out);
            prop_assert_eq!(cursor.number::<u64>(), Some(value));
            prop_assert_eq!(cursor.bytes(), Some(&bytes[..]));
            prop_assert_eq!(cursor.end(()), Some(()));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let mut cursor = Cursor(&bytes);
            while cursor.number::<u32>().is_some() && cursor.bytes().is_some() {}
        }
    }
}
