"""Compiled HTML help (.chm) of Microsoft.

Layout: a header ``ITSF`` that says where the directory ``ITSP`` and the content are; the
directory's chunks, of which those called ``PMGL`` list names with section, offset and length;
section 0, stored; section 1, one LZX stream that starts anew at intervals, described by files of
section 0.
Source: Matthew Russotto, "Unofficial (Preliminary) HTML Help Specification". Yields one Member and
one Child per file but those that describe the sections; folders count for nothing. All listing
chunks are read in the order of the file, whatever their links and the index say. Section 1 is
decoded once, as far as its files reach; after damage it goes on at the next interval.
"""

from __future__ import annotations

import struct
import sys
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from nacre.codecs import lzx
from nacre.formats.base import cut_member, few_problems, label
from nacre.model.errors import Corrupt, FormatError
from nacre.model.event import Event, Member, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap, Spool
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget

_MAGIC: Final = b"ITSF"
_HEADER: Final = struct.Struct("<4xI48x4Q")
_OWN_CONTENT_OFFSET: Final = 3
"""The version from which the header says where section 0 begins."""
_DIRECTORY_HEADER: Final = struct.Struct("<8xI4xI24xI")
"""Size of the header, size of a chunk, number of chunks."""
_LISTING: Final = b"PMGL"
_LISTING_HEADER: Final = struct.Struct("<4sI12x")
_LARGEST_CHUNK: Final = 1 << 20
_LONGEST_NUMBER: Final = 9
_SYSTEM: Final = b"::"
_STORAGE: Final = b"::DataSpace/Storage/MSCompressed/"
_CONTENT: Final = _STORAGE + b"Content"
_CONTROL: Final = _STORAGE + b"ControlData"
_RESETS: Final = (
    _STORAGE + b"Transform/{7FC28940-9D31-11D0-9B27-00A0C91E9C7C}/InstanceData/ResetTable"
)
_CONTROL_DATA: Final = struct.Struct("<8x3I")
_RESETS_HEADER: Final = struct.Struct("<4x3I")
"""Number of resets, size of one, where they begin."""
_RESET_SIZE: Final = 8
_MOST_RESETS: Final = 1 << 20
_LZX: Final = b"LZXC"
_LZX_AT: Final = 4
_FRAME: Final = 32 << 10
_ENTRIES_PER_FILE: Final = 20  # folders and empty files are no layers
_MOST_ENTRIES: Final = 1 << 20
_RESUMPTIONS: Final = 100
_IN_MEMORY: Final = 8 << 20
_ZEROS: Final = bytes(1 << 16)


class _Entry(NamedTuple):  # a tuple, because one is made per file
    name: bytes
    section: int
    offset: int
    size: int


