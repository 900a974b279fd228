#![allow(clippy::unwrap_used, clippy::format_collect, clippy::needless_for_each)]

use std::collections::HashMap;
use std::os::unix::fs::FileExt;

use nacre_fmap::DigestKind;
use proptest::prelude::*;

use super::line::{Parsed, parse};
use super::{HashBuilder, HashTables, LineError, Outcome, Use};
use crate::ignore::IgnoreList;
use crate::image::tests::scratch;
use crate::image::{Image, Writer};
use crate::sources::{Class, SourceBuilder, SourceId};

const MD5: &str = "d23e77e8c92f3b7555c772646cdbba96";
const OFFICIAL: Class = Class { official: true, pua: false, canary: false };
const LOOSE: Class = Class { official: false, pua: false, canary: false };
const PUA: Class = Class { official: false, pua: true, canary: false };

/// Builds an image of (use, source, line) and gives the file.
fn build(classes: &[Class], lines: &[(Use, u16, String)]) -> std::fs::File {
    let mut sources = SourceBuilder::default();
    for class in classes {
        sources.add(b"source", *class).unwrap();
    }
    let mut builder = HashBuilder::new(std::env::temp_dir());
    for (usage, source, line) in lines {
        let added = builder.add_line(*usage, line.as_bytes(), SourceId(*source), &IgnoreList::default());
        assert!(matches!(added, Ok(Outcome::Added)), "{line}");
    }
    let mut writer = Writer::create(scratch(), [0; 32]).unwrap();
    sources.write(&mut writer).unwrap();
    builder.finish(&mut writer, &sources).unwrap();
    writer.finish().unwrap()
}

fn tables(classes: &[Class], lines: &[(Use, u16, String)]) -> HashTables {
    HashTables::open(&Image::open(&build(classes, lines)).unwrap()).unwrap()
}

fn names(tables: &HashTables, usage: Use, digest: &[u8], size: u64) -> Vec<String> {
    let rows = tables.lookup(usage, digest, size);
    rows.map(|row| String::from_utf8(tables.name(&row).unwrap()).unwrap()).collect()
}

