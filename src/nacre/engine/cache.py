"""The clean cache: content that was found clean is not scanned again.

The key is SHA-256 and size, the type where a container forced one, the part that the layer plays
(macros are only matched, a rebuilt program is not called broken), and the types of the containers,
which signatures may ask for: in another container the same bytes may alert. Options and limits are
not part of it: a cache belongs to one scanner, which never changes them. Layers whose name has a
say in what they are have no key.

Most content is seen once, so the digest is not computed at first sight: a sample of the bytes only
marks them as seen. The second time they are scanned once more and remembered, from the third on
they are found. Whoever makes many objects with equal samples merely pays for the digest.

Processes forked from one that made a `shared` cache have it together. It is a table of keyed
digests in shared memory, without a lock: an entry that two write at the same time matches nothing.
"""

from __future__ import annotations

import mmap
import os
from hashlib import blake2b
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

from nacre.filetype import name_counts
from nacre.model.filetype import FileType
from nacre.model.layer import Role

if TYPE_CHECKING:
    from nacre.model.layer import Layer

_SAMPLE = 48

CacheKey = tuple[bytes, int, FileType | None, tuple[FileType, ...], Role, bool]
_Key = TypeVar("_Key")
_Asked_contra = TypeVar("_Asked_contra", contravariant=True)


class _Memory(Protocol[_Asked_contra]):
    """A set that may forget."""

    def __contains__(self, key: object, /) -> bool: ...

    def add(self, key: _Asked_contra, /) -> None: ...


class _Recent(Generic[_Key]):
    """A set of at most `capacity` keys that forgets the oldest half when it is full.

    Single operations on a set are atomic, so threads need no lock: at worst a key is forgotten
    early.
    """

    __slots__ = ("_half", "_old", "_young")

    def __init__(self, capacity: int) -> None:
        self._half = max(1, capacity // 2)
        self._young: set[_Key] = set()
        self._old: set[_Key] = set()

    def __contains__(self, key: object) -> bool:
        return key in self._young or key in self._old

    def add(self, key: _Key) -> None:
        if len(self._young) >= self._half:
            self._old, self._young = self._young, set()
        self._young.add(key)


class _Shared(Generic[_Key]):
    """A set in memory that forked processes share; what it has no room for replaces something.

    An entry is 16 bytes, four of them a place to look in. Key and entry are tied by BLAKE2 under a
    secret, so that nobody who chooses content can choose entries.
    """

    __slots__ = ("_memory", "_places", "_secret")

    _ENTRY = 16
    _WAYS = 4
    _MOST = 1 << 24
    """Entries, however many are asked for: 256 MiB, of which only what is used takes memory."""

    def __init__(self, capacity: int) -> None:
        self._places = max(1, min(capacity, self._MOST) // self._WAYS)
        self._memory = mmap.mmap(-1, self._places * self._WAYS * self._ENTRY)
        self._secret = os.urandom(32)

    def __contains__(self, key: object) -> bool:
        entry, start = self._find(key)
        place = self._memory[start : start + self._WAYS * self._ENTRY]
        return any(
            place[way : way + self._ENTRY] == entry for way in range(0, len(place), self._ENTRY)
        )

    def add(self, key: _Key) -> None:
        entry, start = self._find(key)
        start += entry[-1] % self._WAYS * self._ENTRY
        self._memory[start : start + self._ENTRY] = entry

    def _find(self, key: object) -> tuple[bytes, int]:
        """The entry of `key`, never all zeros, and where its place begins."""
        text = repr(key).encode("utf-8", "surrogateescape")
        digest = blake2b(text, digest_size=24, key=self._secret).digest()
        place = int.from_bytes(digest[16:], "little") % self._places
        return digest[:15] + bytes((digest[15] | 0x80,)), place * self._WAYS * self._ENTRY


class CleanCache:
    """Remembers up to `capacity` layers; 0 remembers nothing."""

    __slots__ = ("_clean", "_enabled", "_seen")

    def __init__(self, capacity: int) -> None:
        self._enabled = capacity > 0
        self._seen: _Memory[int] = _Recent(capacity)
        self._clean: _Memory[CacheKey] = _Recent(capacity)

    @classmethod
    def shared(cls, capacity: int) -> Self:
        """A cache for this process and all that are forked from it, together."""
        cache = cls(capacity)
        cache._seen, cache._clean = _Shared(capacity), _Shared(capacity)
        return cache

    def key_of(self, layer: Layer) -> CacheKey | None:
        """The key to ask and remember `layer` with; None for content not seen before."""
        if not self._enabled or name_counts(layer.name):
            return None
        data, size = layer.data, layer.size
        sample = hash((size, data.read(0, _SAMPLE), data.read(max(0, size - _SAMPLE), _SAMPLE)))
        if sample not in self._seen:
            self._seen.add(sample)
            return None
        digest = data.digest("sha256")
        return (digest, size, layer.forced, layer.ancestors, layer.role, layer.rebuilt)

    def __contains__(self, key: CacheKey) -> bool:
        return key in self._clean

    def add(self, key: CacheKey) -> None:
        """Remember that nothing in this content alerts, and that all of it was scanned."""
        self._clean.add(key)
