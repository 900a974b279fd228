"""InstallShield: the list of files behind a setup program, and its own cabinets.

List: entries one after the other, each a name, a path, a version and a size in ASCII, each with a
zero byte, and the content. Cabinets (``ISc(``): a descriptor, in ``data1.hdr`` or in the first
volume itself, has tables of directories and files; their data is in the volumes ``data1.cab``,
``data2.cab``, in chunks of deflate or as one stream of it. A file may go on in the next volume, and
bytes may be disguised. Versions 5 and 6 differ in their tables; later ones are like 6, names become
UTF-16 with 17. Source: unshield's documentation of the format and the cabinets themselves.
"""

from __future__ import annotations

import re
import struct
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.codecs import deflate
from nacre.model.errors import Corrupt
from nacre.model.fmap import Fmap, Spool
from nacre.parsers.reader import Reader, ascii_decimal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nacre.model.budget import Budget

MAGIC: Final = b"ISc("

_OF_CABINET: Final = re.compile(
    rb"(?P<name>.*?)(?P<number>\d{1,4})\.(?P<kind>cab|hdr)", re.IGNORECASE
)

_LONGEST_NAME: Final = 1024
_LONGEST_ENTRY: Final = 4096
_IN_MEMORY: Final = 8 << 20
_PIECE: Final = 64 << 10

_HEADER: Final = struct.Struct("<4sxBxB4x2I")
_DESCRIPTOR: Final = struct.Struct("<12x I 4x 2I I 8x 2I")
_FILE_5: Final = struct.Struct("<2I H 2I 20x I 16x")
_FILE_6: Final = struct.Struct("<H 3Q 32x I H 21x H")
_VOLUME_5: Final = struct.Struct("<8x 8I")
_VOLUME_6: Final = struct.Struct("<8x 2I 6Q")
_AFTER_HEADER: Final = 20
_CHUNK_SIZE: Final = 2
_FIRST_OF_NEW: Final = 6
_FIRST_WIDE: Final = 17

_SPLIT: Final = 1
_DISGUISED: Final = 2
_COMPRESSED: Final = 4
_INVALID: Final = 8
_DISGUISE: Final = 0xD5
_ROUND: Final = 0x47
_REVEAL: Final = tuple(
    bytes(
        (((byte ^ _DISGUISE) >> 2 | (byte ^ _DISGUISE) << 6) - shift & 0xFF) for byte in range(256)
    )
    for shift in range(_ROUND)
)


class Entry(NamedTuple):
    """A file in the list behind a setup program."""

    name: bytes
    size: int
    content: Fmap
    """Shorter than `size` at the end of the program."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file in a cabinet, decoded as far as possible."""

    name: bytes
    stored_size: int
    content: Fmap
    status: str
    """How its decoding ended, in the words of the decoders."""


class _File(NamedTuple):
    position: int
    name: bytes
    flags: int
    size: int
    stored_size: int
    offset: int
    volume: int
    """0 where the volumes themselves say which files they have."""


class _Volume(NamedTuple):
    data: Fmap
    first: int
    last: int
    first_offset: int
    first_size: int
    last_offset: int
    last_size: int


def entries(data: Fmap, start: int, budget: Budget) -> Iterator[Entry]:
    """The files of a list, up to the first bytes that are none."""
    at = start
    while at < len(data):
        budget.check_time()
        fields = data.read(at, _LONGEST_ENTRY).split(b"\0", 4)
        size = ascii_decimal(fields[3]) if len(fields) > 4 else None  # noqa: PLR2004 four and a rest
        if size is None or not fields[0]:
            return
        at += sum(map(len, fields[:4])) + 4
        yield Entry(fields[0], size, data.slice(at, min(size, len(data) - at)))
        at += size


