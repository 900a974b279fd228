"""Pages, scripts and pictures that unfold, or cost more than they weigh."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING

import media
from hostile.case import MARK, WORD, Case, deflated_zeros

if TYPE_CHECKING:
    from pathlib import Path

_MIB = 1 << 20


def page_of_many_tags(path: Path) -> None:
    path.write_bytes(b"<html>" + b"<a href='x'>" * 2_000_000 + WORD)


def page_of_scripts_without_end(path: Path) -> None:
    path.write_bytes(b"<html>" + b"<script>var x = 1;" * 500_000 + WORD)


def page_of_entities(path: Path) -> None:
    path.write_bytes(b"<html><a href='" + b"&#x41;&#65;" * 1_000_000 + b"'>" + WORD)


def page_of_addresses_in_addresses(path: Path) -> None:
    """data: in data:, forty deep."""
    data = MARK * 3
    for _ in range(40):
        data = b'<html><img src="data:text/html;base64,' + base64.b64encode(data) + b'">'
    path.write_bytes(data)


def page_of_many_addresses(path: Path) -> None:
    one = base64.b64encode(b"something %d")
    page = b"".join(b'<img src="data:image/png;base64,%b%d">' % (one, n) for n in range(50_000))
    path.write_bytes(b"<html>" + page)


def script_of_packers(path: Path) -> None:
    """A packer whose words are each a thousand letters, and whose text is all words."""
    words = b"|".join(b"w" * 1000 for _ in range(60))
    text = b" ".join([b"1"] * 300_000)
    packed = (
        b"eval(function(p,a,c,k,e,d){}('" + text + b"',62,60,'" + words + b"'.split('|'),0,{}))"
    )
    path.write_bytes(b"<html><script>" + packed * 3 + b"</script>" + WORD)


def script_of_brackets(path: Path) -> None:
    path.write_bytes(b"<html><script>" + b"({[" * 1_000_000 + b"</script>" + WORD)


def script_of_strings(path: Path) -> None:
    path.write_bytes(
        b"<html><script>" + b"'a'+" * 2_000_000 + b"'b';unescape('" + b"%25" * 500_000 + WORD
    )


def encoded_scripts(path: Path) -> None:
    """JScript.Encode that promises 4 GB, a hundred thousand times."""
    one = b"<script language=JScript.Encode>#@~^/////w==" + b"abc" * 5 + b"^#~@</script>"
    path.write_bytes(b"<html>" + WORD + one * 50_000)


def text_of_uuencode(path: Path) -> None:
    path.write_bytes(
        b"begin 644 a\n" + b"M" + b"`" * 60 + b"\n" * 1 + (b"M" + b"`" * 60 + b"\n") * 300_000
    )


def png_of_terabytes(path: Path) -> None:
    """A picture of 2^31 by 2^31."""
    head = media.chunk(b"IHDR", struct.pack(">IIBBBBB", 0x7FFFFFFF, 0x7FFFFFFF, 16, 6, 0, 0, 0))
    data = media.chunk(b"IDAT", zlib.compress(bytes(20 * _MIB), 9))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + data + media.END + MARK)


def png_that_inflates(path: Path) -> None:
    """20,000 by 20,000 in half a megabyte."""
    head = media.chunk(b"IHDR", struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0))
    zeros = deflated_zeros(1152 * _MIB)
    body = b"\x78\xda" + zeros + zlib.adler32(bytes(1152 * _MIB)).to_bytes(4, "big")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + media.chunk(b"IDAT", body) + media.END + MARK)


def png_of_many_chunks(path: Path) -> None:
    path.write_bytes(
        media.png(*[media.chunk(b"tEXt", b"")] * 500_000, media.PIXELS, media.END) + MARK
    )


def gif_of_terabytes(path: Path) -> None:
    """A hundred thousand pictures of 65,535 by 65,535."""
    image = b"\x2c" + struct.pack("<HHHHB", 0, 0, 65_535, 65_535, 0) + b"\x08\x01\x00\0"
    screen = struct.pack("<HHBBB", 65_535, 65_535, 0x80, 0, 0)
    path.write_bytes(b"GIF89a" + screen + bytes(6) + image * 100_000 + b"\x3b" + MARK)


def tiff_in_a_circle(path: Path) -> None:
    path.write_bytes(
        media.tiff((256, 4, 1, 0xFFFFFFFF), (257, 4, 1, 0xFFFFFFFF), following=8) + MARK
    )


def jpeg_of_gigabytes(path: Path) -> None:
    frame = media.segment(
        0xC0, struct.pack(">BHHB", 8, 65_535, 65_535, 3) + b"\1\x22\0\2\x11\1\3\x11\1"
    )
    path.write_bytes(b"\xff\xd8" + media.SEGMENTS["jfif"] + frame + media.SCAN + MARK)


CASES = (
    Case("page-of-many-tags", page_of_many_tags),
    Case("page-of-scripts-without-end", page_of_scripts_without_end),
    Case("page-of-entities", page_of_entities),
    Case(
        "page-of-addresses-in-addresses",
        page_of_addresses_in_addresses,
        found=False,
        told="MaxRecursion",
    ),
    Case("page-of-many-addresses", page_of_many_addresses, found=False, told="MaxFiles"),
    Case("script-of-packers", script_of_packers),
    Case("script-of-brackets", script_of_brackets),
    Case("script-of-strings", script_of_strings),
    Case("encoded-scripts", encoded_scripts),
    Case("text-of-uuencode", text_of_uuencode, found=False, told="no end line"),
    Case("png-of-terabytes", png_of_terabytes),
    Case("png-that-inflates", png_that_inflates),
    Case("png-of-many-chunks", png_of_many_chunks),
    Case("gif-of-terabytes", gif_of_terabytes),
    Case("tiff-in-a-circle", tiff_in_a_circle),
    Case("jpeg-of-gigabytes", jpeg_of_gigabytes),
)
