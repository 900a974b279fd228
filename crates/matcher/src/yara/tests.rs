//! Rules from their text to their truth; what is true was asked of ClamAV 1.4.6.
#![allow(clippy::expect_used, clippy::panic, clippy::format_collect)]

use std::rc::Rc;

use proptest::prelude::*;

use super::*;
use crate::steps::{Exhausted, Steps};

const DATA: &[u8] = b"\0\x01\0\x01 hello world hello";
const STRINGS: [(&str, &str); 3] = [("a", "hello"), ("b", "world"), ("c", "nothere")];

/// A rule `r` that holds, a rule `n` that does not, a rule `gone` that was left out.
struct Others;

impl Known for Others {
    fn rule(&self, name: &[u8]) -> Option<Option<u32>> {
        match name {
            b"r" => Some(Some(1)),
            b"n" => Some(Some(0)),
            b"gone" => Some(None),
            _ => None,
        }
    }
}

struct Sight<'t> {
    data: &'t [u8],
    texts: Vec<&'t [u8]>,
    steps: Steps,
}

impl Scene for Sight<'_> {
    fn count(&mut self, string: u8, need: u32) -> u32 {
        (self.starts(string).len() as u32).min(need.max(1))
    }

    fn starts(&mut self, string: u8) -> Rc<[u64]> {
        let Some(text) = self.texts.get(usize::from(string)) else { return Rc::from([]) };
        let windows = self.data.windows(text.len().max(1)).zip(0..);
        windows.filter(|(window, _)| window == text).map(|(_, at)| at).collect()
    }

    fn rule(&mut self, signature: u32) -> bool {
        signature == 1
    }

    fn file_size(&self) -> u64 {
        self.data.len() as u64
    }

    fn entry_point(&self) -> u64 {
        0
    }

    fn read(&mut self, at: u64, bytes: u8) -> Option<u32> {
        let at = usize::try_from(at).ok()?;
        let read = self.data.get(at..at.checked_add(usize::from(bytes))?)?;
        Some(read.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte)))
    }

    fn charge(&mut self, steps: u64) -> Result<(), Exhausted> {
        self.steps.charge(steps)
    }
}

fn rules(text: &[u8]) -> Vec<Result<Rule<'_>, RuleError>> {
    let mut parser = Parser::new(text);
    std::iter::from_fn(|| parser.next_rule(&Others)).collect()
}

fn truth(rule: &Rule<'_>, data: &[u8]) -> bool {
    let texts = rule.strings.iter().map(|string| match &string.value {
        Value::Text(text) => text.as_slice(),
        _ => panic!("a text"),
    });
    let mut code = Vec::new();
    rule.condition.encode(&mut code);
    let tree = Tree::decode(&mut code.as_slice()).expect("own bytes");
    assert_eq!(tree, rule.condition);
    holds(&tree, &mut Sight { data, texts: texts.collect(), steps: Steps::new(1 << 20) })
}

/// `+` holds, `-` does not, `!` is refused.
fn verdict(condition: &str) -> char {
    let them = condition.contains("them") || condition.contains("$*");
    let sign = |name: &str| {
        ["$", "#", "@"].iter().any(|sign| {
            condition.match_indices(&format!("{sign}{name}")).any(|(at, found)| {
                !condition[at + found.len()..].starts_with(|next: char| next.is_alphanumeric())
            })
        })
    };
    let used: Vec<_> = STRINGS.iter().filter(|(name, _)| them || sign(name)).collect();
    let (condition, used) = match used.as_slice() {
        [] => (format!("#a > 500 or ({condition})"), vec![&STRINGS[0]]),
        _ => (condition.to_owned(), used),
    };
    let strings: String = used.iter().map(|(name, text)| format!("${name}=\"{text}\" ")).collect();
    let text = format!("rule t {{ strings: {strings} condition: {condition} }}");
    match rules(text.as_bytes()).as_slice() {
        [Ok(rule)] => ['-', '+'][usize::from(truth(rule, DATA))],
        [Err(_)] => '!',
        other => panic!("{other:?}"),
    }
}

fn check(cases: &str) {
    for case in cases.split('|').map(str::trim) {
        let (expected, condition) = case.split_at(1);
        let condition = condition.replace('¦', "|");
        assert_eq!(verdict(&condition).to_string(), expected, "{condition}");
    }
}

