//! Cases of the language one by one; every row here was asked of ClamAV 1.4.6, unless it says otherwise.

use nacre_fmap::Fmap;

use super::{all, encoded};
use crate::offset::Starts;
use crate::pattern::{Modifiers, Pattern, check_length_for_any_target, parse};

fn parsed(text: &str, modifiers: &str) -> Result<Vec<Pattern>, crate::pattern::PatternError> {
    parse(text.as_bytes(), Modifiers::parse(modifiers.as_bytes()).unwrap(), 0)
}

fn count_with(text: &str, modifiers: &str, data: &[u8]) -> usize {
    let map = Fmap::from_vec(data.to_vec());
    let patterns = parsed(text, modifiers).expect(text);
    patterns.iter().map(|pattern| all(pattern, &map, &Starts::Any, None).len()).sum()
}

/// Each case is a text and the number of matches in it.
fn check(text: &str, modifiers: &str, cases: &[(&[u8], usize)]) {
    for (data, expected) in cases {
        let data = [b"\0\x01\0\x01", *data, b"\0\x01\0\x01"].concat();
        assert_eq!(count_with(text, modifiers, &data), *expected, "{text}::{modifiers} in {data:?}");
    }
}

#[test]
fn what_is_accepted() {
    for text in [
        "616263",
        "6162",
        "{2}6162",
        "6162{5}",
        "6162{}6364",
        "6162{-}6364",
        "6162{-3}6364",
        "6162{3-}6364",
        "6162{ 3}6364",
        "6162{+3}6364",
        "6162{3-0}6364",
        "6162{4-2}6364",
        "6162{003}6364",
        "6162{2}{3}6364",
        "6162{1-2}6364{3}6566",
        "6162*6364{3}",
        "61??6263",
        "????6162",
        "6162????",
        "6162*6364",
        "6162*??6?6465",
        "61[2-4]626364",
        "626364[2-4]61",
        "61[2-4]626364[2-4]61",
        "6162*61[2-4]6263",
        "62[2-4]6364[1]65*65[1]6667",
        "6?[2-4]6263",
        "61[2-4](61|62)6364",
        "61[2-4](B)6364",
        "61[2-4]6364(B)",
        "6364(B)[2-4]65",
        "61[4-]6263",
        "61[0-32]6263",
        "61[1-2-3]6263",
        "61[2-4]{2}6263",
        "(61)6263",
        "61(62)6465",
        "(6162|6364)6566",
        "6566(63|)",
        "6566(63||64)",
        "6566(6?|64)",
        "6566!(63)",
        "6566!(6364|6566)",
        "6566((63|64)|65)",
        "6566(63{2}64|65)",
        "6566(()|61)",
        "6566(61|())",
        "6566((|)|61)",
        "6566(|63|6465)",
        "6566(|6?)",
        "6566(|(61))",
        "(B)6162(B)",
        "!(B)6162",
        "(B)(L)6162",
        "6162(B)(L)",
        "6162(B)6364",
        "6162!(B)6364",
        "6162(B)*6364",
        "6162*(B)6364",
        "(B){2}6364",
        "6162(B)63",
        "61??(B)6364",
        "616?(B)6364",
        "61(61|62)6364",
        "61(61|62)!(63)6364",
        "6162(B)(B)61",
        "(6162|63)(6162|64)6364",
        "((((((((((((((((61))))))))))))))))6263",
        "6162(61|{127})",
    ] {
        assert!(parsed(text, "").is_ok(), "{text}: {:?}", parsed(text, ""));
    }
    for (text, modifiers) in [
        ("61", "w"),
        ("6162(|63)", "i"),
        ("6162[2-4]63", "w"),
        ("61[1]6263", "f"),
        ("61(62|63)6465", "w"),
        ("61(B)6364", "w"),
        ("6162!", "f"),
        ("6162", "ii"),
        ("6162(6?|63)", "fw"),
    ] {
        assert!(parsed(text, modifiers).is_ok(), "{text}::{modifiers}: {:?}", parsed(text, modifiers));
    }
    assert_eq!(parsed("6162", "wa").map(|patterns| patterns.len()), Ok(2));
}

