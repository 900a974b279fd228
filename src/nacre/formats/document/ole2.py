"""OLE2 documents: Word, Excel and PowerPoint of 1997 to 2003, MSI packages, Outlook messages.

Layout and spec: parsers/ole2.py. Yields one Child per stream, and one for what a stream holds in a
form of its own: files embedded as OLE packages (parsers/ole_package.py) and the objects of
presentations (parsers/presentation.py). Streams that the directory does not lead to are found too,
which ClamAV leaves out.
"""

from __future__ import annotations

import struct
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import zlib
from nacre.formats.base import REASONS, label, stored_member
from nacre.formats.macros import CACHE, DIRECTORY, hidden_source, macro_text, vba_events
from nacre.formats.workbook import ENCRYPTED, STREAMS, workbook_events
from nacre.model.errors import LimitExceeded, Truncated
from nacre.model.event import Child, Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.parsers.ole2 import STREAM, CompoundFile, Entry
from nacre.parsers.ole_package import package
from nacre.parsers.presentation import stored_objects
from nacre.parsers.word6 import macros

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget

_MOST_ENTRIES: Final = 100_000
_NATIVE: Final = "\x01ole10native"
_PRESENTATION: Final = "powerpoint document"
_DOCUMENT: Final = "worddocument"
_ENCRYPTED_STREAMS: Final = frozenset({"encryptedpackage", "encryptedsummary"})
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
        projects = _projects(entries)
        modules: set[int] = set()
        for storage in projects.values():
            modules |= yield from vba_events(file, storage, budget)
        for entry in entries:
            if entry.kind == STREAM and entry.size:
                in_project = entry.path[:-1] in projects and entry.number not in modules
                yield from _stream(file, entry, budget, in_project=in_project)
        if len(entries) == _MOST_ENTRIES:
            yield Problem(f"only the first {_MOST_ENTRIES} streams were looked at", "MaxFiles")
        if file.damaged:
            yield Problem("the allocation table is damaged: streams may be cut, or wrong")


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


def _stream(
    file: CompoundFile, entry: Entry, budget: Budget, *, in_project: bool
) -> Iterator[Event]:
    name = "/".join(entry.path).encode("utf-8", "replace")
    try:
        budget.check_child(entry.size)
    except LimitExceeded as reached:
        if reached.option not in {"MaxFileSize", "MaxScanSize"}:
            raise
        yield Problem(f"{label(name)}: {reached}", limit=reached.option)
        return
    content = file.content(entry)
    kind = entry.name.lower()
    if kind == _NATIVE:
        yield from _package(content, budget)
    elif kind == _PRESENTATION:
        yield from _objects(content, budget)
    elif kind in STREAMS:
        yield from workbook_events(content, budget)
    elif kind == _DOCUMENT:
        yield from _document(content, budget)
    elif kind in _ENCRYPTED_STREAMS and not entry.path[:-1]:
        yield ENCRYPTED
        yield Problem(f"encrypted content: {label(name)}")
    elif in_project:
        yield from hidden_source(content, entry.name, budget)
    yield from stored_member(content, name, entry.size, budget)


def _is_encrypted_document(stream: Fmap) -> bool:
    """What the first fields of a Word document say (MS-DOC 2.5.2)."""
    head = stream.read(0, _FIB.size)
    if len(head) < _FIB.size:
        return False
    magic, flags = _FIB.unpack(head)
    return magic in _FIB_MAGICS and bool(flags & _FIB_ENCRYPTED)


def _document(stream: Fmap, budget: Budget) -> Iterator[Event]:
    if _is_encrypted_document(stream):
        yield ENCRYPTED
        yield Problem("the document is encrypted")
    for number, macro in enumerate(macros(stream, budget), 1):
        content = Fmap.from_bytes(macro)
        yield from macro_text(content, b"macro%d" % number, FileType.MSOLE2, budget)


def _package(stream: Fmap, budget: Budget) -> Iterator[Event]:
    try:
        file = package(stream)
    except Truncated:
        return
    yield from stored_member(file.data, file.name, len(file.data), budget)


def _objects(stream: Fmap, budget: Budget) -> Iterator[Event]:
    for number, stored in enumerate(stored_objects(stream, budget), 1):
        name = b"object%d" % number
        if not stored.compressed:
            yield from stored_member(stored.data, name, len(stored.data), budget)
            continue
        budget.check_child(0)
        decoded = zlib.decode(stored.data, budget)
        if decoded.status == "limit":
            budget.waste(len(decoded.data))
            yield Problem(f"{label(name)}: more than the limits leave", limit="MaxScanSize")
        else:
            if len(decoded.data):
                yield Child(decoded.data, name, stored_size=decoded.consumed)
            if decoded.status != "done":
                yield Problem(f"{label(name)}: {REASONS[decoded.status]}")
