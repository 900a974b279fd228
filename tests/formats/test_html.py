from __future__ import annotations

import base64

import pytest

from nacre.formats.text.html import HtmlHandler
from nacre.formats.text.uuencode import UuencodeHandler
from nacre.model.budget import Budget
from nacre.model.event import Child, Problem
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits
from nacre.parsers import html

TEXT = b"a greeting that nobody signs"
LETTERS = base64.b64encode(TEXT)


def children(page: bytes) -> list[bytes]:
    events = HtmlHandler().extract(Fmap.from_bytes(page), Budget(Limits()))
    found = [event.data for event in events if isinstance(event, Child)]
    return [data.read(0, len(data)) for data in found]


def mail(media: bytes, body: bytes, *, encoded: bool = False) -> bytes:
    encoding = b"\nContent-transfer-encoding: base64" * encoded
    return b"From html-normalise\nContent-type: " + media + encoding + b"\n\n" + body


@pytest.mark.parametrize(
    "value",
    [
        b'"data:text/plain;base64,%s"',
        b"'data:text/plain;base64,%s'",
        b"data:text/plain;base64,%s",
        b' \n "DATA:text/plain;base64,%s"',
    ],
)
def test_attributes(value: bytes) -> None:
    expected = mail(b"text/plain;base64", LETTERS, encoded=True)
    for tag in (b"<a href=%s>", b"<IMG alt='a > b' src=%s x=y>", b"<foo bar =%s>", b"<!-- x=%s >"):
        assert children(tag.replace(b"%s", value).replace(b"%s", LETTERS)) == [expected]


def test_escapes_and_references() -> None:
    page = b'<a href="data:text/html;charset=utf-8,%3Cb%3e&#65;&#x42;&#00067;%zz&amp;">'
    assert children(page) == [mail(b"text/html;charset=utf-8", b"<b>ABC%zz&amp;")]


@pytest.mark.parametrize(
    "value", [b"%s", b"'%s'", b' "%s" ', b"&quot;%s&quot;"], ids=["bare", "one", "two", "reference"]
)
def test_style_sheets(value: bytes) -> None:
    url = value.replace(b"%s", b"data:image/png;base64," + LETTERS)
    for page in (b"<style>b{background:url(%s)}</style>", b"<p style='x: URL(%s)'>"):
        assert children(page.replace(b"%s", url)) == [TEXT]


def test_base64_with_escapes() -> None:
    escaped = LETTERS.replace(b"=", b"%3D").replace(b"Y", b"%59")
    expected = mail(b"x/y;base64", LETTERS, encoded=True)
    assert children(b'<a href="data:x/y;base64,' + escaped + b'">') == [expected]
    spaced = mail(b" x/y ; base64 ", LETTERS + b" ", encoded=True)
    assert children(b'<a href=" data: x/y ; BASE64 ,' + LETTERS + b' ">') == [spaced]


def test_media_types_in_lower_case_on_one_line() -> None:
    page = b"<a href='data:Text/HTML;X=Y\r\nZ: q,ab'><a href='data:Multipart/Mixed;boundary=Q,cd'>"
    assert children(page) == [
        mail(b"text/html;x=y z: q", b"ab"),
        mail(b"Multipart/Mixed;boundary=Q", b"cd"),
    ]


def test_schemes_written_with_references() -> None:
    page = b'<a href="&#100;ata:x/y;base64&#44;' + LETTERS + b'">'
    assert children(page) == [mail(b"x/y;base64", LETTERS, encoded=True)]


def test_a_page_of_nothing_but_urls() -> None:
    page = Fmap.from_bytes(b"<a href='data:,x'>" * 10_002)
    *found, last = HtmlHandler().extract(page, Budget(Limits()))
    assert len(found) == 10_000
    assert last == Problem("more than 10000 data URLs")


def test_pictures_for_several_widths() -> None:
    url = b"data:image/png;base64," + LETTERS
    page = b"<img srcset='%b 1x, %b 200w,%b'><b title=x>" % (url, url, url)
    assert children(page) == [mail(b"image/png;base64", LETTERS, encoded=True)] * 3


