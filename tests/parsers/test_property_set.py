from __future__ import annotations

import struct

from nacre.parsers.ooxml_properties import properties as ooxml
from nacre.parsers.property_set import SUMMARY, properties

TICKS = 133_000_000_000_000_000


def text(value: bytes) -> bytes:
    return struct.pack("<II", 0x1E, len(value) + 1) + value + b"\0"


def made(*values: tuple[int, bytes]) -> bytes:
    index, body = b"", b""
    for number, value in values:
        index += struct.pack("<II", number, 8 + 8 * len(values) + len(body))
        body += value + bytes(-len(value) % 4)
    section = struct.pack("<II", 8 + len(index) + len(body), len(values)) + index + body
    return struct.pack("<HHI16xI16xI", 0xFFFE, 0, 0, 1, 48) + section


def test_kinds_of_values() -> None:
    data = made(
        (1, struct.pack("<IH", 2, 1252)),
        (2, text(b"t\xe4st")),
        (4, struct.pack("<II", 0x1F, 3) + "ab\0".encode("utf-16-le")),
        (12, struct.pack("<IQ", 0x40, TICKS)),
        (14, struct.pack("<Ii", 3, 7)),
        (19, struct.pack("<IH", 0x0B, 0xFFFF)),
        (99, text(b"unknown")),
    )
    assert list(properties(data, SUMMARY)) == [
        ("CodePage", 1252),
        ("Title", "t\u00e4st"),
        ("Author", "ab"),
        ("CreatedTime", 1_655_526_400),
        ("PageCount", 7),
        ("Security", True),
    ]
    for cut in range(len(data)):
        list(properties(data[:cut], SUMMARY))


def test_the_code_page_counts() -> None:
    data = made((1, struct.pack("<Ih", 2, -535)), (2, text("\u3042".encode())))
    assert list(properties(data, SUMMARY)) == [("CodePage", 65001), ("Title", "\u3042")]


def test_no_property_set() -> None:
    assert not list(properties(b"something else" * 10, SUMMARY))
    assert not list(properties(b"", SUMMARY))


def test_properties_of_office_open_xml() -> None:
    found = ooxml(
        b"<cp:coreProperties xmlns:dc='d'><dc:title>A &amp; B</dc:title><dc:creator>me</dc:creator>"
        b"<cp:revision>2</cp:revision><ScaleCrop>false</ScaleCrop><dc:subject></dc:subject>"
        b'<dcterms:created xsi:type="t">2017-10-26T08:07:00Z</dcterms:created></cp:coreProperties>'
    )
    assert list(found) == [
        ("Title", "A & B"),
        ("Author", "me"),
        ("Revision", 2),
        ("ScaleCrop", False),
        ("Created", "2017-10-26T08:07:00Z"),
    ]
