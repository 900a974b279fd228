"""Compiling signature files into an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacre import _native
from nacre.matching.certificate import CertificateRule, from_native
from nacre.model.filetype import UNNAMED, FileType

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What became of the lines of one signature file."""

    name: str
    used: int
    skipped: int
    """Lines for other engines or named by an ignore list."""
    malformed_count: int
    malformed: tuple[tuple[int, str], ...]
    """Line number and reason of the first malformed lines; line 0 is the file as a whole."""


class ImageBuilder:
    """Compiles sources, given in load order as streams of bytes, into a new file.

    `key` (32 bytes) identifies what the image is compiled from. The file is complete and on disk
    when `finish` returns.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        names = ["" if known in UNNAMED else known.clamav_name for known in FileType]
        self._native = _native.ImageBuilder(str(path), key, names)

    def begin(
        self, name: str, suffix: str, *, official: bool, pua: bool, in_container: bool
    ) -> None:
        """Begin a source; `suffix` is its lower-case extension without the dot."""
        self._native.begin(name, suffix, official, pua, in_container, False)  # noqa: FBT003 - no names there

    def begin_canaries(self, name: str, suffix: str) -> None:
        """Begin a source of signatures that count only in a scan that asks for them."""
        self._native.begin(name, suffix, True, False, False, True)  # noqa: FBT003 - no names there

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the source."""
        self._native.feed(chunk)

    def end(self) -> None:
        """End the source."""
        self._native.end()

    def certificate_rules(self) -> tuple[CertificateRule, ...]:
        """What the `.crb` files so far say about certificates, in load order."""
        return tuple(map(from_native, self._native.certificates()))

    def add_catalogued(self, digest: bytes, *, program: bool) -> None:
        """Add a digest that the open source, a catalog, names; one of another size is left out."""
        self._native.add_catalogued(program, digest)

    def has_magic(self) -> bool:
        """True once a source brought file type magic."""
        return self._native.has_magic()

    def report(self) -> list[SourceReport]:
        """What became of the sources, in the order in which they were begun."""
        return [
            SourceReport(name, used, skipped, count, tuple(malformed))
            for name, used, skipped, count, malformed in self._native.report()
        ]

    def finish(self, metadata: bytes) -> None:
        """Write the image; `metadata` is kept for whoever opens it."""
        self._native.finish(metadata)
