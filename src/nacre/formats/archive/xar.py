"""xar archives (.xar, .pkg of macOS).

Layout: a header with the sizes of the table of contents; the table, XML in one zlib stream; the
heap, in which the table places each file's data by offset and length.
Spec: the wiki of the xar project (XarFormat), xar(1). Yields the table, its subdocuments and, for
each file, its data and extended attributes as one Child each, and compares their checksums, as far
as they are MD5, SHA-1 or SHA-256; signatures are not looked at. Unlike ClamAV it yields attributes,
keeps names, and stops at a table that declares entities.
"""

from __future__ import annotations

import binascii
import struct
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from nacre.codecs import bzip2, lzma, xz, zlib
from nacre.formats.base import REASONS, decoded_member, label, stored_member
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers import xml
from nacre.parsers.reader import Reader, ascii_decimal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nacre.codecs.base import Decoded
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MAGIC: Final = b"xar!"
_HEADER: Final = struct.Struct(">4sHHQQI")
_PIECE: Final = 64 << 10
_DEEPEST: Final = 256
_LONGEST_TEXT: Final = 4096
_DECODERS: Final[dict[str, Callable[..., Decoded]]] = {
    "application/x-gzip": zlib.decode,
    "application/x-bzip2": bzip2.decode,
    "application/x-lzma": lzma.decode,
    "application/x-xz": xz.decode,
}
_STORED: Final = "application/octet-stream"
_CONTENT: Final = frozenset({"data", "ea"})
_CHECKSUMS: Final = ("archived-checksum", "extracted-checksum")
_FIELDS: Final = frozenset({"offset", "length", "size", "name", *_CHECKSUMS})
_DIGESTS: Final = frozenset({"md5", "sha1", "sha256"})


class _Digest(NamedTuple):
    kind: str
    value: bytes

    def fits(self, content: Fmap) -> bool:
        """Whether `content` has it, or it is of a kind that is not known."""
        return self.kind not in _DIGESTS or content.digest(self.kind) == self.value


class _Content(NamedTuple):
    """A piece of the heap; an empty encoding is that of a subdocument, which is in the table."""

    name: bytes
    offset: int
    length: int
    encoding: str
    packed: _Digest
    """Of the piece."""
    unpacked: _Digest
    """Of what comes out of it."""


_NO_DIGEST: Final = _Digest("", b"")


