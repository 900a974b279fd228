//! Signature names: how they are cleaned, split so that millions fit into little, and kept in an image.
//!
//! Names follow `{Platform}.{Category}.{Name}-{number}-{revision}` nearly always. The part before the
//! numbers is shared by many signatures and kept once; the numbers go into the row of the signature.
//! A name that does not fit is a prefix without numbers, so every name comes back byte for byte.

use std::collections::HashMap;
use std::io;

use crate::image::{Image, Section, Tag, Writer, column};

/// Cuts everything from ` (Clam)` on; None when nothing is left.
pub fn clean(name: &[u8]) -> Option<&[u8]> {
    // Hardly any name has a bracket, and this runs for every signature.
    let cut = memchr::memchr(b'(', name).and_then(|_| memchr::memmem::find(name, b" (Clam)"));
    let cut = cut.unwrap_or(name.len());
    name.get(..cut).filter(|name| !name.is_empty())
}

/// A name taken apart. Numbers are stored plus one; 0 means absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    pub prefix: &'a [u8],
    pub number: u32,
    pub revision: u16,
}

impl<'a> Parts<'a> {
    /// Takes `name` apart.
    pub fn split(name: &'a [u8]) -> Self {
        let whole = Self { prefix: name, number: 0, revision: 0 };
        let Some((head, last)) = numbered(name) else { return whole };
        if let Some((prefix, number)) = numbered(head)
            && let Ok(revision) = u16::try_from(last)
        {
            return Self { prefix, number, revision };
        }
        Self { prefix: head, number: last, revision: 0 }
    }

    /// Puts the name together again.
    pub fn join(&self) -> Vec<u8> {
        let mut name = self.prefix.to_vec();
        for part in [self.number, u32::from(self.revision)] {
            if let Some(number) = part.checked_sub(1) {
                name.extend_from_slice(format!("-{number}").as_bytes());
            }
        }
        name
    }
}

/// Splits `-digits` off the end, when writing the number again gives the same digits.
fn numbered(name: &[u8]) -> Option<(&[u8], u32)> {
    let digits = name.iter().rev().take(10).take_while(|byte| byte.is_ascii_digit()).count();
    let (head, tail) = name.split_at_checked(name.len() - digits)?;
    let head = head.strip_suffix(b"-")?;
    if tail.is_empty() || (tail.len() > 1 && tail.starts_with(b"0")) {
        return None;
    }
    let value = tail.iter().fold(0_u64, |value, digit| value * 10 + u64::from(digit - b'0'));
    Some((head, u32::try_from(value + 1).ok()?))
}

/// The two sections of a list of names.
#[derive(Clone, Copy)]
pub struct NameTags {
    /// End offset of each name, u32.
    pub ends: Tag,
    /// The names, one after the other.
    pub bytes: Tag,
}

/// A list of names that is being built.
#[derive(Default)]
pub struct NameBuilder {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    known: HashMap<Box<[u8]>, u32>,
    last: u32,
}

impl NameBuilder {
    /// The id of `name`, which is added when it is new.
    pub fn intern(&mut self, name: &[u8]) -> io::Result<u32> {
        // Signatures of one family stand together, so the last answer is usually right.
        if self.get(self.last) == Some(name) {
            return Ok(self.last);
        }
        let known = self.known.get(name).copied();
        let id = known.map_or_else(|| self.push(name), Ok)?;
        if known.is_none() {
            self.known.insert(name.into(), id);
        }
        self.last = id;
        Ok(id)
    }

    /// Adds `name` whether it is known or not, and gives its id.
    pub fn push(&mut self, name: &[u8]) -> io::Result<u32> {
        let full = || io::Error::other("names of more than 4 GiB");
        let id = u32::try_from(self.ends.len()).map_err(|_| full())?;
        let end = u32::try_from(self.bytes.len() + name.len()).map_err(|_| full())?;
        self.bytes.extend_from_slice(name);
        self.ends.push(end);
        Ok(id)
    }

    /// The name with `id`.
    pub fn get(&self, id: u32) -> Option<&[u8]> {
        let start = match id.checked_sub(1) {
            Some(before) => *self.ends.get(before as usize)?,
            None => 0,
        };
        self.bytes.get(start as usize..*self.ends.get(id as usize)? as usize)
    }

    /// Writes the list as two sections.
    pub fn write(&self, writer: &mut Writer, tags: NameTags) -> io::Result<()> {
        let ends: Vec<u8> = self.ends.iter().flat_map(|end| end.to_le_bytes()).collect();
        writer.section(tags.ends, &ends)?;
        writer.section(tags.bytes, &self.bytes)
    }
}

/// A list of names in an opened image.
pub struct Names {
    ends: Section,
    bytes: Section,
}

impl Names {
    /// Finds the list of `tags` in `image`.
    pub fn open(image: &Image, tags: NameTags) -> Self {
        Self { ends: image.hold(tags.ends), bytes: image.hold(tags.bytes) }
    }

    /// The name with `id`.
    pub fn get(&self, id: u32) -> Option<&[u8]> {
        let start = match id.checked_sub(1) {
            Some(before) => column::u32_at(&self.ends, before as usize)?,
            None => 0,
        };
        self.bytes.get(start as usize..column::u32_at(&self.ends, id as usize)? as usize)
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.ends.len() / 4
    }

    /// True for an empty list.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn usual_names_share_their_prefix() {
        let split = |name: &'static str| {
            let parts = Parts::split(name.as_bytes());
            (std::str::from_utf8(parts.prefix).unwrap(), parts.number, parts.revision)
        };
        assert_eq!(split("Win.Trojan.Agent-1234-0"), ("Win.Trojan.Agent", 1235, 1));
        assert_eq!(split("Win.Spyware.Bispy-7"), ("Win.Spyware.Bispy", 8, 0));
        assert_eq!(split("Eicar-Test-Signature"), ("Eicar-Test-Signature", 0, 0));
        assert_eq!(split("A-1-70000"), ("A-1", 70001, 0));
        assert_eq!(split("A-01"), ("A-01", 0, 0));
        assert_eq!(split("A-4294967295"), ("A-4294967295", 0, 0));
        assert_eq!(split("-1"), ("", 2, 0));
        assert_eq!(split("123"), ("123", 0, 0));
    }

    #[test]
    fn names_are_cut_at_the_clam_mark() {
        assert_eq!(clean(b"A (Clam)b"), Some(&b"A"[..]));
        assert_eq!(clean(b" (Clam)"), None);
        assert_eq!(clean(b""), None);
        assert_eq!(clean(b"A b"), Some(&b"A b"[..]));
    }

    proptest! {
        #[test]
        fn every_name_comes_back(name in "[A-Za-z.]{0,6}(-?[0-9]{0,11}){0,4}-?[0-9]{0,6}") {
            prop_assert_eq!(Parts::split(name.as_bytes()).join(), name.into_bytes());
        }

        #[test]
        fn interned_names_come_back(names in proptest::collection::vec("[ab]{0,3}", 0..40)) {
            let mut list = NameBuilder::default();
            let ids: Vec<u32> = names.iter().map(|name| list.intern(name.as_bytes()).unwrap()).collect();
            for (name, id) in names.iter().zip(ids) {
                prop_assert_eq!(list.get(id), Some(name.as_bytes()));
            }
        }
    }
}
