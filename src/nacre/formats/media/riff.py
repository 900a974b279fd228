"""RIFF files: animated cursors that overrun a program's buffer (MS05-002).

Layout: RIFF or RIFX (big endian), size, form, then chunks: name, size, data padded to two bytes;
LIST, PROP, FORM and CAT hold chunks behind a name of their own.
Spec: Microsoft RIFF (multimedia programming interface 1.0). Yields a finding for
an `anih` chunk of the wrong size in a form ACON, looks at nothing else.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.model.errors import Truncated
from nacre.model.event import Finding
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap

_HEADER_SIZE: Final = 8
_FORM_SIZE: Final = 4
_LISTS: Final = frozenset({b"LIST", b"PROP", b"FORM", b"CAT "})
_CURSOR_HEADER: Final = b"anih"
_CURSOR_HEADER_SIZE: Final = 36
_CURSOR: Final = b"ACON"
_DEEPEST: Final = 1000
_EXPLOIT: Final = Finding("Heuristics.Exploit.W32.MS05-002", "heuristic_alerts")


class RiffHandler:
    """Looks at animated cursors."""

    TYPES: ClassVar = frozenset({FileType.RIFF})
    OPTION: ClassVar = "heuristic_alerts"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the exploit, if it is one."""
        layout = struct.Struct(">I" if data.read(0, 4) == b"RIFX" else "<I")
        head = data.read(0, _HEADER_SIZE + _FORM_SIZE)
        if len(head) < _HEADER_SIZE + _FORM_SIZE:
            raise Truncated("a RIFF file without a form")
        if head[_HEADER_SIZE:] == _CURSOR and _overruns(data, layout, budget):
            yield _EXPLOIT


def _overruns(data: Fmap, layout: struct.Struct, budget: Budget) -> bool:
    ends = [len(data)]
    at = _HEADER_SIZE + _FORM_SIZE
    while ends:
        budget.check_time()
        if at + _HEADER_SIZE > ends[-1]:
            at = ends.pop()
            continue
        head = data.read(at, _HEADER_SIZE)
        name, size = head[:4], layout.unpack(head[4:])[0]
        at += _HEADER_SIZE
        if name == _CURSOR_HEADER and size != _CURSOR_HEADER_SIZE:
            return True
        end = min(at + size + size % 2, ends[-1])
        if name in _LISTS and len(ends) < _DEEPEST:
            ends.append(end)
            at += _FORM_SIZE
        else:
            at = end
    return False