#[test]
fn strings_counts_and_offsets() {
    check(
        "+$a|-not $a|+not $c|-$a and $c|+$a or $c|+$a and not $c|-not ($a or $b)|+#a == 2|+#a|-#c|+#a > 1|-#a != 2\
        |+#a < 3 and #a <= 2|+@a == 5|-@a[0] == 5|+@a[1] == 5|+@a[2] == 17|-@a[3] != 5|+@a[3] > 0 or true|-@c == 0\
        |-@c|-not @c|+@a|!!a == 5|+$a at 5|-$a at 6|+$a at 17|+$a at 4+1|+$a at @a|+$a at filesize - 17|!$a at $b\
        |!$a at true|+$a in (0..5)|-$a in (6..16)|+$a in (6..17)|-$a in (17..6)|!$a in 0..5|+$a in (0 . . filesize)\
        |!$a in (0,5)|-$a at @c|+not ($a at @c)|-$a in (@c..100)|-$a in (0..@c)|!$A|!$|!# > 1|!$a*|!#$a|!$ a\
        |!$a $b|!$a == 1|!($a) == 1|!#a == $a|+@a [1] == 5",
    );
}

#[test]
fn numbers() {
    check(
        "+1+1 == 2|-2-3 == 0|+2-3 < 0|+7\\2==3|+7%2 == 1|+7 & 3 == 3|+7 ^ 2 == 5|-~0 == 0|+1 << 4 == 16|+(256>>4)==16\
        |+1+2*3==7|+(1+2)*3==9|+8\\2\\2==2|+0x10==16|+1KB==1024|!0x1KB == 1024|-010 == 8|!1.5 == 1.5|!-1 == -1\
        |+9223372036854775808 > 0|+9223372036854775807 + 1 < 0|-9223372036854775807KB > 0|+(1 << 63) < 0|+(1<<64)==1\
        |+(~0 >> 1) == ~0|-1 ¦ 6 & 2 == 3|-4 ¦ 2 ^ 6 == 4|-2 ^ 6 & 4 == 6|+1 & 3 + 1 == 0|+1 & 1 << 1 == 0\
        |+~1 + 1 == 0 - 1|+~~5 == 5|+(0-7) \\ 2 == 0-3|+(0-7) % 2 == 0-1|+8 >> (0-1) == 0|!2 < 3 == 1|!1 < true\
        |+not 1 == 2|-not 1 == 1|+2|-0|+not not 5|+3 and 5|-4 and 8|+4 or 8|-$a and #a|+true and 1|!true == true",
    );
    assert_eq!(verdict("0xFEEDFACE == 4277009102"), '+', "ClamAV makes 32-bit numbers of it");
    assert_eq!(verdict("0x5 == 5"), '+', "ClamAV reads pairs of digits");
    assert_eq!(verdict("1 \\ 0 == 0"), '-', "ClamAV ends");
    assert_eq!(verdict("1 % #c == 0 or $a"), '+');
}

#[test]
fn undefined_values() {
    check(
        "-@c and $a|+@c or $a|+$a or @c|-@c or $c|+not (@c and true)|+not (@c or false)|+not (@c & 1)|+@c ¦ 1\
        |-@c ¦ 0|-not not (@c ¦ 0)|-(@c ^ 0) == 0|+(@c & 0) == 0|+(@c¦1) == 1|-(@c+1) != 7|+(@c&1)!=7|-(~@c)!=7\
        |-(1<<@c)!=7|-@c < 100|-@c > 100|+not (@c > 1)|-@c == @c|-@c != @c|-uint8(@c) == 0|-@a[@c] == 5",
    );
}

#[test]
fn reads() {
    check(
        "+uint8(0) == 0|+uint8(1) == 1|+uint16(0) == 256|+uint32(0)==0x01000100|+int8(0)==0|+int32(0)==0x01000100\
        |!uint8be(0)==0|-uint8(100)==0|+not uint8(100) == 0|-uint8(100) != 0|!uint8(-1)==0|-uint8(22) == 0\
        |-uint8(0-1) != 0|+uint8(uint8(1)) == 1|+uint8 (0) == 0|!uint8()==0|!uint8(0,1)==0|+filesize == 22\
        |-filesize > 1KB|+entrypoint == 0|!filesize()|!entrypoint(1)",
    );
    assert_eq!(verdict("uint8(21) == 0x6f"), '+', "ClamAV cannot read the last byte");
}