class XarHandler:
    """Unpacks xar archives."""

    TYPES: ClassVar = frozenset({FileType.XAR})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the table of contents and what it places."""
        reader = Reader(data)
        magic, header_size, _version, packed, _size, _checksum = _HEADER.unpack(
            reader.take(_HEADER.size)
        )
        if magic != _MAGIC or header_size < _HEADER.size:
            raise Corrupt("not a xar archive")
        decoded = zlib.decode(data.slice(header_size, packed), budget)
        yield from decoded_member(decoded, b"", budget)
        heap_start = header_size + packed
        heap = data.slice(heap_start, max(0, len(data) - heap_start))
        seen: set[tuple[int, int, str]] = set()
        for content in _contents(decoded.data, budget):
            key = (content.offset, content.length, content.encoding)
            if key not in seen:
                seen.add(key)
                yield from _member(content, heap if content.encoding else decoded.data, budget)


def _member(content: _Content, source: Fmap, budget: Budget) -> Iterator[Event]:
    budget.check_child(0)
    if not content.encoding:
        return _subdocument(content, source, budget)
    return _placed(content, source, budget)


def _subdocument(content: _Content, table: Fmap, budget: Budget) -> Iterator[Event]:
    """What stands between the tags of a subdocument."""
    whole = table.slice(content.offset, content.length)
    inside = whole.slice(whole.find(b">", 0, len(whole)) + 1, len(whole))
    yield from stored_member(inside, content.name, len(inside), budget)


def _placed(content: _Content, source: Fmap, budget: Budget) -> Iterator[Event]:
    piece = source.slice(content.offset, content.length)
    whole = len(piece) == content.length
    if not whole:
        yield Problem(
            f"{label(content.name)}: {content.length} bytes promised, {len(piece)} present"
        )
    decode = _DECODERS.get(content.encoding)
    if decode:
        decoded = decode(piece, budget)
        yield from decoded_member(decoded, content.name, budget)
        fits = content.packed.fits(piece) and content.unpacked.fits(decoded.data)
        if whole and decoded.status == "done" and not fits:
            yield Problem(f"{label(content.name)}: {REASONS['checksum']}")
        return
    if content.encoding != _STORED:
        yield Problem(f"{label(content.name)}: unknown encoding, scanned as it is")
    yield from stored_member(piece, content.name, content.length, budget)
    if whole and not content.packed.fits(piece):
        yield Problem(f"{label(content.name)}: {REASONS['checksum']}")


def _contents(text: Fmap, budget: Budget) -> Iterator[_Content]:
    """What the table places, in its order.

    Raises:
        Corrupt: the table is damaged; what was complete before it was yielded.
    """
    table = _Table(text)
    fault = None
    for at in range(0, len(text), _PIECE):
        budget.check_time()
        try:
            table.feed(text.read(at, _PIECE), last=at + _PIECE >= len(text))
        except (xml.ExpatError, Corrupt) as error:
            fault = str(error)
        yield from table.take()
        if fault:
            yield from table.rest()
            raise Corrupt(f"table of contents: {fault}")


class _Table:
    """The table of contents, read as far as it goes."""

    def __init__(self, text: Fmap) -> None:
        self._parser = xml.parser(text)
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._elements: list[str] = []
        self._names: list[bytes] = []
        """Of the file being read and of those around it."""
        self._fields: dict[str, str] = {}
        self._waiting: list[list[dict[str, str]]] = [[]]
        """Content of those files, whose names may come after it; first what is in no file."""
        self._value = ""
        self._base64 = False
        self._subdocument = 0
        self._found: list[_Content] = []

    def feed(self, piece: bytes, *, last: bool) -> None:
        """Read on.

        Raises:
            ExpatError: it is no XML.
            Corrupt: it is none of ours.
        """
        self._parser.Parse(piece, last)

    def take(self) -> list[_Content]:
        """What was found since the last call."""
        found, self._found = self._found, []
        return found

    def rest(self) -> list[_Content]:
        """What was found in files whose end is missing."""
        return [self._content(fields) for waiting in self._waiting for fields in waiting]

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        if len(self._elements) >= _DEEPEST:
            raise Corrupt("nested too deeply")
        self._elements.append(element)
        self._value = ""
        self._base64 = attributes.get("enctype") == "base64"
        if element == "file":
            self._names.append(b"")
            self._waiting.append([])
        elif element in _CONTENT:
            self._fields = {}
        elif element == "encoding":
            self._fields["encoding"] = attributes.get("style", "")
        elif element in _CHECKSUMS:
            self._fields[f"{element}-kind"] = attributes.get("style", "")
        elif element == "subdoc" and not self._subdocument:
            self._subdocument = self._parser.CurrentByteIndex

    def _text(self, text: str) -> None:
        if len(self._value) < _LONGEST_TEXT:
            self._value += text

    def _end(self, element: str) -> None:
        self._elements.pop()
        parent = self._elements[-1] if self._elements else ""
        if element in _FIELDS and parent in _CONTENT:
            self._fields[element] = self._value
        elif element == "name" and parent == "file":
            self._names[-1] = _name(self._value, self._base64)
        elif element in _CONTENT:
            self._waiting[-1].append(self._fields)
        elif element == "file":
            self._found += map(self._content, self._waiting.pop())
            self._names.pop()
        elif element == "subdoc" and parent != "subdoc":
            start, self._subdocument = self._subdocument, 0
            length = self._parser.CurrentByteIndex - start
            self._found.append(_Content(b"subdoc", start, length, "", _NO_DIGEST, _NO_DIGEST))

    def _content(self, fields: dict[str, str]) -> _Content:
        offset, length = (_number(fields.get(key, "")) for key in ("offset", "length"))
        names = [*self._names, fields["name"].encode()] if "name" in fields else self._names
        path = b"/".join(names)[:_LONGEST_TEXT]
        digests = (_digest(fields, name) for name in _CHECKSUMS)
        return _Content(path, offset, length, fields.get("encoding") or _STORED, *digests)


def _digest(fields: dict[str, str], name: str) -> _Digest:
    try:
        value = bytes.fromhex(fields.get(name, ""))
    except ValueError:
        return _NO_DIGEST
    return _Digest(fields.get(f"{name}-kind", "").lower(), value)


def _number(text: str) -> int:
    return ascii_decimal(text.strip().encode("utf-8")) or 0


def _name(text: str, in_base64: bool) -> bytes:  # noqa: FBT001 - of two values
    raw = text.encode()
    try:
        return binascii.a2b_base64(raw) if in_base64 else raw
    except binascii.Error:
        return raw