class Cabinets:
    """The cabinets of a list, which is over before the first can be opened."""

    def __init__(self) -> None:
        self._headers: dict[bytes, Fmap] = {}
        self._volumes: dict[bytes, dict[int, Fmap]] = {}

    def add(self, entry: Entry) -> bool:
        """Keep an entry that belongs to a cabinet; False for any other."""
        found = _OF_CABINET.fullmatch(entry.name)
        if not found or entry.content.read(0, len(MAGIC)) != MAGIC:
            return False
        name = found["name"].lower()
        if found["kind"].lower() == b"hdr":
            self._headers[name] = entry.content
        else:
            self._volumes.setdefault(name, {})[int(found["number"])] = entry.content
        return True

    def sets(self) -> Iterator[tuple[bytes, Fmap, dict[int, Fmap]]]:
        """Name, descriptor and volumes of each; the descriptor may be in the first volume."""
        for name in {**self._headers, **self._volumes}:
            volumes = self._volumes.get(name, {})
            header = self._headers.get(name) or volumes.get(1)
            if header is not None:
                yield name, header, volumes


def parts(header: Fmap, volumes: Mapping[int, Fmap], budget: Budget) -> Iterator[Part]:
    """The files of a cabinet whose descriptor is in `header`; those of other volumes are left out.

    Raises:
        Truncated: it ends early.
        Corrupt: it is none.
    """
    magic, minor, kind, start, _ = _HEADER.unpack(Reader(header).take(_HEADER.size))
    if magic != MAGIC:
        raise Corrupt("no header of InstallShield")
    version = _version(minor, kind, header)
    opened = {number: _volume(data, version) for number, data in volumes.items()}
    given = 0
    for file in _files(header, start, version, budget):
        budget.check_time()
        packed = _gather(file, opened, budget)
        if packed is None:
            continue
        given += len(packed)
        if given > 2 * sum(map(len, volumes.values())):
            raise Corrupt("files share their data")
        yield _decoded(file, packed, budget)


def _version(minor: int, kind: int, header: Fmap) -> int:
    """The major version, which newer cabinets count in hundreds."""
    if kind == 1:
        return minor >> 4
    low = int.from_bytes(header.read(4, 2), "little")
    return low // 100


def _volume(data: Fmap, version: int) -> _Volume:
    layout = _VOLUME_5 if version < _FIRST_OF_NEW else _VOLUME_6
    fields = data.read(_AFTER_HEADER, layout.size)
    if len(fields) < layout.size:
        return _Volume(data, 0, 0, 0, 0, 0, 0)
    first, last, *places = layout.unpack(fields)
    first_offset, _, first_size, last_offset, _, last_size = places
    return _Volume(data, first, last, first_offset, first_size, last_offset, last_size)


def _files(header: Fmap, start: int, version: int, budget: Budget) -> Iterator[_File]:
    reader = Reader(header, start)
    table_at, _, _, directories, count, second_at = reader.unpack(_DESCRIPTOR)
    table = start + table_at
    for index in range(count):
        budget.check_time()
        if version < _FIRST_OF_NEW:
            place = header.read(table + 4 * (directories + index), 4)
            fields = header.read(table + int.from_bytes(place, "little"), _FILE_5.size)
            if len(fields) < _FILE_5.size:
                raise Corrupt(f"{index} of {count} files are in the table")
            name, folder, flags, size, stored, offset = _FILE_5.unpack(fields)
            volume = 0
        else:
            fields = header.read(table + second_at + index * _FILE_6.size, _FILE_6.size)
            if len(fields) < _FILE_6.size:
                raise Corrupt(f"{index} of {count} files are in the table")
            flags, size, stored, offset, name, folder, volume = _FILE_6.unpack(fields)
        if flags & _INVALID or not size or not offset:
            continue
        text = _text(header, table + name, version)
        if folder < directories:
            place = header.read(table + 4 * folder, 4)
            before = _text(header, table + int.from_bytes(place, "little"), version)
            text = before + b"\\" + text if before else text
        yield _File(index, text, flags, size, stored, offset, volume)