#[test]
fn what_is_refused() {
    for text in [
        "",
        "61 6263",
        "6162f",
        "61zz62",
        "{0}6162",
        "{200}6162",
        "{2-4}6162",
        "*6162",
        "6162*",
        "6162**6364",
        "6162*{2-3}6364",
        "6162{2-3}{2-3}6364",
        "6162{200}{3}6364",
        "6162{0}",
        "6162{200}",
        "6162{2-4}",
        "6162{1-2-3}6364",
        "6162{3 }6364",
        "6162{a}6364",
        "6162{4294967295}6364",
        "6162{2147483648}6364",
        "6162{4-26364",
        "6162}6364",
        "6162{4}}6364",
        "6162{1-2}6364{3}",
        "6162{1-2}{3}6364",
        "6162{+1-2}6364",
        "61??62",
        "61??62??63",
        "????",
        "61",
        "6162*63",
        "6162*6?64",
        "6162*64",
        "61(62|63)64",
        "61[2-4]62",
        "61[2-4]62?364",
        "[2]626364",
        "6162*626361[2-4]6263",
        "626361[2-4]6162",
        "(61|62)[2-4]6364",
        "(B)61[2-4]6364",
        "6364[2-4](B)",
        "6364[2-4]65(B)",
        "61[-4]6263",
        "61[4-2]6263",
        "61[0-33]6263",
        "61[]6263",
        "61[a]6263",
        "61[2-4]6263[",
        "61]6263",
        "61[2-4][1-2]6263",
        "61{2}[2-4]6263",
        "6162[1]63[1]64",
        "61[2-{0}4]6263",
        "(6162|6364)",
        "6566(|63)",
        "6566(||63)",
        "6566()",
        "6566(|)",
        "6566(63",
        "656663)",
        "6566((63)",
        "6566(6|64)",
        "6566!(63|6566)",
        "6566!(6?|65)",
        "6566!(|65)",
        "6566!((63|64)|65)",
        "6566((63|64)|!(65|66))",
        "6566(63*64|65)",
        "6566(63{0}64|65)",
        "6566(63{1-2}64|65)",
        "6566(63[1-2]64|65)",
        "6566(63(B)|65)",
        "6566((61)||62)",
        "6566!63",
        "!6566",
        "6566!",
        "!!(63)6566",
        "(b)6162",
        "!(b)6162",
        "(C)6162",
        "(B|L)6162",
        "(B)",
        "(B)*6162",
        "6162*(B)",
        "61(B)6364",
        "(61|62)(B)6364",
        "(B)61(B)6364",
        "61(6162|62)6364",
        "61(6263)6465",
        "????(61|6263)6364",
        "(6162|63)61(6162|64)6364",
        "61(B)*6364",
        "6162|6364",
        "616?",
        "6162?",
        "6162(61|{128})",
        "(((((((((((((((((61)))))))))))))))))6263",
    ] {
        assert!(parsed(text, "").is_err(), "{text}");
    }
    for (text, modifiers) in [
        ("6162!(63|64)", "a"),
        ("61(62|63)6465", "i"),
        ("61[1-2]6263", "f"),
        ("6162[1]6364", "i"),
        ("6162(61", "w"),
        ("61", "i"),
    ] {
        assert!(parsed(text, modifiers).is_err(), "{text}::{modifiers}");
    }
    assert!(Modifiers::parse(b"I").is_err());
    let error = parsed("616263*6?64", "").unwrap_err();
    assert_eq!((error.at, error.reason), (7, "a part needs two fixed bytes side by side"));
}

#[test]
fn inner_blocks_without_a_lead() {
    for text in [
        "61(6162|6364)6465",
        "61(B)6465",
        "????(61|6263)6465",
        "(6162|63)61(6162|64)6364",
        "6162*61(B)6465",
        "22(4e74|5a77)5772",
    ] {
        for target in 0..=14 {
            let accepted = parse(text.as_bytes(), Modifiers::default(), target).is_ok();
            assert_eq!(accepted, !matches!(target, 0 | 1 | 4 | 7), "{text} for target {target}");
        }
    }
}

