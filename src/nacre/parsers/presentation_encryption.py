"""Which parts of a PowerPoint presentation of 1997 to 2003 are encrypted, and how.

Layout: the stream ``Current User`` says whether, and where in ``PowerPoint Document`` the last edit
is described; that names the edit before, a directory of objects by number, and the object that
holds the header of the encryption (parsers/office_rc4.py). Each other object is a record, encrypted
from its first byte with the key of its number.
Spec: MS-PPT 2.3.2 to 2.3.7. Edits before the last are followed although an encrypted presentation
should have none.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.codecs import cipher
from nacre.model.errors import Corrupt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap
    from nacre.parsers.office_rc4 import Keys

_RECORD: Final = struct.Struct("<HHI")
_USER: Final = struct.Struct("<8x4xII")
_ENCRYPTED: Final = 0xF3D1C4DF
_EDIT: Final = 0x0FF5
_EDIT_FIELDS: Final = struct.Struct("<8xIIII4xI")
_DIRECTORY: Final = 0x1772
_SESSION: Final = 0x2F14
_NUMBER_BITS: Final = 20
_ENTRY: Final = 4
_MOST_EDITS: Final = 100
_MOST_OBJECTS: Final = 65_536
_PLAIN: Final = frozenset({_EDIT, _DIRECTORY, _SESSION})


class Session(NamedTuple):
    """An encrypted presentation."""

    header: Fmap
    """How it is encrypted."""
    objects: tuple[tuple[int, int], ...]
    """Number and place of each object."""


def is_encrypted(user: Fmap) -> bool:
    """What the stream ``Current User`` says."""
    head = user.read(0, _USER.size)
    return len(head) == _USER.size and _USER.unpack(head)[0] == _ENCRYPTED


def session(stream: Fmap, user: Fmap, budget: Budget) -> Session:
    """Find the objects of an encrypted presentation.

    Raises:
        Corrupt: the description of an edit, or the header of the encryption, is not there.
    """
    _, at = _USER.unpack(user.read(0, _USER.size))
    key: int | None = None
    places: dict[int, int] = {}
    seen: set[int] = set()
    while at not in seen and len(seen) < _MOST_EDITS:
        budget.check_time()
        seen.add(at)
        edit = stream.read(at, _RECORD.size + _EDIT_FIELDS.size)
        if len(edit) < _RECORD.size + _EDIT_FIELDS.size or _RECORD.unpack_from(edit)[1] != _EDIT:
            if key is None:
                raise Corrupt("no description of an edit")
            break
        before, directory, _, _, number = _EDIT_FIELDS.unpack_from(edit, _RECORD.size)
        key = number if key is None else key
        for number, place in _directory(stream, directory):
            if len(places) < _MOST_OBJECTS:
                places.setdefault(number, place)
        if not before:
            break
        at = before
    at = places.pop(key, -1) if key is not None else -1
    head = stream.read(at, _RECORD.size) if at >= 0 else b""
    if len(head) < _RECORD.size or _RECORD.unpack(head)[1] != _SESSION:
        raise Corrupt("no header of the encryption")
    header = stream.slice(at + _RECORD.size, _RECORD.unpack(head)[2])
    return Session(header, tuple(sorted(places.items(), key=lambda item: item[1])))


def plain_objects(
    stream: Fmap, objects: tuple[tuple[int, int], ...], keys: Keys, budget: Budget
) -> Iterator[bytes]:
    """The objects, decrypted, as whole records."""
    for number, at in objects:
        budget.check_time()
        head = stream.read(at, _RECORD.size)
        if len(head) < _RECORD.size or _RECORD.unpack(head)[1] in _PLAIN:
            continue
        key = keys.of_block(number)
        size = _RECORD.unpack(cipher.rc4(key, head))[2]
        yield cipher.rc4(key, stream.read(at, min(_RECORD.size + size, len(stream) - at)))


def _directory(stream: Fmap, at: int) -> Iterator[tuple[int, int]]:
    """Numbers and places in a directory of objects; nothing where there is none."""
    head = stream.read(at, _RECORD.size)
    if len(head) < _RECORD.size or _RECORD.unpack(head)[1] != _DIRECTORY:
        return
    size = min(_RECORD.unpack(head)[2], _ENTRY * 2 * _MOST_OBJECTS)
    words = memoryview(stream.read(at + _RECORD.size, size))
    values = iter(struct.unpack(f"<{len(words) // _ENTRY}I", words[: len(words) & -_ENTRY]))
    for entry in values:
        number = entry & (1 << _NUMBER_BITS) - 1
        for following in range(entry >> _NUMBER_BITS):
            place = next(values, None)
            if place is None:
                return
            yield number + following, place
