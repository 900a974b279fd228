from __future__ import annotations

import struct
import uuid

import pytest

from nacre.formats.document.onenote import OneNoteHandler
from nacre.model.budget import Budget
from nacre.model.event import Child
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits
from nacre.parsers.onenote import extensions

GUID = uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")
HEADER = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
FOOTER = bytes.fromhex("22a7fb71790f0b4abb13899256426b24")
AT = 1024
CONTENT = b"a file of some text"


def text(value: str) -> bytes:
    return struct.pack("<I", len(value)) + value.encode("utf-16-le")


def declaration(extension: str, reference: str = f"<ifndf>{{{GUID}}}") -> bytes:
    data = struct.pack("<IIB", 1, 0x00080036, 1) + text(reference) + text(extension)
    return struct.pack("<I", 0x72 | len(data) + 4 << 10) + data


def reference(place: str, size: str, *, unit: int = 1, guid: uuid.UUID = GUID) -> bytes:
    """The node that says where the data is, in the formats of struct."""
    formats = ["Q", "I", "H", "I8"].index(place + "8" * (unit == 8 and place == "I"))
    formats |= ["I", "Q", "B", "H"].index(size) << 2
    data = struct.pack(f"<{place}{size}", AT // unit, 1) + guid.bytes_le
    return struct.pack("<I", 0x94 | len(data) + 4 << 10 | formats << 23 | 1 << 27) + data


def section(*nodes: bytes) -> Fmap:
    content = CONTENT + bytes(-len(CONTENT) % 8)
    data = HEADER + struct.pack("<Q12x", len(CONTENT)) + content + FOOTER
    return Fmap.from_bytes(b"".join(nodes).ljust(AT, b"\0") + data)


@pytest.mark.parametrize(
    ("place", "size", "unit"),
    [("Q", "I", 1), ("I", "Q", 1), ("H", "B", 8), ("I", "H", 8), ("I", "I", 1)],
)
def test_the_extension_of_a_file(place: str, size: str, unit: int) -> None:
    data = section(declaration(".hta"), reference(place, size, unit=unit))
    assert extensions(data, Budget(Limits())) == {AT: ".hta"}
    (child,) = OneNoteHandler().extract(data, Budget(Limits()))
    assert isinstance(child, Child)
    assert (child.name, child.data.read(0, 99)) == (b"file 1.hta", CONTENT)


@pytest.mark.parametrize(
    "nodes",
    [
        (declaration(".hta"),),
        (reference("I", "I"),),
        (declaration(".hta"), reference("I", "I", guid=uuid.UUID(int=7))),
        (declaration("hta"), reference("I", "I")),
        (declaration("./x"), reference("I", "I")),
        (declaration("." + "x" * 16), reference("I", "I")),
        (declaration(".hta", "<ifndf>{no guid}" + "x" * 30), reference("I", "I")),
        (declaration(".hta")[:-9], reference("I", "I")),
    ],
)
def test_no_extension(nodes: tuple[bytes, ...]) -> None:
    data = section(*nodes)
    assert extensions(data, Budget(Limits())) == {}
    (child,) = OneNoteHandler().extract(data, Budget(Limits()))
    assert isinstance(child, Child)
    assert child.name == b"file 1"
