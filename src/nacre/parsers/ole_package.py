"""Objects embedded into documents as OLE 1.0 packages (stream ``1Ole10Native``).

Layout: a size; for a file packed by the Packager the number 2, a label, the file's path, two
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
_LONGEST_PATH: Final = 4096


class Package(NamedTuple):
    """A file inside a document."""

    name: bytes
    data: Fmap


def package(stream: Fmap) -> Package:
    """The file, or whatever else is behind the size.

    Raises:
        Truncated: there is not even a size.
    """
    reader = Reader(stream)
    size = reader.u32le()
    start = reader.position
    try:
        if reader.u16le() == _PACKAGE:
            return _packed(reader)
    except Truncated:
        pass
    reader.seek(start)
    return Package(b"", reader.view(size))


def _packed(reader: Reader) -> Package:
    label = _text(reader)
    path = _text(reader)
    reader.skip(4)
    reader.skip(reader.u32le())
    size = reader.u32le()
    name = (label or path).replace(b"\\", b"/").rpartition(b"/")[2]
    return Package(name, reader.view(size))


def _text(reader: Reader) -> bytes:
    text, end, _ = reader.peek(_LONGEST_PATH).partition(b"\0")
    if not end:
        raise Truncated("a path without an end")
    reader.skip(len(text) + 1)
    return text
