"""The header of Hangul documents of version 5 (.hwp), which are compound files.

Layout: the stream ``FileHeader`` is 32 bytes of signature, a version and flags. Unless they say
otherwise the streams of the document are deflated without a header.
Spec: Hancom, "HWP Document File Formats 5.0", 3.2.1.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from nacre.model.fmap import Fmap

HEADER: Final = "fileheader"
_SIGNATURE: Final = b"HWP Document File"
_FIELDS: Final = struct.Struct("<32sII")
_COMPRESSED: Final = 1
_ENCRYPTED: Final = 2


class Header(NamedTuple):
    """What the header tells."""

    version: int
    flags: int

    @property
    def compressed(self) -> bool:
        """Whether the streams are deflated."""
        return bool(self.flags & _COMPRESSED)

    @property
    def encrypted(self) -> bool:
        """Whether a password is needed."""
        return bool(self.flags & _ENCRYPTED)


NONE: Final = Header(0, 0)
"""Of a file that is no Hangul document."""


def header(stream: Fmap) -> Header:
    """Read ``FileHeader``."""
    raw = stream.read(0, _FIELDS.size)
    if len(raw) < _FIELDS.size or not raw.startswith(_SIGNATURE):
        return NONE
    _, version, flags = _FIELDS.unpack(raw)
    return Header(version, flags)
