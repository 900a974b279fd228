"""What the headers of a 7z archive say.

Layout: a start header of 32 bytes tells where the header is, behind all packed streams. A header is
a list of properties: the packed streams, the folders (graphs of coders over packed streams; one
output each), the streams that a folder's output is cut into, and the files. Numbers take one to
nine bytes; an encoded header is itself the output of a folder.
Spec: 7zFormat.txt of the LZMA SDK. Coders have one output here, as 7-Zip has asked for since 2011.
A header that is damaged is read as far as it goes. Of an archive whose writing was cut short the
start header is all zeros; like 7-Zip we look for the header in the last bytes then.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.model.errors import Corrupt, FormatError, Truncated, Unsupported
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

MAGIC: Final = b"7z\xbc\xaf\x27\x1c"
START_SIZE: Final = 32
_VERSION_AND_CHECKSUM: Final = 6

_END, _HEADER, _ARCHIVE_PROPERTIES, _ADDITIONAL, _MAIN, _FILES = range(6)
_PACKED, _FOLDERS, _SUBSTREAMS, _SIZE, _CHECKSUM, _FOLDER = range(6, 12)
_UNPACKED_SIZE, _COUNT, _EMPTY_STREAM, _EMPTY_FILE, _ANTI, _NAMES = range(12, 18)
ENCODED: Final = 0x17
"""First byte of a header that a folder has to be decoded for."""

_LAST: Final = 512
"""Bytes in which a header begins that the start header does not tell of."""
_BEGINNINGS: Final = (bytes((ENCODED, _PACKED)), bytes((_HEADER, _MAIN)))

_MAX_CODERS: Final = 32
_MAX_INPUTS: Final = 32
_ID_SIZE, _COMPLEX, _PROPERTIES, _RESERVED = 0x0F, 0x10, 0x20, 0xC0
_ONE_BYTE: Final = 0x80


class Coder(NamedTuple):
    """One step of decoding."""

    method: bytes
    inputs: int
    properties: bytes


class Stream(NamedTuple):
    """A part of a folder's output: the content of one file."""

    offset: int
    size: int
    crc: int