#[test]
fn short_patterns_of_the_general_target() {
    for (text, fine) in
        [("61", false), ("6162", false), ("616263", true), ("6162??", true), ("6162(61)", true)]
    {
        assert_eq!(check_length_for_any_target(text.as_bytes()).is_ok(), fine, "{text}");
    }
}

#[test]
fn gaps() {
    let with_gap = |n: usize| [&b"ab"[..], &b"............."[..n], b"cd"].concat();
    for (gap, expected) in [
        ("{2}", "0010000000"),
        ("{2-4}", "0011100000"),
        ("{3-}", "0001111111"),
        ("{-3}", "1111000000"),
        ("{0}", "1111111111"),
        ("{}", "1111111111"),
        ("{-0}", "1111111111"),
        ("{4-2}", "0000000000"),
        ("*", "1111111111"),
        ("{8-8}", "0000000010"),
        ("{4294967298-3}", "0011000000"),
    ] {
        for (n, expected) in expected.bytes().enumerate() {
            check(&format!("6162{gap}6364"), "", &[(&with_gap(n), usize::from(expected - b'0'))]);
        }
    }
    check("6162*6364", "", &[(b"abcd", 1), (b"ab ab cd cd", 2), (b"ab cd ab cd", 2), (b"cd ab", 0)]);
    check("616263*626364", "", &[(b"abcd", 0), (b"abcbcd", 1)]);
    check("5859{1-1}6566*6162", "", &[(b"XY.ef ab ab XY.ef ab", 3)]);
    check("61616161", "", &[(b"aaaaaaaa", 5)]);
}

/// Differs from ClamAV, which remembers eight places and sees only the two ends of this row.
#[test]
fn a_gap_may_begin_at_any_place() {
    for n in (14..=22).step_by(2) {
        check(&format!("6162{{{n}-{n}}}6364"), "", &[(b"abababababababababababab..............cd", 1)]);
    }
}

#[test]
fn lone_bytes() {
    check("61[2-3]626364", "", &[(b"a.bcd", 0), (b"a..bcd", 1), (b"a...bcd", 1), (b"a....bcd", 0)]);
    check("626364[2-3]61", "", &[(b"bcd.a", 0), (b"bcd..a", 1), (b"bcd...a", 1), (b"bcd....a", 0)]);
    check("6?[1]626364", "", &[(b"x.bcd", 1)]);
    check("?1[1]626364", "", &[(b"q.bcd", 1), (b"r.bcd", 0)]);
    check("5859{3-3}61[2]626364", "", &[(b"XYa..bcd", 1), (b"XY.a..bcd", 0)]);
    check("63[2]!(B)6162", "", &[(b"c..xab", 1), (b"c.xab", 0)]);
    let before = |n: usize| [&b"a"[..], &[b'.'; 40][..n], b"bcd"].concat();
    let after = |n: usize| [&b"bcd"[..], &[b'.'; 40][..n], b"a"].concat();
    check("626364[32]61", "", &[(&after(31), 0), (&after(32), 1), (&after(33), 0)]);
    // ClamAV sees the distance of 32 only where its prefilter stopped earlier, as behind this `XY`.
    check("61[32]626364", "", &[(&before(31), 0), (&before(32), 1), (&before(33), 0)]);
    let second = [b"XY", before(32).as_slice()].concat();
    check("5859*61[0-32]626364", "", &[(&second, 1)]);
}

