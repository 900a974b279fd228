"""Excel workbooks of 1993 to 2003: what their first part tells, and the text form of macro sheets.

Layout: the stream ``Workbook`` or ``Book`` is records of a number, a size and data; the sheets
follow the globals, which name them. Formulas are tokens in postfix order.
Spec: MS-XLS 2.4, 2.5.198; for ``Book`` the Excel 97 Developer's Kit.

The text form is ClamAV's: a line per record of the whole stream, ``number size name``, with the
contents of those that make a macro. Where ClamAV loses its place in a formula (behind strings,
functions and numbers) or shows the wrong part of a text, this one goes on and shows all.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.parsers.biff_encryption import FILE_PASSWORD
from nacre.parsers.biff_formula import formula, text_of
from nacre.parsers.biff_names import records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget

_HEADER: Final = struct.Struct("<HH")
_COUNT: Final = struct.Struct("<H")
_FORMULA: Final = 0x06
_EOF: Final = 0x0A
_NAME: Final = 0x18
_CONTINUE: Final = 0x3C
_SHEET: Final = 0x85
_DRAWINGS: Final = 0xEB
_STRING: Final = 0x207
_BEGIN: Final = 0x809
_BIFF8: Final = b"\x00\x06"
_MACRO_SHEET: Final = 1
_MACRO_SUBSTREAM: Final = 0x40
_SHEET_KINDS: Final = {
    0: "worksheet or dialog sheet", 1: "Excel 4.0 macro sheet", 2: "chart",
    6: "Visual Basic module",
}  # fmt: skip
_VISIBILITY: Final = ("visible", "hidden", "very hidden")
_HIDDEN_MACROS: Final = frozenset({bytes([1, _MACRO_SHEET]), bytes([2, _MACRO_SHEET])})
"""Visibility and kind of a sheet."""
_BUILT_IN: Final = 0x20
_BUILT_IN_NAMES: Final = {1: "auto_open", 2: "auto_close"}
_SHEET_KIND_AT: Final = 5
_NAME_AT: Final = 14
_FORMULA_AT: Final = 22
_EVERY: Final = 1024
_SURVEYED: Final = 1 << 16


class Record(NamedTuple):  # a tuple, because a workbook has hundreds of thousands
    """One record."""

    kind: int
    data: bytes
    size: int
    """What its header says."""


class Survey(NamedTuple):
    """What the globals of a workbook tell."""

    encrypted: bool
    macro_sheet: bool
    drawings: bytes
    """OfficeArt data of the whole workbook, pictures among it."""
    file_password: bytes
    """How it is encrypted."""
    wide: bool
    """Whether it is of 1997 or later."""


def walk(stream: bytes, budget: Budget) -> Iterator[Record]:
    """The records up to the end or to one that has none."""
    at = count = 0
    while at + _HEADER.size <= len(stream):
        if count % _EVERY == 0:
            budget.check_time()
        count += 1
        kind, size = _HEADER.unpack_from(stream, at)
        at += _HEADER.size
        yield Record(kind, stream[at : at + size], size)
        at += size


def survey(stream: bytes, budget: Budget) -> Survey:
    """Look at the records up to the end of the globals."""
    encrypted = macro_sheet = wide = False
    file_password = b""
    drawings = bytearray()
    before = 0
    for number, record in enumerate(walk(stream, budget)):
        if record.kind == _EOF or number >= _SURVEYED:
            break
        if record.kind == FILE_PASSWORD:
            encrypted, file_password = True, record.data
        elif record.kind == _SHEET:
            macro_sheet |= record.data[_SHEET_KIND_AT : _SHEET_KIND_AT + 1] == bytes([_MACRO_SHEET])
        elif record.kind == _BEGIN:
            wide |= record.data[:2] == _BIFF8
            macro_sheet |= record.data[2:4] == struct.pack("<H", _MACRO_SUBSTREAM)
        elif record.kind == _DRAWINGS or (record.kind == _CONTINUE and before == _DRAWINGS):
            drawings += record.data
            before = _DRAWINGS
            continue
        before = record.kind
    return Survey(encrypted, macro_sheet, bytes(drawings), file_password, wide)


def indicators(stream: bytes, budget: Budget) -> frozenset[str]:
    """What is remarkable about macro sheets, in ClamAV's words: "autorun", "hidden"."""
    found, wide = set(), False
    for number, record in enumerate(walk(stream, budget)):
        if record.kind == _EOF or number >= _SURVEYED:
            break
        if record.kind == _BEGIN:
            wide |= record.data[:2] == _BIFF8
        elif record.kind == _NAME and _built_in(record.data, wide=wide) in _BUILT_IN_NAMES:
            found.add("autorun")
        elif record.kind == _SHEET and record.data[_SHEET_KIND_AT - 1 :][:2] in _HIDDEN_MACROS:
            found.add("hidden")
    return frozenset(found)


def text(stream: bytes, budget: Budget) -> Iterator[bytes]:
    """The lines of the text form."""
    names = records()
    wide: bool | None = None
    for record in walk(stream, budget):
        if record.kind == _BEGIN and wide is None:
            wide = record.data[:2] == _BIFF8  # sheets may say another version
        line = b"%04x %6d   " % (record.kind, record.size)
        line += names.get(record.kind, "<unknown>").encode()
        yield line + _details(record, wide=wide is not False) + b"\n"


def _details(record: Record, *, wide: bool) -> bytes:
    data = record.data
    if record.kind == _SHEET and len(data) > _SHEET_KIND_AT:
        kind = _SHEET_KINDS.get(data[_SHEET_KIND_AT], "unknown type")
        seen = (
            _VISIBILITY[data[_SHEET_KIND_AT - 1]]
            if data[_SHEET_KIND_AT - 1] < len(_VISIBILITY)
            else "unknown visibility"
        )
        return f" - {kind}, {seen}".encode()
    if record.kind == _FORMULA and len(data) >= _FORMULA_AT:
        row, column = struct.unpack_from("<HH", data)
        (size,) = struct.unpack_from("<H", data, _FORMULA_AT - 2)
        head = b" - R%dC%d len=%d " % (row + 1, column + 1, size)
        return head + b"".join(formula(data[_FORMULA_AT : _FORMULA_AT + size], wide=wide))
    if record.kind == _NAME and len(data) > _NAME_AT:
        return b" - " + _defined_name(data, wide=wide)
    if record.kind == _STRING and len(data) > _COUNT.size:
        (count,) = _COUNT.unpack_from(data)
        return b' - "' + text_of(data[_COUNT.size :], count, wide=wide)[0] + b'"'
    return b""


def _defined_name(data: bytes, *, wide: bool) -> bytes:
    number = _built_in(data, wide=wide)
    if number is not None:
        return f"built-in-name {number} {_BUILT_IN_NAMES.get(number, '?')}".encode()
    return text_of(data[_NAME_AT:], data[3], wide=wide)[0]


def _built_in(data: bytes, *, wide: bool) -> int | None:
    """The number of a name that Excel knows; None for others."""
    if not data or not data[0] & _BUILT_IN:
        return None
    code = data[_NAME_AT + wide : _NAME_AT + wide + 1]
    return code[0] if code else 0
