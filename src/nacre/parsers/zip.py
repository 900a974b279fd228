"""The structures of a ZIP file.

Layout: local headers, each followed by its member's data and perhaps a data descriptor; the central
directory, which repeats and completes the local headers; the end record, which says where the
directory is, found from the back. Any of it may be missing, lie or be preceded and followed by
other things.
Spec: PKWARE APPNOTE.TXT 6.3.10. Of a split archive one part is read, as if it were all.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.fmap import Fmap

LOCAL_MAGIC: Final = b"PK\x03\x04"
DESCRIPTOR_MAGIC: Final = b"PK\x07\x08"
CENTRAL_MAGIC: Final = b"PK\x01\x02"
END_MAGIC: Final = b"PK\x05\x06"
SPLIT_MAGIC: Final = b"PK\x07\x08PK\x03\x04"
"""How the first part of a split archive begins."""
_END64_MAGIC: Final = b"PK\x06\x06"
_LOCATOR_MAGIC: Final = b"PK\x06\x07"

_LOCAL: Final = struct.Struct("<4s4H2x3I2H")
_CENTRAL: Final = struct.Struct("<4s4x2H4x3I4H6xI")
_END: Final = struct.Struct("<4sH4xH2IH")
_END64: Final = struct.Struct("<4s12xI12x3Q")
_LOCATOR: Final = struct.Struct("<4s4xQ4x")
_DESCRIPTOR: Final = struct.Struct("<4s4xI")
_BARE: Final = struct.Struct("<3I")
_BARE64: Final = struct.Struct("<I2Q")
_EXTRA: Final = struct.Struct("<2H")

ENCRYPTED: Final = 1 << 0
END_MARKER: Final = 1 << 1  # of LZMA: the data says itself where it ends
LARGE_WINDOW: Final = 1 << 1  # of implode
LITERAL_TREE: Final = 1 << 2  # of implode
DESCRIPTOR: Final = 1 << 3  # sizes follow the data
STRONG: Final = 1 << 6  # encrypted with more than a password

_SATURATED: Final = 0xFFFF_FFFF
_ZIP64: Final = 1
_WINDOW: Final = 256 << 10  # holds any central entry whole
_END_CANDIDATES: Final = 16
_HIGHEST_VERSION: Final = 63
_HIGHEST_METHOD: Final = 99


class Local(
    NamedTuple
):  # a tuple, because one is made per member and a dataclass takes four times as long
    """A local header."""

    start: int
    version: int
    flags: int
    method: int
    time: int
    packed: int
    size: int
    crc: int
    name_size: int
    data: int
    """Offset of the member's data."""

    @property
    def plausible(self) -> bool:
        """False for bytes that only look like the start of a header."""
        return self.version & 0xFF <= _HIGHEST_VERSION and self.method <= _HIGHEST_METHOD


class Entry(NamedTuple):
    """An entry of the central directory."""

    name: bytes
    flags: int
    method: int
    packed: int
    size: int
    crc: int
    start: int
    """Offset of the local header, counted from the first byte of the layer."""
    part: int
    """Number of the part of a split archive in which the member begins."""

    @property
    def is_before(self) -> bool:
        """Whether the whole member is before the layer, which may begin with the next one."""
        return self.start < 0 and self.start + _LOCAL.size + len(self.name) + self.packed <= 0


class Directory(NamedTuple):
    """Where the central directory is."""

    start: int
    end: int
    after: int
    """First byte after the end record."""
    base: int
    """Bytes before the archive that its offsets do not count."""
    part: int
    """Number of this part of a split archive; 0 for a whole one."""


def local_header(data: Fmap, start: int) -> Local | None:
    """The local header at `start`, or None when there is none."""
    if not 0 <= start < len(data):
        return None
    raw = data.read(start, _LOCAL.size)
    if len(raw) < _LOCAL.size:
        return None
    magic, version, flags, method, time, crc, packed, size, name_size, extra_size = _LOCAL.unpack(
        raw
    )
    if magic != LOCAL_MAGIC:
        return None
    if _SATURATED in (packed, size):
        extra = data.read(start + _LOCAL.size + name_size, extra_size)
        size, packed, _ = _widen(extra, size, packed, 0)
    end = start + _LOCAL.size + name_size + extra_size
    return Local(start, version, flags, method, time, packed, size, crc, name_size, end)


def local_name(data: Fmap, local: Local) -> bytes:
    """The member's name in its local header."""
    return data.read(local.start + _LOCAL.size, local.name_size)


def local_extra(data: Fmap, local: Local) -> bytes:
    """The extra fields of a local header."""
    start = local.start + _LOCAL.size + local.name_size
    return data.read(start, local.data - start)


