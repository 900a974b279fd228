"""Where archives begin behind the lines of a script, as makeself and installers have them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from nacre.filetype.places import places

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


def archives(data: Fmap) -> Iterator[int]:
    """Where each begins, behind the end of a line, in no order; none in what is no script."""
    if data.read(0, len(INTERPRETER)) != INTERPRETER:
        return
    for line_end in places(data, _COMPRESSED, _LONGEST):
        yield line_end + 1
    for magic in places(data, _TAR, _LONGEST):
        start = magic - _TAR_AT
        if start > 0 and data.read(start - 1, 1) == b"\n":
            yield start