def _text(header: Fmap, at: int, version: int) -> bytes:
    raw = header.read(at, _LONGEST_NAME)
    if version < _FIRST_WIDE:
        return raw.split(b"\0", 1)[0]
    text = raw[: len(raw) // 2 * 2].decode("utf-16-le", "replace")
    return text.split("\0", 1)[0].encode()


def _gather(file: _File, volumes: Mapping[int, _Volume], budget: Budget) -> Fmap | None:
    """The bytes of a file as they are stored; None when the volume it begins in is not here."""
    number = file.volume or next(
        (
            number
            for number, volume in sorted(volumes.items())
            if volume.first <= file.position <= volume.last
        ),
        0,
    )
    if number not in volumes:
        return None
    size = file.stored_size if file.flags & _COMPRESSED else file.size
    if not file.flags & (_SPLIT | _DISGUISED):
        return volumes[number].data.slice(file.offset, size)
    spool = Spool(budget.directory, _IN_MEMORY)
    while number in volumes and len(spool) < size:
        left = size - len(spool)
        for piece in _pieces(_in_volume(file, volumes[number], left)):
            budget.check_time()
            raw = bytearray(piece)
            if file.flags & _DISGUISED:
                _reveal(raw, len(spool))
            spool.write(bytes(raw))
        if not file.flags & _SPLIT:
            break
        number += 1
    return spool.finish()


def _in_volume(file: _File, volume: _Volume, left: int) -> Fmap:
    """What a volume has of a file."""
    if file.flags & _SPLIT and file.position == volume.last and volume.last_size:
        return volume.data.slice(volume.last_offset, min(left, volume.last_size))
    if file.flags & _SPLIT and file.position == volume.first and volume.first_size:
        return volume.data.slice(volume.first_offset, min(left, volume.first_size))
    return volume.data.slice(file.offset, left)


def _pieces(data: Fmap) -> Iterator[bytes]:
    for at in range(0, len(data), _PIECE):
        yield data.read(at, _PIECE)


def _reveal(raw: bytearray, at: int) -> None:
    """Undo the disguise of bytes that begin at `at` in their file."""
    for first in range(min(_ROUND, len(raw))):
        raw[first::_ROUND] = raw[first::_ROUND].translate(_REVEAL[(at + first) % _ROUND])


def _decoded(file: _File, packed: Fmap, budget: Budget) -> Part:
    content, status = packed, "done"
    if file.flags & _COMPRESSED:
        most = min(budget.allowance(), sys.maxsize)
        content, status = _chunks(packed, most, budget)
        if status != "limit" and len(content) < file.size:
            whole, status = _streams(packed, most, budget)
            content = whole if len(whole) > len(content) else content
    if status == "done" and len(content) < file.size:
        status = "truncated"
    elif status != "limit" and len(content) >= file.size:
        status = "done"
    return Part(file.name, file.stored_size, content, status)


def _chunks(packed: Fmap, most: int, budget: Budget) -> tuple[Fmap, str]:
    """The content of chunks, each a size and a stream of its own, and how it ended."""
    spool = Spool(budget.directory, _IN_MEMORY)
    reader = Reader(packed)
    while reader.remaining > _CHUNK_SIZE:
        budget.check_time()
        size = reader.u16le()
        decoded = deflate.decode(reader.view(size), budget, max_output=most - len(spool))
        for piece in _pieces(decoded.data):
            spool.write(piece)
        # The end of a stream that is not marked as its last is no damage here.
        if decoded.status not in ("done", "truncated"):
            return spool.finish(), decoded.status
    return spool.finish(), "done"


def _streams(packed: Fmap, most: int, budget: Budget) -> tuple[Fmap, str]:
    """The same of streams without sizes."""
    spool = Spool(budget.directory, _IN_MEMORY)
    at = 0
    status = "done"
    while at < len(packed) and status == "done":
        budget.check_time()
        source = packed.slice(at, len(packed) - at)
        decoded = deflate.decode(source, budget, max_output=most - len(spool))
        for piece in _pieces(decoded.data):
            spool.write(piece)
        at += decoded.consumed
        status = decoded.status
    return spool.finish(), status
