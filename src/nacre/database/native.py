"""Every call from this room to the native image builder and reader, and what they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from nacre import matching
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from pathlib import Path

    from nacre.matching import Image

FILE_TYPES = [file_type.clamav_name for file_type in FileType]
"""The names that signatures use for file types; a type's place is its number in the image."""

SourceReport = tuple[str, int, int, list[tuple[int, str]]]
"""Name, signatures in the image, skipped without a word, malformed lines with the reason."""


class ImageBuilder(Protocol):
    """Writes an image at a path that does not exist yet, file after file in load order."""

    def begin(
        self,
        name: str,
        suffix: str,
        official: bool,  # noqa: FBT001 - a native call takes no keywords here
        pua: bool,  # noqa: FBT001
        in_container: bool,  # noqa: FBT001
    ) -> None:
        """Begin a file."""

    def feed(self, chunk: bytes | memoryview) -> None:
        """Take the next bytes of the file."""

    def end(self) -> None:
        """End the file."""

    def report(self) -> list[SourceReport]:
        """What became of each file, in the order of `begin`; valid once the last has ended."""

    def finish(self, metadata: bytes) -> None:
        """Write the image, `metadata` included."""


def new_builder(path: Path) -> ImageBuilder:
    """A builder of an image at `path`."""
    builder: ImageBuilder = matching.ImageBuilder(str(path), FILE_TYPES)
    return builder


def open_image(path: Path) -> Image:
    """Map the image at `path`, which must be root's or the caller's own and whole.

    Raises:
        DatabaseError: it is not usable.
        OSError: it is not there.
    """
    return matching.Image.open(str(path))