#[test]
fn sets_of_strings() {
    check(
        "+any of them|-all of them|+1 of them|+2 of them|-3 of them|+0 of them|!none of them|+any of ($a,$b)\
        |+all of ($a,$b)|-3 of ($a, $b)|-any of ($c)|+(1) of them|+1+1 of them|+#a of them|+(0-1) of them\
        |-filesize of them|-@c of them|+@c of ($a,$b)|+2 of ($*)|+any of ($a*)|!any of ($z*)|!any of ($z)|!any of $a\
        |!any of|!all of ($a,)|!all of ()|!any of ($)|+2 of ($a,$a)|-not any of ($a)|+any of them and $a",
    );
}

#[test]
fn loops() {
    check(
        "+for any of them : ($)|-for all of them : ($)|+for any of ($a,$b) : ($ at 11)|+for any of ($a,$b) : (# > 1)\
        |-for any of ($a,$b):(# == 5)|+for any of ($a,$b):(@[2] == 17)|+for all of ($a,$b):($ in (0..11))\
        |+for 0 of them : ($)|-for 5 of ($a,$b) : ($)|!for any of ($a,$b) : $|+for @c of ($a,$b) : ($)\
        |!for any of ($a,$b) : (for any of ($a) : ($))|+for any of ($a,$b) : (for any i in (1..2) : (@[i] == 17))\
        |+for any i in (1,2,3) : (i == 2)|-for all i in (1,2,3) : (i > 1)|+for 2 i in (1,2,3) : (i > 1)\
        |-for 3 i in (1,2,3):(i > 1)|+for any i in (0..21) : (uint8(i) == 0x77)|-for all i in (0..4) : (uint8(i) < 2)\
        |+for any i in (1..#a) : (@a[i] == 17)|+for any i in (5..1) : (true)|-for all i in (5..1) : (false)\
        |+for 0 i in (1..3) : (i == 7)|!for any i in () : (true)|!for any i in 1 : (true)\
        |+for any i in (1..2) : (for any j in (1..2) : (i + j == 4))\
        |!for any i in (1..2) : (for any i in (1..2) : (i == 2))|!i == 1|!for any $a in (1..2) : (true)\
        |!for any i in (1..3,5) : (true)|+for any i in (2+1,5):(i==3)|+for #a i in (1..3) : (i > 1)\
        |-for all i in (1..3) : (4 > i and i)|+for 3 i in (1..2) : (i)|-for 4 i in (1..2):(i)|+for all i in (0..2) : (i)\
        |-for any i in (0..0) : (@c)|-for 0 i in (0..2) : (0-1)|+for @c i in (1..3) : (i > 0)\
        |-for @c i in (1..3) : (i > 1)|+for any i in (1..2) : (i == 1) and $b|-for any i in (1,@c) : (i == 5)\
        |+for all i in (@c) : (true)",
    );
    assert_eq!(verdict("for any i in (1,@c,5) : (i == 5)"), '+', "ClamAV fails, and with it later rules");
    assert_eq!(verdict("for any i in (0..@c) : (true)"), '-', "ClamAV goes on for hours");
    assert_eq!(verdict("for all i in (0..9223372036854775807) : (i >= 0)"), '-', "the steps run out");
}

#[test]
fn other_rules() {
    check(
        "+$a and r|-$a and n|+$a and not n|-$a and gone|+$a and not gone|!$a and t|!$a and r == 1|!r + 1 == 2\
        |+r of them|!r.x|!r(1)|!pe.is_dll|!index == 1|+for any r in (1..2) : ($a)",
    );
}

#[test]
fn what_is_refused() {
    check(
        "!TRUE|!and|!true and|!()|!$a;|!\"x\"|!\"x\" == \"x\"|!/x/|!\"hello\" contains \"ell\"|!$a matches /x/|!for|!of\
        |!any|!all|!$a at|!$a in",
    );
    let deep = |depth: usize| verdict(&format!("{}$a{}", "(".repeat(depth), ")".repeat(depth)));
    assert_eq!((deep(90), deep(2000)), ('+', '!'));
    assert_eq!(verdict(&format!("{}$a", "not ".repeat(2000))), '!');
    assert_eq!(verdict(&format!("$a{}", " or $a".repeat(2000))), '+');
}

fn names(text: &str) -> Vec<String> {
    let shown = |rule: &Result<Rule<'_>, RuleError>| match rule {
        Ok(rule) => {
            format!("{}{}", if rule.private { "private " } else { "" }, String::from_utf8_lossy(rule.name))
        }
        Err(error) => format!("{}:{}", error.place.line, error.place.column),
    };
    rules(text.as_bytes()).iter().map(shown).collect()
}

