"""The digest list of a container (`.info`).

First line the container's header, then ``member:size:sha256`` for each, last ``DSIG:signature``,
whose signature (`signature.signed_digest`) is over every byte before that line and may be missing
in a `.cud` only.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacre.cvd.header import Header
from nacre.model.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SIZE = 1 << 20

_MEMBER = re.compile(rb"([^:/]+):([0-9]{1,18}):([0-9a-fA-F]{64})")
_SIGNATURE = b"DSIG:"


@dataclass(frozen=True, slots=True)
class Info:
    """Size and SHA-256 of each member."""

    digests: Mapping[str, tuple[int, str]]
    signature: str | None
    """What follows ``DSIG:``."""
    digest: bytes
    """SHA-256 of what is signed."""

    @property
    def signed(self) -> bool:
        """Whether there is a signature, true or not."""
        return self.signature is not None

    @classmethod
    def parse(cls, raw: bytes, header: Header, place: str) -> Info:
        """The list in `raw`, which must belong to the container with `header`.

        Raises:
            DatabaseError: a line is wrong, or the list belongs to another container.
        """
        lines = raw.removesuffix(b"\n").split(b"\n")
        if Header.parse(lines[0], place).identity != header.identity:
            raise DatabaseError(f"{place}: the digest list belongs to another version")
        digests = {}
        signature = None
        for number, line in enumerate(lines[1:], 2):
            text = line.rstrip(b"\r")
            match = _MEMBER.fullmatch(text)
            if match:
                digests[match[1].decode("ascii", "surrogateescape")] = (
                    int(match[2]),
                    match[3].decode("ascii").lower(),
                )
            elif text.startswith(_SIGNATURE) and number == len(lines):
                signature = text.removeprefix(_SIGNATURE).decode("ascii", "replace")
            else:
                raise DatabaseError(f"{place}: malformed digest list at line {number}")
        end = len(raw) if signature is None else raw.rindex(_SIGNATURE)
        return cls(digests, signature, hashlib.sha256(memoryview(raw)[:end]).digest())
