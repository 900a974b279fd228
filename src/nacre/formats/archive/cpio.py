"""cpio archives: old binary in both byte orders, odc (portable ASCII), newc, newc with checksums.

Layout: per member a header with sizes, the name with its NUL, the data; the binary form pads name
and data to two bytes, newc both to four. A member ``TRAILER!!!`` ends an archive; another, or a
compressed one, may follow after zeros, as in an initramfs.
Spec: cpio(5), IEEE 1003.1-1988 10.1.2 (odc), Linux Documentation/driver-api/early-userspace/
buffer-format.rst. Yields one Member and one Child per member with content, links included, and
one Child for what follows the archive, which ClamAV does not look at.
"""

from __future__ import annotations

import stat
import struct
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from nacre.codecs.checksum import Checksum
from nacre.formats.base import label, stored_member
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Member, Problem
from nacre.model.filetype import FileType
from nacre.parsers.reader import Reader, ascii_hexadecimal, ascii_octal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_BINARY_MAGIC: Final = 0o070707
_BINARY_FIELDS: Final = "13H"
_BINARY_SIZE: Final = 26
_ODC_MAGIC: Final = b"070707"
_ODC_SIZE: Final = 76
_NEWC_MAGICS: Final = (b"070701", b"070702")
_CRC_MAGIC: Final = b"070702"
_NEWC_SIZE: Final = 110
_NEWC_FIELD: Final = 8
_LONGEST_MAGIC: Final = 6
_LONGEST_NAME: Final = 64 << 10
_LAST: Final = b"TRAILER!!!"
_ZEROS: Final = 64 << 10


class _Header(NamedTuple):  # a tuple, because one is made per member
    name_size: int
    size: int
    padding: int
    """What name and data are padded to."""
    checksum: Checksum | None = None


class CpioHandler:
    """Unpacks cpio archives."""

    TYPES: ClassVar = frozenset(
        {FileType.CPIO_OLD, FileType.CPIO_ODC, FileType.CPIO_NEWC, FileType.CPIO_CRC}
    )
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the members."""
        reader = Reader(data)
        position = 0
        ended = False
        while reader.remaining:
            budget.check_time()
            read = _form(reader.peek(_LONGEST_MAGIC))
            if read is None:
                if reader.position == 0:
                    raise Corrupt("not a cpio archive")
                if not ended:
                    yield Problem(f"no header at {reader.position}: the rest is scanned as it is")
                yield from _rest(reader, budget)
                return
            start = reader.position
            header = read(reader)
            name = reader.take(min(header.name_size, _LONGEST_NAME)).partition(b"\0")[0]
            reader.skip(max(0, header.name_size - _LONGEST_NAME))
            reader.skip((start - reader.position) % header.padding)  # newc counts from the header
            ended = name == _LAST and not header.size
            if ended:
                _skip_zeros(reader, budget)
                continue
            position += 1
            if header.size:
                yield Member(name, header.size, header.size, position)
            yield from _member(reader, header, name, budget)
        if not ended:
            yield Problem("the archive ends without its last entry")


def _member(reader: Reader, header: _Header, name: bytes, budget: Budget) -> Iterator[Event]:
    body = reader.view(header.size)
    reader.skip(-header.size % header.padding)
    if len(body) < header.size:
        yield Problem(f"{label(name)}: {header.size} bytes promised, {len(body)} present")
    whole = header.checksum if len(body) == header.size else None
    yield from stored_member(body, name, header.size, budget, checksum=whole)


def _rest(reader: Reader, budget: Budget) -> Iterator[Event]:
    """What follows an archive and is none itself."""
    rest = reader.view(reader.remaining)
    yield from stored_member(rest, b"", len(rest), budget)


def _skip_zeros(reader: Reader, budget: Budget) -> None:
    while reader.remaining:
        budget.check_time()
        piece = reader.peek(_ZEROS)
        zeros = len(piece) - len(piece.lstrip(b"\0"))
        reader.skip(zeros)
        if zeros < len(piece):
            return


def _form(magic: bytes) -> Callable[[Reader], _Header] | None:
    """How to read a header that begins so."""
    if magic == _ODC_MAGIC:
        return _odc
    if magic in _NEWC_MAGICS:
        return _newc
    for order, read in (("<", _binary_little), (">", _binary_big)):
        if magic[:2] == struct.pack(order + "H", _BINARY_MAGIC):
            return read
    return None


def _binary_little(reader: Reader) -> _Header:
    return _binary(struct.unpack("<" + _BINARY_FIELDS, reader.take(_BINARY_SIZE)))


def _binary_big(reader: Reader) -> _Header:
    return _binary(struct.unpack(">" + _BINARY_FIELDS, reader.take(_BINARY_SIZE)))


def _binary(fields: tuple[int, ...]) -> _Header:
    *_, name_size, high, low = fields
    return _Header(name_size, high << 16 | low, 2)


def _odc(reader: Reader) -> _Header:
    header = reader.take(_ODC_SIZE)
    name_size, size = ascii_octal(header[59:65]), ascii_octal(header[65:76])
    if name_size is None or size is None:
        raise Corrupt(f"no sizes in the header at {reader.position - _ODC_SIZE}")
    return _Header(name_size, size, 1)


def _newc(reader: Reader) -> _Header:
    header = reader.take(_NEWC_SIZE)
    fields = [
        ascii_hexadecimal(header[at : at + _NEWC_FIELD])
        for at in range(_LONGEST_MAGIC, _NEWC_SIZE, _NEWC_FIELD)
    ]
    size, name_size = fields[6], fields[11]
    if name_size is None or size is None:
        raise Corrupt(f"no sizes in the header at {reader.position - _NEWC_SIZE}")
    # Of what is no regular file, such as where a link leads, nobody makes a sum.
    regular = fields[1] is not None and stat.S_ISREG(fields[1])
    sums = header.startswith(_CRC_MAGIC) and fields[12] is not None and regular
    return _Header(name_size, size, 4, Checksum("sum32", fields[12] or 0) if sums else None)
