"""What tables of contents of xar archives may say."""

from __future__ import annotations

import struct
import zlib

import pytest

from nacre.formats.archive.xar import XarHandler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt, FormatError
from nacre.model.event import Child, Event, Problem
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

HEAP = b"content one" + zlib.compress(b"content two")


def archive(table: str, heap: bytes = HEAP) -> bytes:
    packed = zlib.compress(table.encode())
    return struct.pack(">4sHHQQI", b"xar!", 28, 1, len(packed), len(table), 0) + packed + heap


def events(data: bytes, limits: Limits | None = None) -> tuple[list[Event], str]:
    """All events but the table itself, and the error at the end."""
    found: list[Event] = []
    try:
        found.extend(XarHandler().extract(Fmap.from_bytes(data), Budget(limits or Limits())))
    except FormatError as error:
        return found[1:], str(error)
    return found[1:], ""


def told(found: list[Event]) -> dict[bytes, bytes]:
    return {event.name: event.data.read(0, 100) for event in found if isinstance(event, Child)}


def data(offset: int, length: int, encoding: str = "") -> str:
    style = f'<encoding style="{encoding}"/>' if encoding else ""
    return f"<data><offset>{offset}</offset><length>{length}</length>{style}</data>"


def test_names_after_the_data_and_folders() -> None:
    inner = f"<file>{data(0, 11)}<name>one</name></file>"
    found, fault = events(archive(f"<xar><toc><file>{inner}<name>late</name></file></toc></xar>"))
    assert (told(found), fault) == ({b"/one": b"content one"}, "")
    found, _ = events(archive(f"<xar><toc><file><name>d</name>{inner}</file></toc></xar>"))
    assert told(found) == {b"d/one": b"content one"}


def test_a_name_in_base64_and_attributes() -> None:
    attribute = "<ea><name>quarantine</name><offset>0</offset><length>7</length></ea>"
    two = data(11, len(HEAP) - 11, "application/x-gzip")
    table = f'<xar><file><name enctype="base64">b25l</name>{two}{attribute}</file></xar>'
    found, _ = events(archive(table))
    assert told(found) == {b"one": b"content two", b"one/quarantine": b"content"}


def test_a_subdocument_is_a_child() -> None:
    found, _ = events(archive("<xar><subdoc name='x'><a>text &amp; more</a></subdoc><toc/></xar>"))
    assert told(found) == {b"subdoc": b"<a>text &amp; more</a>"}


def test_an_unknown_encoding_is_told_and_the_bytes_are_scanned() -> None:
    found, _ = events(archive(f"<xar><file><name>a</name>{data(0, 11, 'x')}</file></xar>"))
    assert found[0] == Problem("a: unknown encoding, scanned as it is")
    assert told(found) == {b"a": b"content one"}


def test_what_is_named_twice_comes_once() -> None:
    one = f"<file><name>a</name>{data(0, 11)}</file>"
    found, _ = events(archive(f"<xar>{one * 50}</xar>"))
    assert len(found) == 1


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ("<xar><file>" + data(0, 11), "no element found"),
        ("<xar><file>" + data(0, 11) + "</xar>", "mismatched tag"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><xar>&a;</xar>', "declares entities"),
        ("<a>" * 300, "nested too deeply"),
        ('<?xml version="1.0" encoding="hex"?><xar>' + "\x80" * 9, "no element found"),
    ],
)
def test_damage_keeps_what_came_before(table: str, fault: str) -> None:
    found, reason = events(archive(table))
    assert fault in reason
    assert told(found) == ({b"": b"content one"} if "data" in table else {})


def test_no_archive() -> None:
    with pytest.raises(Corrupt):
        list(XarHandler().extract(Fmap.from_bytes(bytes(28)), Budget(Limits())))


def test_too_large_a_member_is_told() -> None:
    bomb = zlib.compress(bytes(100_000))
    table = f"<xar><file><name>a</name>{data(0, len(bomb), 'application/x-gzip')}</file></xar>"
    found, _ = events(archive(table, bomb), Limits(max_file_size=5000))
    assert [event.limit for event in found if isinstance(event, Problem)] == ["MaxFileSize"]


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_tables_in_other_encodings(encoding: str) -> None:
    table = (
        f'<?xml version="1.0" encoding="{encoding}"?><file><name>\xe4</name>{data(0, 11)}</file>'
    )
    raw = table.encode(encoding)
    packed = zlib.compress(raw)
    header = struct.pack(">4sHHQQI", b"xar!", 28, 1, len(packed), len(raw), 0)
    found, fault = events(header + packed + HEAP)
    assert (told(found), fault) == ({"\xe4".encode(): b"content one"}, "")
