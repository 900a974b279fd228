"""The clean cache: content that was found clean is not scanned again.

The key is SHA-256 and size, the type where a container forced one, the part that the layer plays
(macros are only matched, a rebuilt program is not called broken), and the types of the containers,
which signatures may ask for: in another container the same bytes may alert. Options and limits are
not part of it: a cache belongs to one scanner, which never changes them. Layers whose name has a
say in what they are have no key.

Most content is seen once, so the digest is not computed at first sight: a sample of the bytes only
marks them as seen. The second time they are scanned once more and remembered, from the third on
they are found. Whoever makes many objects with equal samples merely pays for the digest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from nacre.filetype import name_counts
from nacre.model.filetype import FileType
from nacre.model.layer import Role

if TYPE_CHECKING:
    from nacre.model.layer import Layer

_SAMPLE = 48

CacheKey = tuple[bytes, int, FileType | None, tuple[FileType, ...], Role, bool]
_Key = TypeVar("_Key")


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

    def __contains__(self, key: _Key) -> bool:
        return key in self._young or key in self._old

    def add(self, key: _Key) -> None:
        if len(self._young) >= self._half:
            self._old, self._young = self._young, set()
        self._young.add(key)


class CleanCache:
    """Remembers up to `capacity` layers; 0 remembers nothing."""

    __slots__ = ("_clean", "_enabled", "_seen")

    def __init__(self, capacity: int) -> None:
        self._enabled = capacity > 0
        self._seen: _Recent[int] = _Recent(capacity)
        self._clean: _Recent[CacheKey] = _Recent(capacity)

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