def extra_field(extra: bytes, wanted: int) -> bytes:
    """The extra field of one kind, empty when there is none."""
    at = 0
    while at + _EXTRA.size <= len(extra):
        kind, length = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size
        if kind == wanted:
            return extra[at : at + length]
        at += length
    return b""


def check_bytes(local: Local, crc: int) -> tuple[bytes, ...]:
    """What the last byte before traditionally encrypted data may be after decryption."""
    first = local.time >> 8 if local.flags & DESCRIPTOR else local.crc >> 24
    return bytes((first,)), bytes((crc >> 24,))


def find_directory(data: Fmap) -> Directory | None:
    """The central directory that the last usable end record points to."""
    end = len(data)
    for _ in range(_END_CANDIDATES):
        end = data.rfind(END_MAGIC, 0, end)
        if end < 0:
            return None
        raw = data.read(end, _END.size)
        if len(raw) == _END.size and (directory := _directory(data, end, raw)):
            return directory
    return None


def entries(data: Fmap, directory: Directory) -> Iterator[Entry]:
    """The entries of the directory up to its end or to the first bytes that are none."""
    position, window, at = directory.start, b"", 0
    while True:
        if len(window) - at < _CENTRAL.size:
            window, at = data.read(position, min(_WINDOW, directory.end - position)), 0
            if len(window) < _CENTRAL.size:
                return
        fields = _CENTRAL.unpack_from(window, at)
        magic, flags, method, crc, packed, size, name_size, extra_size, comment_size = fields[:9]
        part, start = fields[9:]
        if magic != CENTRAL_MAGIC:
            return
        total = _CENTRAL.size + name_size + extra_size + comment_size
        if total > len(window) - at:
            if at == 0:
                return
            at = len(window)  # read on from this entry
            continue
        name_end = at + _CENTRAL.size + name_size
        name = window[at + _CENTRAL.size : name_end]
        if _SATURATED in (packed, size, start):
            extra = window[name_end : name_end + extra_size]
            size, packed, start = _widen(extra, size, packed, start)
        yield Entry(name, flags, method, packed, size, crc, directory.base + start, part)
        at += total
        position += total


def is_descriptor(data: Fmap, position: int, start: int) -> bool:
    """True when a data descriptor at `position` fits data that began at `start`."""
    raw = data.read(position, _DESCRIPTOR.size)
    if len(raw) < _DESCRIPTOR.size:
        return False
    found: tuple[bytes, int] = _DESCRIPTOR.unpack(raw)
    return found == (DESCRIPTOR_MAGIC, position - start)


def before_descriptor(data: Fmap, start: int, end: int) -> int:
    """The size of stored data from `start` on, behind which a descriptor without a mark may be.

    The next header is at `end`.
    """
    for layout in (_BARE, _BARE64):
        size = end - layout.size - start
        if size >= 0 and layout.unpack(data.read(start + size, layout.size))[1:] == (size, size):
            return size
    return end - start


def _directory(data: Fmap, end: int, raw: bytes) -> Directory | None:
    _, part, _count, size, offset, comment_size = _END.unpack(raw)
    after = end + _END.size + comment_size
    limit = end
    if _SATURATED in (size, offset):
        wide = _end64(data, end)
        if wide is None:
            return None
        limit, size, offset, part = wide
    # The directory ends where its end record starts, unless something was put between. What it says
    # of
    # its own offset leaves out what was put before the archive.
    for start in (limit - size, offset):
        if start >= 0 and data.read(start, 4) == CENTRAL_MAGIC:
            return Directory(start, limit, after, start - offset, part)
    return None


def _end64(data: Fmap, end: int) -> tuple[int, int, int, int] | None:
    raw = data.read(max(0, end - _LOCATOR.size), _LOCATOR.size)
    if len(raw) < _LOCATOR.size or not raw.startswith(_LOCATOR_MAGIC):
        return None
    stated = _LOCATOR.unpack(raw)[1]
    for position in (stated, data.rfind(_END64_MAGIC, max(0, end - _WINDOW), end)):
        record = data.read(position, _END64.size) if 0 <= position < end else b""
        if len(record) == _END64.size and record.startswith(_END64_MAGIC):
            _, part, _count, size, offset = _END64.unpack(record)
            return position, size, offset, part
    return None


def _widen(extra: bytes, size: int, packed: int, start: int) -> tuple[int, int, int]:
    """Replace saturated fields by those of the ZIP64 extra field, which has them in this order."""
    raw = extra_field(extra, _ZIP64)
    wide = iter(struct.unpack_from(f"<{len(raw) // 8}Q", raw))
    size, packed, start = (
        next(wide, field) if field == _SATURATED else field for field in (size, packed, start)
    )
    return size, packed, start
