"""Setup programs of Inno Setup, from 4.0.9 on.

Layout: a program, the files in chunks, and headers (parsers/inno.py) that say which chunk a file is
in; where all this is says a table in the program (filetype/inno.py). A chunk is a mark and one
stream, stored or of zlib, bzip2, LZMA or LZMA2, which is not said but seen. Targets of calls in
programs may be counted from their start. The files may be in files beside the program (slices), and
the headers too. Source: Inno Setup's ``Struct.pas`` and ``Compress.pas``.
Yields what the script of the setup became as the first Child, then the program that shows the setup
(``setup.e32``), and one Child per file; where the headers cannot be read, and of a slice, one per
chunk. Beyond ClamAV 1.4.6, which opens none of it.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import branch, bzip2, lzma, lzma2
from nacre.codecs import zlib as zlib_streams
from nacre.codecs.checksum import Checksum
from nacre.filetype.inno import table_of
from nacre.formats.base import REASONS, few_problems, label, partial_member, refusal, stored_member
from nacre.model.errors import Corrupt, FormatError
from nacre.model.event import Event, Member, Problem
from nacre.model.filetype import FileType
from nacre.parsers.inno import digest_of, read_program, read_setup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.codecs.base import Decoded
    from nacre.filetype.inno import Table
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap
    from nacre.parsers.inno import Location, Setup, Version

_MARK: Final = b"zlb\x1a"
_SLICE: Final = b"idska"
_SCRIPT: Final = b"setup.0"
_PROGRAM: Final = b"setup.e32"
_HEAD: Final = 6
_PROPERTIES: Final = 5
_NO_PROPERTY: Final = b"\xff"
_MOST_DICTIONARY: Final = 40
_RESET: Final = 0xE0
"""The first control byte of LZMA2 from which on everything begins anew."""
_CODE: Final = b"MZ"
_LATEST: Final = (6, 7, 0)
_MOST_CHUNKS: Final = 1 << 16


class InnoHandler:
    """Unpacks setup programs of Inno Setup."""

    TYPES: ClassVar = frozenset({FileType.INNO})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the script and the files."""
        if data.read(0, len(_SLICE)) == _SLICE:
            yield from few_problems(_unnamed(data, budget))
            return
        table = table_of(data)
        if table is None:
            raise Corrupt("no setup program of Inno Setup")
        files = data.slice(table.files, len(data)) if table.files else data.slice(0, 0)
        try:
            setup = read_setup(data, table.headers, budget)
        except FormatError as error:
            yield Problem(f"headers: {error}")
            yield from few_problems(_unnamed(files, budget))
        else:
            if setup.damaged:
                yield Problem(f"headers: {REASONS['checksum']}")
            yield from stored_member(setup.script, _SCRIPT, len(setup.script), budget)
            if table.program:
                yield from _program(data, table, setup, budget)
            yield from few_problems(_named(setup, files, budget))


def _program(data: Fmap, table: Table, setup: Setup, budget: Budget) -> Iterator[Event]:
    """What the loader unpacks and runs. Whether its calls were changed tells its checksum."""
    try:
        content, damaged = read_program(data, table.program, setup.version, budget)
    except FormatError as error:
        yield Problem(f"{label(_PROGRAM)}: {error}")
        return
    expected = Checksum("crc32", table.program_crc)
    if not expected.fits(content):
        content = _counted(content, setup.version, budget, branch.ACROSS)
        damaged = damaged or not expected.fits(content)
    yield from stored_member(content, _PROGRAM, len(content), budget)
    if damaged:
        yield Problem(f"{label(_PROGRAM)}: {REASONS['checksum']}")


def _named(setup: Setup, files: Fmap, budget: Budget) -> Iterator[Event]:
    """The files, chunk by chunk."""
    numbered = sorted(
        enumerate(setup.locations), key=lambda pair: (_chunk_of(pair), pair[1].offset)
    )
    for (number, start, _, encrypted, _), group in groupby(numbered, key=_chunk_of):
        members = list(group)
        first = members[0][1]
        for index, one in members:
            name = setup.names.get(index, b"")
            yield Member(name, one.packed, one.size, index + 1, encrypted=one.encrypted)
        if number or not len(files):
            yield Problem("files in a file beside the program (setup-1.bin)")
        elif encrypted:
            yield Problem(f"{label(setup.names.get(members[0][0], b''))}: encrypted")
        elif files.read(start, len(_MARK)) != _MARK:
            yield Problem(f"no chunk at {start}")
        else:
            packed = files.slice(start + len(_MARK), first.packed)
            if len(packed) < first.packed:
                yield Problem(f"{first.packed} bytes promised, {len(packed)} present")
            yield from _chunk(setup, packed, members, budget)