const BODY: &str = "{ strings: $a=\"x1\" condition: $a }";

#[test]
fn rules_are_found_again_after_a_mistake() {
    for (text, expected) in [
        ("rule a B rule b B", vec!["a", "b"]),
        ("rule a : t1 t2 { meta: x=\"a\" y=5 z=true strings: $a=\"x1\" condition: $a }", vec!["a"]),
        ("private global private rule a B", vec!["private a"]),
        ("import \"pe\" rule a B", vec!["a"]),
        ("include \"x\"\nrule a B", vec!["a"]),
        ("import pe\nrule a B", vec!["1:8", "a"]),
        (
            "rule x { meta: y=- strings: $a=\"hello\" }\nprivate rule b B rule c B",
            vec!["1:18", "private b", "c"],
        ),
        ("rule x { meta: y=\"rule b\" z=- // rule z\n } rule b B", vec!["1:29", "b"]),
        ("rule rule rule b B", vec!["1:6", "1:11", "b"]),
        ("rule a B}\nrule b B", vec!["a", "1:42", "b"]),
        ("rule x { strings: $a=\"hel\nlo\" condition: $a }\nrule b B", vec!["1:22", "b"]),
        ("rule \u{e9} B rule b B", vec!["1:6", "b"]),
        ("rule a { strings: $a=\"x1\" condition: $a and } rule b B", vec!["1:45", "b"]),
        ("rule a { strings: $a=\"x1\" condition: $a", vec!["1:40"]),
        ("rule a", vec!["1:7"]),
        ("rule r B rule b B", vec!["1:6", "b"]),
        ("rule a { strings: $a=\"x1\" $b=\"x2\" condition: $a }", vec!["1:27"]),
        ("rule a { strings: $a=\"x1\" $a=\"x2\" condition: all of them }", vec!["a"]),
        ("rule a { strings: $=\"x1\" $=\"x2\" condition: all of them }", vec!["a"]),
        ("rule a { condition: $a strings: $a=\"x\" }", vec!["1:21"]),
        ("rule a { strings: $a=\"x1\" meta: x=1 condition: $a }", vec!["1:27"]),
        ("rule a { strings: $a={61 62} nocase condition: $a }", vec!["1:30"]),
        ("rule a { strings: $a=\"x1\" xor condition: $a }", vec!["1:27"]),
        ("rule them B rule any1 B rule a : B", vec!["1:6", "any1", "1:100"]),
        (
            "rule a{strings:$a={61 62}$b=/x/is nocase$c=\"x1\"wide ascii fullword condition:all of them}",
            vec!["a"],
        ),
        ("garbage", vec!["1:1"]),
        ("", vec![]),
    ] {
        assert_eq!(names(&text.replace('B', BODY)), expected, "{text}");
    }
}

#[test]
fn notes_and_modifiers() {
    let text = b"include \"x.yar\"\nrule a { strings: $a=/x/i wide $b=\"x1\" nocase condition: all of them }";
    let mut parser = Parser::new(text);
    let rule = parser.next_rule(&Others).expect("a rule").expect("a right one");
    assert_eq!(parser.take_notes().iter().map(|note| note.place.line).collect::<Vec<_>>(), [1]);
    let modifiers: Vec<_> = rule.strings.iter().map(|s| (s.modifiers.nocase, s.modifiers.wide)).collect();
    assert_eq!(modifiers, [(true, true), (true, false)]);
    assert_eq!(rule.strings.iter().map(|string| lower(string).is_ok()).collect::<Vec<_>>(), [false, true]);
}

struct Atoms;

impl Parts for Atoms {
    fn string(&self, index: u8) -> Option<Cover> {
        Some(Cover::one(u32::from(index), f32::from(index) + 1.0))
    }

    fn rule(&self, _: u32) -> Option<Cover> {
        Some(Cover::one(9, 0.5))
    }
}

