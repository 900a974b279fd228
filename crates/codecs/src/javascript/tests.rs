#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;

use super::*;

fn run(script: &str) -> String {
    let out = normalise(format!("{script}</script>").as_bytes());
    let text = String::from_utf8_lossy(&out).into_owned();
    text.strip_suffix("</script>").expect("an end").to_owned()
}

#[test]
fn cases_seen_with_the_peer() {
    for (script, expected) in CASES {
        assert_eq!(run(script), *expected, "{script}");
    }
}

const CASES: &[(&str, &str)] = &[
    ("var FooBar = \"A\" + \"B\"; // Comment\nalert(FooBar);", "var n000=\"ab\";comment alert(n000);"),
    ("a /* b */ - -c", "a--c"),
    ("//<![CDATA[\nx //y\n//]]>", "x"),
    ("x='a\"b'", "x=\"a\"b\""),
    ("x=\"\\x41\\u0042\\103\\q\"", "x=\"ab103q\""),
    ("x=1e5+0x1F+007+1.50+1.2345678+99999999999", "x=1 e5+0 x1f+7+1.5+1.23457+1215752191"),
    ("x=1.5e3+1.e5+1..a", "x=1500+100000+1.a"),
    ("x=a+\"b\"+\"c\"", "x=a+\"bc\""),
    ("unescape(\"a\"+\"%41%u0042%4\")", "\"aab%4\""),
    ("a.unescape(\"%41\")", "a.unescape(\"%41\")"),
    ("eval(\"var q=1;\");q", "var n000=1;n000"),
    ("eval(unescape(\"%61%3D%31;\"))", "a=1;"),
    ("eval(\"a;\",b)", "eval(\"a;\",b)"),
    ("function Foo(Bar){return Bar+1} Foo(Bar)", "function n000(n001){return n001+1}foo(bar)"),
    ("var a=f(x,y),z;[a,x,y,z]", "var n000=f(x,n001),n002;[n000,x,n001,n002]"),
    ("var a={b:c,e:1},d;e;d", "var n000={b:c,e:1},n001;e;n001"),
    ("var a=[b,c],d;c;d", "var n000=[b,c],n001;c;n001"),
    ("function f(a){var b,c;a.b=c+b}", "function n000(n001){var n002,c;n001.b=c+n002}"),
    ("a;var a,a;a", "n001;var n001,n001;n001"),
    ("f((a", "f((a</script>))"),
    ("f(eval('q;", "f(q;</script>)"),
    ("f(unescape('%41' + '%42", "f(\"ab</script>\")"),
    ("'\\x{1' + '\\u{06100}'", "\"\u{1}a00}\""),
    ("'\\u111g'", "\"\u{ffff}\""),
    ("@a#b", "a b"),
];

#[test]
fn a_packed_program_is_unpacked() {
    let packed = "eval(function(p,a,c,k,e,d){return p}('0 1=\"2\";3(1)',4,4,\
                  'var|a|hello|alert'.split('|'),0,{}))";
    assert_eq!(
        run(packed),
        "eval(function(n000,n001,n002,n003,n004,n005){return n000}(var n006=\"hello\";alert(n006)))"
    );
}

#[test]
fn a_script_without_end_loses_the_word_it_ends_with() {
    assert_eq!(normalise(b"a</scr"), b"a</</script>");
    assert_eq!(normalise(b""), b"</script>");
}

proptest! {
    #[test]
    fn any_bytes_end_and_grow_little(script: Vec<u8>) {
        let out = normalise(&script);
        prop_assert!(out.ends_with(END));
        prop_assert!(out.len() <= 24 * script.len() + 100);
    }

    #[test]
    fn any_program_of_pieces_ends(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)
    ) {
        normalise(pieces.concat().as_bytes());
    }
}

#[rustfmt::skip]
const PIECES: &[&str] = &[
    "var ", "function ", "a", "b", "(", ")", "{", "}", "[", "]", ",", ";", "\"x\"", "+", "eval(",
    "unescape(\"%41\")", "'0 1',2,2,'a|b'.split('|')", ".", "1.5", "\\", "//", "/*", "\n",
];