class ChmHandler:
    """Unpacks compiled HTML help."""

    TYPES: ClassVar = frozenset({FileType.MSCHM})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the files."""
        help_file = _Help(data, budget)
        most = budget.limits.max_files * _ENTRIES_PER_FILE or _MOST_ENTRIES
        entries = list(islice(help_file.entries(), most + 1))
        if len(entries) > most:
            yield Problem(f"only the first {most} files were looked at", "MaxFiles")
        if help_file.cut:
            yield Problem("the directory is cut")
        yield from few_problems(help_file.events(entries[:most]))


class _Help:
    """One help file."""

    def __init__(self, data: Fmap, budget: Budget) -> None:
        self._data = data
        self._budget = budget
        reader = Reader(data)
        if reader.peek(len(_MAGIC)) != _MAGIC:
            raise Corrupt("not compiled help")
        version, _, _, self._directory, _ = reader.unpack(_HEADER)
        if version >= _OWN_CONTENT_OFFSET:
            stored_at = reader.u64le()
        else:
            header, size, count = Reader(data, self._directory).unpack(_DIRECTORY_HEADER)
            stored_at = self._directory + header + size * count
        self.cut = False
        """Whether the directory goes on behind the end of the file."""
        self._stored = data.slice(min(stored_at, len(data)), len(data))

    def entries(self) -> Iterator[_Entry]:
        """All that the directory lists, as far as it can be read."""
        reader = Reader(self._data, self._directory)
        header, size, count = reader.unpack(_DIRECTORY_HEADER)
        if not _LISTING_HEADER.size < size <= _LARGEST_CHUNK:
            raise Corrupt("no directory")
        start = self._directory + header
        present = max(0, len(self._data) - start) // size + 1
        self.cut = count > present
        for number in range(min(count, present)):
            self._budget.check_time()
            chunk = self._data.read(start + number * size, size)
            self.cut |= len(chunk) < size
            yield from _listed(chunk)

    def events(self, entries: list[_Entry]) -> Iterator[Event]:
        """The files, in the order of the directory."""
        system = {entry.name: entry for entry in entries if entry.name.startswith(_SYSTEM)}
        files = [
            entry
            for entry in entries
            if entry.name not in system and (entry.size or not entry.name.endswith(b"/"))
        ]
        reach = self._reach(files)
        packed = Fmap.from_bytes(b"")
        if reach:
            try:
                packed, whole = self._section_one(system, reach)
            except FormatError as error:
                yield Problem(f"the compressed section: {error}")
            else:
                if not whole:
                    yield Problem("the compressed section is damaged")
        most = self._budget.limits.max_file_size or sys.maxsize
        for position, entry in enumerate(files):
            self._budget.check_time()
            yield Member(entry.name, 0, entry.size, position)
            if entry.section > 1:
                yield Problem(f"{label(entry.name)}: in section {entry.section}")
                continue
            place = packed if entry.section else self._stored
            content = place.slice(entry.offset, entry.size)
            if len(content) < min(entry.size, most):
                yield Problem(f"{label(entry.name)}: {len(content)} of {entry.size} bytes present")
            yield from cut_member(content, entry.name, entry.size, self._budget)

    def _reach(self, files: list[_Entry]) -> int:
        """How much of section 1 is needed for what may be scanned of its files."""
        most = self._budget.limits.max_file_size or sys.maxsize
        return max(
            (file.offset + min(file.size, most) for file in files if file.section),
            default=0,
        )

    def _system_file(self, system: dict[bytes, _Entry], name: bytes) -> Fmap:
        entry = system.get(name)
        if entry is None or entry.section:
            raise Corrupt(f"no {label(name.rpartition(b'/')[2])}")
        return self._stored.slice(entry.offset, entry.size)

    def _section_one(self, system: dict[bytes, _Entry], reach: int) -> tuple[Fmap, bool]:
        """The content of section 1, and whether it could be decoded without a gap."""
        form = self._form(system)
        source = self._system_file(system, _CONTENT)
        most = self._budget.shared_allowance()
        decoded = lzx.decode(source, self._budget, form, reach, max_output=most)
        if decoded.status in ("done", "limit") or not form.reset:
            return decoded.data, decoded.status == "done"
        whole = Spool(self._budget.directory, _IN_MEMORY)
        _append(whole, decoded.data)
        resets = list(self._resets(system, form.reset // _FRAME))
        for _ in range(_RESUMPTIONS):
            number = -(-len(whole) // form.reset)
            start = number * form.reset
            if start >= min(reach, most) or number >= len(resets):
                break
            _append_zeros(whole, start - len(whole))
            rest = source.slice(resets[number], len(source))
            decoded = lzx.decode(rest, self._budget, form, reach - start, max_output=most - start)
            _append(whole, decoded.data)
            if not len(decoded.data):
                _append_zeros(whole, 1)
        return whole.finish(), False

    def _form(self, system: dict[bytes, _Entry]) -> lzx.Form:
        control = self._system_file(system, _CONTROL)
        magic = control.read(_LZX_AT, len(_LZX))
        version, reset, window = Reader(control).unpack(_CONTROL_DATA)
        if version > 1:
            reset, window = reset * _FRAME, window * _FRAME
        if magic != _LZX or reset % _FRAME:
            raise Corrupt("not LZX")
        return lzx.Form(max(0, window.bit_length() - 1), reset)

    def _resets(self, system: dict[bytes, _Entry], frames: int) -> Iterator[int]:
        """Where in the packed stream each interval begins, as far as that is told."""
        if _RESETS not in system:
            return
        reader = Reader(self._system_file(system, _RESETS))
        if reader.remaining < _RESETS_HEADER.size:
            return
        count, size, start = reader.unpack(_RESETS_HEADER)
        reader.seek(start)
        if size != _RESET_SIZE:
            return
        for number in range(min(count, reader.remaining // size, _MOST_RESETS)):
            place = reader.u64le()
            if number % frames == 0:
                yield place


def _append(spool: Spool, data: Fmap) -> None:
    for at in range(0, len(data), _IN_MEMORY):
        spool.write(data.read(at, _IN_MEMORY))


def _append_zeros(spool: Spool, count: int) -> None:
    for at in range(0, count, len(_ZEROS)):
        spool.write(_ZEROS[: count - at])


def _listed(chunk: bytes) -> Iterator[_Entry]:
    """The entries of a listing chunk, up to the first that cannot be one."""
    if len(chunk) < _LISTING_HEADER.size or not chunk.startswith(_LISTING):
        return
    _, free = _LISTING_HEADER.unpack_from(chunk)
    end = len(chunk) - free
    at = _LISTING_HEADER.size
    while at < end:
        length, at = _number(chunk, at)
        name = chunk[at : at + length]
        at += length
        section, at = _number(chunk, at)
        offset, at = _number(chunk, at)
        size, at = _number(chunk, at)
        if at > end or len(name) < length:
            return
        yield _Entry(name, section, offset, size)


def _number(chunk: bytes, at: int) -> tuple[int, int]:
    """A number in groups of seven bits, the last one without its top bit set; where it ends."""
    value = 0
    for byte in chunk[at : at + _LONGEST_NUMBER]:
        at += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004 the top bit
            return value, at
    return value, len(chunk) + 1
