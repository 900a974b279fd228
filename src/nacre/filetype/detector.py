"""The type of a layer by its first 1024 bytes.

In this order: fixed magics, the newest first; text rules; for binary data the tar checksum; then,
in text and binary data, the patterns, first over the bytes as they are, then over the bytes as if
they were UTF-16 or UTF-32. A zip is looked into for an Office document.

The search for type patterns is passed in, so that this room needs no image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from nacre.filetype.embedded import settle
from nacre.filetype.tar import is_old_tar
from nacre.filetype.text import by_mark, narrow, text_type
from nacre.filetype.zip import document_type
from nacre.matching import Magic, TypeHit
from nacre.model.filetype import TEXT, FileType
from nacre.model.fmap import Fmap

HEAD_SIZE = 1024
"""Leading bytes that decide."""
PARTITION_HEAD_SIZE = 1028
"""Leading bytes of a partition that decide."""
SMALLEST = 6
"""Layers below this many bytes are ignored."""

Search = Callable[[Fmap], Sequence[TypeHit]]


class Detector:
    """Names layers by their content; built once per image, shared by all scans."""

    def __init__(self, magics: Iterable[Magic]) -> None:
        """`magics` newest first: of two that match, the one that was loaded later wins."""
        self._at_start: dict[int, list[tuple[int, bytes, FileType]]] = {}
        self._elsewhere: list[tuple[int, int, bytes, FileType]] = []
        self._partitions: list[Magic] = []
        for rank, magic in enumerate(magics):
            if magic.partition:
                self._partitions.append(magic)
            elif magic.offset == 0 and magic.value:
                entry = (rank, magic.value, magic.detected)
                self._at_start.setdefault(magic.value[0], []).append(entry)
            else:
                self._elsewhere.append((rank, magic.offset, magic.value, magic.detected))

    def detect(self, data: Fmap, search: Search) -> FileType:
        """The type of a layer; `search` answers with type hits by where they end."""
        if len(data) < SMALLEST:
            return FileType.IGNORED
        head = data.read(0, HEAD_SIZE)
        file_type = self.leading(head)
        if file_type is FileType.ZIP:
            return document_type(data) or file_type
        if file_type in TEXT or file_type is FileType.BINARY_DATA:
            return _by_patterns(file_type, head, data, search)
        return file_type

    def others(self, data: Fmap) -> tuple[FileType, ...]:
        """What a layer is by its magics, but for the one that gives its type.

        A mark that does not begin a file can be put into one of another format.
        """
        found = [detected for _, detected in sorted(self._magics(data.read(0, HEAD_SIZE)))]
        return tuple(dict.fromkeys(other for other in found[1:] if other is not found[0]))

    def detect_partition(self, data: Fmap, search: Search) -> FileType:
        """The type of a partition: its file system's, else what its content looks like."""
        found = self.partition(data.read(0, PARTITION_HEAD_SIZE))
        return self.detect(data, search) if found is FileType.PART_ANY else found

    def leading(self, head: bytes) -> FileType:
        """The type by magics, text rules and checksums alone."""
        head = head[:HEAD_SIZE]
        file_type = self._magic(head) or text_type(head)
        if file_type is None:
            return FileType.OLD_TAR if is_old_tar(head) else FileType.BINARY_DATA
        return file_type

    def partition(self, head: bytes) -> FileType:
        """The file system of a partition by its first bytes; PART_ANY when unknown."""
        head = head[:PARTITION_HEAD_SIZE]
        for magic in self._partitions:
            if head.startswith(magic.value, magic.offset):
                return magic.detected
        return FileType.PART_ANY

    def _magic(self, head: bytes) -> FileType | None:
        return min(self._magics(head), default=(0, None))[1]

    def _magics(self, head: bytes) -> Iterator[tuple[int, FileType]]:
        """Rank and type of all magics that fit."""
        for rank, value, detected in self._at_start.get(head[0] if head else -1, ()):
            if head.startswith(value):
                yield rank, detected
        for rank, offset, value, detected in self._elsewhere:
            if head.startswith(value, offset):
                yield rank, detected


def _by_patterns(current: FileType, head: bytes, data: Fmap, search: Search) -> FileType:
    settled = settle(current, search(data.slice(0, HEAD_SIZE)))
    if settled is not current or b"\0" not in head:
        return settled
    if settle(current, search(Fmap.from_bytes(narrow(head)))) is FileType.HTML:
        return FileType.HTML_UTF16
    marked = by_mark(head)
    if marked is not None and settle(current, search(Fmap.from_bytes(marked))) is FileType.HTML:
        return FileType.HTML
    return current