@dataclass(slots=True)
class Folder:
    """A graph of coders. Inputs are numbered through all coders."""

    coders: list[Coder]
    bonds: dict[int, int]
    """The coder whose output an input is."""
    packed: list[int]
    """The inputs that are packed streams, in the order of these."""
    main: int
    """The coder that gives the folder's output."""
    sizes: list[int] = field(default_factory=list)
    """Output size of each coder."""
    crc: int | None = None
    places: list[tuple[int, int]] = field(default_factory=list)
    """Offset and size of its packed streams."""
    streams: list[Stream] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Size of the output."""
        return self.sizes[self.main]


class Entry(NamedTuple):
    """A file, or a folder of files."""

    name: str
    folder: int
    """Number of the folder that its content is in; -1 without content."""
    stream: Stream
    is_directory: bool


@dataclass(slots=True)
class Archive:
    """What a header says, and why that is not all where it is not."""

    folders: list[Folder]
    entries: list[Entry]
    fault: FormatError | None = None


def header_of(data: Fmap) -> Fmap:
    """The header, as it is stored; empty in an archive of nothing.

    Raises:
        FormatError: the layer is no archive, or its end is missing.
    """
    reader = Reader(data)
    if reader.take(len(MAGIC)) != MAGIC:
        raise Corrupt("not a 7z archive")
    reader.take(_VERSION_AND_CHECKSUM)
    offset, size = reader.u64le(), reader.u64le()
    reader.take(4)
    if not size and reader.remaining:
        return _untold_header(data)
    reader.skip(offset)
    if reader.remaining < size:
        raise Truncated(f"a header of {size} bytes, {reader.remaining} present")
    return reader.view(size)


def _untold_header(data: Fmap) -> Fmap:
    size = len(data)
    start = max(START_SIZE, size - _LAST)
    tail = data.read(start, size - start)
    at = max(tail.rfind(beginning) for beginning in _BEGINNINGS)
    if at < 0:
        raise Truncated("the header is missing")
    return data.slice(start + at, len(tail) - at)


def encoded_folder(header: Fmap) -> Folder | None:
    """The folder whose output is the header proper; None when `header` is that already."""
    reader = Reader(header)
    if reader.u8() != ENCODED:
        return None
    folders: list[Folder] = []
    _read_streams(reader, folders)
    if not folders:
        raise Corrupt("an encoded header without a folder")
    return folders[0]


def read_archive(header: Fmap, budget: Budget) -> Archive:
    """Everything that `header` tells."""
    archive = Archive([], [])
    listed: list[tuple[str, bool, bool]] = []
    try:
        _read_header(Reader(header), archive.folders, listed, budget)
    except FormatError as fault:
        archive.fault = fault
    try:
        archive.entries.extend(_entries(archive.folders, listed, budget))
    except FormatError as fault:
        archive.fault = archive.fault or fault
    return archive


def _read_header(
    reader: Reader, folders: list[Folder], listed: list[tuple[str, bool, bool]], budget: Budget
) -> None:
    if reader.u8() != _HEADER:
        raise Corrupt("not the header of a 7z archive")
    while (kind := reader.u8()) != _END:
        if kind == _ARCHIVE_PROPERTIES:
            while reader.u8() != _END:
                reader.take(_number(reader))
        elif kind == _ADDITIONAL:
            _read_streams(reader, [])
        elif kind == _MAIN:
            _read_streams(reader, folders)
        elif kind == _FILES:
            _read_files(reader, listed, budget)
        else:
            raise Corrupt(f"unknown part {kind:#x} of the header")


def _number(reader: Reader) -> int:
    """A number: as many bytes follow the first as it has leading ones, low ones first."""
    first = reader.u8()
    if first < _ONE_BYTE:
        return first
    mask = _ONE_BYTE
    for size in range(8):
        if not first & mask:
            low = int.from_bytes(reader.take(size), "little")
            return low | (first & (mask - 1)) << 8 * size
        mask >>= 1
    return reader.u64le()


def _count(reader: Reader) -> int:
    """How many of something follow; each takes a byte of the header at least."""
    count = _number(reader)
    if count > reader.remaining:
        raise Corrupt(f"{count} items in {reader.remaining} bytes of header")
    return count


def _bits(reader: Reader, count: int) -> list[bool]:
    packed = reader.take((count + 7) // 8)
    return [bool(packed[index >> 3] & 0x80 >> (index & 7)) for index in range(count)]


def _checksums(reader: Reader, count: int) -> list[int | None]:
    defined = [True] * count if reader.u8() else _bits(reader, count)
    known = sum(defined)
    values = iter(struct.unpack(f"<{known}I", reader.take(4 * known)))
    return [next(values) if present else None for present in defined]


def _read_streams(reader: Reader, folders: list[Folder]) -> None:
    """Packed streams, folders and what these are cut into; folders come into `folders`."""
    places: list[tuple[int, int]] = []
    while (kind := reader.u8()) != _END:
        if kind == _PACKED:
            places = _packed_places(reader)
        elif kind == _FOLDERS:
            _read_folders(reader, folders)
            _place(folders, places)
        elif kind == _SUBSTREAMS:
            _read_substreams(reader, folders)
        else:
            raise Corrupt(f"unknown part {kind:#x} of the streams")


def _packed_places(reader: Reader) -> list[tuple[int, int]]:
    at = START_SIZE + _number(reader)
    count = _count(reader)
    sizes: list[int] = []
    while (kind := reader.u8()) != _END:
        if kind == _SIZE:
            sizes = [_number(reader) for _ in range(count)]
        elif kind == _CHECKSUM:
            _checksums(reader, count)
        else:
            raise Corrupt(f"unknown part {kind:#x} of the packed streams")
    places = []
    for size in sizes:
        places.append((at, size))
        at += size
    return places


def _read_folders(reader: Reader, folders: list[Folder]) -> None:
    if reader.u8() != _FOLDER:
        raise Corrupt("folders expected")
    count = _count(reader)
    if reader.u8():
        raise Unsupported("folders outside the header")
    found = [_folder(reader) for _ in range(count)]
    if reader.u8() != _UNPACKED_SIZE:
        raise Corrupt("sizes of folders expected")
    for folder in found:
        folder.sizes = [_number(reader) for _ in folder.coders]
        folder.streams = [Stream(0, folder.size, 0)]
    folders += found
    while (kind := reader.u8()) != _END:
        if kind != _CHECKSUM:
            raise Corrupt(f"unknown part {kind:#x} of the folders")
        for folder, crc in zip(found, _checksums(reader, count), strict=True):
            folder.crc = crc
            folder.streams = [Stream(0, folder.size, crc or 0)]


def _folder(reader: Reader) -> Folder:
    count = _number(reader)
    if not 0 < count <= _MAX_CODERS:
        raise Unsupported(f"a folder of {count} coders")
    coders = [_coder(reader) for _ in range(count)]
    inputs = sum(coder.inputs for coder in coders)
    bonds: dict[int, int] = {}
    for _ in range(count - 1):
        into, coder = _number(reader), _number(reader)
        if into >= inputs or into in bonds or coder >= count or coder in bonds.values():
            raise Corrupt("coders that do not fit together")
        bonds[into] = coder
    main = next(coder for coder in range(count) if coder not in bonds.values())
    loose = [number for number in range(inputs) if number not in bonds]
    packed = loose if len(loose) == 1 else [_number(reader) for _ in loose]
    if sorted(packed) != loose:
        raise Corrupt("packed streams that no coder takes")
    return Folder(coders, bonds, packed, main)


def _coder(reader: Reader) -> Coder:
    flags = reader.u8()
    if flags & _RESERVED:
        raise Corrupt("a coder with unknown flags")
    method = reader.take(flags & _ID_SIZE)
    inputs, outputs = (_number(reader), _number(reader)) if flags & _COMPLEX else (1, 1)
    if not 0 < inputs <= _MAX_INPUTS or outputs != 1:
        raise Unsupported(f"a coder of {inputs} inputs and {outputs} outputs")
    properties = reader.take(_number(reader)) if flags & _PROPERTIES else b""
    return Coder(method, inputs, properties)


def _place(folders: list[Folder], places: list[tuple[int, int]]) -> None:
    at = 0
    for folder in folders:
        folder.places = places[at : at + len(folder.packed)]
        at += len(folder.packed)
        if at > len(places):
            raise Corrupt("folders of more packed streams than there are")


def _read_substreams(reader: Reader, folders: list[Folder]) -> None:
    counts = [1] * len(folders)
    kind = reader.u8()
    if kind == _COUNT:
        counts = [_number(reader) for _ in folders]
        kind = reader.u8()
    sizes: list[list[int]] = []
    for folder, count in zip(folders, counts, strict=True):
        listed = [_number(reader) for _ in range(count - 1)] if kind == _SIZE else []
        if count > 1 and not listed:
            raise Corrupt("files without sizes")
        if sum(listed) > folder.size:
            raise Corrupt("files larger than their folder")
        sizes.append([*listed, folder.size - sum(listed)] if count else [])
    if kind == _SIZE:
        kind = reader.u8()
    crcs: Iterator[int | None] = iter(())
    while kind != _END:
        if kind != _CHECKSUM:
            raise Corrupt(f"unknown part {kind:#x} of the files' sizes")
        missing = sum(
            len(parts)
            for folder, parts in zip(folders, sizes, strict=True)
            if not _is_known(folder, parts)
        )
        crcs = iter(_checksums(reader, missing))
        kind = reader.u8()
    for folder, parts in zip(folders, sizes, strict=True):
        folder.streams = list(_cut(folder, parts, crcs))


def _is_known(folder: Folder, parts: list[int]) -> bool:
    """Whether the folder's checksum is that of its only file."""
    return len(parts) == 1 and folder.crc is not None


