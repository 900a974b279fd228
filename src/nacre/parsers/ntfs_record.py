"""The attributes in a record of NTFS's master file table.

Layout: a kind, a size, a name; then the value, or where its runs of clusters are: each run a byte
with two sizes, a count and how far its first cluster is from that of the run before.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCE: Final = (1 << 48) - 1
"""The number of a record, in a reference to it."""
MOST_CLUSTERS: Final = 1 << 40

_ATTRIBUTE: Final = struct.Struct("<IIBBHH2x")
_RESIDENT: Final = struct.Struct("<IH")
_ELSEWHERE: Final = struct.Struct("<QQHB13xQQ")
_ATTRIBUTES: Final = 1024
_LISTED: Final = struct.Struct("<IHBB8xQ")
_MOST_RUNS: Final = 1 << 20
_FILE_NAME: Final = struct.Struct("<Q56xBB")
_DOS: Final = 2
_NAME, _END = 0x30, 0xFFFFFFFF


class Attribute(NamedTuple):
    """One attribute, or the part of one that a record has."""

    kind: int
    name: bytes
    flags: int
    value: bytes | None
    first: int
    """Number of its first cluster in the value."""
    runs: bytes
    unit: int
    size: int
    initialized: int


def attributes(record: bytes, at: int) -> Iterator[Attribute]:
    """The attributes of a record, from its first one on, the fixups undone."""
    for _ in range(_ATTRIBUTES):
        if at + _ATTRIBUTE.size > len(record):
            return
        kind, size, elsewhere, letters, name_at, flags = _ATTRIBUTE.unpack_from(record, at)
        if kind == _END or size < _ATTRIBUTE.size:
            return
        raw = record[at : at + size]
        at += size
        name = _text(raw[name_at : name_at + 2 * letters])
        place = _ATTRIBUTE.size
        if not elsewhere and len(raw) >= place + _RESIDENT.size:
            length, start = _RESIDENT.unpack_from(raw, place)
            value = raw[start : start + length]
            yield Attribute(kind, name, flags, value, 0, b"", 0, len(value), len(value))
        elif elsewhere and len(raw) >= place + _ELSEWHERE.size:
            first, _, runs, unit, whole, initialized = _ELSEWHERE.unpack_from(raw, place)
            yield Attribute(kind, name, flags, None, first, raw[runs:], unit, whole, initialized)


def runs(packed: bytes) -> Iterator[tuple[int, int]]:
    """First cluster and count of each run; one that is stored nowhere begins at -1."""
    at = cluster = 0
    for _ in range(_MOST_RUNS):
        head = packed[at] if at < len(packed) else 0
        counts, places = head & 15, head >> 4
        if not counts:
            return
        count = int.from_bytes(packed[at + 1 : at + 1 + counts], "little")
        step = packed[at + 1 + counts : at + 1 + counts + places]
        at += 1 + counts + places
        cluster += int.from_bytes(step, "little", signed=True)
        if at > len(packed) or not 0 < count < MOST_CLUSTERS or not 0 <= cluster < MOST_CLUSTERS:
            return
        yield (cluster if places else -1), count


def references(value: bytes) -> list[int]:
    """The records in an attribute list."""
    found: dict[int, None] = {}
    at = 0
    while at + _LISTED.size <= len(value):
        _, size, _, _, reference = _LISTED.unpack_from(value, at)
        if size < _LISTED.size:
            break
        found[reference & REFERENCE] = None
        at += size
    return list(found)


def name_of(found: list[Attribute]) -> tuple[int, bytes]:
    """Parent and name, the long one if there are two."""
    best = (-1, b"")
    for attribute in found:
        value = attribute.value
        if attribute.kind != _NAME or value is None or len(value) < _FILE_NAME.size:
            continue
        parent, letters, space = _FILE_NAME.unpack_from(value)
        if best[0] >= 0 and space == _DOS:
            continue
        name = _text(value[_FILE_NAME.size : _FILE_NAME.size + 2 * letters])
        best = parent & REFERENCE, name
        if space != _DOS:
            break
    return best


def _text(raw: bytes) -> bytes:
    return raw.decode("utf-16-le", "replace").encode()
