"""Objects embedded into documents as OLE 1.0 packages (stream ``1Ole10Native``).

Layout: a size; for a file packed by the Packager a number (2), a label, the file's path, two
numbers, the path of a temporary copy, the file's size and its bytes. Other programs put their own
data right behind the size.
Spec: MS-OLEDS 2.3.6; the Packager's part is not published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.model.errors import Truncated
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from nacre.model.fmap import Fmap

_PACKAGE: Final = 2
_LONGEST_PATH: Final = 1 << 16


class Package(NamedTuple):
    """A file inside a document."""

    name: bytes
    data: Fmap
    whole: bool = False
    """Whether there is as much of it as its own size says, and not nothing."""


def package(stream: Fmap) -> Package:
    """The file, or whatever else is behind the size.

    Raises:
        Truncated: there is not even a size.
    """
    reader = Reader(stream)
    size = reader.u32le()
    start = reader.position
    try:
        packs = reader.u16le() == _PACKAGE
        found = _packed(reader)
    except Truncated:
        pass
    else:
        if packs or found.whole:
            return found
    reader.seek(start)
    return Package(b"", reader.view(size))


def _packed(reader: Reader) -> Package:
    label = _text(reader)
    path = _text(reader)
    reader.skip(4)
    reader.skip(reader.u32le())
    size = reader.u32le()
    name = (label or path).replace(b"\\", b"/").rpartition(b"/")[2]
    data = reader.view(size)
    return Package(name, data, whole=0 < size == len(data))


def _text(reader: Reader) -> bytes:
    text, end, _ = reader.peek(_LONGEST_PATH).partition(b"\0")
    if not end:
        raise Truncated("a path without an end")
    reader.skip(len(text) + 1)
    return text
