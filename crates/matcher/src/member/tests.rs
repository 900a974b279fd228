#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;

use super::line::{parse_cdb, parse_old};
use super::{Encrypted, Form, Member, MemberBuilder, Members, Range};
use crate::image::tests::scratch;
use crate::image::{Image, Writer};
use crate::line::Refusal;
use crate::magic::FileTypes;
use crate::select::Selection;
use crate::sources::{Class, SourceBuilder, SourceId, Sources};

const ZIP: u16 = 1;
const MEMBER: Member<'static> = Member {
    container: ZIP,
    container_size: 340,
    name: b"dir/a.exe\0.txt",
    stored: 100,
    real: 240,
    encrypted: false,
    position: 2,
    crc: 0x1234_5678,
};

fn types() -> FileTypes {
    FileTypes::new(&["CL_TYPE_ANY", "CL_TYPE_ZIP", "CL_TYPE_RAR", ""].map(String::from))
}

fn verdict<T>(parsed: &Result<T, Refusal>) -> char {
    match parsed {
        Ok(_) => '+',
        Err(Refusal::Malformed(_)) => '-',
        Err(Refusal::Skipped(_)) => '~',
    }
}

/// The names that `lines` report for `member`, official and loose ones alternating.
fn names(form: Form, lines: &[&str], member: &Member<'_>) -> Vec<String> {
    let mut sources = SourceBuilder::default();
    let source = sources.add(b"source", Class { official: true, pua: false, canary: false }).unwrap();
    let mut builder = MemberBuilder::default();
    for line in lines {
        builder.add(form, line.as_bytes(), source, &types(), &|_| false).expect(line);
    }
    let mut writer = Writer::create(scratch(), [0; 32]).unwrap();
    sources.write(&mut writer).unwrap();
    builder.write(&mut writer).unwrap();
    let image = Image::open(&writer.finish().unwrap()).unwrap();
    let members = Members::open(&image);
    assert_eq!(members.is_empty(), lines.is_empty());
    let matches = members.matches(member, &Selection::default(), &Sources::open(&image));
    matches.into_iter().map(|(name, _)| name).collect()
}

#[test]
fn cdb_lines_load_as_in_clamav() {
    let cases = [
        ("+-+++~~~", ["", ":a", ":1", ":1:300", ":216:216", ":300", ":1:2", "::"]),
        ("---~~~--", [":1a", ":1:a", ":1:300:", ":300:a", ":217", ":0:215", ": 1", ":-1"]),
    ];
    for (expected, tails) in cases {
        for (wanted, tail) in expected.chars().zip(tails) {
            let line = format!("N:*:*:*:*:*:*:*:*:*{tail}");
            assert_eq!(verdict(&parse_cdb(line.as_bytes(), 216, &types(), &|_| false)), wanted, "{line}");
        }
    }
    for (wanted, field, texts) in [
        ('+', 1, &["CL_TYPE_ZIP", "CL_TYPE_ANY"][..]),
        ('-', 1, &["", "CL_TYPE_FOO", "cl_type_zip", "**"]),
        (
            '+',
            2,
            &["", "7", "007", "1-2-3", "5-1", "1- 2", " 1-2", "+1-2", "1--2", "-1-2", "99999999999999999999"],
        ),
        (
            '-',
            2,
            &["a", "1a", "-1", "1-", "-", "1-a", "a-1", "0x10", " 1", "+1", "**", "-5", "5-*", "1 -2", "--1"],
        ),
        ('+', 3, &["a.c$", "^$", "(a|b)+"]),
        ('-', 3, &["", "(", "a**", "[a", "[[:alpha:]]"]),
        ('+', 6, &["0", "1"]),
        ('-', 6, &["", "2", "01", "1x", "**"]),
        ('+', 7, &["", "1-3"]),
        ('-', 7, &["a"]),
        ('+', 9, &["", "zz"]),
    ] {
        for text in texts {
            let mut fields = ["N", "*", "*", "*", "*", "*", "*", "*", "*", "*"];
            fields[field] = text;
            let line = fields.join(":");
            assert_eq!(verdict(&parse_cdb(line.as_bytes(), 216, &types(), &|_| false)), wanted, "{line}");
        }
    }
    let ignoring = |line: &[u8]| verdict(&parse_cdb(line, 216, &types(), &|name| name == b"N"));
    assert_eq!(ignoring(b"N (Clam):FOO:a:(:a:a:9:a:a:a"), '~');
    assert_eq!(ignoring(b" (Clam):*:*:*:*:*:*:*:*:*"), '-');
    assert_eq!(ignoring(b":FOO:*:*:*:*:*:*:*:*:300"), '~');
}

#[test]
fn old_lines_load_as_in_clamav() {
    for (wanted, field, texts) in [
        ('+', 1, &["", "0", "1", "2", "10"][..]),
        ('-', 1, &["a", "-1", "1-2"]),
        ('+', 3, &["", "7", "99999999999"]),
        ('-', 3, &["a", "-1", "1-2", "**"]),
        ('+', 5, &["", "12345678", "1z", " 1", "-1", "0x12", "00000012", "1234567812345678"]),
        ('-', 5, &["a", "0x1", "123456789", "ffffffff"]),
        ('+', 6, &["", "0"]),
        ('-', 6, &["a", "1-2"]),
        ('-', 7, &["a", "1-2"]),
        ('+', 8, &["", "0"]),
        ('-', 8, &["a", "-1"]),
    ] {
        for text in texts {
            let mut fields = ["N", "*", "*", "*", "*", "*", "*", "*", "*"];
            fields[field] = text;
            let line = fields.join(":");
            assert_eq!(verdict(&parse_old(line.as_bytes(), Some(ZIP), &|_| false)), wanted, "{line}");
        }
    }
    for line in ["N:*:*:*:*:*:*:*", "N:*:*:*:*:*:*:*:*:*", ":*:*:*:*:*:*:*:*", "N:a:*:*:*:*:*:*:*"] {
        assert_eq!(verdict(&parse_old(line.as_bytes(), Some(ZIP), &|_| true)), '-', "{line}");
    }
    assert_eq!(verdict(&parse_old(b"N:*:*:*:*:*:*:*:*", Some(ZIP), &|_| true)), '~');
}

