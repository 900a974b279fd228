"""OpenIOC indicators, of which only file hashes are meant.

An XML document with ``Indicator`` elements; inside, an ``IndicatorItem`` whose last ``Context`` has
document ``FileItem`` and a search for one of three digests gives a hash of files of any size for
each ``Content``. The alert is called after the file and the hash as written. Element names count
without their prefix. The schema is that of Mandiant, http://schemas.mandiant.com/2010/ioc.

What stands before damage is used. Entities that a document declares are refused: nothing is gained
by them here, and they can grow without bound.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from nacre.signatures.base import LineKind, SignatureType, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SEARCHES = frozenset({"FileItem/Md5sum", "FileItem/Sha1sum", "FileItem/Sha256sum"})
_DIGEST = re.compile(r"(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})\Z")
_LONGEST = 200
"""Characters of a content that are looked at: a digest and blanks around it."""
_ANY_SIZE_LEVEL = 73


class _EntityError(Exception):
    """The document declares an entity."""


class _Reader:
    """Collects the digests that a document names; handlers of an expat parser."""

    def __init__(self) -> None:
        self.digests: list[str] = []
        self._indicators = 0
        self._wanted = False
        self._contents: list[str] = []
        self._text: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        match _local(name):
            case "Indicator":
                self._indicators += 1
            case "IndicatorItem":
                self._wanted, self._contents = False, []
            case "Context":
                document, search = attributes.get("document"), attributes.get("search")
                self._wanted = document == "FileItem" and search in _SEARCHES
            case "Content":
                self._contents.append("")
                self._text = ""
            case _:
                self.cut()

    def end(self, name: str) -> None:
        """An element ends."""
        match _local(name):
            case "Indicator":
                self._indicators -= 1
            case "IndicatorItem":
                if self._wanted and self._indicators > 0:
                    found = (content.strip() for content in self._contents)
                    self.digests.extend(text for text in found if _DIGEST.match(text))
                self._wanted, self._contents = False, []
            case "Content":
                self.cut()

    def text(self, text: str) -> None:
        """Characters, a piece at a time."""
        if self._text is not None and len(self._text) < _LONGEST:
            self._text += text
            self._contents[-1] = self._text

    def cut(self, *_: object) -> None:
        """Only what stands in a content before anything else counts."""
        self._text = None

    def entity(self, *_: object) -> None:
        """An entity is declared."""
        raise _EntityError


def indicators(name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A line in the form of `hsb` for each digest in the document `name`."""
    from xml.parsers import expat  # noqa: PLC0415 - hardly any database has such files

    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.CommentHandler = reader.cut
    parser.StartCdataSectionHandler = reader.cut
    parser.EntityDeclHandler = reader.entity
    label = os.fsencode(re.sub(r"[\s:]", "_", name))
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)  # noqa: FBT003 - takes no keyword
            yield from _lines(label, reader)
        parser.Parse(b"", True)  # noqa: FBT003
    except (expat.ExpatError, _EntityError, ValueError, LookupError):
        pass
    yield from _lines(label, reader)


def _lines(label: bytes, reader: _Reader) -> Iterator[bytes]:
    for digest in map(str.encode, reader.digests):
        yield b"%b:*:%b.%b:%d\n" % (digest, label, digest, _ANY_SIZE_LEVEL)
    reader.digests.clear()


def _local(name: str) -> str:
    return name.rpartition(":")[2]


TYPE = SignatureType(
    name="OpenIOC indicators",
    suffixes=("ioc",),
    status=Status.USED,
    kind=LineKind.INDICATOR,
    by_line=False,
    lines=indicators,
)
