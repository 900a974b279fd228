//! Logical signatures (`.ldb/.ldu`): their lines, conditions, expressions and special subsignatures.
//!
//! `Name;Description;Expression;Subsig0;Subsig1;…`. What a line means is read here; body patterns and offsets
//! stay text for the parts that know them.

mod bytecompare;
mod cover;
mod evaluate;
mod expression;
mod number;
mod pcre;
mod pcre2;
mod subsig;
mod tdb;

pub use bytecompare::{ByteCompare, Kind, Order};
pub use cover::Cover;
pub use expression::{Comparison, Expression, MAX_SUBSIGS, Relation, Total};
pub use pcre::{Flags, Hits, MatchLimits, Pcre, Program};
pub use subsig::{Body, Macro, Picture, Subsig};
pub use tdb::{ANY_TYPE, Circumstances, Range, Tdb};

use crate::line::{Refusal, malformed, name};
use crate::magic::FileTypes;

/// One logical signature; slices are of its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logical<'a> {
    pub name: &'a [u8],
    pub tdb: Tdb,
    pub expression: Expression,
    pub subsigs: Vec<Subsig<'a>>,
}

impl<'a> Logical<'a> {
    /// Reads a line for an engine of functionality level `level`.
    ///
    /// The order of the checks is ClamAV's, because a line that is skipped for one reason is not malformed
    /// for another that would come later.
    pub fn parse(line: &'a [u8], level: u32, types: &FileTypes) -> Result<Self, Refusal> {
        let fields = split_outside_slashes(line, b';', 2);
        let (&[name_field, description, expression], texts) =
            fields.split_first_chunk().ok_or_else(|| malformed("fewer than 4 fields"))?;
        if texts.is_empty() {
            return Err(malformed("fewer than 4 fields"));
        }
        if texts.len() > MAX_SUBSIGS {
            return Err(malformed(format!("more than {MAX_SUBSIGS} subsignatures")));
        }
        let expression = Expression::parse(expression)?;
        let highest = expression.highest();
        if texts.len() != usize::from(highest) + 1 {
            return Err(malformed(format!(
                "{} subsignatures, but the highest in the expression is {highest}",
                texts.len()
            )));
        }
        let tdb = Tdb::parse(description, level, types)?;
        let name = name(name_field)?;
        let subsigs =
            (0..).zip(texts).map(|(index, text)| Subsig::parse(text, index)).collect::<Result<_, _>>()?;
        Ok(Self { name, tdb, expression, subsigs })
    }
}

/// Splits at `delimiter`; from field number `from` on, text between two `/` is never split. A `/` behind a
/// backslash does not count.
fn split_outside_slashes(text: &[u8], delimiter: u8, from: usize) -> Vec<&[u8]> {
    let (mut fields, mut start, mut inside, mut before) = (Vec::new(), 0, false, 0);
    for (at, &byte) in text.iter().enumerate() {
        if byte == delimiter && !inside {
            fields.extend(text.get(start..at));
            start = at + 1;
        } else if byte == b'/' && before != b'\\' && fields.len() >= from {
            inside = !inside;
        }
        before = byte;
    }
    fields.extend(text.get(start..));
    fields
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    fn types() -> FileTypes {
        FileTypes::new(&["CL_TYPE_ANY", "CL_TYPE_ZIP", "CL_TYPE_POSIX_TAR"].map(String::from))
    }

    fn verdict(line: &str) -> char {
        match Logical::parse(line.as_bytes(), 216, &types()) {
            Ok(_) => '+',
            Err(Refusal::Malformed(_)) => '-',
            Err(Refusal::Skipped(_)) => '~',
        }
    }

    #[test]
    fn a_line_is_taken_apart() {
        let line = b"Name (Clam);Engine:81-255,Target:0;0&1&2>1;EOF-4:6162::iw;0/a;b:c\\/d/gi;616263";
        let logical = Logical::parse(line, 216, &types()).expect("loads");
        assert_eq!(logical.name, b"Name");
        let body = Body { offset: Some(b"EOF-4"), pattern: b"6162", modifiers: b"iw" };
        assert_eq!(logical.subsigs.first(), Some(&Subsig::Body(body)));
        let Some(Subsig::Pcre(pcre)) = logical.subsigs.get(1) else { panic!("a regex") };
        assert_eq!((pcre.regex, pcre.flags.global(), pcre.flags.rolling()), (&b"a;b:c\\/d"[..], true, false));
        assert_eq!(logical.subsigs.len(), 3);
    }

    #[test]
    fn lines_load_as_in_clamav() {
        let cases = "-!-T!-T;Target:0!-T;Target:0;0!-T;Target:0;0;!-T;Target:0;;616263!-;Target:0;0;616263\
            !- (Clam);Target:0;0;616263!~;Target:15;0;616263!-T;Target:0;0;616263;!-T;Target:0;0;616263;616264\
            !+T;Target:0;1;616263;616264!-T;Target:0;1;616263!-T;Target:0;0&1;;616263!-T;Target:0;100;6162\
            !-T;Target:15;x;zz!-T;Engine:300-400,Target:0;0!~T;Engine:300-400,Target:0;0;!-T;Target:15;0&1;6162\
            !-T;Target:0;0&1;616263/;616263/!-T/a;b/;Target:0;0;616263!-T;Target:0;(0;6162\
            !+T;Target:0;0&1;616263;${3-3}7$!-T;Target:0;0&1;616263;${3-3}32$!-T;Target:0;0&1;616263;${3-}7$\
            !+T;Target:0;0;fuzzy_img#0123456789abcdef#0!-T;Target:0;0;fuzzy_img#0123456789abcdef#1\
            !-T;Target:0;0;fuzzy_img#0123456789abcde!-T;Target:0;0;616263::q!+T;Target:0;0;616263:x:i\
            !-T;Target:0;0;616263:::i!+T;Target:0;0;616263::i::w";
        for case in cases.split('!') {
            let (expected, line) = case.split_at(1);
            assert_eq!(verdict(line).to_string(), expected, "{line}");
        }
        let many = |count: usize| format!("T;Target:0;{};{}", count - 1, vec!["6162"; count].join(";"));
        assert_eq!((verdict(&many(64)), verdict(&many(65))), ('+', '-'));
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(line: Vec<u8>, odd in "T;(Target:0|Engine:51-99,Target:1,[A-Z]:[0-9>-]*);[0-3&|()=<>,]{0,12}(;[0-9#$/{}():ab*-]{0,12}){0,4}") {
            for line in [&line, odd.as_bytes()] {
                if let Ok(logical) = Logical::parse(line, 216, &types()) {
                    logical.cover(&|_| Some(1.0));
                }
            }
        }
    }
}
