#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;

use super::*;

fn bytes(view: &Fmap) -> Vec<u8> {
    let mut scratch = Vec::new();
    view.fetch(0..view.len(), &mut scratch).to_vec()
}

fn views(page: &[u8], reading: Reading) -> (Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>) {
    let views = normalise(&Fmap::from_vec(page.to_vec()), reading, &std::env::temp_dir());
    let views = views.expect("in memory");
    let optional = |view: Option<Fmap>| view.as_ref().map(bytes);
    (bytes(&views.no_comment), optional(views.no_tags), optional(views.script))
}

fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

#[test]
fn copies_seen_with_the_peer() {
    for (page, no_comment, no_tags) in CASES {
        let page: Vec<u8> = page.chars().map(|character| character as u8).collect();
        let (one, two, _) = views(&page, Reading::default());
        assert_eq!(latin(&one), *no_comment, "{}", latin(&page));
        assert_eq!(latin(&two.expect("small")), *no_tags, "{}", latin(&page));
    }
}

/// Pages and copies as characters of Latin-1.
#[rustfmt::skip]
const CASES: &[(&str, &str, &str)] = &[
    ("Hello   World<BR/>Second\nLine <!-- c --> After", "hello world<br/>second line after",
     "hello world second line after"),
    ("<A HREF='HTTP://Ex.COM/P'  Target=_X disabled>Link</A>\n",
     "<a href=\"http://ex.com/p\" target=_x disabled>link</a>", " HTTP://Ex.COM/P link "),
    ("<  b  >X</  b >Y", "<b>x</ b>y", " x y"),
    ("A&amp;B &lt;t&gt; &#65;&#x42; &unknown;", "a&b <t> ab &unknown;", "a b t "),
    ("a&#300;b&#65 c&euro;d&AMP;", "a&#x012c;bA c&#x20ac;d&amp;", "a b c d "),
    ("a<!-- x > y -->b", "ay -->b", "a y -->b"),
    ("<a title=\"a > b\">x</a>", "<a title=\"a >b\">x</a>", " b\">x "),
    ("<a b='c>d>e>f'>g", "<a b=\"c>d>e>f'>g", " e>f'>g"),
    ("<p b=\"data:x\" c=data:y>z", "<p b=\"data\" c=data>z", " z"),
    // Data behind a comma: what follows is taken for more of the attribute's name.
    ("<a b='data:x,y z>' href='q'>t", "<a b=\"data\"href=\"q\">t", " t"),
    ("<a b='data:x y,z>' c=d>t", "<a b=\"data\"' c=d>t", " t"),
    ("<img src=data:x,y>t</a>u", "<img src=datat</a>u", " u"),
    ("<img src='data:x,&amp;&#65;&#x42' = C>t", "<img src=\"data\"&aB=c>t", " C t"),
    ("<a href='data&#58;x' b>t<a =data:,x y>u", "<a href=\"data\" b>t<a=data y>u", " t u"),
    ("<a href=&#65'data:x'>t<a href='b&#65'>u", "<a href=A\"data\">t<a href=\"bA\">u", " t b u"),
    ("<style>Body { Color: RED }</style>T", "<style>body{color:red}</style>t", " t"),
    ("<script>a  = 'B  C' ;</script> t", "<script>a=\"bc\";</script>t", " t"),
    ("x\u{0}y\u{1}z\r\n\u{7f} ", "xy\u{1}z \u{7f}", "xy z \u{7f} "),
    ("Caf\u{e9} \u{c3}\u{a9}t\u{e9}", "caf\u{e9} \u{c3}\u{a9}t", "caf\u{0} \u{c3}\u{c3}t"),
    ("x\u{e3}\u{80}\u{82}y", "x.y", "x.y"),
    ("a <", "a <", "a "),
];

#[test]
fn scripts_are_normalised_one_by_one() {
    let (_, _, script) = views(b"<script>A = 'b' + 'c'</SCRIPT>x<script src=y></script>", Reading::default());
    assert_eq!(latin(&script.expect("one")), "<script>a=\"bc\"</script>\n<script></script>");
    assert_eq!(views(b"<style>a</style>", Reading::default()).2, None);
}

#[test]
fn a_large_copy_without_tags_is_left_out() {
    let reading = |max_no_tags| Reading { max_no_tags, ..Reading::default() };
    assert!(views(b"abc", reading(3)).1.is_some());
    assert!(views(b"abcd", reading(3)).1.is_none());
    assert!(views(b"abcd", reading(0)).1.is_some());
}

#[test]
fn wide_pages_are_narrowed() {
    let wide = Reading { wide: true, ..Reading::default() };
    let page: Vec<u8> = "<B>\u{436}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(latin(&views(&page, wide).0), "<b>v");
}

#[test]
fn the_whole_page_is_seen_whatever_its_size() {
    let mut page = "<p>x &amp; y</p>\n".repeat(200_000).into_bytes();
    page.extend_from_slice(b"<script>last()</script>");
    let (no_comment, _, script) = views(&page, Reading::default());
    assert!(no_comment.ends_with(b"<p>x & y</p><script>last()</script>"));
    assert_eq!(latin(&script.expect("one")), "<script>last()</script>");
}

proptest! {
    #[test]
    fn any_bytes_give_bounded_copies(page: Vec<u8>, wide: bool) {
        let (one, two, _) = views(&page, Reading { wide, ..Reading::default() });
        prop_assert!(one.len() <= 2 * page.len() + 8);
        prop_assert!(two.expect("no limit").len() <= 2 * page.len() + 8);
    }

    #[test]
    fn any_pieces_give_copies(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..60)
    ) {
        views(&pieces.concat(), Reading::default());
    }
}

#[rustfmt::skip]
const PIECES: &[&[u8]] = &[
    b"<a ", b"href=", b"\"", b"'", b">", b"<", b" ", b"<script>", b"</script>", b"<style>", b"<!--",
    b"&", b"amp;", b"#300;", b"#58;", b",", b"\xe3\x80\x82", b"\xa1C", b"data:", b"x", b"/", b"!",
];
