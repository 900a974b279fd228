"""HTML: which normalised copies there are, seen through signatures for pieces of them."""

# ruff: noqa: E501 (tables)

from __future__ import annotations

from hashlib import sha256
from random import Random

import pytest

from compat.later import LATER
from compat.pair import BINARY, CLEAN, Pair, only

PAGES: tuple[str, ...] = (
    "Hello   World<BR/>Second\nLine <!-- c --> After",
    "<A HREF='HTTP://Ex.COM/P'  Target=_X disabled>Link</A>",
    "<b>Big</b> WORLD <i> x </i> y",
    "<  b  >X</  b >Y",
    "A&amp;B &lt;t&gt; &#65;&#x42; &unknown; &#65 &lt x &nbsp;y&copy; &#256;",
    "a<!-- x > y -->b",
    '<a title="a > b">x</a>',
    "<style>Body { Color: RED }</style>T",
    '<script>a  =  "B  C" ;</script> t',
    'var FooBar = "A" + "B"; // Comment\nalert(FooBar);',
    "<img src='Picture.PNG' alt=\"x'y\"><p>Text</p><!DOCTYPE x>",
    "<table><tr><td>One</td><td>Two</td></table>",
    "<?php echo 'x'; ?><% code %>",
    "unfinished <!-- comment <b>x</b>",
    "unfinished <a href='x",
)
SCRIPTS = (
    '<script>var FooBar = "A" + "B"; /* gone */ alert(FooBar);</script>',
    "<script>var b=\"\\x41\\u0042\" + 'c';</script>",
    '<script>function Foo(Bar){return Bar+1} Foo(unescape("%41%42"))</script>',
)
"""Pages whose script copy takes a normaliser of the language."""
if "javascript" not in LATER:
    PAGES += SCRIPTS
FRAMES = (
    "<html><body>{}</body></html>",
    "<head></head>{}",
    "{}<iframe></iframe>",
    "words and <script></script>{}",
)
PIECES = (
    b"hello world<br/>second line after", b" hello world second line after ", b"second\nline", b'<a href="http://ex.com/p"',
    b"target=_x disabled>link</a>", b" HTTP://Ex.COM/P link ", b"<b>big</b>world <i>x </i>y", b" big world x y", b"<b>x</ b>y",
    b"a&b <t> ab &unknown;", b"a b ab", b"ay -->b", b"a y -->b", b'<a title="a >b">x</a>', b' b">x ', b"body{color:red}",
    b"<style>body{color:red}</style>t", b'<script>a="bc";</script>t', b'n000="ab"', b"alert(n000)", b'"abc"', b"comment", b"gone",
    b"function n000(n001){return n001+1}foo", b'foo("ab")', b'<img src="picture.png"', b"picture.png", b"Picture.PNG", b"doctype",
    b"<td>one</td><td>two</td>", b" one two ", b"echo 'x'", b"code", b"unfinished ", b"comment <b>", b'href="x', b"&#x0100;", b"\xa0y\xa9",
)  # fmt: skip
LINES = [
    ("a.ldb", f"T{target}-{number};Target:{target};0;{piece.hex()}")
    for target in (0, 3, 7)
    for number, piece in enumerate(PIECES)
]


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("options", [(), ("--normalize=no",), ("--scan-html=no",)])
def test_copies(pair: Pair, frame: str, options: tuple[str, ...]) -> None:
    files = {f"page{n}": frame.format(page).encode("latin-1") for n, page in enumerate(PAGES)}
    found = pair.agree(LINES, files, "--allmatch", *options)
    assert any(found.values())


@pytest.mark.parametrize("code", ["utf-16-le", "utf-16-be", "utf-16"])
def test_wide_pages(pair: Pair, code: str) -> None:
    files = {f"page{n}": FRAMES[0].format(page).encode(code) for n, page in enumerate(PAGES)}
    pair.agree(LINES, files, "--allmatch")


def test_wide_pages_in_other_letters(pair: Pair) -> None:
    """Signs that take both bytes, and pages of many blocks, in a page that is wide all through."""
    words = "W\u00f6rter \uff1cscript\uff1e \u1234 " * 400 + "<a title='"
    page = f"<html>{words}{'x' * 9000}'>Hello WORLD</a><script>var \u0101='A'+'B'</script></html>"
    lines = [
        ("a.ndb", f"N{target}-{number}:{target}:*:{piece.hex()}")
        for target in (0, 3, 7)
        for number, piece in enumerate(
            (b"script\x0e", b"rter ", b"hello world", b'="ab"', b"x" * 900 + b'">hello')
        )
    ]
    found = pair.agree(lines, {"page": page.encode("utf-16")}, "--allmatch")
    assert {"N0-0", "N3-4", "N7-3"} <= found["page"]


