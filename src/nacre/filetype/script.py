"""Where archives begin behind the lines of a script, as makeself and installers have them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.fmap import Fmap

INTERPRETER: Final = b"#!"
_COMPRESSED: Final = re.compile(
    rb"\n(?:\x1f\x8b\x08[\0-\x1f]|BZh[1-9]1AY&SY|\xfd7zXZ\0|\x28\xb5\x2f\xfd|\x1f\x9d[\x89-\x90]"
    rb"|LZIP\x01|\x89LZO\0)"
)
_TAR: Final = re.compile(rb"ustar[ \0]")
_TAR_AT: Final = 257
_LONGEST: Final = 16
_PIECE: Final = 1 << 20


def archives(data: Fmap) -> Iterator[int]:
    """Where each begins, behind the end of a line; none in what is no script."""
    if data.read(0, len(INTERPRETER)) != INTERPRETER:
        return
    at, size = 0, len(data)
    while at < size and (piece := data.read(at, _PIECE)):
        compressed = (at + found.start() + 1 for found in _COMPRESSED.finditer(piece))
        tars = (at + found.start() - _TAR_AT for found in _TAR.finditer(piece))
        lines = (start for start in tars if start > 0 and data.read(start - 1, 1) == b"\n")
        yield from sorted({*compressed, *lines})
        at += max(1, len(piece) - _LONGEST) if at + len(piece) < size else len(piece)
