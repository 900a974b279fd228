"""Office documents among zip archives, told by the names of their members.

The first three local headers, looked for in the first 30 KiB, decide by themselves or make a
document likely; then the names of the central directory decide (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16).
No member is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.fmap import Fmap

_LOCAL, _LOCAL_SIZE, _LOCAL_NAME = b"PK\x03\x04", 30, 26
_ENTRY, _ENTRY_SIZE = b"PK\x01\x02", 46
_END, _END_SIZE = b"PK\x05\x06", 22

_LOOK_AT = 3
_SEARCH = 30 << 10
_END_SEARCH = _END_SIZE + 0xFFFF
_MAX_DIRECTORY = 1 << 20
"""Bytes of central directory that are looked at; real documents need a few hundred."""

_DECIDING = {
    b"xl/": FileType.OOXML_XL,
    b"ppt/": FileType.OOXML_PPT,
    b"word/": FileType.OOXML_WORD,
    b"Contents/content.hpf": FileType.OOXML_HWP,
}
_LIKELY = (
    b"docProps/", b"customXml/", b"[Content_Types].xml",
    b"mimetype", b"version.xml", b"settings.xml", b"Contents/", b"Preview/", b"BinData/",
    b"META-INF/",
)  # fmt: skip


def document_type(data: Fmap) -> FileType | None:
    """The Office type of a zip archive, or None."""
    names = list(_first_names(data.read(0, _SEARCH)))
    found = _decide(names)
    if found is None and any(name.startswith(_LIKELY) for name in names):
        found = _decide(_directory_names(data))
    return found


def _decide(names: Iterator[bytes] | list[bytes]) -> FileType | None:
    for name in names:
        for prefix, file_type in _DECIDING.items():
            if name.startswith(prefix):
                return file_type
    return None


def _first_names(head: bytes) -> Iterator[bytes]:
    at = head.find(_LOCAL)
    for _ in range(_LOOK_AT):
        if at < 0:
            return
        size = int.from_bytes(head[at + _LOCAL_NAME : at + _LOCAL_NAME + 2], "little")
        yield head[at + _LOCAL_SIZE : at + _LOCAL_SIZE + size]
        at = head.find(_LOCAL, at + _LOCAL_SIZE)


def _directory_names(data: Fmap) -> Iterator[bytes]:
    size = len(data)
    end = data.rfind(_END, max(0, size - _END_SEARCH), size)
    if end < 0:
        return
    record = data.read(end, _END_SIZE)
    length = int.from_bytes(record[12:16], "little")
    # Counted back from its end: right even when something stands before the archive.
    directory = data.read(max(0, end - length), min(length, end, _MAX_DIRECTORY))
    at = 0
    while directory.startswith(_ENTRY, at) and at + _ENTRY_SIZE <= len(directory):
        name, extra, comment = (
            int.from_bytes(directory[at + field : at + field + 2], "little")
            for field in (28, 30, 32)
        )
        yield directory[at + _ENTRY_SIZE : at + _ENTRY_SIZE + name]
        at += _ENTRY_SIZE + name + extra + comment
