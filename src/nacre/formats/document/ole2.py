"""OLE2 documents: Word, Excel, PowerPoint of 1997 to 2003, Hangul, MSI packages, Outlook messages.

Layout and spec: parsers/ole2.py. Yields one Child per stream, and before it one for each thing that
the stream holds in a form of its own: files embedded as OLE packages (parsers/ole_package.py), the
objects of presentations (parsers/presentation.py), macros (parsers/vba.py, biff.py, word6.py) and
pictures of workbooks (parsers/office_art.py), the RTF of messages and the inflated streams of
Hangul 5 documents (parsers/hwp5.py).

Streams that the directory does not lead to are found too, which ClamAV leaves out. Encrypted
documents are decrypted with Office's default passwords and those of the database
(formats/locked_office.py); pictures and properties of presentations stay encrypted, and are told
of.
"""

from __future__ import annotations

import struct
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import deflate, lzfu, zlib
from nacre.formats.base import REASONS, label, stored_member
from nacre.formats.locked_office import ENCRYPTED, package_events, word_events
from nacre.formats.macros import CACHE, DIRECTORY, hidden_source, macro_text, vba_events
from nacre.formats.office_facts import with_facts
from nacre.formats.presentation import presentation_events
from nacre.formats.workbook import STREAMS, picture_events, workbook_events
from nacre.model.errors import LimitExceeded, Truncated
from nacre.model.event import Child, Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.parsers import hwp5
from nacre.parsers.ole2 import STREAM, CompoundFile, Entry
from nacre.parsers.ole_package import package
from nacre.parsers.presentation_encryption import is_encrypted
from nacre.parsers.word6 import macros

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nacre.codecs.base import Decoded
    from nacre.model.budget import Budget

_MOST_ENTRIES: Final = 100_000
_LARGEST_PICTURES: Final = 64 << 20
_PACKAGE: Final = "encryptedpackage"
_PACKAGE_INFO: Final = "encryptioninfo"
_ENCRYPTED_SUMMARY: Final = "encryptedsummary"
_DOCUMENT: Final = "worddocument"
_PRESENTATION: Final = "powerpoint document"
_USER: Final = "current user"
_PICTURES: Final = "pictures"
_MACROS: Final = "vba"
_SIZE: Final = 4
_ZLIB_HEAD: Final = _SIZE + 2
_ZLIB_METHOD: Final = b"\x78"
_ZLIB_DICTIONARY: Final = 0x20
_FIB: Final = struct.Struct("<H8xH")
_FIB_MAGICS: Final = frozenset({0xA5EC, 0xA5DC, 0xA697, 0xA699})
_FIB_ENCRYPTED: Final = 0x100


