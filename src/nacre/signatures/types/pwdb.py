"""Passwords to try on encrypted archives.

``Name;TargetDescriptionBlock;StorageType;Password``; storage type 1 is a password in hex. The image
keeps the lines for this engine; the one loaded last is tried first.
"""

from __future__ import annotations

from dataclasses import dataclass

from nacre.model.filetype import FileType
from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="archive password",
    suffixes=("pwdb",),
    status=Status.STORED,
    kind=LineKind.KEPT,
    counted=False,
)

_IN_HEX = 1


@dataclass(frozen=True, slots=True)
class Password:
    """A password and the archives that it may open."""

    name: str
    secret: bytes
    container: FileType
    """`FileType.ANY`, or the one type of archive it is for."""


def password(kept: bytes) -> Password:
    """The value of a line as the image keeps it."""
    name, block, storage, secret = kept.split(b";")[:4]
    attributes = dict(attribute.split(b":", 1) for attribute in block.split(b","))
    container = attributes.get(b"Container", b"CL_TYPE_ANY").decode().removeprefix("CL_TYPE_")
    in_hex = int(storage or b"0") == _IN_HEX
    return Password(
        name.decode("utf-8", "replace"),
        bytes.fromhex(secret.decode()) if in_hex else secret,
        FileType(container),
    )
