"""What the type patterns found in a layer mean.

Hits are looked at in the order in which their matches end. One is taken when its type ranks above
the current one, or when it is one of the formats that are looked for everywhere; the last one taken
settles the type (so in ClamAV 1.4.6: a zip inside an HTML page makes the page untyped data again).
Objects inside a layer are taken from the same hits, after their headers were looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.filetype.extent import END
from nacre.model.filetype import TEXT, FileType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nacre.matching import TypeHit
    from nacre.model.fmap import Fmap
    from nacre.model.limits import Limits

MAX_PER_TYPE = 10
"""Objects of one type taken from one layer, zip archives and programs excepted."""

_ANYWHERE = frozenset(
    {
        FileType.ZIPSFX, FileType.RARSFX, FileType.EGGSFX, FileType.CABSFX, FileType.ARJSFX,
        FileType.SEVENZIP_SFX, FileType.NULSFT, FileType.AUTOIT, FileType.ISHIELD_MSI,
        FileType.MSEXE,
        FileType.MHTML, FileType.XDP, FileType.XML_WORD, FileType.XML_XL, FileType.XML_HWP,
        FileType.DMG, FileType.ISO9660, FileType.UDF, FileType.APM,
    }
)  # fmt: skip
"""Taken whatever was taken before."""

_PARTITIONED, _TEXTUAL, _INSIDE = 1 << 10, 1 << 11, 1 << 12
_RANK = {
    file_type: file_type.number
    + (_PARTITIONED if file_type in (FileType.MBR, FileType.GPT) else 0)
    + (_TEXTUAL if FileType.HTML_UTF16.number <= file_type.number <= FileType.MAIL.number else 0)
    + (_INSIDE if file_type in _ANYWHERE and file_type is not FileType.MSEXE else 0)
    for file_type in FileType
}
"""What may take the place of what: a hit counts when it ranks above the one before it."""

_NEVER_WHOLE = frozenset(
    {
        FileType.SFX, FileType.ZIPSFX, FileType.RARSFX, FileType.EGGSFX, FileType.CABSFX,
        FileType.ARJSFX, FileType.SEVENZIP_SFX,
    }
)  # fmt: skip
"""Types of objects within others; a layer that begins with nothing else stays untyped."""

_UNTYPED = TEXT | {FileType.BINARY_DATA}
_ALSO = frozenset(
    {
        FileType.MHTML, FileType.XDP, FileType.XML_WORD, FileType.XML_XL, FileType.XML_HWP,
        FileType.DMG, FileType.GPT, FileType.APM,
    }
)  # fmt: skip
_ALSO_ANYWHERE = frozenset({FileType.ISO9660, FileType.UDF, FileType.DMG, FileType.MBR})
"""Before the first sector that counts of an image, or in the boot code of a disk, is anything."""
_WIDE = frozenset({FileType.TEXT_UTF16LE, FileType.TEXT_UTF16BE})
_ALSO_IN = {FileType.PDF: frozenset({FileType.MHTML})} | dict.fromkeys(
    _WIDE, _ALSO | {FileType.HTML}
)
"""Word opens a page with macros behind the header of a PDF. One zero makes a text UTF-16."""

_CLOSED = frozenset(
    {
        FileType.GZ, FileType.CPIO_OLD, FileType.ZIP, FileType.OLD_TAR, FileType.POSIX_TAR,
    }
)  # fmt: skip
"""Containers whose members are scanned by themselves; nothing is looked for in their raw bytes.

An Office document is searched: to signatures its members, but the first, are in a zip as well."""

_PDF_HEADER = 1024
"""Bytes in which readers look for the header of a PDF, whatever the file begins with."""

_NULSFT_BEFORE = 4
"""The first header of an NSIS archive starts with flags before the bytes that are recognised."""


def settle(current: FileType, hits: Sequence[TypeHit]) -> FileType:
    """The type of a text or binary layer after the patterns over its first bytes."""
    # The end of the first bytes is not the end of the layer, where a DMG has its mark.
    last = _last_taken(current, [hit for hit in hits if hit.detected is not FileType.DMG])
    return current if last in _NEVER_WHOLE else last


def _last_taken(current: FileType, hits: Sequence[TypeHit]) -> FileType:
    last = current
    for hit in hits:
        if hit.required in (FileType.ANY, current) and (
            hit.detected in _ANYWHERE or _RANK[hit.detected] > _RANK[last]
        ):
            last = hit.detected
    return last


def retype(current: FileType, hits: Sequence[TypeHit]) -> FileType | None:
    """The type under which a layer goes on: a page or a mail that began late in a text."""
    last = _last_taken(current, hits)
    if last is FileType.HTML and (current in TEXT - _WIDE or current is FileType.GIF):
        return last
    if last is FileType.MAIL and current is FileType.TEXT_ASCII:
        return last
    return None


def opened_also(current: FileType, hits: Sequence[TypeHit]) -> tuple[FileType, ...]:
    """Formats as which the whole layer is opened besides its own, in order of their first hit."""
    usual = _ALSO if current in _UNTYPED else frozenset()
    allowed = _ALSO_ANYWHERE | _ALSO_IN.get(current, usual)
    found = dict.fromkeys(hit.detected for hit in hits if hit.detected in allowed)
    return tuple(file_type for file_type in found if file_type is not current)


def embedded(
    current: FileType,
    hits: Sequence[TypeHit],
    data: Fmap,
    limits: Limits,
    fits: Callable[[int], bool] = lambda _size: True,
) -> Iterator[tuple[FileType, int]]:
    """The objects inside a layer, as type and offset, but for those inside one already named.

    What is behind a program is inside it, unless a program of that size does not fit any more.
    """
    if current in _CLOSED:
        return
    taken: dict[FileType, int] = {}
    skip_to = 0
    for hit in hits:
        offset = hit.offset - (_NULSFT_BEFORE if hit.detected is FileType.NULSFT else 0)
        if offset <= 0 or offset < skip_to or not _looked_for(current, hit.detected, offset):
            continue
        if hit.detected is FileType.MSEXE and 0 < limits.max_embedded_pe < len(data) - offset:
            continue
        count = taken.get(hit.detected, 0)
        if count >= _most(current, hit.detected, limits):
            continue
        end = END[hit.detected](data, offset)
        if end is None:
            continue
        taken[hit.detected] = count + 1
        if hit.detected is not FileType.MSEXE or fits(len(data) - offset):
            skip_to = end
        yield hit.detected, offset


def _looked_for(current: FileType, found: FileType, offset: int) -> bool:
    if found is FileType.MSEXE:
        return current in (FileType.MSEXE, FileType.MSOLE2)
    if found is FileType.PDF:
        readable = current is not FileType.PDF and offset < _PDF_HEADER
        return readable or current in _UNTYPED or current is FileType.MAIL
    return found in END


def _most(current: FileType, found: FileType, limits: Limits) -> int:
    if found is FileType.ZIPSFX or (found is FileType.MSEXE and current is FileType.MSEXE):
        return limits.max_files or 1 << 30
    return MAX_PER_TYPE
