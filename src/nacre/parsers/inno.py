"""The headers of a setup program of Inno Setup: what it holds, and where.

Layout: a name with the version, 64 bytes; since 6.5 what is encrypted and how; two streams, each
with a checksum of its own size, in pieces of 4096 bytes with a checksum before each, compressed
together. The first is all that the script of the setup said, the second one record for each file.
Source: Inno Setup's ``Struct.pas`` and ``Compress.pas``. Versions from 4.0.9 on.
"""

from __future__ import annotations

import re
import struct
import zlib
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from nacre.codecs import lzma
from nacre.codecs import zlib as zlib_streams
from nacre.model.errors import Corrupt, Encrypted, FormatError
from nacre.model.fmap import Spool
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

Version = tuple[int, int, int]

_NAME_SIZE: Final = 64
_VERSION: Final = re.compile(rb"\((\d{1,3})\.(\d{1,3})\.(\d{1,3})")
_ENCRYPTION: Final = struct.Struct("<IB48x")
_WHOLE: Final = 2
_PIECE: Final = 4096
_CHECKSUM: Final = 4
_PROPERTIES: Final = 5
_MOST_FILES: Final = 1 << 16
_UNKNOWN_SIZE: Final = (1 << 64) - 1
_IN_MEMORY: Final = 8 << 20
_MOST_HEADERS: Final = 64 << 20
_MOST_SEARCHED: Final = 16 << 20
"""Bytes that are looked through for names."""
_LONGEST: Final = 2048
_BEHIND: Final = struct.Struct("<10x10sIIq")
"""Behind the texts of a file: from and to which Windows, location, attributes, size elsewhere."""
_VERIFICATION: Final = 33
_CONSTANT: Final = re.compile(rb"\0\0\{[a-z]")
_WIDE_CONSTANT: Final = re.compile(rb"\0\0\{\0[a-z]\0")
"""Behind the upper half of the text's size, such as ``{app}``."""
_MOST_PATHS: Final = 1 << 17
_ATTRIBUTES: Final = 1 << 16
_NEVER: Final = bytes(10)


class Location(NamedTuple):  # a tuple, because one is made per file
    """Where a file is, and how it was made smaller."""

    slice: int
    """Which of the files beside the program it is in; 0 for the program itself."""
    start: int
    """Of the chunk it is in, behind the start of all."""
    packed: int
    """Size of the chunk."""
    offset: int
    """In the content of the chunk."""
    size: int
    digest: bytes
    calls: bool
    """Whether targets of calls are counted from its start."""
    encrypted: bool
    compressed: bool


class Setup(NamedTuple):
    """What the headers say."""

    version: Version
    script: Fmap
    """The first stream."""
    locations: tuple[Location, ...]
    names: dict[int, bytes]
    """Where files go, by the number of their location."""
    damaged: bool
    """Whether a checksum is another one than it should be."""


def read_setup(data: Fmap, at: int, budget: Budget) -> Setup:
    """Read the headers at `at`.

    Raises:
        Encrypted: they are encrypted.
        FormatError: they cannot be read.
    """
    reader = Reader(data, at)
    name = reader.take(_NAME_SIZE)
    found = _VERSION.search(name)
    if found is None:
        raise Corrupt("no version of Inno Setup")
    first, second, third = map(int, found.groups())
    version = (first, second, third)
    if version >= (6, 5, 0):
        _, encrypted = reader.unpack(_ENCRYPTION)
        if encrypted == _WHOLE:
            raise Encrypted("the headers are encrypted")
    script, damaged = _stream(reader, version, budget)
    records, damaged_too = _stream(reader, version, budget)
    locations = tuple(_locations(Reader(records), version, budget))
    wide = b"(u)" in name.lower() or version >= (6, 3, 0)
    names = _names(script, version, len(locations), budget, wide=wide)
    return Setup(version, script, locations, names, damaged or damaged_too)


def read_program(data: Fmap, at: int, version: Version, budget: Budget) -> tuple[Fmap, bool]:
    """The program that the loader unpacks and runs, and whether a checksum on the way is wrong.

    Raises:
        FormatError: there is none.
    """
    return _stream(Reader(data, at), version, budget)


