"""Compiled scripts of AutoIt 3 (EA05 of 3.1 and 3.2, EA06 since), from their magic on.

Layout: a magic, ``AU3!EA05`` or ``AU3!EA06``, a password's digest, members, the mark again. Each
member is ``FILE``, what it is, a path, and data, which may be LZSS; all of it under a cipher whose
keys are fixed but for one that depends on the digest in EA05. Source: what others found out about
the format, and files of both. Yields one Child per member: the script of EA06, which is compiled to
tokens, as text, as in ClamAV; the source or file that any other is as it is. No Member, as there.

Unlike ClamAV 1.4.6, this opens a script that does not lie behind a program.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from nacre.codecs import autoit
from nacre.formats.base import begins_later, few_problems, partial_member
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MAGIC: Final = bytes.fromhex("a3484bbe986c4aa9994c530a86d6487d")
_MARK: Final = b"AU3!EA0"
_DIGEST_SIZE: Final = 16
_FILE: Final = b"FILE"
_SCRIPT: Final = b">>>AUTOIT SCRIPT<<<"
_COMPRESSED: Final = 1
_REST: Final = struct.Struct("<BI8x16x")
"""Method, stored size; size, checksum and two times."""
_LONGEST: Final = 4096


class _Keys(NamedTuple):
    """What is laid over the fields: exclusive-or for lengths, keys of the cipher for the rest."""

    newer: bool
    mark: int
    kind_length: int
    kind: int
    path_length: int
    path: int
    size: int
    data: int


_OLDER: Final = _Keys(False, 0x16FA, 0x29BC, 0xA25E, 0x29AC, 0xF25E, 0x45AA, 0x22AF)  # noqa: FBT003 a field
_NEWER: Final = _Keys(True, 0x18EE, 0xADBC, 0xB33F, 0xF820, 0xF479, 0x87BC, 0x2477)  # noqa: FBT003 a field
_KEYS: Final = {_MARK + b"5": _OLDER, _MARK + b"6": _NEWER}


class AutoitHandler:
    """Unpacks compiled scripts of AutoIt."""

    TYPES: ClassVar = frozenset({FileType.AUTOIT})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the script and the files."""
        reader = Reader(data)
        if reader.peek(len(_MAGIC)) != _MAGIC and begins_later(data, _MAGIC):
            return
        magic = reader.take(len(_MAGIC))
        keys = _KEYS.get(reader.take(len(_MARK) + 1))
        if magic != _MAGIC or keys is None:
            raise Corrupt("no header of AutoIt")
        digest = reader.take(_DIGEST_SIZE)
        if not keys.newer:
            keys = keys._replace(data=keys.data + sum(digest))
        yield from few_problems(_members(reader, keys, budget))


def _members(reader: Reader, keys: _Keys, budget: Budget) -> Iterator[Event]:
    while reader.remaining:
        budget.check_time()
        mark = reader.peek(len(_FILE))
        if autoit.decipher_text(mark, budget, keys.mark, newer=keys.newer) != _FILE:
            break
        reader.skip(len(_FILE))
        kind = _text(reader, keys, keys.kind_length, keys.kind, budget)
        path = _text(reader, keys, keys.path_length, keys.path, budget)
        method, size = reader.unpack(_REST)
        size ^= keys.size
        if size > reader.remaining:
            yield Problem(f"a member: {size} bytes promised, {reader.remaining} present")
        content = autoit.decipher(reader.view(size), budget, keys.data, newer=keys.newer)
        is_script = keys.newer and kind == _SCRIPT
        yield from _member(content, method, path, budget, is_script=is_script)
    if reader.peek(len(_MARK)) != _MARK:
        yield Problem("no mark at the end of the members")


def _text(reader: Reader, keys: _Keys, length_key: int, key: int, budget: Budget) -> bytes:
    """A text of so many characters, in EA06 of two bytes each."""
    length = reader.u32le() ^ length_key
    if length > _LONGEST:
        raise Corrupt(f"a text of {length} characters")
    raw = reader.take(2 * length if keys.newer else length)
    text = autoit.decipher_text(raw, budget, key + length, newer=keys.newer)
    return text.decode("utf-16-le", "replace").encode() if keys.newer else text


def _member(
    content: Fmap, method: int, path: bytes, budget: Budget, *, is_script: bool
) -> Iterator[Event]:
    stored = len(content)
    status = "done"
    if method == _COMPRESSED:
        decoded = autoit.decode(content, budget)
        content, status = decoded.data, decoded.status
    if is_script and status != "limit":
        text = autoit.script_text(content, budget)
        content = text.data
        status = text.status if status == "done" or text.status == "limit" else status
    yield from partial_member(content, status, path, stored, budget)
