"""The header of a container: text fields with colons between them.

``ClamAV-VDB:build time:version:signatures:level:MD5:signature:builder[:seconds]``
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nacre.model.errors import DatabaseError

SIZE = 512
"""Bytes that the header takes in a container."""

_MAGIC = "ClamAV-VDB"
_FIELDS = 8
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Header:
    """What a container says about itself."""

    build_time: str
    version: int
    signatures: int
    level: int
    """The functionality level that its signatures ask for."""
    md5: str
    """Of everything after the header, in hex; ``X`` where it does not apply."""
    signature: str
    builder: str
    seconds: int
    """Build time since 1970; 0 in very old files."""

    @classmethod
    def parse(cls, raw: bytes, place: str) -> Header:
        """The header in `raw`; `place` names the file in errors.

        Raises:
            DatabaseError: this is no header.
        """
        text = raw.decode("ascii", "replace").rstrip(" \r\n\0")
        fields = text.split(":")
        if fields[0] != _MAGIC or len(fields) < _FIELDS:
            raise DatabaseError(f"{place}: Broken or not a CVD file")
        build_time, version, signatures, level, md5, signature, builder = fields[1:_FIELDS]
        seconds = fields[_FIELDS] if len(fields) > _FIELDS else ""
        return cls(
            build_time=build_time,
            version=_number(version),
            signatures=_number(signatures),
            level=_number(level),
            md5=md5.lower() if md5 != "X" else md5,
            signature=signature,
            builder=builder,
            seconds=_number(seconds),
        )

    def line(self, md5: str = "X", signature: str = "X") -> str:
        """The header as text, with another digest and signature."""
        level = f"{self.build_time}:{self.version}:{self.signatures}:{self.level}"
        return f"{_MAGIC}:{level}:{md5}:{signature}:{self.builder}:{self.seconds}"

    @property
    def identity(self) -> tuple[int, int, int, int]:
        """What must be the same in the container's header and in its digest list."""
        return self.version, self.signatures, self.level, self.seconds


def _number(text: str) -> int:
    """Leading digits; 0 where there are none, as ClamAV reads them."""
    match = _NUMBER.match(text)
    return int(match[0]) if match else 0