def _stream(reader: Reader, version: Version, budget: Budget) -> tuple[Fmap, bool]:
    """The next stream, and whether it is damaged."""
    checksum = reader.u32le()
    fields = reader.take(9 if version >= (6, 7, 0) else 5)
    if zlib.crc32(fields) != checksum:
        raise Corrupt("a stream has another checksum than it should")
    size, compressed = int.from_bytes(fields[:-1], "little"), fields[-1]
    pieces = Reader(reader.view(size))
    damaged = pieces.remaining < size
    spool = Spool(budget.directory, _IN_MEMORY)
    while pieces.remaining > _CHECKSUM:
        budget.check_time()
        checksum = pieces.u32le()
        piece = pieces.take(min(_PIECE, pieces.remaining))
        damaged |= zlib.crc32(piece) != checksum
        spool.write(piece)
    packed, most = spool.finish(), min(budget.allowance(), _MOST_HEADERS)
    if not compressed:
        return packed, damaged
    if len(packed) <= _PROPERTIES:
        raise Corrupt("a stream is empty")
    if version < (4, 1, 6):
        decoded = zlib_streams.decode(packed, budget, max_output=most)
    else:
        properties = packed.read(0, _PROPERTIES)
        rest = packed.slice(_PROPERTIES, len(packed))
        decoded = lzma.decode_raw(rest, budget, _UNKNOWN_SIZE, properties, max_output=most)
    if decoded.status == "limit":
        raise Corrupt(f"a stream is larger than {most} bytes")
    # Some have a mark at the end, others just end.
    return decoded.data, damaged or decoded.status not in {"done", "truncated"}


def digest_of(version: Version) -> Literal["crc32", "md5", "sha1", "sha256"]:
    """The kind of `Location.digest`."""
    if version < (4, 2, 0):
        return "crc32"
    if version < (5, 3, 9):
        return "md5"
    return "sha1" if version < (6, 4, 0) else "sha256"


_DIGEST_SIZES: Final = {"crc32": 4, "md5": 16, "sha1": 20, "sha256": 32}


def _layout(version: Version) -> tuple[struct.Struct, tuple[str, ...]]:
    """The fields of a location, and its flags from the lowest bit on.

    Two slices, start, offset, size, packed size, digest, three about time and version, flags.
    """
    middle = (4, 2, 0) <= version < (6, 4, 3)
    flags = (
        ("version", True),
        ("no version", version < (6, 4, 3)),
        ("utc", version >= (4, 0, 10)),
        ("uninstaller", middle),
        ("calls", version >= (4, 1, 8)),
        ("touch", middle),
        ("encrypted", version >= (4, 2, 2)),
        ("compressed", version >= (4, 2, 5)),
        ("solid break", (5, 1, 13) <= version < (6, 4, 3)),
        ("sign", (5, 5, 7) <= version < (6, 3, 0)),
        ("sign once", (5, 5, 7) <= version < (6, 3, 0)),
    )
    there = tuple(name for name, is_there in flags if is_there)
    start = "q" if version >= (6, 5, 2) else "I"
    digest = _DIGEST_SIZES[digest_of(version)]
    signing = "x" if (6, 3, 0) <= version < (6, 4, 3) else ""
    return struct.Struct(f"<II{start}3q{digest}sQII{-(-len(there) // 8)}s{signing}"), there


def _locations(reader: Reader, version: Version, budget: Budget) -> Iterator[Location]:
    layout, flags = _layout(version)
    if reader.remaining % layout.size:
        raise Corrupt(f"{reader.remaining} bytes of locations of {layout.size} bytes each")
    if reader.remaining > _MOST_FILES * layout.size:
        raise Corrupt(f"more than {_MOST_FILES} files")
    while reader.remaining:
        budget.check_time()
        first, _, start, offset, size, packed, digest, _, _, _, bits = layout.unpack(
            reader.take(layout.size)
        )
        number = int.from_bytes(bits, "little")
        given = {name for bit, name in enumerate(flags) if number >> bit & 1}
        if min(start, offset, size, packed) < 0:
            raise Corrupt("a location with a size below 0")
        yield Location(
            first, start, packed, offset, size, digest,
            calls="calls" in given,
            encrypted="encrypted" in given,
            compressed="compressed" in given or "compressed" not in flags,
        )  # fmt: skip


def _names(
    script: Fmap, version: Version, count: int, budget: Budget, *, wide: bool
) -> dict[int, bytes]:
    """Where files go, as far as that is found.

    What comes before the files has another form in each version; a file is recognised by a path
    that begins with a constant, by the texts that follow and by what is behind these.
    """
    found: dict[int, bytes] = {}
    reader = Reader(script, 0, _MOST_SEARCHED)
    text = reader.peek(_MOST_SEARCHED)
    constant = _WIDE_CONSTANT if wide else _CONSTANT
    for match in islice(constant.finditer(text), _MOST_PATHS):
        budget.check_time()
        reader.seek(match.start() - 2)
        try:
            path = _text(reader)
            for _ in range(8 if version >= (5, 2, 5) else 7):
                _text(reader)
            if version >= (6, 5, 0):
                for _ in range(6):
                    _text(reader)
                reader.skip(_VERIFICATION)
            never, location, attributes, more = _BEHIND.unpack(reader.take(_BEHIND.size))
        except FormatError:
            continue
        if never == _NEVER and location < count and attributes < _ATTRIBUTES and not more:
            name = path.decode("utf-16-le", "replace").encode() if wide else path
            found.setdefault(location, name.replace(b"\\", b"/"))
    return found


def _text(reader: Reader) -> bytes:
    """One text, with its size in bytes before it."""
    size = reader.u32le()
    if size > _LONGEST:
        raise Corrupt("a text too long to be one")
    return reader.take(size)
