//! `.ign` and `.ign2`: signatures that are not loaded.
//!
//! A line is `Name`, `Name:MD5` or, in the old form, `a:b:Name`. An MD5 is that of the complete database
//! line; the entry then holds only while the line is unchanged. Of several entries of a name the last counts.
//! Names are compared whole and exact, after a trailing `.{...}` was taken off the signature's name.
//!
//! More tolerant than `ClamAV` 1.4.6, which refuses a plain name after a pinned one in the same file and
//! pinned names of one or two characters.

use std::collections::HashMap;

use nacre_fmap::{DigestKind, Fmap};

type Md5 = [u8; 16];

/// The signatures that are to be left out of what is loaded from now on.
#[derive(Default)]
pub struct IgnoreList {
    /// Name to the line it is pinned to; none means any line. The last entry of a name counts.
    entries: HashMap<Box<[u8]>, Option<Md5>>,
}

impl IgnoreList {
    /// Adds one line of an ignore file; the error is what is wrong with it.
    pub fn add_line(&mut self, line: &[u8]) -> Result<(), &'static str> {
        let fields: Vec<&[u8]> = line.splitn(5, |byte| *byte == b':').collect();
        let (name, pin) = match fields.as_slice() {
            [name, pin] => (*name, Some(md5(pin).ok_or("malformed MD5 string")?)),
            [name] | [_, _, name] => (*name, None),
            _ => return Err("more than three fields"),
        };
        if name.is_empty() {
            return Err("no signature name");
        }
        self.entries.insert(name.into(), pin);
        Ok(())
    }

    /// True when the signature `name`, read from the database line `line`, is to be left out.
    pub fn ignores(&self, name: &[u8], line: &[u8]) -> bool {
        if self.entries.is_empty() {
            return false;
        }
        let entry = self.entries.get(without_clause(name));
        entry.is_some_and(|pin| pin.is_none_or(|pin| pin == md5_of(line)))
    }

    /// True when nothing is ignored.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// `name` without a trailing `.{...}`, which begins at the first such opening.
fn without_clause(name: &[u8]) -> &[u8] {
    if !name.ends_with(b"}") {
        return name;
    }
    let cut = memchr::memmem::find(name, b".{").unwrap_or(name.len());
    name.get(..cut).unwrap_or(name)
}

fn md5(text: &[u8]) -> Option<Md5> {
    let mut digest = [0; 16];
    (crate::hash::line::unhex(text, &mut digest)? == digest.len()).then_some(digest)
}

fn md5_of(line: &[u8]) -> Md5 {
    let digest = Fmap::from_vec(line.to_vec()).digest(DigestKind::Md5);
    digest.as_bytes().try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::format_collect, clippy::needless_for_each)]
    use super::*;

    const LINE: &[u8] = b"A:0:*:aabbcc";
    const PIN: &str = "2dd43fba7ed5d9cbe6bd4bfaf6bd7c6d";

    fn list(lines: &[&str]) -> IgnoreList {
        let mut list = IgnoreList::default();
        lines.iter().for_each(|line| list.add_line(line.as_bytes()).unwrap());
        list
    }

    #[test]
    fn names_are_compared_whole_and_without_a_clause() {
        for (entry, name, ignored) in [
            ("A", "A", true),
            ("A", "A.{x}", true),
            ("A", "A.{x}.{y}", true),
            ("A", "AB", false),
            ("A", "A.{", false),
            ("A", "A{x}", false),
            ("A", "A.{x}B", false),
            ("a", "A", false),
            ("A.{x}", "A.{x}", false),
            ("A.UNOFFICIAL", "A", false),
            ("x:y:A", "A", true),
            ("::A", "A", true),
        ] {
            assert_eq!(list(&[entry]).ignores(name.as_bytes(), b""), ignored, "{entry} {name}");
        }
    }

    #[test]
    fn a_pinned_entry_holds_while_the_line_is_unchanged() {
        let pin = md5_of(LINE).iter().map(|byte| format!("{byte:02X}")).collect::<String>();
        let entry = format!("A:{pin}");
        assert!(list(&[&entry]).ignores(b"A", LINE));
        assert!(!list(&[&entry]).ignores(b"A", b"A:0:*:aabbcd"));
        let other = format!("A:{}", "00".repeat(16));
        assert!(list(&[&other, &entry]).ignores(b"A", LINE));
        assert!(!list(&[&entry, &other]).ignores(b"A", LINE));
        assert!(list(&[&entry, "A"]).ignores(b"A", b"changed"));
        assert!(!list(&["A", &other]).ignores(b"A", LINE));
    }

    #[test]
    fn malformed_lines_are_told() {
        for line in ["", ":x", "x:y:", "x:y:A:z", "A:", "A:0000", &format!("A:{PIN}x"), "A:gg"] {
            assert!(IgnoreList::default().add_line(line.as_bytes()).is_err(), "{line}");
        }
    }
}