def _cut(folder: Folder, parts: list[int], crcs: Iterator[int | None]) -> Iterator[Stream]:
    at = 0
    for size in parts:
        crc = folder.crc if _is_known(folder, parts) else next(crcs, None)
        yield Stream(at, size, crc or 0)
        at += size


def _read_files(reader: Reader, listed: list[tuple[str, bool, bool]], budget: Budget) -> None:
    """Name, whether it has content, whether it is a directory, of each file."""
    count = _count(reader)
    names: list[str] = []
    empty = [False] * count
    empty_files: list[bool] = []
    try:
        while (kind := reader.u8()) != _END:
            budget.check_time()
            part = reader.view(_sized(reader))
            if kind == _EMPTY_STREAM:
                empty = _bits(Reader(part), count)
            elif kind == _EMPTY_FILE:
                empty_files = _bits(Reader(part), sum(empty))
            elif kind == _NAMES:
                names = _names(part)
    finally:  # also where the list ends early
        files = iter(empty_files)
        for index in range(count):
            name = names[index] if index < len(names) else ""
            is_directory = empty[index] and not next(files, False)
            listed.append((name, not empty[index], is_directory))


def _sized(reader: Reader) -> int:
    size = _number(reader)
    if size > reader.remaining:
        raise Truncated(f"{size} bytes wanted of a header, {reader.remaining} present")
    return size


def _names(part: Fmap) -> list[str]:
    if part.read(0, 1) != b"\0":
        raise Unsupported("names outside the header")
    raw = part.read(1, (len(part) - 1) & ~1)
    return raw.decode("utf-16-le", "surrogatepass").split("\0")


def _entries(
    folders: list[Folder], listed: list[tuple[str, bool, bool]], budget: Budget
) -> Iterator[Entry]:
    """The files, each with its part of a folder's output; parts that no file has come last."""
    parts = ((number, stream) for number, folder in enumerate(folders) for stream in folder.streams)
    nothing = Stream(0, 0, 0)
    for name, has_content, is_directory in listed:
        budget.check_time()
        number, stream = next(parts, (-1, nothing)) if has_content else (-1, nothing)
        if has_content and number < 0:
            raise Corrupt("more files than contents")
        yield Entry(name, number, stream, is_directory)
    yield from (Entry("", number, stream, False) for number, stream in parts)  # noqa: FBT003
