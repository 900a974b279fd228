"""Which encrypted volume or disk image a layer is, by its mark: formats/filesystem/encrypted.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from nacre.model.fmap import Fmap

_FRONT: Final = {
    b"LUKS\xba\xbe": "a volume of LUKS",
    b"encrcdsa": "a disk image of macOS",
}
_BITLOCKER: Final = b"-FVE-FS-"
_BITLOCKER_AT: Final = 3
_END: Final = b"cdsaencr"


def kind_of(data: Fmap) -> str | None:
    """What it is, for people; None for anything else."""
    head = data.read(0, _BITLOCKER_AT + len(_BITLOCKER))
    for mark, kind in _FRONT.items():
        if head.startswith(mark):
            return kind
    if head[_BITLOCKER_AT:] == _BITLOCKER:
        return "a volume of BitLocker"
    tail = data.read(max(0, len(data) - len(_END)), len(_END))
    return "a disk image of macOS" if tail == _END else None