#[test]
fn covers() {
    for (condition, atoms) in [
        ("$a and $b", Some(vec![0])),
        ("$a or $b", Some(vec![0, 1])),
        ("not $a and $b", Some(vec![1])),
        ("not $a", None),
        ("#b > 0", Some(vec![1])),
        ("0 < #b", Some(vec![1])),
        ("#b >= 0", None),
        ("#b == 0 or $a", None),
        ("@b > 5", Some(vec![1])),
        ("not @b", Some(vec![1])),
        ("@b ^ 1 == 5", Some(vec![1])),
        ("@b | 1 == 1", None),
        ("uint16(@b + 2) == 7", Some(vec![1])),
        ("filesize > 7 and $c", Some(vec![2])),
        ("2 of them", Some(vec![0, 1])),
        ("all of them", Some(vec![0])),
        ("any of them", Some(vec![0, 1, 2])),
        ("0 of them", None),
        ("filesize of them", None),
        ("for 2 of them : (# > 3)", Some(vec![0, 1])),
        ("for 2 of them : (#)", Some(vec![0, 1, 2])),
        ("for all i in (1..3) : (@b[i] > 3)", Some(vec![1])),
        ("for any i in (1..#a) : (i == 3)", None),
        ("for any i in (1..@a) : (i == 3)", Some(vec![0])),
        ("for 0 i in (1..3) : ($a)", None),
        ("$a and r", Some(vec![9])),
        ("false or $a", Some(vec![0])),
        ("false and $a", Some(vec![])),
    ] {
        // Names every string where it changes nothing.
        let text = format!(
            "rule t {{ strings: $a=\"x1\" $b=\"x2\" $c=\"x3\" condition: ({condition}) and (true or all of them) }}"
        );
        let parsed = rules(text.as_bytes());
        let [Ok(rule)] = parsed.as_slice() else { panic!("{condition}: {parsed:?}") };
        let found = cover(&rule.condition, &Atoms).map(|cover| cover.atoms);
        assert_eq!(found, atoms, "{condition}");
    }
}

fn condition_text() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        (0_i64..4).prop_map(|n| n.to_string()),
        Just("#a".to_owned()),
        Just("@b".to_owned()),
        Just("@c[2]".to_owned()),
        Just("filesize".to_owned()),
        Just("uint8(@a)".to_owned()),
    ];
    let number = (number.clone(), prop::sample::select(vec!["+", "-", "&", "|", "^", "\\"]), number)
        .prop_map(|(one, sign, two)| format!("({one} {sign} {two})"));
    let relation =
        (number.clone(), prop::sample::select(vec!["==", "!=", "<", ">", "<=", ">="]), number.clone())
            .prop_map(|(one, sign, two)| format!("{one} {sign} {two}"));
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "$a",
            "$b",
            "$c",
            "true",
            "false",
            "any of ($a,$b)",
            "2 of them",
            "all of them"
        ])
        .prop_map(str::to_owned),
        number.clone(),
        relation,
        number.prop_map(|number| format!("$a at {number}")),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| format!("not ({inner})")),
            (inner.clone(), inner.clone()).prop_map(|(one, two)| format!("({one}) and ({two})")),
            (inner.clone(), inner.clone()).prop_map(|(one, two)| format!("({one}) or ({two})")),
            inner.clone().prop_map(|inner| format!("for 2 of them : (($ and {inner}) or # > 2)")),
            inner.prop_map(|inner| format!("for any i in (1..3) : (i > 1 and ({inner}))")
                .replace("any i", "any ix")
                .replace("(i >", "(ix >")),
        ]
    })
}

proptest! {
    #[test]
    fn a_condition_that_holds_has_a_match_in_its_cover(
        condition in condition_text(), data in "[xyz]{0,12}",
    ) {
        let text = format!(
            "rule t {{ strings: $a=\"x\" $b=\"yy\" $c=\"zxz\" condition: ({condition}) and (0 of them) }}"
        );
        let parsed = rules(text.as_bytes());
        // Nested loops over strings are refused.
        if let [Ok(rule)] = parsed.as_slice()
            && truth(rule, data.as_bytes())
            && let Some(cover) = cover(&rule.condition, &Atoms)
        {
            let texts = ["x", "yy", "zxz"];
            prop_assert!(cover.atoms.iter().any(|atom| data.contains(texts[*atom as usize])), "{cover:?}");
        }
    }

    #[test]
    fn any_text_ends(text: Vec<u8>, odd in "(rule a \\{ |strings: |condition: |\\$a|=\"xy\" |[(){}:#@<>=&|0-9a-z~]){0,40}") {
        rules(&text);
        rules(odd.as_bytes());
    }

    #[test]
    fn noise_is_no_tree_or_ends(noise in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Some(tree) = Tree::decode(&mut noise.as_slice()) {
            holds(&tree, &mut Sight { data: DATA, texts: vec![b"hello"], steps: Steps::new(10_000) });
        }
    }
}