#[test]
fn alternatives() {
    check("(6162|62)6364", "", &[(b"abcd", 1), (b"bcd", 1), (b"abcd bcd", 2)]);
    check("6364(61|6162)65", "", &[(b"cdabe", 1), (b"cdae", 1), (b"cdbe", 0)]);
    check("616263(63|)6465", "", &[(b"abccde", 1), (b"abcde", 1), (b"abcdde", 0)]);
    check("6162(63|)", "", &[(b"ab", 1), (b"abc", 1)]);
    check("6162!(63|64)65", "", &[(b"abce", 0), (b"abxe", 1), (b"abe", 0)]);
    check("6162!(6364|6566)67", "", &[(b"abcdg", 0), (b"abxxg", 1), (b"abefg", 0)]);
    check("6162(63|6?)65", "", &[(b"abae", 1), (b"abqe", 0)]);
    check("(61|6263)(64|6566)7071", "", &[(b"adpq", 1), (b"bcefpq", 1), (b"bdpq", 0)]);
}

/// Differs from ClamAV, which takes the first alternative that fits and, before a run, misses some.
#[test]
fn every_alternative_counts() {
    check("6364(61|6162){1-1}6566", "", &[(b"cdabXef", 1), (b"cdaXef", 1)]);
    check("5859{1-1}(62|6162)6364", "", &[(b"XY.abcd", 1)]);
    check("(61|62|6263)6364", "", &[(b"bcd", 1), (b"bccd", 1)]);
    check("(61|)6465", "", &[(b"de", 1)]);
    check("(B)(62|6162)6364", "", &[(b" abcd", 1)]);
    check("6162(L)6364", "", &[(b"ab\r\ncd", 1), (b"ab\ncd", 1)]);
}

#[test]
fn classes() {
    check("6162(B)6364", "", &[(b"ab cd", 1), (b"ab\ncd", 1), (b"abcd", 0), (b"ab\r\ncd", 0)]);
    check("6162!(B)6364", "", &[(b"ab cd", 0), (b"abxcd", 1), (b"abcd", 0)]);
    check("616263(L)6465", "", &[(b"abc\nde", 1), (b"abc\r\nde", 1), (b"abc\rde", 0)]);
    check("6162!(L)6364", "", &[(b"ab\ncd", 0), (b"ab\rcd", 1), (b"abxcd", 1), (b"abxxcd", 0)]);
    check("6162(W)6364", "", &[(b"ab_cd", 1), (b"abxcd", 0)]);
    check("(W)(B)6162", "", &[(b" ab", 1), (b"x ab", 0), (b"_ab", 1)]);
    check("6162(L)(B)", "", &[(b"ab\n ", 1), (b"ab\r\n ", 1), (b"ab\n", 0)]);
    check("6162(B){1-1}6364", "", &[(b"ab cd", 1), (b"abxcd", 0)]);
    check("6162{0-3}(B)6364", "", &[(b"ab cd", 1), (b"abx cd", 1), (b"abxcd", 0)]);
    check("7878{2-2}!(B)6162", "", &[(b"xx..zab", 1), (b"xx.zab", 0), (b"xx.. ab", 0)]);
}

#[test]
fn classes_byte_by_byte() {
    let left = b" -./<@_";
    let right = b"\n\r \"'-/=>_";
    for byte in 0..=255_u8 {
        let before = [b'x', byte, b'a', b'b'];
        let after = [b'a', b'b', byte];
        let inside = [b'a', b'b', byte, b'c', b'd'];
        let both = left.contains(&byte) || right.contains(&byte);
        let alphanumeric = byte.is_ascii_alphanumeric();
        for (text, data, expected) in [
            ("(B)6162", &before[..], left.contains(&byte)),
            ("!(B)6162", &before, !both),
            ("6162(B)", &after, right.contains(&byte)),
            ("6162!(B)", &after, !right.contains(&byte)),
            ("6162(B)6364", &inside, both),
            ("6162!(B)6364", &inside, !both),
            ("(W)6162", &before, !alphanumeric),
            ("!(W)6162", &before, alphanumeric),
            ("6162(W)", &after, !alphanumeric),
            ("6162!(W)6364", &inside, alphanumeric),
            ("(L)6162", &before, byte == b'\n'),
            ("6162!(L)", &after, byte != b'\n'),
        ] {
            check(text, "", &[(data, usize::from(expected))]);
        }
    }
}

