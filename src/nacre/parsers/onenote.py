"""What OneNote sections say about the files in them: their extensions.

Layout: a declaration of a file has a text "<ifndf>" with the GUID of the file's data, and a text
with the extension. A node elsewhere says where the data of that GUID stands: number and formats of
the node, place and size in these formats, the GUID. Both are found by their texts and GUIDs, since
the lists that they stand in may be anywhere.
Spec: MS-ONESTORE 2.2.3, 2.2.4.2, 2.4.3, 2.5.21, 2.5.27. The whole name of a file, a property of
the page that shows it, is not read.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_REFERENCE: Final = "<ifndf>{".encode("utf-16-le")
_GUID_TEXT: Final = 72
_CLOSING: Final = "}".encode("utf-16-le")
_COUNT: Final = 4
_LONGEST: Final = 16
"""Characters of an extension."""
_MOST: Final = 64
"""Files whose extensions are looked for: each is a search of the section."""
_MOST_PLACES: Final = 16
_NODE: Final = 4
_DATA_REFERENCE: Final = 0x94
_PLACE_FORMATS: Final = ((8, 1), (4, 1), (2, 8), (4, 8))
"""Bytes of a place in a node, and what it counts."""
_SIZE_FORMATS: Final = (4, 8, 1, 2)


def extensions(data: Fmap, budget: Budget) -> dict[int, str]:
    """The extension, with its dot, of the file whose data object begins at each place."""
    found: dict[int, str] = {}
    for guid, extension in _declarations(data, budget):
        for place in _places(data, guid, budget):
            found.setdefault(place, extension)
    return found


def _declarations(data: Fmap, budget: Budget) -> Iterator[tuple[bytes, str]]:
    seen: set[bytes] = set()
    at, size = 0, len(data)
    while len(seen) < _MOST and (at := data.find(_REFERENCE, at, size)) >= 0:
        budget.check_time()
        at += len(_REFERENCE)
        text = data.read(at, _GUID_TEXT).decode("utf-16-le", "replace")
        extension = _extension(data, at + _GUID_TEXT)
        try:
            guid = uuid.UUID(text).bytes_le
        except ValueError:
            continue
        if extension and guid not in seen:
            seen.add(guid)
            yield guid, extension


def _extension(data: Fmap, at: int) -> str:
    """The text behind the end of a reference; empty where it is no extension."""
    head = data.read(at, len(_CLOSING) + _COUNT)
    count = int.from_bytes(head[len(_CLOSING) :], "little")
    if not head.startswith(_CLOSING) or count > _LONGEST:
        return ""
    raw = data.read(at + len(head), 2 * count)
    text = raw.decode("utf-16-le", "replace")
    return text if text.startswith(".") and text[1:].isalnum() else ""


def _places(data: Fmap, guid: bytes, budget: Budget) -> Iterator[int]:
    """Where the data of a GUID stands, by the nodes that say so."""
    at, size = -1, len(data)
    for _ in range(_MOST_PLACES):
        budget.check_time()
        at = data.find(guid, at + 1, size)
        if at < 0:
            return
        for number, (width, unit) in enumerate(_PLACE_FORMATS):
            for other, more in enumerate(_SIZE_FORMATS):
                start = at - more - width - _NODE
                node = data.read(start, _NODE + width) if start >= 0 else b""
                head = int.from_bytes(node[:_NODE], "little")
                if head & 0x3FF == _DATA_REFERENCE and (head >> 23) & 0xF == number | other << 2:
                    yield int.from_bytes(node[_NODE:], "little") * unit
