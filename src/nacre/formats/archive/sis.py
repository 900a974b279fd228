"""Symbian installation packages (.sis): of EPOC to Symbian 8, and of Symbian 9 (.sisx).

Layout: old packages begin with four identifiers, the third 10000419, and a header that places the
records of the files, each with sizes and offsets of one variant per language. New ones begin with
10201A7A and consist of nested fields of type, length and value padded to four bytes; arrays leave
out the types of their elements.
Spec: Symbian, "SIS file format" (6.x, 9.x). Yields one Child per file and language, and the
controllers of new packages. Compression is zlib.
Unlike ClamAV it names the files of old packages as they are installed, and yields controllers.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import zlib
from nacre.formats.base import decoded_member, few_problems, label, stored_member
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_NEW_MAGIC: Final = 0x10201A7A
_OLD_MAGIC: Final = 0x10000419
_RELEASE_5: Final = 0x1000006D
_IDENTIFIERS: Final = struct.Struct("<4I")
_NUMBER: Final = struct.Struct("<I")

_OLD_HEADER: Final = struct.Struct("<2x7H4xH14xI")
_NOT_COMPRESSED: Final = 1 << 3
_SIMPLE, _MULTILINGUAL, _OPTIONS, _IF, _ELSE_IF, _, _END_IF = range(7)
_FILE: Final = struct.Struct("<6I")
_OPTION_MASK: Final = 16
_LONGEST_NAME: Final = 4096
_ZLIB_CHECK: Final = 31

_LONG_LENGTH: Final = 1 << 31
_ARRAY, _COMPRESSED, _CONTENTS = 2, 3, 12
_DATA, _DATA_UNIT, _FILE_DATA = 30, 31, 32
_OPENED: Final = frozenset({_ARRAY, _CONTENTS, _DATA, _DATA_UNIT, _FILE_DATA})
_COMPRESSION: Final = struct.Struct("<IQ")
_STORED, _DEFLATED = 0, 1
_ALIGNMENT: Final = 4
_DEEPEST: Final = 16


class SisHandler:
    """Unpacks Symbian packages."""

    TYPES: ClassVar = frozenset({FileType.SIS})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the files."""
        identifiers = Reader(data).unpack(_IDENTIFIERS)
        if identifiers[0] == _NEW_MAGIC:
            return _new(data, budget)
        if identifiers[2] == _OLD_MAGIC:
            return few_problems(_old(data, budget, release_6=identifiers[1] != _RELEASE_5))
        raise Corrupt("not a Symbian package")


def _old(data: Fmap, budget: Budget, *, release_6: bool) -> Iterator[Event]:
    """The files of a package of EPOC to Symbian 8."""
    reader = Reader(data)
    reader.skip(_IDENTIFIERS.size)
    languages, files, *_, options, files_at = reader.unpack(_OLD_HEADER)
    compressed = not options & _NOT_COMPRESSED
    reader.seek(files_at)
    number = 0
    while number < files:
        budget.check_time()
        kind = reader.u32le()
        number += kind <= _END_IF
        if kind in {_SIMPLE, _MULTILINGUAL}:
            variants = languages if kind == _MULTILINGUAL else 1
            yield from _file(data, reader, variants, budget, compressed=compressed)
            if release_6:
                reader.take(_NUMBER.size * (variants + 2))  # sizes of content, MIME type
        elif kind == _OPTIONS:
            reader.take(2 * _NUMBER.size * languages * reader.u32le())
            reader.take(_OPTION_MASK)
        elif kind in {_IF, _ELSE_IF}:
            reader.take(reader.u32le())
        elif kind > _END_IF:
            # ClamAV does not give up either: what follows may be a record.
            yield Problem(f"record {number} is of unknown kind {kind}")


def _file(
    data: Fmap, reader: Reader, variants: int, budget: Budget, *, compressed: bool
) -> Iterator[Event]:
    _kind, _details, _from_size, _from_at, name_size, name_at = reader.unpack(_FILE)
    sizes, places = (
        [number for (number,) in _NUMBER.iter_unpack(reader.take(_NUMBER.size * variants))]
        for _ in range(2)
    )
    name = _name(data.read(name_at, min(name_size, _LONGEST_NAME)))
    for size, place in zip(sizes, places, strict=True):
        if not size:
            continue  # made when the program runs
        budget.check_child(0)
        body = data.slice(place, size)
        if len(body) < size:
            yield Problem(f"{label(name)}: {size} bytes promised, {len(body)} present")
        if compressed and _is_zlib(body.read(0, 2)):
            yield from decoded_member(zlib.decode(body, budget), name, budget)
        else:
            yield from stored_member(body, name, size, budget)


def _is_zlib(head: bytes) -> bool:
    """True for the header of a stream; before release 6 nothing was compressed."""
    return head[:1] == b"x" and int.from_bytes(head, "big") % _ZLIB_CHECK == 0


def _name(raw: bytes) -> bytes:
    """A name as it is stored, UTF-16 or a code page's bytes."""
    if raw[1:2] == b"\0":
        return raw.decode("utf-16-le", "replace").encode()
    return raw


def _new(data: Fmap, budget: Budget) -> Iterator[Event]:
    """The files of a package of Symbian 9, and its controllers."""
    # As deep as contents, data, units and files are: more would only cost memory.
    waiting = [(_field_list(data.slice(_IDENTIFIERS.size, len(data)), None, budget), False)]
    while waiting:
        budget.check_time()
        fields, of_file = waiting[-1]
        found = next(fields, None)
        if found is None:
            waiting.pop()
            continue
        kind, body, missing = found
        if missing:
            yield Problem(f"{missing} bytes of a field are missing")
        if kind == _COMPRESSED:
            yield from _compressed(body, b"" if of_file else b"controller", budget)
        elif kind in _OPENED and len(waiting) >= _DEEPEST:
            yield Problem("fields nested too deeply are not looked at")
        elif kind == _ARRAY:
            element = Reader(body).u32le()
            if element in _OPENED:
                inner = body.slice(_NUMBER.size, len(body))
                waiting.append((_field_list(inner, element, budget), False))
        elif kind in _OPENED:
            waiting.append((_field_list(body, None, budget), kind == _FILE_DATA))


def _field_list(data: Fmap, kind: int | None, budget: Budget) -> Iterator[tuple[int, Fmap, int]]:
    """Type, value and missing bytes of the fields that follow one another; types known or not."""
    reader = Reader(data)
    while reader.remaining >= _NUMBER.size * (1 + (kind is None)):
        budget.check_time()
        this = reader.u32le() if kind is None else kind
        length = reader.u32le()
        if length & _LONG_LENGTH:
            length = (length & ~_LONG_LENGTH) | reader.u32le() << 31
        body = reader.view(length)
        reader.skip(-length % _ALIGNMENT)
        yield this, body, length - len(body)


def _compressed(body: Fmap, name: bytes, budget: Budget) -> Iterator[Event]:
    method, _size = Reader(body).unpack(_COMPRESSION)
    rest = body.slice(_COMPRESSION.size, len(body))
    budget.check_child(0)
    if method == _DEFLATED:
        yield from decoded_member(zlib.decode(rest, budget), name, budget)
        return
    if method != _STORED:
        yield Problem(f"{label(name)}: method {method} is not decoded")
    yield from stored_member(rest, name, len(rest), budget)