@pytest.mark.parametrize(
    "begin", ["x" * 9, "x\x00", "\xff\xfex\x00", "x\x7fx\x7f", "\xe9", "GIF89a"]
)
def test_pages_that_begin_late_in_a_text(pair: Pair, begin: str) -> None:
    """In UTF-16, which one zero makes of it, the peer sees the text only."""
    page = b"<table></table><b>x</b> Hello   WORLD"
    head = begin.encode("latin-1")
    files = {f"{size}": head + b"w " * size + page for size in (10, 505, 600, 70000)}
    lines = [
        ("a.ndb", f"{kind}{target}:{target}:*:{piece.hex()}")
        for target in (0, 3, 7)
        for kind, piece in (("text", b"</b> hello world"), ("page", b"</b>hello world"))
    ]
    for peer, ours in pair.both(lines, files, "--allmatch").values():
        assert peer <= ours


def test_small_copies(pair: Pair) -> None:
    lines = [("a.ndb", f"N{target}:{target}:*:{b' to '.hex()}") for target in (0, 3)]
    lines.append(("b.hsb", f"{sha256(b' t ').hexdigest()}:3:hash:73"))
    files = {"four": b"<html>to<b>", "three": b"<html>t<b>", "no page": b" to "}
    found = pair.agree(lines, files, "--allmatch")
    assert found == {"four": only("N0", "N3"), "three": only("hash"), "no page": CLEAN}


def test_where_html_begins(pair: Pair) -> None:
    """In the first 1024 bytes, later, in binary data."""
    files = {}
    for number, page in enumerate(PAGES):
        html = FRAMES[0].format(page).encode("latin-1")
        files[f"late{number}"] = b"word " * 300 + html
        files[f"binary{number}"] = BINARY + html
        files[f"body{number}"] = page.encode("latin-1")
    pair.agree(LINES, files, "--allmatch")


@pytest.mark.parametrize("seed", range(6))
def test_mixed_pages(pair: Pair, seed: int) -> None:
    """Pieces of pages run together."""
    rng = Random(seed)  # noqa: S311 - a test
    files = {}
    for number in range(60):
        pieces = [page[rng.randrange(len(page) // 2) :] for page in rng.sample(PAGES, 3)]
        files[f"page{number}"] = (
            "<html>" + rng.choice(("", " ", "\n", "<p>")).join(pieces)
        ).encode("latin-1")
    pair.agree(LINES, files, "--allmatch")


CHARSETS: tuple[str, ...] = (
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be",
    "utf-7", "iso2022_jp", "iso2022_kr", "hz", "shift_jis", "cp037",
)  # fmt: skip
CHARSET_PAGES = (
    "<html><head></head><body>Hello WORLD <a href='http://x.example/'>t</a></body></html>",
    "<?xml version='1.0'?><html><head></head><body>Hello WORLD</body></html>",
    "<!DOCTYPE html><html>Hello WORLD</html>",
    " <html>Hello WORLD</html>",
    "\ufeff<html>Hello WORLD</html>",
    "Hello WORLD, and no page",
)


@pytest.mark.parametrize("options", [(), ("--normalize=no",), ("--scan-html=no",)])
def test_charsets(pair: Pair, options: tuple[str, ...]) -> None:
    """Copies, and the raw bytes of what is UTF-16, also by the hash of the whole file."""
    files = {}
    for code in CHARSETS:
        for number, page in enumerate(CHARSET_PAGES):
            files[f"{code}-{number}"] = page.encode(code, "ignore")
    files |= {f"odd-{name}": data + b"x" for name, data in files.items() if "16" in name}
    lines = [
        (f"a{target}.ndb", f"{kind}-{target}:{target}:*:{text.hex()}")
        for target in (0, 3, 7)
        for kind, text in (
            ("copy", b"hello world"),
            ("raw", b"Hello WORLD"),
            ("wide", "Hello WORLD".encode("utf-16-le")),
        )
    ]
    lines += [
        ("b.hsb", f"{sha256(data).hexdigest()}:{len(data)}:hash-{name}:73")
        for data, name in {data: name for name, data in files.items()}.items()
    ]
    assert any(pair.agree(lines, files, "--allmatch", *options).values())
