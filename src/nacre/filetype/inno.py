"""The table by which a setup program of Inno Setup finds what lies behind it.

Layout: a mark of twelve bytes, then offsets in the file, among them those of the headers and of the
files. Programs of before 5.1.5 say at 48 where it is; since then it is a resource, which is found
by its mark here. Source: Inno Setup's ``Struct.pas``, and setup programs.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.fmap import Fmap

SETUP = b"Inno Setup Setup Data ("
"""How the headers begin, before their version."""
_POINTER_AT = 48
_POINTER = struct.Struct("<4sII")
_POINTED = b"Inno"
_ALL_BITS = (1 << 32) - 1
_MARK_SIZE = 12
_MARKS = (b"rDlPtS\xcd\xe6\xd7{\x0b*", b"nS5W7dT\x83\xaa\x1b\x0fj")
_TABLE = struct.Struct("<5I2I")
_WIDE_TABLE = struct.Struct("<I2q2I2qI")
_WIDE = 2
_FORM_7 = b"rDlPtS07\x87eVx"
_OLD_MARKS = {
    b"rDlPtS05\x87eVx": struct.Struct("<5I2I"),
    b"rDlPtS06\x87eVx": struct.Struct("<5I2I"),
    _FORM_7: struct.Struct("<4I2I"),
}
_PROGRAM = 8 << 20
"""Bytes of the largest program before the files, and more."""
_MOST = 256
"""Marks that are looked at; a program may hold one by chance."""


class Table(NamedTuple):
    """Offsets in the file."""

    headers: int
    files: int
    """0 when they are in files of their own."""
    program: int = 0
    """What the loader unpacks and runs, in a stream as the headers are; 0 if not known."""
    program_crc: int = 0
    """CRC-32 of it, unpacked."""


def table_of(data: Fmap) -> Table | None:
    """The table of a setup program, or of headers in a file of their own; None for others."""
    if data.read(0, len(SETUP)) == SETUP:
        return Table(0, 0)
    for table in _tables(data):
        if table is not None and data.read(table.headers, len(SETUP)) == SETUP:
            return table
    return None


def _tables(data: Fmap) -> Iterator[Table | None]:
    pointer = data.read(_POINTER_AT, _POINTER.size)
    if len(pointer) == _POINTER.size:
        mark, at, inverse = _POINTER.unpack(pointer)
        if mark == _POINTED and at ^ inverse == _ALL_BITS:
            yield _old(data, at)
    for mark in _MARKS:
        at = -1
        for _ in range(_MOST):
            at = data.find(mark, at + 1, min(len(data), _PROGRAM))
            if at < 0:
                break
            yield _new(data, at + _MARK_SIZE)


def _old(data: Fmap, at: int) -> Table | None:
    layout = _OLD_MARKS.get(data.read(at, _MARK_SIZE))
    fields = data.read(at + _MARK_SIZE, layout.size) if layout else b""
    if layout is None or len(fields) < layout.size:
        return None
    *_, headers, files = values = layout.unpack(fields)
    if data.read(at, _MARK_SIZE) != _FORM_7:
        return Table(headers, files)
    _, program, _, crc = values[:4]
    return Table(headers, files, program, crc)


def _new(data: Fmap, at: int) -> Table | None:
    wide = data.read(at, 4) == _WIDE.to_bytes(4, "little")
    layout = _WIDE_TABLE if wide else _TABLE
    fields, checksum = data.read(at, layout.size), data.read(at + layout.size, 4)
    if len(fields) < layout.size:
        return None
    whole = data.read(at - _MARK_SIZE, _MARK_SIZE + layout.size)
    if zlib.crc32(whole) != int.from_bytes(checksum, "little"):
        return None
    _, _, program, _, crc, headers, files = layout.unpack(fields)[:7]
    return Table(headers, files, program, crc) if min(headers, files, program) >= 0 else None