#[test]
fn edges_of_the_layer() {
    for (text, data, expected) in [
        ("(B)6162", "ab....", 1),
        ("(L)6162", "ab....", 1),
        ("(W)6162", "ab....", 1),
        ("6162(B)", "....ab", 1),
        ("6162(L)", "....ab", 1),
        ("6162(L)", "...ab\r", 0),
        ("6162!(B)", "....ab", 0),
        ("!(W)6162", "ab....", 0),
        ("6162??", "....ab", 0),
        ("??6162", "ab....", 0),
        ("6162[1]63", "....ab.", 0),
        ("63[0]6162", "ab", 0),
        ("6162", "", 0),
        ("6162", "a", 0),
        ("6162", "ab", 1),
    ] {
        assert_eq!(count_with(text, "", data.as_bytes()), expected, "{text} in {data}");
    }
}

#[test]
fn modifiers() {
    check("616263", "i", &[(b"aBC", 1), (b"abc", 1), (b"a\0b\0c\0", 0)]);
    check("616263(64|65)", "i", &[(b"ABCE", 1), (b"abcf", 0)]);
    check("61626?63", "i", &[(b"ABkC", 1), (b"ABKC", 0)]);
    check("61[1]626364", "i", &[(b"A.BCD", 1)]);
    check("e1e261", "i", &[(b"\xe1\xe2A", 1), (b"\xc1\xc2A", 0)]);
    check("616263", "w", &[(b"a\0b\0c\0", 1), (b"abc", 0)]);
    check("6162{2}6364", "w", &[(b"a\0b\0xyc\0d\0", 1), (b"a\0b\0x\0y\0c\0d\0", 0)]);
    check("6162??64", "w", &[(b"a\0b\0x\0d\0", 1), (b"a\0b\0xyd\0", 0)]);
    check("61(62|63)64", "w", &[(b"a\0c\0d\0", 1)]);
    check("616263", "wa", &[(b"a\0b\0c\0 abc", 2)]);
    check("616263", "f", &[(b"abc abc abcabc abc_", 3), (b"abcd", 0)]);
    check(
        "616263",
        "fw",
        &[(b"a\0b\0c\0", 1), (b"x\0a\0b\0c\0", 0), (b"xxa\0b\0c\0", 1), (b"a\0b\0c\0x\0", 0)],
    );
    check("6162(W)", "w", &[(b"a\0b\x001\0", 0), (b"a\0b\x0011", 1)]);
    check("6162(B)63", "w", &[(b"a\0b\0 c\0", 1), (b"a\0b\0 \0c\0", 0)]);
}

#[test]
fn matches_begin_with_their_first_part() {
    let start = |text: &str, data: &[u8]| {
        let found = all(&parsed(text, "").unwrap()[0], &Fmap::from_vec(data.to_vec()), &Starts::Any, None);
        found.last().copied()
    };
    assert_eq!(start("6162*6364", b"..ab ab cd ab cd"), Some(2));
    assert_eq!(start("6162{1-4}6364", b"ab.ab.cd.cd"), Some(3));
    assert_eq!(start("????6162", b"..xxab"), Some(2));
    assert_eq!(start("38[1]414243", b"..8.ABC"), Some(4));
}

#[test]
fn equal_patterns_are_equal_bytes() {
    for (one, other) in [
        ("6162{2}63", "6162????63"),
        ("6162", "(61)62"),
        ("6162(63|64)", "6162(64|63|63)"),
        ("6162(6364|6566)", "6162(6566|6364)"),
        ("4a4B", "4A4b"),
        ("6162{0}6364", "6162*6364"),
        ("6162[2]63", "6162[2-2]63"),
    ] {
        let [one, other] = [one, other].map(|text| parsed(&format!("7878{text}"), "").unwrap());
        assert_eq!(encoded(&one[0]), encoded(&other[0]));
    }
    let code = encoded(&parsed("616263", "").unwrap()[0]);
    assert_eq!(code, [3, b'a', b'b', b'c']);
    assert_eq!(encoded(&parsed("e1e2e3", "i").unwrap()[0]), encoded(&parsed("e1e2e3", "").unwrap()[0]));
}
