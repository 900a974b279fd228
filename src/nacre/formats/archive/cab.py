"""Cabinets (.cab) of Microsoft, also behind a program that unpacks them.

Layout: a header ``MSCF``; folders, each a method and a run of blocks of up to 32 KiB of content;
files, each a range of a folder's content; the blocks, with checksums.
Spec: [MS-CAB], [MS-MCI], [MS-PATCH]. Yields one Member and one Child per file. A folder is decoded
once, as far as its files reach; its files are slices of it. What could be decoded of a damaged
folder is scanned, and so are the blocks behind a damaged one of MSZIP. Of a set of cabinets each is
looked at alone: a file that goes on in the next gives its first part, one that began in the one
before is reported. A file over MaxFileSize is cut there and the part is scanned, as in ClamAV.
"""

from __future__ import annotations

import struct
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from nacre.codecs import lzx, mszip, quantum
from nacre.codecs.base import piece
from nacre.codecs.checksum import Checksum
from nacre.formats.base import REASONS, cut_member, few_problems, label
from nacre.model.errors import Corrupt, Truncated
from nacre.model.event import Event, Member, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap, Spool
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget

_MAGIC: Final = b"MSCF"
_HEADER: Final = struct.Struct("<4s12xI4x2x3H4x")
_FOLDER: Final = struct.Struct("<I2H")
_FILE: Final = struct.Struct("<2IH6x")
_BLOCK: Final = struct.Struct("<I2H")
_LARGEST_BLOCK: Final = 32 << 10
_HAS_PREVIOUS: Final = 1
_HAS_NEXT: Final = 2
_HAS_RESERVED: Final = 4
_FROM_PREVIOUS: Final = (0xFFFD, 0xFFFF)
_TO_NEXT: Final = 0xFFFE
_LONGEST_NAME: Final = 1024
_IN_MEMORY: Final = 8 << 20

_STORED, _MSZIP, _QUANTUM, _LZX = range(4)
_METHOD: Final = 0xF
_WINDOW: Final = 0x1F
_REASONS: Final = {**REASONS, "done": "its data ends early", "unknown": "its method is not decoded"}


class _File(NamedTuple):  # a tuple, because one is made per file
    position: int
    name: bytes
    folder: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class _Folder:
    start: int
    blocks: int
    method: int
    window_bits: int


@dataclass(frozen=True, slots=True)
class _Cabinet:
    data: Fmap
    folders: tuple[_Folder, ...]
    files: tuple[_File, ...]
    reserved: int
    """Bytes between the header of a block and its data."""
    missing: int
    """Files that are in the header's count and not in the list."""