def _chunk_of(pair: tuple[int, Location]) -> tuple[int, int, int, bool, bool]:
    """What files in the same chunk have in common; one record may lie, and not for others."""
    one = pair[1]
    return (one.slice, one.start, one.packed, one.encrypted, one.compressed)


def _chunk(
    setup: Setup, packed: Fmap, members: list[tuple[int, Location]], budget: Budget
) -> Iterator[Event]:
    size = max(one.offset + one.size for _, one in members)
    content = packed
    if members[0][1].compressed:
        decoded = _decoded(packed, size, budget)
        content = decoded.data
        if decoded.status == "limit":
            budget.waste(len(content))
            yield Problem("more than MaxScanSize leaves", "MaxScanSize")
        elif decoded.status != "done":
            yield Problem(f"{REASONS[decoded.status]} after {len(content)} bytes of content")
            if not len(content):  # versions before 4.2.5 do not say what is stored
                content = packed
    for index, one in members:
        budget.check_time()
        name = setup.names.get(index, b"")
        refused = refusal(one.size, name, budget)
        if refused:
            yield refused
            continue
        part = content.slice(one.offset, one.size)
        if one.calls:
            part = _counted(part, setup.version, budget)
        yield from stored_member(part, name, one.packed, budget)
        if len(part) == one.size and not _fits(part, setup, one):
            yield Problem(f"{label(name)}: {REASONS['checksum']}")


def _counted(code: Fmap, version: Version, budget: Budget, properties: bytes = b"") -> Fmap:
    """A program whose calls count from their instruction again."""
    if version < (5, 2, 0):
        name = "calls"
    else:
        name = "near-calls" if version < (5, 3, 9) else "turned-calls"
    return branch.decode(name, code, budget, properties, max_output=len(code)).data


def _fits(part: Fmap, setup: Setup, one: Location) -> bool:
    kind = digest_of(setup.version)
    if kind == "crc32":
        return Checksum(kind, int.from_bytes(one.digest, "little")).fits(part)
    return part.digest(kind) == one.digest


def _decoded(packed: Fmap, size: int, budget: Budget) -> Decoded:
    most = min(size, budget.shared_allowance())
    head = packed.read(0, _HEAD)
    if head[:3] == b"BZh":
        return bzip2.decode(packed, budget, max_output=most)
    if head[0:1] == b"\x78" and int.from_bytes(head[:2], "big") % 31 == 0:
        return zlib_streams.decode(packed, budget, max_output=most)
    if len(head) > 1 and head[0] <= _MOST_DICTIONARY and (head[1] == 1 or head[1] >= _RESET):
        stream = packed.slice(1, len(packed))
        return lzma2.decode(stream, budget, size, head[:1], max_output=most)
    stream = packed.slice(_PROPERTIES, len(packed))
    properties = head[:_PROPERTIES].ljust(_PROPERTIES, _NO_PROPERTY)
    return lzma.decode_raw(stream, budget, size, properties, max_output=most)


def _unnamed(files: Fmap, budget: Budget) -> Iterator[Event]:
    """All chunks that there are, without what the headers say of them."""
    at = files.find(_MARK, 0, len(files))
    for _ in range(_MOST_CHUNKS):
        if at < 0:
            return
        budget.check_time()
        following = files.find(_MARK, at + 1, len(files))
        end = following if following > 0 else len(files)
        packed = files.slice(at + len(_MARK), end - at - len(_MARK))
        decoded = _decoded(packed, budget.shared_allowance(), budget)
        name = b"chunk at %d" % at
        if len(decoded.data):
            yield from partial_member(decoded.data, decoded.status, name, len(packed), budget)
            if decoded.data.read(0, len(_CODE)) == _CODE:
                code = _counted(decoded.data, _LATEST, budget)
                yield from stored_member(code, b"calls of the " + name, len(packed), budget)
        else:
            yield from stored_member(packed, name, len(packed), budget)
        at = following
