"""OLE 1.0 objects as documents carry them: a header, then the data of the program that made them.

Layout: version, format, three texts with their lengths in front (class, topic, item), then for an
embedded object the size of its data and the data.
Spec: MS-OLEDS 2.2.4 and 2.2.5. What is shown in place of the object is not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.model.errors import Corrupt
from nacre.parsers.ole_package import package
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from nacre.model.fmap import Fmap

_LINKED: Final = 1
_LONGEST_TEXT: Final = 4096
_PACKAGE: Final = b"package"
_PACKED_AT: Final = 4
_PACKED: Final = b"\2\0"
"""What the Packager writes behind the size, whatever class the object is said to have."""


class Embedded(NamedTuple):
    """What an object holds."""

    kind: bytes
    """Its class, such as ``Word.Document.8``."""
    name: bytes
    data: Fmap


def embedded(stream: Fmap) -> Embedded:
    """The data of an object; that of the Packager is the file it packed.

    Raises:
        Truncated, Corrupt: it is no object, or none that is embedded.
    """
    reader = Reader(stream)
    reader.skip(4)  # the version, which nobody looks at
    form = reader.u32le()
    kind = _text(reader)
    _text(reader)
    _text(reader)
    if kind.lower() == _PACKAGE or reader.peek(_PACKED_AT + 2)[_PACKED_AT:] == _PACKED:
        packed = package(stream.slice(reader.position, len(stream)))
        if kind.lower() == _PACKAGE or packed.whole:
            return Embedded(kind, packed.name, packed.data)
    if form == _LINKED:
        raise Corrupt("a link")
    size = reader.u32le()
    return Embedded(kind, b"", reader.view(size))


def _text(reader: Reader) -> bytes:
    size = reader.u32le()
    if size > _LONGEST_TEXT:
        raise Corrupt("a text too long to be one")
    return reader.take(size).partition(b"\0")[0]