class CabHandler:
    """Unpacks cabinets."""

    TYPES: ClassVar = frozenset({FileType.MSCAB, FileType.CABSFX})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the files."""
        cabinet = _parse(data, budget)
        if not cabinet.files:
            raise Corrupt("no files are listed")
        if cabinet.missing > 0:
            yield Problem(f"{cabinet.missing} files are not in the list")
        yield from few_problems(_all_files(cabinet, budget))


def _parse(data: Fmap, budget: Budget) -> _Cabinet:
    reader = Reader(data)
    if reader.peek(len(_MAGIC)) != _MAGIC:
        raise Corrupt("not a cabinet")
    _, files_at, folder_count, file_count, flags = reader.unpack(_HEADER)
    in_folder, in_block = 0, 0
    if flags & _HAS_RESERVED:
        in_header, in_folder, in_block = reader.u16le(), reader.u8(), reader.u8()
        reader.skip(in_header)
    for flag in (_HAS_PREVIOUS, _HAS_NEXT):
        if flags & flag:
            _text(reader)  # a file
            _text(reader)  # a disk
    folders = tuple(_folders(reader, folder_count, in_folder))
    files = list(_listed(Reader(data, files_at), file_count, budget))
    if reader.position != files_at:
        # Some unpackers look behind the folders, whatever the header says; so does ClamAV.
        behind = _listed(reader, file_count, budget)
        files += [file for file in behind if file.folder < len(folders)]
    return _Cabinet(data, folders, tuple(files), in_block, file_count - len(files))


def _folders(reader: Reader, count: int, reserved: int) -> Iterator[_Folder]:
    for _ in range(count):
        if reader.remaining < _FOLDER.size:
            return
        start, blocks, method = reader.unpack(_FOLDER)
        reader.skip(reserved)
        yield _Folder(start, blocks, method & _METHOD, method >> 8 & _WINDOW)


def _listed(reader: Reader, count: int, budget: Budget) -> Iterator[_File]:
    for position in range(count):
        budget.check_time()
        try:
            size, offset, folder = reader.unpack(_FILE)
            name = _text(reader)
        except Truncated:
            return
        yield _File(position, name, folder, offset, size)


def _text(reader: Reader) -> bytes:
    text, end, _ = reader.peek(_LONGEST_NAME).partition(b"\0")
    if not end:
        raise Truncated(f"a name without an end at {reader.position}")
    reader.skip(len(text) + 1)
    return text


def _all_files(cabinet: _Cabinet, budget: Budget) -> Iterator[Event]:
    of_folder: dict[int, list[_File]] = {}
    began_before = any(file.folder in _FROM_PREVIOUS for file in cabinet.files)
    for file in cabinet.files:
        index = _folder_of(file, cabinet)
        # A folder that began in another cabinet is the first here; its offsets count from there.
        of_folder.setdefault(-1 if began_before and not index else index, []).append(file)
    gathered = 0
    for index, files in of_folder.items():
        if not 0 <= index < len(cabinet.folders):
            yield from _lost(files, "began in another cabinet" if index < 0 else "in no folder")
            continue
        folder = cabinet.folders[index]
        packed, size, wrong = _gather(cabinet, folder, _reach(files, budget), budget)
        if wrong:
            yield Problem(f"{_some(files)}: {wrong} blocks: {REASONS['checksum']}")
        gathered += len(packed)
        if gathered > 2 * len(cabinet.data):
            raise Corrupt("folders share their data")
        yield from _files(files, *_decode(packed, size, folder, budget), budget)


def _folder_of(file: _File, cabinet: _Cabinet) -> int:
    """The index of the folder that a file begins in; -1 for one of another cabinet."""
    if file.folder in _FROM_PREVIOUS:
        return -1
    return len(cabinet.folders) - 1 if file.folder == _TO_NEXT else file.folder


def _reach(files: list[_File], budget: Budget) -> int:
    """How much of a folder is needed for what may be scanned of its files."""
    most = budget.limits.max_file_size or sys.maxsize
    return max((file.offset + min(file.size, most) for file in files), default=0)


def _gather(
    cabinet: _Cabinet, folder: _Folder, reach: int, budget: Budget
) -> tuple[Fmap, int, int]:
    """The blocks that make the first `reach` bytes of a folder, as its decoder takes them.

    Also the size of their content, and how many have another checksum than they say.
    """
    reader = Reader(cabinet.data, folder.start)
    spool = Spool(budget.directory, _IN_MEMORY)
    in_pieces = folder.method in (_MSZIP, _QUANTUM)
    total = wrong = 0
    for _ in range(folder.blocks):
        budget.check_time()
        if total >= reach or reader.remaining < _BLOCK.size + cabinet.reserved:
            break
        said, packed, size = reader.unpack(_BLOCK)
        reader.skip(cabinet.reserved)
        data = reader.peek(packed)
        # Of the data, and of the two sizes as a word; 0 stands for none.
        checksum = Checksum("cabinet", said ^ (size << 16 | packed))
        wrong += bool(said) and len(data) == packed and not checksum.fits(Fmap.from_bytes(data))
        reader.skip(packed)
        total += size or _LARGEST_BLOCK  # without a size: its rest is in the next cabinet
        spool.write(piece(data, size) if in_pieces else data)
    return spool.finish(), total, wrong


def _decode(packed: Fmap, size: int, folder: _Folder, budget: Budget) -> tuple[Fmap, str]:
    """The content of a folder, and how its decoding ended."""
    most = budget.shared_allowance()
    if folder.method == _STORED:
        return packed, "done"
    if folder.method == _MSZIP:
        decoded = mszip.decode(packed, budget, max_output=most)
    elif folder.method == _QUANTUM:
        decoded = quantum.decode(packed, budget, folder.window_bits, max_output=most)
    elif folder.method == _LZX:
        decoded = lzx.decode(packed, budget, lzx.Form(folder.window_bits), size, max_output=most)
    else:
        return Fmap.from_bytes(b""), "unknown"
    return decoded.data, decoded.status


def _files(files: list[_File], content: Fmap, status: str, budget: Budget) -> Iterator[Event]:
    incomplete = []
    given = 0
    most = budget.limits.max_file_size or sys.maxsize
    for file in files:
        budget.check_time()
        yield Member(file.name, 0, file.size, file.position)
        data = content.slice(file.offset, file.size)
        given += len(data)
        if len(data) < min(file.size, most):
            incomplete.append(file)
        yield from cut_member(data, file.name, file.size, budget)
    budget.waste(max(0, len(content) - given))
    if status == "limit":
        yield Problem(f"{_some(incomplete)}: more than MaxScanSize leaves", "MaxScanSize")
    elif incomplete or status != "done":
        yield Problem(f"{_some(incomplete or files)}: {_REASONS[status]}")


def _lost(files: list[_File], reason: str) -> Iterator[Event]:
    for file in files:
        yield Member(file.name, 0, file.size, file.position)
    yield Problem(f"{_some(files)}: {reason}")


def _some(files: list[_File]) -> str:
    first = label(files[0].name) if files else "a folder"
    return f"{first} and {len(files) - 1} more files" if files[1:] else first
