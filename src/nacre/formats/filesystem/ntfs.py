"""NTFS volumes: of hard disks and of virtual ones.

Layout and spec: parsers/ntfs.py. Yields one Child per file that is not empty, and one for each of
the named streams of files and folders, as ``file:stream``. What NTFS compresses is decoded, and
what Windows does besides (WofCompressedData: XPRESS and LZX of Windows images, [MS-FSCC] 2.1.2).
Encrypted files are reported. Deleted files, what the volume has for itself and its journals are
only matched with the image; the log is not replayed.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import lznt1
from nacre.formats.base import few_problems, label, refusal, stored_member
from nacre.model.errors import FormatError, LimitExceeded
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers import wim
from nacre.parsers.extents import Extent, assemble, filled, join
from nacre.parsers.ntfs import EXTENSIONS, FIRST_FILE, ROOT, File, Stream, Volume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MOST_RECORDS: Final = 1 << 20
_DEEPEST: Final = 64
_LONGEST_PATH: Final = 4096
_WOF: Final = struct.Struct("<I4xIIII")
_WOF_TAG: Final = 0x80000017
_WOF_STREAM: Final = b"WofCompressedData"
_WOF_METHODS: Final = {0: (1, 4096), 1: (2, 32768), 2: (1, 8192), 3: (1, 16384)}
"""Methods of Windows images, and sizes of chunks."""


class NtfsHandler:
    """Opens NTFS volumes."""

    TYPES: ClassVar = frozenset({FileType.NTFS})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the files."""
        yield from few_problems(_Walk(data, budget).events())


class _Walk:
    """One pass over the records."""

    def __init__(self, data: Fmap, budget: Budget) -> None:
        self._data, self._budget = data, budget
        self._volume = Volume(data, budget)
        self._folders: dict[int, tuple[int, bytes]] = {}
        """Parents and names."""
        self._damaged = 0
        """Units of the stream in hand that could not be decoded."""

    def events(self) -> Iterator[Event]:
        count = self._volume.records
        for number in range(min(count, _MOST_RECORDS)):
            self._budget.check_time()
            if number < FIRST_FILE and number != ROOT:
                continue
            try:
                file = self._volume.file(number)
            except FormatError as error:
                yield Problem(f"record {number}: {error}")
                continue
            if file is not None and any(_is_content(file, stream) for stream in file.streams):
                path = self._path(number, file)
                if path is not None:
                    yield from self._file(file, path)
        if self._volume.damaged:
            yield Problem(f"{self._volume.damaged} records are damaged or lie outside")
        if count > _MOST_RECORDS:
            raise LimitExceeded("MaxFiles", "too many records")

    def _path(self, number: int, file: File) -> bytes | None:
        """Where a file is; None for what belongs to the file system."""
        names = [file.name] if number != ROOT else []
        parent = file.parent
        for _ in range(_DEEPEST):
            if parent in {ROOT, -1} or number == ROOT:
                break
            if parent == EXTENSIONS:
                return None
            if parent not in self._folders:
                folder = self._volume.file(parent)
                self._folders[parent] = (folder.parent, folder.name) if folder else (-1, b"")
            parent, name = self._folders[parent]
            names.append(name)
        return b"/".join(reversed(names))[-_LONGEST_PATH:]

    def _file(self, file: File, path: bytes) -> Iterator[Event]:
        for stream in file.streams:
            if not _is_content(file, stream):
                continue
            name = path + b":" + stream.name if stream.name else path
            refused = refusal(stream.size, name, self._budget)
            if refused:
                yield refused
                continue
            try:
                yield from self._stream(file, stream, name)
            except FormatError as error:
                yield Problem(f"{label(name)}: {error}")

    def _stream(self, file: File, stream: Stream, name: bytes) -> Iterator[Event]:
        if stream.encrypted:
            yield Problem(f"{label(name)}: encrypted")
        algorithm = -1 if stream.name else _algorithm(file)
        if algorithm >= 0 and (algorithm not in _WOF_METHODS or _packed(file) is None):
            yield Problem(f"{label(name)}: what Windows compressed it to is not known")
        self._damaged = 0
        if stream.unit and stream.value is None:
            content = self._unpacked(stream)
        elif algorithm in _WOF_METHODS and (packed := _packed(file)) is not None:
            content = self._by_windows(stream, packed, *_WOF_METHODS[algorithm])
        else:
            content = self._volume.content(stream)
        if len(content) < stream.size:
            yield Problem(f"{label(name)}: {stream.size} bytes promised, {len(content)} present")
        if self._damaged:
            yield Problem(f"{label(name)}: {self._damaged} pieces are damaged")
        yield from stored_member(content, name, stream.size, self._budget)

    def _unpacked(self, stream: Stream) -> Fmap:
        """The content of what NTFS has compressed."""
        content, missing = assemble(self._data, self._pieces(stream), stream.size, self._budget)
        return content.slice(0, max(0, len(content) - missing))

    def _pieces(self, stream: Stream) -> Iterator[Extent | Fmap]:
        left = stream.initialized
        for extents, size in self._volume.units(stream):
            if left <= 0:
                break
            left -= stream.unit
            if not size:
                yield Extent(-1, stream.unit)
            elif size >= stream.unit:
                yield from extents
            else:
                packed = join(self._data, extents, size, self._budget)
                decoded = lznt1.decode(packed, self._budget, stream.unit)
                if len(packed) < size or decoded.status not in {"done", "limit"}:
                    self._damaged += 1
                yield from filled(decoded.data, stream.unit)
        if stream.size > stream.initialized:
            yield Extent(-1, stream.size)

    def _by_windows(self, stream: Stream, packed: Stream, method: int, chunk: int) -> Fmap:
        """The content of a file that Windows keeps compressed in a stream."""
        source = self._volume.content(packed)
        place = wim.Place.compressed(len(source), stream.size)
        resource = wim.Resource(source, place, method, chunk, self._budget, pipable=False)
        return resource.read(0, stream.size)


def _is_content(file: File, stream: Stream) -> bool:
    """Whether there is something in a stream that no other has."""
    if stream.name == _WOF_STREAM and _algorithm(file) in _WOF_METHODS:
        return not any(other.size > 0 and not other.name for other in file.streams)
    return stream.size > 0


def _packed(file: File) -> Stream | None:
    """What Windows has compressed the data of a file to."""
    return next((other for other in file.streams if other.name == _WOF_STREAM), None)


def _algorithm(file: File) -> int:
    """How Windows compressed a file; -1 for not at all."""
    if len(file.reparse) < _WOF.size:
        return -1
    tag, _, provider, _, algorithm = _WOF.unpack_from(file.reparse)
    return algorithm if (tag, provider) == (_WOF_TAG, 2) else -1