class Ole2Handler:
    """Takes compound files apart."""

    TYPES: ClassVar = frozenset({FileType.MSOLE2})
    OPTION: ClassVar = "scan_ole2"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the streams and what is inside them."""
        file = CompoundFile(data, budget)
        entries = list(islice(file.entries(), _MOST_ENTRIES))
        events = _Walk(file, entries, budget).events()
        return with_facts(events, file, entries) if budget.facts else events


class _Walk:
    """One pass over a compound file."""

    def __init__(self, file: CompoundFile, entries: list[Entry], budget: Budget) -> None:
        self._file = file
        self._budget = budget
        self._entries = entries
        self._projects = _projects(entries)
        self._modules: set[int] = set()
        """Streams that are modules of a project that was read."""
        self._hangul = hwp5.NONE
        self._storages: dict[tuple[str, ...], dict[str, Entry]] = {}

    def events(self) -> Iterator[Event]:
        for storage in self._projects.values():
            self._modules |= yield from vba_events(self._file, storage, self._budget)
        yield from self._hangul_header()
        for entry in self._entries:
            if entry.kind == STREAM and entry.size:
                yield from self._stream(entry)
        if len(self._entries) == _MOST_ENTRIES:
            yield Problem(f"only the first {_MOST_ENTRIES} streams were looked at", "MaxFiles")
        if self._file.damaged:
            yield Problem("the allocation table is damaged: streams may be cut, or wrong")

    def _hangul_header(self) -> Iterator[Event]:
        for entry in self._entries:
            if len(entry.path) == 1 and entry.name.lower() == hwp5.HEADER:
                self._hangul = hwp5.header(self._file.content(entry))
                if self._hangul.encrypted:
                    yield Problem("the document is encrypted")
                return

    def _stream(self, entry: Entry) -> Iterator[Event]:
        name = "/".join(entry.path).encode("utf-8", "replace")
        try:
            self._budget.check_child(entry.size)
        except LimitExceeded as reached:
            if reached.option not in {"MaxFileSize", "MaxScanSize"}:
                raise
            yield Problem(f"{label(name)}: {reached}", limit=reached.option)
            return
        for content in (self._file.content(entry), self._file.other_content(entry)):
            if content is not None:
                yield from self._inside(entry, content, name)
                yield from stored_member(content, name, entry.size, self._budget)

    def _inside(self, entry: Entry, content: Fmap, name: bytes) -> Iterator[Event]:
        """What a stream holds in a form of its own."""
        kind = entry.name.lower()
        reader = _READERS.get(kind)
        if reader is not None:
            yield from reader(content, self._budget)
        if kind == _PRESENTATION:
            user = self._encrypting_user(entry)
            if user is not None and _PICTURES in self._beside(entry):
                yield Problem("encrypted content: Pictures")
            yield from presentation_events(content, user, self._budget)
        elif kind == _DOCUMENT and _is_encrypted(content):
            yield from word_events(content, self._file, self._beside(entry), self._budget)
        elif kind in _LOCKED and len(entry.path) == 1:
            yield from self._locked(entry, content)
        if reader is not None or kind in _READ_OTHERWISE:
            return
        if self._hangul is not hwp5.NONE and not self._hangul.encrypted:
            yield from self._inflated(content, name)
        yield from self._otherwise(entry, content, name)

    def _otherwise(self, entry: Entry, content: Fmap, name: bytes) -> Iterator[Event]:
        """What a stream holds whose name says nothing."""
        start = _deflated_at(content)
        if start is not None:
            decoded = zlib.decode(content.slice(start, len(content)), self._budget)
            # The text "x " begins so as well.
            if len(decoded.data) or decoded.status in ("done", "limit"):
                yield from _decoded(decoded, name, self._budget)
        elif self._is_beside_macros(entry) and entry.number not in self._modules:
            yield from hidden_source(content, entry.name, self._budget)

    def _is_beside_macros(self, entry: Entry) -> bool:
        storage = entry.path[:-1]
        return storage in self._projects or (bool(storage) and storage[-1].lower() == _MACROS)

    def _locked(self, entry: Entry, content: Fmap) -> Iterator[Event]:
        """What a password may open."""
        kind = entry.name.lower()
        if kind == _PACKAGE and self._beside(entry)[kind] is not entry:
            # The work for a key is done once, whatever there is of such streams.
            yield ENCRYPTED
            yield Problem("encrypted content: another EncryptedPackage")
        elif kind == _PACKAGE:
            info = self._beside(entry).get(_PACKAGE_INFO)
            beside = info and self._file.content(info)
            yield from package_events(beside, content, self._budget)
        else:
            if not self._encrypting_user(entry):
                yield ENCRYPTED
            yield Problem("encrypted content: EncryptedSummary")

    def _encrypting_user(self, entry: Entry) -> Fmap | None:
        """The stream that says so of an encrypted presentation beside an entry."""
        beside = self._beside(entry)
        user = beside.get(_USER)
        if user is None or _PRESENTATION not in beside:
            return None
        content = self._file.content(user)
        return content if is_encrypted(content) else None

    def _beside(self, entry: Entry) -> dict[str, Entry]:
        """The streams of the storage that one is in, by their names in lower case."""
        if not self._storages:
            for other in self._entries:
                if other.kind == STREAM and other.size:
                    names = self._storages.setdefault(other.path[:-1], {})
                    names.setdefault(other.name.lower(), other)
        return self._storages[entry.path[:-1]]

    def _inflated(self, content: Fmap, name: bytes) -> Iterator[Event]:
        # Which streams are deflated is not told of one by one: what does not begin so is none.
        decoded = deflate.decode(content, self._budget)
        begun = len(decoded.data) > 0 and self._hangul.compressed
        if decoded.status in ("done", "limit") or begun:
            yield from _decoded(decoded, name, self._budget)


def _projects(entries: list[Entry]) -> dict[tuple[str, ...], dict[str, Entry]]:
    """The storages with a VBA project, each with its entries by name."""
    projects: dict[tuple[str, ...], dict[str, Entry]] = {
        entry.path[:-1]: {} for entry in entries if entry.name.lower() in (DIRECTORY, CACHE)
    }
    for entry in entries:
        storage = projects.get(entry.path[:-1])
        if storage is not None:
            storage[entry.name.lower()] = entry
    return projects


def _deflated_at(stream: Fmap) -> int | None:
    """Where a zlib stream begins that is all there is, or all but a size before it.

    Documents in XML and Hangul keep objects so.
    """
    head = stream.read(0, _ZLIB_HEAD)
    for start in (0, _SIZE):
        method, check = head[start : start + 1], head[start + 1 : start + 2]
        sound = bool(check) and int.from_bytes(method + check) % 31 == 0
        if method == _ZLIB_METHOD and sound and not check[0] & _ZLIB_DICTIONARY:
            return start if any(head[:start]) or not start else None
    return None


def _document(stream: Fmap, budget: Budget) -> Iterator[Event]:
    for number, macro in enumerate(macros(stream, budget), 1):
        content = Fmap.from_bytes(macro)
        yield from macro_text(content, b"macro%d" % number, FileType.MSOLE2, budget)


def _is_encrypted(stream: Fmap) -> bool:
    """What the first fields of a Word document say (MS-DOC 2.5.2)."""
    head = stream.read(0, _FIB.size)
    if len(head) < _FIB.size:
        return False
    magic, flags = _FIB.unpack(head)
    return magic in _FIB_MAGICS and bool(flags & _FIB_ENCRYPTED)


def _rich_text(stream: Fmap, budget: Budget) -> Iterator[Event]:
    """The RTF of a message (MS-OXMSG 2.1.3, property 1009)."""
    yield from _decoded(lzfu.decode(stream, budget), b"body.rtf", budget)


def _pictures(stream: Fmap, budget: Budget) -> Iterator[Event]:
    """The pictures of a presentation (MS-PPT 2.1.3); encrypted ones are none."""
    if len(stream) > _LARGEST_PICTURES:
        yield Problem(f"only the first {_LARGEST_PICTURES} bytes of pictures were looked at")
    yield from picture_events(stream.read(0, _LARGEST_PICTURES), budget)


def _package(stream: Fmap, budget: Budget) -> Iterator[Event]:
    try:
        file = package(stream)
    except Truncated:
        return
    yield from stored_member(file.data, file.name, len(file.data), budget)


def _decoded(decoded: Decoded, name: bytes, budget: Budget) -> Iterator[Event]:
    if decoded.status == "limit":
        budget.check_time()
        budget.waste(len(decoded.data))
        yield Problem(f"{label(name)}: more than the limits leave", limit="MaxScanSize")
        return
    if len(decoded.data):
        yield Child(decoded.data, name, stored_size=decoded.consumed)
    if decoded.status != "done":
        yield Problem(f"{label(name)}: {REASONS[decoded.status]}")


_LOCKED: Final = frozenset({_PACKAGE, _ENCRYPTED_SUMMARY})
"""Streams that are always encrypted, where they are in no storage."""
_READ_OTHERWISE: Final = _LOCKED | {_PRESENTATION}
_READERS: Final[dict[str, Callable[[Fmap, Budget], Iterator[Event]]]] = {
    "\x01ole10native": _package,
    _DOCUMENT: _document,
    "__substg1.0_10090102": _rich_text,
    _PICTURES: _pictures,
    **dict.fromkeys(STREAMS, workbook_events),
}
"""What looks into a stream of that name."""
