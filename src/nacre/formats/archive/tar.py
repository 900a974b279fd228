"""tar archives: Unix V7, ustar, GNU and pax.

Layout and spec: parsers/tar.py. Yields one Member and one Child per regular file and per
member of a type nobody knows, with long names, pax sizes and sparse files (GNU's four forms)
resolved; a sparse file whose real size is beyond the limits is scanned without its holes. A block
that is no header is passed over, so that damage costs one member; headers behind the end mark count
as well, for archives that were joined with cat. Links, directories and devices have
no content, whatever their size field says.

ClamAV knows neither pax sizes, binary sizes nor sparse maps, and stops at the first zero block.
What it takes for the content of such a member is scanned as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import behind, label, stored_member
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Member, Problem
from nacre.model.filetype import FileType
from nacre.parsers import tar as structure
from nacre.parsers.reader import Reader, ascii_decimal
from nacre.parsers.tar import BLOCK, Header

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_LONG_NAME: Final = b"L"
_PAX: Final = frozenset({b"x", b"X"})
_PAX_GLOBAL: Final = b"g"
_GNU_SPARSE: Final = b"S"
_NO_CONTENT: Final = frozenset({b"1", b"2", b"3", b"4", b"5", b"6", b"V"})
_NO_FILE: Final = frozenset({b"K", b"N", _LONG_NAME, _PAX_GLOBAL}) | _PAX
_ZERO: Final = bytes(BLOCK)
_NAME_SIZE: Final = 64 << 10
_PAX_SIZE: Final = 1 << 20


class TarHandler:
    """Unpacks tar archives."""

    TYPES: ClassVar = frozenset({FileType.POSIX_TAR, FileType.OLD_TAR})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the members."""
        reader = Reader(data)
        member = _Next()
        headers = strange = position = rest = 0
        ended = False
        while reader.remaining >= BLOCK:
            budget.check_time()
            block = reader.take(BLOCK)
            header = structure.header(block)
            if header is None:
                if ended and block != _ZERO and not rest:
                    rest = reader.position - BLOCK
                ended = ended or block == _ZERO
                strange += not ended
                continue
            headers += 1
            if header.type in _NO_CONTENT:
                member = _Next()
            elif header.type in _NO_FILE:
                yield from member.learn(header, reader)
            else:
                position += 1
                yield from member.events(header, block, position, reader, budget)
                member = _Next()
        if not headers:
            raise Corrupt("no tar header")
        strange += not ended and any(reader.peek(BLOCK))
        if rest:
            # Not of this archive, but to another program it may be the file.
            yield from behind(data, rest, b"behind the archive", budget)
        if strange:
            yield Problem(f"blocks passed over, being neither header nor content: {strange}")


class _Next:
    """What was said about the member to come."""

    def __init__(self) -> None:
        self._name = b""
        self._records: list[tuple[bytes, bytes]] = []

    def learn(self, header: Header, reader: Reader) -> Iterator[Event]:
        """Take in a member that describes the next one; the reader stands behind its header."""
        start = reader.position
        body = _body(reader, header.size)
        if len(body) < (header.size or 0):
            # As with a file below: the size may be a lie.
            reader.seek(start)
            yield Problem(
                f"{label(header.name)}: {header.size} bytes promised, {len(body)} present"
            )
        if header.type == _LONG_NAME:
            self._name = body.read(0, _NAME_SIZE).partition(b"\0")[0]
        elif header.type in _PAX:
            self._records = list(structure.pax_records(body.read(0, _PAX_SIZE)))

    def events(
        self, header: Header, block: bytes, position: int, reader: Reader, budget: Budget
    ) -> Iterator[Event]:
        """The member itself; the reader stands behind its header."""
        pax = dict(self._records)
        name = pax.get(b"GNU.sparse.name") or pax.get(b"path") or self._name or header.name
        said = ascii_decimal(pax.get(b"size", b""))
        size = header.size if said is None else said
        old = structure.old_sparse(block, reader) if header.type == _GNU_SPARSE else None
        if size is None:
            yield Problem(f"{label(name)}: no size")
            return
        yield Member(name, size, size, position)
        cut = size > reader.remaining
        start = reader.position
        stored = _body(reader, size)
        if cut:
            # Either the archive was cut or the size is a lie; look for headers right behind this
            # one.
            reader.seek(start)
            yield Problem(f"{label(name)}: {size} bytes promised, {len(stored)} present")
        content = stored
        if old:
            content = _expanded(stored, *old, budget)
        elif b"GNU.sparse.major" in pax or b"GNU.sparse.size" in pax:
            extents, real, packed = structure.pax_sparse(self._records, stored)
            content = _expanded(packed, extents, real, budget)
        yield from stored_member(content, name, len(stored), budget)
        # What one that knows nothing of the rest takes for the content, as ClamAV does.
        plain = stored if said is None else _view(reader, start, header.size or 0)
        if content is not stored or len(plain) != len(stored):
            yield from stored_member(plain, name, len(plain), budget)


def _view(reader: Reader, start: int, size: int) -> Fmap:
    """`size` bytes from `start` on; the reader stays where it is."""
    position = reader.position
    reader.seek(start)
    view = reader.view(size)
    reader.seek(position)
    return view


def _body(reader: Reader, size: int | None) -> Fmap:
    """The data of a member; moves on to the next block."""
    body = reader.view(size or 0)
    reader.skip(-len(body) % BLOCK)
    return body


def _expanded(stored: Fmap, extents: list[structure.Extent], real: int, budget: Budget) -> Fmap:
    return structure.expand(stored, extents, real, budget.allowance(), budget.directory) or stored
