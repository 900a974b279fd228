"""Where an object inside a layer ends, or at least where the next one may begin, by its header.

None when the header contradicts itself: the pattern was chance. Sources: APPNOTE.TXT 4.3.7,
MS-CAB 2.1, 7zFormat.txt, ARJ TECHNOTE.TXT, PE/COFF specification,
NSIS's fileform.h (the first header).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.executables import Program
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Callable

    from nacre.model.fmap import Fmap

_ZIP_METHODS = 99
"""Highest compression method of APPNOTE.TXT 4.4.5."""
_ZIP_KNOWN_METHODS = frozenset({*range(11), 12, 14, 18, 19, 20, *range(93, 100)})
_ZIP_NEWEST_VERSION = 63
_FIRST_PRINTABLE = 0x20
_ZIP_RESERVED_FLAGS = 0xD780
_CABINET_HEADER = 36
_ARJ_SMALLEST, _ARJ_LARGEST = 30, 2600
"""Bounds of a basic header's size."""
_NSIS_LARGEST_SCRIPT = 64 << 20
_NSIS_MOST_MISSING = 16
"""How many times as large as what is there an archive may say to be."""


def _number(data: Fmap, offset: int, size: int) -> int:
    return int.from_bytes(data.read(offset, size), "little")


def _zip_end(data: Fmap, offset: int) -> int | None:
    method, name_size = _number(data, offset + 8, 2), _number(data, offset + 26, 2)
    if method > _ZIP_METHODS or not 0 < name_size <= len(data) - offset - 30:
        return None
    # One walker opens the whole archive; its end is the end record's.
    end = data.find(b"PK\x05\x06", offset, len(data))
    return len(data) if end < 0 else end + 22


def _cabinet_end(data: Fmap, offset: int) -> int | None:
    size, files_at = _number(data, offset + 8, 4), _number(data, offset + 16, 4)
    if size < _CABINET_HEADER or files_at >= size or _number(data, offset + 25, 1) != 1:
        return None
    return offset + min(size, len(data) - offset)


def _seven_zip_end(data: Fmap, offset: int) -> int | None:
    behind, size = _number(data, offset + 12, 8), _number(data, offset + 20, 8)
    end = offset + 32 + behind + size
    return end if end <= len(data) else offset + 32


def _arj_end(data: Fmap, offset: int) -> int | None:
    size = _number(data, offset + 2, 2)
    if not _ARJ_SMALLEST <= size <= _ARJ_LARGEST or offset + 4 + size + 4 > len(data):
        return None
    return offset + 4 + size + 4


def _program_end(data: Fmap, offset: int) -> int | None:
    rest = data.slice(offset, max(0, len(data) - offset))
    # All behind it is looked for in the program itself.
    return None if Program(rest, FileType.MSEXE).fault else len(data)


def _installer_end(data: Fmap, offset: int) -> int | None:
    script, size = _number(data, offset + 20, 4), _number(data, offset + 24, 4)
    # Programs that open or write such archives have the mark among their texts.
    if script > _NSIS_LARGEST_SCRIPT or size // _NSIS_MOST_MISSING > len(data) - offset:
        return None
    return offset + 1


def _unknown(_data: Fmap, offset: int) -> int | None:
    return offset + 1


END: dict[FileType, Callable[[Fmap, int], int | None]] = {
    FileType.ZIPSFX: _zip_end,
    FileType.CABSFX: _cabinet_end,
    FileType.SEVENZIP_SFX: _seven_zip_end,
    FileType.ARJSFX: _arj_end,
    FileType.MSEXE: _program_end,
    FileType.RARSFX: _unknown,
    FileType.EGGSFX: _unknown,
    FileType.NULSFT: _installer_end,
    FileType.AUTOIT: _unknown,
    FileType.ISHIELD_MSI: _unknown,
    FileType.PDF: _unknown,
}


def is_convincing(file_type: FileType, data: Fmap) -> bool:
    """Whether the object at the start of `data` is beyond doubt one of `file_type`.

    Program code holds the four bytes of a zip header by chance. What seems to be in such a member
    need not be reported as not scanned; what really comes out of it is scanned all the same.
    """
    if file_type is not FileType.ZIPSFX:
        return True
    version, flags, method = (_number(data, offset, 2) for offset in (4, 6, 8))
    name = data.read(30, min(_number(data, 26, 2), 16))
    return (
        version & 0xFF <= _ZIP_NEWEST_VERSION
        and not flags & _ZIP_RESERVED_FLAGS
        and method in _ZIP_KNOWN_METHODS
        and not any(byte < _FIRST_PRINTABLE for byte in name)
    )
