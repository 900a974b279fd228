"""The script of an NSIS installer, as far as it names the files.

Layout: flags; eight blocks, each an offset and a count; among them instructions of seven numbers
and the strings, of one or two bytes a character. An instruction to extract a file has its name and
the place of its data. Source: the headers of NSIS (``fileform.h``) as its documentation and
observation of what makensis writes tell of them.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_BLOCKS: Final = struct.Struct("<4x4x4x4x4x2I2I")
"""The third and the fourth of them: instructions and strings."""
_INSTRUCTION: Final = struct.Struct("<I4x2I12x")
_EXTRACT: Final = 20
_MOST: Final = 100_000
_LONGEST: Final = 1024
_CODES: Final = range(1, 5)
"""Characters that stand for a text of the language, a folder, a variable or a quoted one."""
_NARROW_CODES: Final = (*_CODES, *range(252, 256))
"""The same of NSIS 3 and of NSIS 2, each before two bytes."""


def names(header: Fmap, budget: Budget) -> dict[int, bytes]:
    """Names of files by the place of their data; what is not to be read is left out."""
    fields = header.read(0, _BLOCKS.size)
    if len(fields) < _BLOCKS.size:
        return {}
    start, count, strings, _ = _BLOCKS.unpack(fields)
    wide = header.read(strings, 2) == b"\0\0"
    found: dict[int, bytes] = {}
    for index in range(min(count, _MOST)):
        budget.check_time()
        fields = header.read(start + index * _INSTRUCTION.size, _INSTRUCTION.size)
        if len(fields) < _INSTRUCTION.size:
            break
        code, name, place = _INSTRUCTION.unpack(fields)
        if code == _EXTRACT and place not in found:
            found[place] = _text(header, strings, name, wide=wide)
    return found


def _text(header: Fmap, strings: int, index: int, *, wide: bool) -> bytes:
    if not wide:
        raw = header.read(strings + index, _LONGEST).split(b"\0", 1)[0]
        return _plain(list(raw), _NARROW_CODES, 2).encode("latin-1")
    raw = header.read(strings + 2 * index, _LONGEST)
    units = list(struct.unpack(f"<{len(raw) // 2}H", raw[: len(raw) // 2 * 2]))
    end = units.index(0) if 0 in units else len(units)
    return _plain(units[:end], _CODES, 1).encode("utf-8", "surrogatepass")


def _plain(units: list[int], codes: Container[int], size: int) -> str:
    """The characters, with ``$`` for what is known only when the installer runs."""
    text = []
    at = 0
    while at < len(units):
        special = units[at] in codes
        text.append("$" if special else chr(units[at]))
        at += 1 + size if special else 1
    return "".join(text)
