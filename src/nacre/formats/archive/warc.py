"""WARC files (.warc): what a web archive has recorded.

Layout: records of a version line, fields, an empty line, content of ``Content-Length`` bytes and
two line ends. Recorded answers and requests are HTTP messages: a first line, fields, an empty line
and a body, in chunks if the fields say so. Spec: ISO 28500:2017; RFC 9112. A ``.warc.gz`` is gzip.
Yields one Child per body of a message, and per other record of content; bodies that were sent
compressed are decompressed. Records about the archive itself are only matched with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import brotli, deflate, gzip, zlib, zstd
from nacre.formats.base import decoded_member, few_problems, label, stored_member
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Spool
from nacre.parsers.extents import append
from nacre.parsers.reader import Reader, ascii_decimal, ascii_hexadecimal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from nacre.codecs.base import Decoded
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MAGIC: Final = b"WARC/"
_LONGEST_LINE: Final = 64 << 10
_MOST_FIELDS: Final = 1000
_IN_MEMORY: Final = 8 << 20
_ABOUT_ITSELF: Final = frozenset({b"warcinfo", b"revisit"})
_MESSAGE: Final = b"application/http"
_LINE_ENDS: Final = b"\r\n"

_Fields = dict[bytes, bytes]

_DECODERS: Final[Mapping[bytes, Callable[[Fmap, Budget], Decoded]]] = {
    b"gzip": gzip.decode,
    b"x-gzip": gzip.decode,
    b"br": brotli.decode,
    b"zstd": zstd.decode,
}


class WarcHandler:
    """Unpacks web archives."""

    TYPES: ClassVar = frozenset({FileType.WARC})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield what the records hold."""
        yield from few_problems(_records(Reader(data), budget))


def _records(reader: Reader, budget: Budget) -> Iterator[Event]:
    while reader.remaining:
        budget.check_time()
        start = reader.position
        if not _line(reader).startswith(_MAGIC):
            raise Corrupt(f"no record at {start}")
        fields = _fields(reader, budget)
        size = ascii_decimal(fields.get(b"content-length", b""))
        if size is None:
            raise Corrupt(f"the record at {start} has no size")
        name = fields.get(b"warc-target-uri", b"").strip(b"<>")
        content = reader.view(size)
        if len(content) < size:
            yield Problem(f"{label(name)}: {size} bytes promised, {len(content)} present")
        yield from _record(fields, content, name, budget)
        _skip_line_ends(reader, budget)


def _skip_line_ends(reader: Reader, budget: Budget) -> None:
    while reader.remaining:
        budget.check_time()
        piece = reader.peek(_LONGEST_LINE)
        ends = len(piece) - len(piece.lstrip(_LINE_ENDS))
        reader.skip(ends)
        if ends < len(piece):
            return


def _record(fields: _Fields, content: Fmap, name: bytes, budget: Budget) -> Iterator[Event]:
    if fields.get(b"warc-type", b"").lower() in _ABOUT_ITSELF:
        return
    if fields.get(b"content-type", b"").lower().startswith(_MESSAGE):
        yield from _message(content, name, budget)
    else:
        yield from stored_member(content, name, len(content), budget)


def _message(content: Fmap, name: bytes, budget: Budget) -> Iterator[Event]:
    reader = Reader(content)
    _line(reader)
    fields = _fields(reader, budget)
    body = reader.view(reader.remaining)
    if b"chunked" in fields.get(b"transfer-encoding", b"").lower():
        body, whole = _chunks(body, budget)
        if not whole:
            yield Problem(f"{label(name)}: its chunks end early")
    decode = _decoder(fields.get(b"content-encoding", b"").strip().lower(), body)
    if decode is None or not len(body):
        yield from stored_member(body, name, len(body), budget)
    else:
        decoded = decode(body, budget)
        if not len(decoded.data) and decoded.status != "limit":  # it was decompressed before
            yield from stored_member(body, name, len(body), budget)
        else:
            yield from decoded_member(decoded, name, budget)


def _decoder(encoding: bytes, body: Fmap) -> Callable[[Fmap, Budget], Decoded] | None:
    if encoding == b"deflate":  # with or without the header of zlib: both are sent
        head = body.read(0, 2)
        return (
            zlib.decode if int.from_bytes(head) % 31 == 0 and head[:1] == b"x" else deflate.decode
        )
    return _DECODERS.get(encoding)


def _chunks(body: Fmap, budget: Budget) -> tuple[Fmap, bool]:
    """The chunks of a body, joined, and whether there is a last one; without any, the body."""
    reader = Reader(body)
    spool = Spool(budget.directory, _IN_MEMORY)
    most = budget.allowance() + 1
    while reader.remaining:
        budget.check_time()
        size = ascii_hexadecimal(_line(reader).partition(b";")[0].strip())
        if size is None:
            # Some programs record a body without its chunks and leave the field.
            return (spool.finish(), False) if len(spool) else (body, True)
        if not size:
            return spool.finish(), True
        append(spool, reader.view(min(size, most - len(spool))), budget)
        if len(spool) >= most:
            return spool.finish(), True
        _line(reader)
    return spool.finish(), False


def _line(reader: Reader) -> bytes:
    """The next line without its end; a longer one than may be is cut there."""
    piece = reader.peek(_LONGEST_LINE)
    line, end, _ = piece.partition(b"\n")
    reader.skip(len(line) + len(end))
    return line.rstrip(_LINE_ENDS)


def _fields(reader: Reader, budget: Budget) -> _Fields:
    """The fields up to an empty line, their names in lower case; of two the first counts."""
    fields: _Fields = {}
    while line := _line(reader):
        budget.check_time()
        name, _, value = line.partition(b":")
        if len(fields) < _MOST_FIELDS:
            fields.setdefault(name.strip().lower(), value.strip())
    return fields
