"""`.sign` files (ClamAV 1.5): signatures with certificates, beside what they are of.

First line ``#clamsign-1.0``; others with ``#`` are comments. A signature is a line
``lowest level:highest level:pkcs7-pem:base64``, where either level may be missing and the base64 is
a detached PKCS#7 signature in DER over all bytes of the file. Those for other levels do not count;
one that verifies is enough.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING

from nacre.model.errors import DatabaseError, FormatError

if TYPE_CHECKING:
    from pathlib import Path

    from nacre.cvd.signature import Authorities

FIRST_LINE = "#clamsign-1.0"
LEVEL = 230
"""The functionality level of ClamAV 1.5, whose files these are."""

_LARGEST = 1 << 20
_MOST_LINES = 64
_LINE = re.compile(r"([0-9]{0,9}):([0-9]{0,9}):pkcs7-pem:([A-Za-z0-9+/=]+)")


class UnreadableError(DatabaseError):
    """There is no `.sign` file, or it is not one."""


def signatures(path: Path, level: int = LEVEL) -> list[bytes]:
    """The signatures in the file at `path` that count at a functionality level, in DER.

    Raises:
        UnreadableError: the file is missing or malformed.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror}") from error
    lines = raw.decode("ascii", "replace").split("\n")
    if len(raw) > _LARGEST or lines[0].rstrip("\r") != FIRST_LINE:
        raise UnreadableError(f"{path}: not a signature file")
    found: list[bytes] = []
    for number, text in enumerate(lines[1:], 2):
        line = text.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None or len(found) == _MOST_LINES:
            raise UnreadableError(f"{path}: line {number}: not a signature")
        if int(match[1] or 0) <= level <= int(match[2] or level):
            try:
                found.append(base64.b64decode(match[3], validate=True))
            except binascii.Error as error:
                raise UnreadableError(f"{path}: line {number}: {error}") from error
    if not found:
        raise UnreadableError(f"{path}: no signature for this version")
    return found


def line_of(signature: bytes) -> str:
    """The line of a signature in DER, for all versions that look at such files."""
    return f"::pkcs7-pem:{base64.b64encode(signature).decode('ascii')}\n"


def signed_by(path: Path, beside: Path, authorities: Authorities) -> str:
    """Who signed the file at `path`, by the `.sign` file `beside`.

    Raises:
        UnreadableError: there is no signature that could be tried.
        DatabaseError: none is to be believed.
    """
    found = signatures(beside)
    digests: dict[str, bytes] = {}

    def digest(algorithm: str) -> bytes:
        if algorithm not in digests:
            with path.open("rb") as file:
                digests[algorithm] = hashlib.file_digest(file, algorithm).digest()
        return digests[algorithm]

    reason = ""
    for signature in found:
        try:
            return authorities.signer(signature, digest)
        except FormatError as error:
            reason = reason or str(error)
        except OSError as error:
            raise DatabaseError(f"{path}: {error.strerror}") from error
    raise DatabaseError(f"{beside}: {reason}")
