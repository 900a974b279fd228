"""Formulas in Excel workbooks in ClamAV's text form.

Layout: tokens of one byte, each with an operand of its own size, in postfix order. From 0x40 on
they repeat those from 0x20 on for other classes of values.
Spec: MS-XLS 2.5.198; for workbooks before Excel 97 the Excel 97 Developer's Kit.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from nacre.parsers.biff_names import COMMAND, functions, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_U16: Final = struct.Struct("<H")
_CALL: Final = struct.Struct("<BH")
_STRING: Final = 0x17
_ATTRIBUTE: Final = 0x19
_BOOLEAN: Final = 0x1D
_FUNCTION: Final = 0x21
_VARIABLE_FUNCTION: Final = 0x22
_REFERENCES: Final = 0x26
_CLASSED: Final = 0x40
_ATTRIBUTE_SIZE: Final = 3
_CHOOSE: Final = 4
_LONGEST: Final = 1024
"""Bytes that an operand takes at most."""


def text_of(data: bytes, count: int, *, wide: bool) -> tuple[bytes, int]:
    """A text of `count` characters at the start of `data`, and how many bytes it takes."""
    if not wide:
        return data[:count], count
    if data[:1] and data[0] & 1:
        raw = data[1 : 1 + 2 * count]
        return raw.decode("utf-16-le", "replace").encode("utf-8", "replace"), 1 + 2 * count
    return data[1 : 1 + count], 1 + count


def formula(data: bytes, *, wide: bool) -> Iterator[bytes]:
    """The tokens of a formula as text; `wide` since Excel 97."""
    names = tokens()
    at = 0
    while at < len(data):
        token = data[at]
        name = names.get(token)
        yield (b" " + name.encode()) if name else b" (null)"
        if name is None:
            return
        rest = data[at + 1 : at + 1 + _LONGEST]
        shown, size = _operand(_base(token), rest, wide=wide)
        yield shown
        at += 1 + size


def _base(token: int) -> int:
    """The token without the class of its value."""
    return token if token < _CLASSED else (token | 0x20) & 0x3F


def _operand(token: int, rest: bytes, *, wide: bool) -> tuple[bytes, int]:
    """What is shown of a token's operand, and how many bytes it takes."""
    if token == _STRING:
        count = rest[0] if rest else 0
        shown, size = text_of(rest[1:], count, wide=wide)
        # ClamAV begins at the token itself where the text is narrow.
        head = b"" if wide and rest[1:2] == b"\x01" else b"\x17" + rest[: 1 + wide]
        return head + shown, 1 + size
    if token == _ATTRIBUTE:  # a jump table follows the attribute "choose"
        size = _ATTRIBUTE_SIZE
        if len(rest) >= size and rest[0] & _CHOOSE:
            size += 2 * _U16.unpack_from(rest, 1)[0] + 2
        return b"", size
    size = (_SIZES if wide else _OLD_SIZES).get(token, 0)
    least, form = _SHOWN.get(token, (0, None))
    if form is None or len(rest) < least or not wide:
        return _function(token, rest), size
    return b" " + form(rest), size


def _function(token: int, rest: bytes) -> bytes:
    if token == _FUNCTION and len(rest) >= _U16.size:
        return _function_name(*_U16.unpack_from(rest))
    if token == _VARIABLE_FUNCTION and len(rest) >= _CALL.size:
        count, number = _CALL.unpack_from(rest)
        return b" args %d func" % count + _function_name(number)
    if token == _BOOLEAN and rest:
        return b" TRUE" if rest[0] else b" FALSE"
    if token == _REFERENCES:
        return b" REFERENCE-EXPRESSION"
    return b""


def _function_name(number: int) -> bytes:
    names = functions()
    name = names.get(number) or names.get(number & ~COMMAND, "<unknown function>")
    return f" {name} (0x{number:04x})".encode()


_SIZES: Final = {
    0x01: 4, 0x02: 4, 0x1C: 1, 0x1D: 1, 0x1E: 2, 0x1F: 8, 0x20: 7, 0x21: 2, 0x22: 3, 0x23: 4,
    0x24: 4, 0x25: 8, 0x26: 6, 0x27: 6, 0x28: 6, 0x29: 2, 0x2A: 4, 0x2B: 8, 0x2C: 4, 0x2D: 8,
    0x2E: 2, 0x2F: 2, 0x39: 6, 0x3A: 6, 0x3B: 10, 0x3C: 6, 0x3D: 10,
}  # fmt: skip
"""Bytes of an operand since Excel 97."""
_OLD_SIZES: Final = _SIZES | {
    0x23: 14, 0x24: 3, 0x25: 6, 0x2A: 3, 0x2B: 6, 0x2C: 3, 0x2D: 6, 0x39: 24, 0x3A: 17, 0x3B: 20,
    0x3C: 17, 0x3D: 20,
}  # fmt: skip
"""The same before."""


def _cell(rest: bytes, at: int = 0) -> bytes:
    row, column = struct.unpack_from("<HH", rest, at)
    return b"R%dC%d" % (row + 1, column + 1)


_SHOWN: Final[dict[int, tuple[int, Callable[[bytes], bytes]]]] = {
    0x01: (4, _cell),
    0x1E: (2, lambda rest: b"%d" % _U16.unpack_from(rest)[0]),
    0x1F: (8, lambda rest: b"%f" % struct.unpack_from("<d", rest)[0]),
    0x23: (4, lambda rest: b"0x%08x" % struct.unpack_from("<I", rest)[0]),
    0x24: (4, _cell),
    0x25: (8, lambda rest: _cell(rest) + b":" + _cell(rest, 4)),
    0x39: (4, lambda rest: b"NAMEIDX %d" % _U16.unpack_from(rest, 2)[0]),
    0x3A: (6, lambda rest: _cell(rest, 2)),
}
"""Least bytes of an operand, and its form, since Excel 97. Areas are shown in ClamAV's order."""