def test_imported_style_sheets() -> None:
    assert children(b'<style>@import "data:text/css;base64,' + LETTERS + b'";</style>') == [TEXT]


@pytest.mark.parametrize(
    "page",
    [
        b"data:text/plain,none",
        b'<a href="xdata:,none">',
        b'<a href="data:text/plain;base64;none">',
        b'<a href="data:' + b"x" * 2000 + b',none">',
        b'<a title="see data:,none">',
        b'<a href="data:',
        b"=data:",
    ],
)
def test_none(page: bytes) -> None:
    assert children(page) == []


@pytest.mark.parametrize("code", ["utf-16", "utf-16-be", "utf-32"])
def test_wide_pages(code: str) -> None:
    page = f'<a href="data:,{TEXT.decode()}">'.encode(code)
    assert children(page) == [mail(b"", TEXT)]


def test_a_long_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "_PIECE", 100)
    text = b"%41&#66;" * 2000
    assert children(b"<a href=data:," + text + b">") == [mail(b"", b"AB" * 2000)]


def test_too_large_a_page() -> None:
    budget = Budget(Limits(max_html_normalize=20))
    page = Fmap.from_bytes(b'<a href="data:,more than twenty bytes">')
    assert not list(HtmlHandler().extract(page, budget))


@pytest.mark.parametrize(
    ("tag", "readable"),
    [
        (b'<script language="JScript.Encode">', True),
        (b"<SCRIPT\nx=y LANGUAGE = vbscript.encode >", True),
        (b"<script>", False),
        (b'<a title="jscript.encode">', False),
    ],
)
@pytest.mark.parametrize("code", ["latin-1", "utf-16-le"])
def test_encoded_scripts(tag: bytes, code: str, *, readable: bool) -> None:
    page = (b"#@~^AA <html>" + tag + b"#@~^AgAAAA==aa</script>").decode("latin-1").encode(code)
    seen = html.with_readable_scripts(Fmap.from_bytes(page), Budget(Limits()))
    assert (b"xp</script>" in seen.read(0, len(seen))) is readable


def test_text_that_begins_like_uuencode() -> None:
    text = Fmap.from_bytes(b"begin with this\nbegin 644 a\n#86)C\n`\nend\n")
    (child,) = UuencodeHandler().extract(text, Budget(Limits()))
    assert isinstance(child, Child)
    assert child.data.read(0, 9) == b"abc"


def test_addresses_for_the_metadata() -> None:
    page = (
        b'<a href="http://a.com/?x&amp;y">A</a><A HREF = HTTPS://b.com>B</A><img src=ftp://c.com/>'
        b'<form action=\'http://d.com\'><a href="e.html">http://f.com</a><a href="http://a.com/?x&y">'
    )
    (fact,) = HtmlHandler().describe(Fmap.from_bytes(page), Budget(Limits()))
    assert fact.key == "URIs"
    assert fact.value == ["http://a.com/?x&y", "HTTPS://b.com", "ftp://c.com/", "http://d.com"]
    assert not [*HtmlHandler().describe(Fmap.from_bytes(b"<p>"), Budget(Limits()))]


def test_what_scripts_have_written_into_them() -> None:
    program = b"MZ\x90\0\3" + bytes(range(200))
    text = base64.b64encode(program)
    page = b"<html><script>save(atob('" + text + b"'))</script></html>"
    assert children(page) == [program]
    url = b"<html><a href='data:application/x;base64," + text + b"'>x</a></html>"
    assert len(children(url)) == 1  # the mail that is made of it, as ClamAV does
    fetched = b"<html><script>fetch('data:;base64," + text + b"')</script></html>"
    assert children(fetched) == [program]
    for other in (b"f(1, 'data:;base64,%s')", b"<a href='Data:;base64,%s'>"):
        assert children(b"<html>" + other.replace(b"%s", text)) == [program]
