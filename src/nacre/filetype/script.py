"""Where archives begin behind the lines of a script, as makeself and installers have them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.fmap import Fmap

INTERPRETER: Final = b"#!"
_MARKS: Final = (
    (b"\n\x1f\x8b\x08", re.compile(rb"\n\x1f\x8b\x08[\0-\x1f]")),
    (b"\nBZh", re.compile(rb"\nBZh[1-9]1AY&SY")),
    (b"\n\xfd7zXZ\0", re.compile(rb"")),
    (b"\n\x28\xb5\x2f\xfd", re.compile(rb"")),
    (b"\n\x1f\x9d", re.compile(rb"\n\x1f\x9d[\x89-\x90]")),
    (b"\nLZIP\1", re.compile(rb"")),
    (b"\n\x89LZO\0", re.compile(rb"")),
    (b"ustar", re.compile(rb"ustar[ \0]")),
)
"""What the first bytes of archives are found by, and what they must be."""
_LONGEST: Final = 16
_USTAR_AT: Final = 257
_MOST: Final = 16


def archives(data: Fmap) -> Iterator[int]:
    """Where each begins, the first of every kind; none in what is no script."""
    if data.read(0, len(INTERPRETER)) != INTERPRETER:
        return
    found = set()
    for mark, whole in _MARKS:
        at = data.find(mark, 0, len(data))
        for _ in range(_MOST):
            if at < 0:
                break
            if whole.match(data.read(at, _LONGEST)):
                start = at + 1 if mark.startswith(b"\n") else at - _USTAR_AT
                if start > 0 and data.read(start - 1, 1) == b"\n":
                    found.add(start)
                    break
            at = data.find(mark, at + 1, len(data))
    yield from sorted(found)