fn digest(hex: &str) -> Vec<u8> {
    let mut bytes = vec![0; hex.len() / 2];
    super::line::unhex(hex.as_bytes(), &mut bytes).unwrap();
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn lines_are_taken_and_refused_as_the_peer_does() {
    let taken = [
        "5:A",
        "+5:A",
        " 5:A",
        "05:A",
        "4294967294:A",
        "5:A:abc",
        "5:A:73x",
        "5:A: 73",
        "5:A:",
        "5:A:216",
        "5:A:4294967296",
        "5:A:0:4294967295",
        "5:A:0:-1",
        "5:A:0:300x",
        "5:A:0:216",
        "*:A:73",
        "*:A:73x",
        "*:A:+73",
        "*:A: 73",
        "5:A b",
        "5:A\t",
        "5:A (Clam)b",
        "5:A#b",
    ];
    let skipped = [
        "5:A:-1",
        "5:A::",
        "5:A:0:",
        "5:A:0:abc",
        "5:A:4294967295",
        "5:A:99999999999999999999",
        "5:A:217",
        "5:A:0:215",
        "5:A:0:4294967296",
        "*:A:73:200",
        "*:A:-1",
        "0:A:300",
        "5::300",
        "*:A:0:100",
    ];
    let refused = [
        "5abc:A",
        "5 :A",
        "0x80:A",
        ":A",
        "-5:A",
        "0:A",
        "4294967295:A",
        "18446744073709551615:A",
        "18446744073709551744:A",
        "4294967424:A",
        "5:A:0:300:",
        "5:A:0:300:1",
        "*:A",
        "*:A:72",
        "*:A:abc",
        "**:A:73",
        "*x:A:73",
        "5",
        "5:",
        "5: (Clam)",
    ];
    let read = |line: &str| {
        parse(Use::Detect, format!("{MD5}:{line}").as_bytes(), |_| false)
            .map(|parsed| matches!(parsed, Parsed::Signature(_)))
    };
    taken.iter().for_each(|line| assert_eq!(read(line), Ok(true), "{line}"));
    skipped.iter().for_each(|line| assert_eq!(read(line), Ok(false), "{line}"));
    refused.iter().for_each(|line| assert!(read(line).is_err(), "{line}"));
    let short = &MD5[..31];
    for line in [
        MD5,
        &format!(" {MD5}:5:A"),
        &format!("{short}:5:A"),
        &format!("{MD5}0:5:A"),
        &format!("{short}g:5:A"),
        ":5:A",
        &format!("{MD5}{MD5}{MD5}:5:A"),
        "",
    ] {
        assert!(parse(Use::Detect, line.as_bytes(), |_| false).is_err(), "{line}");
    }
}

#[test]
fn sections_and_imports_have_their_own_rules() {
    let read = |usage, line: &str| parse(usage, line.replace("MD5", MD5).as_bytes(), |_| false).is_ok();
    for line in ["5:MD5:A", "*:MD5:A:73", "*:MD5:A:300"] {
        assert!(read(Use::Section, line) && (line.ends_with("300") || !read(Use::Import, line)), "{line}");
    }
    for line in ["MD5:5:A", "MD5:*:A:73", "MD5:*:A", "MD5:*:A:72"] {
        assert!(read(Use::Import, line) && !read(Use::Section, line), "{line}");
    }
    assert!(!read(Use::Section, "*:MD5:A:72") && !read(Use::Allow, "MD5:*:A"));
}

#[test]
fn what_is_ignored_may_have_a_bad_hash_but_not_a_bad_size() {
    let read = |line: &'static [u8]| parse(Use::Detect, line, |name| name == b"A");
    assert_eq!(read(b"zz:5:A"), Ok(Parsed::Ignored));
    assert!(read(b"zz:0:A").is_err() && read(b"zz:5:B").is_err());
}

#[test]
fn sized_rows_come_before_those_of_any_size_and_later_before_earlier() {
    let line = |rest: &str| format!("{MD5}:{rest}");
    let lines = [
        (Use::Detect, 0, line("*:Any.One-1:73")),
        (Use::Detect, 0, line("5:First-1")),
        (Use::Detect, 0, line("5:Second-1")),
        (Use::Detect, 1, line("5:Official-1-2")),
        (Use::Detect, 2, line("5:PUA.A.B-1")),
        (Use::Detect, 2, line("5:PUA.B.C-1")),
        (Use::Detect, 2, line("5:PUA.A.B-1")),
        (Use::Detect, 0, line("6:Six")),
        (Use::Allow, 0, line("7:sid1-1")),
    ];
    let tables = tables(&[LOOSE, OFFICIAL, PUA], &lines);
    let digest = digest(MD5);
    assert_eq!(
        names(&tables, Use::Detect, &digest, 5),
        ["PUA.A.B-1", "PUA.B.C-1", "Official-1-2", "Second-1", "Any.One-1",]
    );
    assert_eq!(names(&tables, Use::Detect, &digest, 6), ["Six", "Any.One-1"]);
    assert_eq!(names(&tables, Use::Detect, &digest, 5 + (1 << 32)), ["Any.One-1"]);
    assert_eq!(names(&tables, Use::Detect, &digest, 0), ["Any.One-1"]);
    assert_eq!(names(&tables, Use::Allow, &digest, 7), ["sid1-1"]);
    assert!(names(&tables, Use::Allow, &digest, 5).is_empty());
    assert!(names(&tables, Use::Detect, &[0; 16], 5).is_empty());
    assert!(
        names(&tables, Use::Detect, &[0; 20], 5).is_empty() && names(&tables, Use::Detect, &[], 5).is_empty()
    );
    assert!(tables.wanted(Use::Detect, DigestKind::Md5, 99) && tables.wanted(Use::Allow, DigestKind::Md5, 7));
    assert!(!tables.wanted(Use::Allow, DigestKind::Md5, 7 + (1 << 32)));
    assert!(!tables.wanted(Use::Allow, DigestKind::Sha256, 7));
    assert_eq!((tables.rows(Use::Detect), tables.rows(Use::Allow)), (6, 1));
}

#[test]
fn ignored_lines_are_left_out_and_malformed_ones_told() {
    let mut ignored = IgnoreList::default();
    ignored.add_line(b"Gone").unwrap();
    let mut builder = HashBuilder::new(std::env::temp_dir());
    let mut add = |line: &str| builder.add_line(Use::Detect, line.as_bytes(), SourceId(0), &ignored);
    assert!(matches!(add(&format!("{MD5}:5:Gone")), Ok(Outcome::Ignored)));
    assert!(matches!(add(&format!("{MD5}:5:Later:217")), Ok(Outcome::OtherLevel)));
    assert!(matches!(add("junk"), Err(LineError::Malformed("too few fields"))));
}

#[test]
fn many_rows_of_one_digest_stay_few() {
    let lines: Vec<_> = (0..500).map(|i| (Use::Detect, 0, format!("{MD5}:5:PUA.X{i}"))).collect();
    let tables = tables(&[PUA], &lines);
    assert_eq!(names(&tables, Use::Detect, &digest(MD5), 5).len(), 64);
    let lines: Vec<_> = (1..5000).map(|i| (Use::Detect, 0, format!("{MD5}:{i}:N-{i}"))).collect();
    let tables = super::tests::tables(&[OFFICIAL], &lines);
    for size in 1..5000 {
        assert_eq!(names(&tables, Use::Detect, &digest(MD5), size), [format!("N-{size}")]);
    }
}

/// (use, source, digest, size (0 is any), name)
type Line = (Use, u16, Vec<u8>, u32, String);

fn any_line() -> impl Strategy<Value = Line> {
    let usage = prop::sample::select(Use::ALL.to_vec());
    let seed = prop_oneof![4 => 0..4_u64, 1 => any::<u64>()];
    let size = prop_oneof![6 => 1..5_u32, 1 => Just(0), 1 => 1..u32::MAX];
    let name = "[A-C]{1,2}(-[0-9]{1,4}){0,2}";
    (usage, 0..3_u16, seed, prop::sample::select(DigestKind::ALL.to_vec()), size, name).prop_map(
        |(usage, source, seed, kind, size, name)| {
            let word = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes();
            (usage, source, word.into_iter().cycle().take(kind.size()).collect(), size, name)
        },
    )
}

fn text((usage, _, digest, size, name): &Line) -> String {
    let size = if *size == 0 { "*".to_owned() } else { size.to_string() };
    let (first, second) = if *usage == Use::Section { (size, hex(digest)) } else { (hex(digest), size) };
    format!("{first}:{second}:{name}:73")
}

/// What a dictionary of lists would answer.
fn expected(classes: &[Class], lines: &[Line], usage: Use, digest: &[u8], size: u32) -> Vec<String> {
    let mut found = Vec::new();
    for wanted in if size == 0 { vec![0] } else { vec![size, 0] } {
        let mut seen: HashMap<u16, Vec<&str>> = HashMap::new();
        for (_, source, _, _, name) in
            lines.iter().rev().filter(|line| line.0 == usage && line.2 == digest && line.3 == wanted)
        {
            let known = seen.entry(*source).or_default();
            let class = classes[usize::from(*source)];
            if known.is_empty() || (class.pua && !known.contains(&name.as_str())) {
                known.push(name);
                found.push(name.clone());
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn tables_answer_as_a_dictionary_does(lines in proptest::collection::vec(any_line(), 0..300)) {
        let classes = [LOOSE, OFFICIAL, PUA];
        let fed: Vec<_> = lines.iter().map(|line| (line.0, line.1, text(line))).collect();
        let tables = tables(&classes, &fed);
        for (usage, _, digest, size, _) in &lines {
            for size in [*size, 1, 2] {
                let answer = names(&tables, *usage, digest, u64::from(size));
                prop_assert_eq!(&answer, &expected(&classes, &lines, *usage, digest, size));
                let kind = DigestKind::of_size(digest.len()).unwrap();
                prop_assert!(answer.is_empty() || tables.wanted(*usage, kind, u64::from(size)));
            }
        }
    }

    #[test]
    fn any_line_is_taken_or_refused(line in "[0-9a-fA-F:*+ -]{0,80}|[ -~]{0,80}") {
        for usage in Use::ALL {
            let _ = parse(usage, line.as_bytes(), |_| false);
        }
    }

    #[test]
    fn a_damaged_image_gives_no_panic(
        lines in proptest::collection::vec(any_line(), 1..40),
        damage in proptest::collection::vec((4096..12_000_u64, any::<u8>()), 1..60),
    ) {
        let fed: Vec<_> = lines.iter().map(|line| (line.0, line.1, text(line))).collect();
        let file = build(&[LOOSE, OFFICIAL, PUA], &fed);
        let len = file.metadata().unwrap().len();
        for (at, byte) in damage {
            file.write_all_at(&[byte], at % len.max(1)).unwrap();
        }
        let Ok(image) = Image::open(&file) else { return Ok(()) };
        let Ok(tables) = HashTables::open(&image) else { return Ok(()) };
        for (usage, _, digest, size, _) in &lines {
            for row in tables.lookup(*usage, digest, u64::from(*size)).take(1000) {
                let _ = tables.name(&row);
            }
        }
    }
}