#[test]
fn ranges_are_odd_in_the_way_of_the_peer() {
    let holds = |text: &str, value| {
        let line = format!("N:*:{text}:*:*:*:*:*:*:*");
        parse_cdb(line.as_bytes(), 216, &types(), &|_| false).expect(text).container_size.holds(value)
    };
    for (text, inside, outside) in [
        ("240", &[240][..], &[0, 239, 241][..]),
        ("4294967536", &[240], &[241]),
        ("4294967295", &[0, 240, 1 << 40], &[]),
        ("99999999999999999999", &[0, 240], &[]),
        ("", &[0], &[1]),
        ("0-0", &[0], &[1]),
        ("0-240", &[0, 240], &[241]),
        ("240-0", &[240, 1 << 40], &[239]),
        ("240-1", &[], &[0, 1, 239, 240, 241]),
        ("1--1", &[1, 240], &[0]),
        ("-1-5", &[0, 240], &[]),
        (" 240-240", &[240], &[239, 241]),
        ("1-2-3", &[1, 2], &[0, 3]),
    ] {
        for value in inside {
            assert!(holds(text, *value), "{text} {value}");
        }
        for value in outside {
            assert!(!holds(text, *value), "{text} {value}");
        }
    }
}

#[test]
fn all_fields_must_fit_and_the_newest_line_comes_first() {
    for (text, fits) in [
        ("CL_TYPE_ZIP:340:a.exe$:100:240:0:2", true),
        ("*:*:*:*:*:*:*", true),
        ("CL_TYPE_RAR:*:*:*:*:*:*", false),
        ("*:341:*:*:*:*:*", false),
        ("*:*:A.EXE:*:*:*:*", false),
        ("*:*:(?i)A.EXE:*:*:*:*", true),
        ("*:*:txt:*:*:*:*", false),
        ("*:*:*:101:*:*:*", false),
        ("*:*:*:*:239:*:*", false),
        ("*:*:*:*:*:1:*", false),
        ("*:*:*:*:*:*:1", false),
    ] {
        let line = format!("N:{text}:*:*");
        assert_eq!(
            names(Form::Any, &[&line], &MEMBER),
            [["N"].as_slice(), &[]][usize::from(!fits)],
            "{line}"
        );
    }
    let any = ["A:*:*:a:*:*:*:*:*:*", "B:*:*:b:*:*:*:*:*:*", "C:*:*:a:*:*:*:*:*:*"];
    assert_eq!(names(Form::Any, &any, &MEMBER), ["C", "A"]);
    assert!(names(Form::Any, &[], &MEMBER).is_empty());
}

#[test]
fn old_lines_are_about_one_container() {
    let old = [
        "A:*:a:*:*:12345678:*:*:*",
        "B:*:a:*:*:12345679:*:*:*",
        "C:2:*:240:100:*:*:2:*",
        "D:10:*:*:*:*:*:*:*",
    ];
    assert_eq!(names(Form::Zip, &old, &MEMBER), ["C", "A"]);
    assert!(names(Form::Rar, &old, &MEMBER).is_empty());
    assert_eq!(names(Form::Rar, &old, &Member { container: 2, ..MEMBER }), ["C", "A"]);
}

#[test]
fn encryption_is_a_number() {
    let fits = |value, encrypted| Encrypted(value).holds(encrypted);
    assert!(fits(0, false) && fits(1, true) && fits(2, false) && fits(2, true));
    assert!(!fits(0, true) && !fits(1, false) && !fits(3, true) && !fits(10, false));
}

#[test]
fn damaged_sections_answer_nothing() {
    let mut writer = Writer::create(scratch(), [0; 32]).unwrap();
    let mut rows = vec![0xff_u8; 4 * super::WIDTH];
    rows[8..12].copy_from_slice(&7_u32.to_le_bytes());
    rows.extend([0; 4 * super::WIDTH]);
    writer.section(super::ROWS, &rows).unwrap();
    let image = Image::open(&writer.finish().unwrap()).unwrap();
    let (members, sources) = (Members::open(&image), Sources::open(&image));
    assert!(members.matches(&MEMBER, &Selection::default(), &sources).is_empty());
}

proptest! {
    #[test]
    fn any_line_is_taken_or_refused(line in "[N*:0-9a-z (\\[+-]{0,60}", bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        for line in [line.as_bytes(), &bytes] {
            for form in [Form::Any, Form::Zip, Form::Rar] {
                let mut builder = MemberBuilder::default();
                let _ = builder.add(form, line, SourceId(0), &types(), &|_| false);
            }
        }
    }

    #[test]
    fn a_range_holds_what_lies_between(low in 1_u32..u32::MAX, high in 1_u32.., value in any::<u32>()) {
        let expected = if low == high { value == low } else { (low..=high).contains(&value) };
        prop_assert_eq!(Range { low, high }.holds(u64::from(value)), expected);
    }
}
