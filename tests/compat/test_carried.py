"""What text carries: `data:` URLs in HTML, encoded scripts, uuencode, CryptFF."""

from __future__ import annotations

import base64
import binascii

import pytest

from compat.pair import CLEAN, Pair
from formats.scripts import encoded

TEXT = b"a Greeting that nobody signs"
LETTERS = base64.b64encode(TEXT).decode()
LINES = [
    ("a.ndb", f"Raw:0:*:{TEXT.hex()}"),
    ("a.ndb", f"Normalised:0:*:{TEXT.lower().hex()}"),
    ("a.ndb", f"Mail:4:*:{b'Content-type: '.hex()}"),
    ("a.ldb", f"Inside;Engine:51-255,Container:CL_TYPE_MAIL,Target:0;0;{TEXT.hex()}"),
    ("a.ldb", f"InPage;Engine:51-255,Container:CL_TYPE_HTML,Target:0;0;{TEXT.hex()}"),
]
DATA = f"data:text/plain;base64,{LETTERS}"
PAGES = (
    '<a href="{}">t</a>',
    "<a href={}>t</a>",
    "<img alt='a b' src='{}'>",
    '<script src = "{}"></script>',
    '<iframe src="{}"></iframe>',
    '<table></table><link href="{}"><object data="{}"></object>',
    '<a href="x"></a><foo bar="{}">',
    '<a href="{}',
    '<a href="x"></a>{}',
    '<a href="x"></a><style>b{{background:url({})}}</style>',
    '<a href="x"></a><STYLE type="text/css">b{{background: url("{}")}}</STYLE>',
)
OTHERS = (
    '<a href="data:,a%20Greeting%20that nobody signs">t</a>',
    '<a href="data:text/html;charset=utf-8,a Greeting that nobody signs">t</a>',
    f'<a href="data:image/png;BASE64,{LETTERS}">t</a>',
    f'<a href="data:text/plain;base64,{LETTERS[:12]}\n {LETTERS[12:]}">t</a>',
    f'<a href="data:text/plain;base64;{LETTERS}">t</a>',
)


@pytest.mark.parametrize("off", ["scan-archive", "scan-mail", "scan-html", "normalize"])
@pytest.mark.parametrize("code", ["latin-1", "utf-16"])
def test_data_urls(pair: Pair, code: str, off: str) -> None:
    pages = [page.format(DATA, DATA) for page in PAGES] + list(OTHERS)
    files = {f"page{number}": page.encode(code) for number, page in enumerate(pages)}
    pair.agree(LINES, files, "--allmatch", f"--{off}=no")


def test_more_data_urls_count(pair: Pair) -> None:
    pages = (
        f'<a href="{DATA.upper().replace(LETTERS.upper(), LETTERS)}">t</a>',
        f"<img alt='a > b' src='{DATA}'>",
        f'<a href="x"></a><b style="background:url({DATA})">',
        f'<script>x="{DATA}"</script>',
        f"<style>b{{background:url('{DATA}')}}</style><iframe></iframe>",
        f'<a href=" data:text/plain;base64,{LETTERS}">t</a>',
    )
    files = {f"page{number}": page.encode() for number, page in enumerate(pages)}
    for peer, ours in pair.both(LINES, files, "--allmatch").values():
        assert peer == CLEAN
        assert "Raw" in ours


SCRIPT = b'var payload = "One" + "two";\r\nif (a < b) { alert(payload + "@x>"); }\r\n'
SCRIPT_LINES = [
    ("a.ndb", f"S{number}:0:*:{piece.hex()}")
    for number, piece in enumerate(
        (
            b'varpayload="one"+"two"',
            b'"onetwo"',
            b"alert(n000",
            b"if(a<b)",
            b"#@~^",
            b"^#~@",
            b"tail",
        )
    )
]


def test_encoded_scripts(pair: Pair) -> None:
    script = encoded(SCRIPT)
    pages = (
        b"%s",
        b"%s\r\ntail",
        b'<html><script language="JScript.Encode">%s</script></html>',
        b"<html><SCRIPT LANGUAGE = 'VBScript.Encode' >%s</SCRIPT>tail</html>",
        b'<html><script x=y language="JScript.Encode" z>// tail\n%s</script></html>',
        b"<html><script>%s</script></html>",
        b'<html><script language="javascript">%s</script></html>',
    )
    files = {f"page{n}": page.replace(b"%s", script) for n, page in enumerate(pages)}
    files["cut"] = script[:70]
    files["longer"] = script.replace(b"AA==", b"AB==", 1)
    assert any(pair.agree(SCRIPT_LINES, files, "--allmatch").values())


def test_uuencode_and_cryptff(pair: Pair) -> None:
    lines = binascii.b2a_uu(TEXT)
    magic = bytes.fromhex("b6b9acaefeffffff0001020304050607")
    files = {
        "whole": b"begin 644 a.txt\n" + lines + b"`\nend\n",
        "returns": b"begin 644 a.txt\r\n" + lines.replace(b"\n", b"\r\n") + b"`\r\nend\r\n",
        "long name": b"begin 644 " + b"a" * 300 + b"\n" + lines + b"`\nend\n",
        "odd mode": b"begin 888 a.txt\n" + lines + b"`\nEND\n",
        "cut": b"begin 644 a.txt\n" + lines,
        "no-name": b"begin 644 \n" + lines,
        "words": b"begin abc a.txt\n" + lines,
        "behind": b"text\nbegin 644 a.txt\n" + lines,
        "cryptff": magic + bytes(byte ^ 0xFF for byte in TEXT),
        "empty": magic,
        "magic": magic[:8],
    }
    found = pair.agree(LINES, files, "--allmatch")
    assert all("Raw" in found[name] for name in ("whole", "odd mode", "cut", "no-name", "cryptff"))
