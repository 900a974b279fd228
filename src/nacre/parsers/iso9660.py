"""The structures of an ISO 9660 image.

Layout: sectors of 2048 bytes, or raw ones of 2352 around them; volume descriptors from sector 16
on, each naming the root directory of one tree; directories are extents of records that no sector
border divides.
Spec: ECMA-119 (ISO 9660), Joliet specification, SUSP and Rock Ridge (IEEE P1281, P1282) for names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.model.fmap import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.fmap import Fmap

SECTOR: Final = 2048
_FIRST_DESCRIPTOR: Final = 16
_MOST_DESCRIPTORS: Final = 32
_IDENTIFIER: Final = b"CD001"
_PRIMARY, _SUPPLEMENTARY, _LAST = 1, 2, 255
_BEGINNING: Final = b"\1CD001"
"""How the first descriptor begins."""
_JOLIET: Final = (b"%/@", b"%/C", b"%/E")
_ESCAPES: Final = 88
_ROOT: Final = slice(156, 190)
_RAW_SECTOR: Final = 2352
_RAW_DATA: Final = (16, 24)
"""Where the data begins in a raw sector: mode 1, mode 2 form 1."""

_RECORD: Final = 33
_DIRECTORY: Final = 1 << 1
_CONTINUES: Final = 1 << 7
_SUSP_ENTRY: Final = 4
_SPECIAL_NAMES: Final = (b"\0", b"\1")
_IN_MEMORY: Final = 8 << 20


class Record(NamedTuple):  # a tuple, because one is made per file
    """A directory record."""

    name: bytes
    """UTF-8 where the image says what its characters are; without version."""
    sector: int
    size: int
    directory: bool
    continues: bool
    """More extents of the same file follow."""


class Volume(NamedTuple):
    """One tree of an image."""

    root: Record
    joliet: bool


class Sectors:
    """The data of an image by sector number."""

    def __init__(self, data: Fmap, stride: int = SECTOR, start: int = 0) -> None:
        self._data = data
        self._stride = stride
        self._start = start

    @classmethod
    def find(cls, data: Fmap) -> Sectors | None:
        """The sectors of an image, plain or raw; None when there is no volume descriptor.

        A plain one may have other things in front of it, as ClamAV has it, too.
        """
        for stride, start in ((SECTOR, 0), *((_RAW_SECTOR, start) for start in _RAW_DATA)):
            if data.read(_FIRST_DESCRIPTOR * stride + start + 1, 5) == _IDENTIFIER:
                return cls(data, stride, start)
        found = data.find(_BEGINNING, _FIRST_DESCRIPTOR * SECTOR, len(data))
        before = found - _FIRST_DESCRIPTOR * SECTOR
        return None if found < 0 else cls(data.slice(before, len(data)))

    def read(self, sector: int) -> bytes:
        """The data of one sector, less at the end."""
        return self._data.read(sector * self._stride + self._start, SECTOR)

    def extent(self, sector: int, size: int, most: int, directory: str) -> Fmap:
        """`size` bytes from `sector` on, less at the end; of raw sectors a copy, `most` bytes."""
        if self._stride == SECTOR:
            return self._data.slice(sector * SECTOR, size)
        spool = Spool(directory, _IN_MEMORY)
        size = min(size, most)
        while size > 0 and (piece := self.read(sector)):
            spool.write(piece[:size])
            size -= len(piece)
            sector += 1
        return spool.finish()

    def volumes(self) -> Iterator[Volume]:
        """The trees that the volume descriptors name."""
        for number in range(_FIRST_DESCRIPTOR, _FIRST_DESCRIPTOR + _MOST_DESCRIPTORS):
            descriptor = self.read(number)
            if descriptor[1:6] != _IDENTIFIER or descriptor[0] == _LAST:
                return
            root = _record(descriptor[_ROOT], joliet=False)
            if descriptor[0] in (_PRIMARY, _SUPPLEMENTARY) and root is not None:
                escapes = descriptor[_ESCAPES : _ESCAPES + 3]
                joliet = descriptor[0] == _SUPPLEMENTARY and escapes in _JOLIET
                yield Volume(root, joliet)

    def records(self, directory: Record, *, joliet: bool) -> Iterator[Record]:
        """What a directory holds, itself and its parent left out."""
        for number in range(-(-directory.size // SECTOR)):
            sector = self.read(directory.sector + number)
            if not sector:
                return
            at = 0
            while at < len(sector) and sector[at]:
                raw = sector[at : at + sector[at]]
                at += sector[at]
                record = _record(raw, joliet=joliet)
                if record is not None and record.name not in _SPECIAL_NAMES:
                    yield record


def _record(raw: bytes, *, joliet: bool) -> Record | None:
    """A directory record; None when it is too short."""
    if len(raw) < _RECORD + 1:
        return None
    length = raw[32]
    name = raw[_RECORD : _RECORD + length]
    if name not in _SPECIAL_NAMES:
        if joliet:
            name = name.decode("utf-16-be", "replace").encode("utf-8", "replace")
        else:
            name = _rock_ridge_name(raw[_RECORD + length + (~length & 1) :]) or name
        name = name.partition(b";")[0]
    flags = raw[25]
    return Record(
        name,
        # An extended attribute record stands before the data.
        int.from_bytes(raw[2:6], "little") + raw[1],
        int.from_bytes(raw[10:14], "little"),
        bool(flags & _DIRECTORY),
        bool(flags & _CONTINUES),
    )


def _rock_ridge_name(system_use: bytes) -> bytes:
    """The alternate name in a record's system use area; empty without one."""
    name = b""
    at = 0
    while at + _SUSP_ENTRY < len(system_use):
        length = system_use[at + 2]
        if length < _SUSP_ENTRY:
            break
        if system_use[at : at + 2] == b"NM":
            name += system_use[at + _SUSP_ENTRY + 1 : at + length]  # a byte of flags first
        at += length
    return name
