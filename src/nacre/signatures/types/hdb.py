"""Hashes of whole layers that alert.

``HashHex:Size:Name[:MinFL[:MaxFL]]``; MD5, SHA-1 and SHA-256, told apart by length, in
any of the files.
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="hash of a file",
    suffixes=("hdb", "hsb"),
    status=Status.USED,
    kind=LineKind.HASH,
    pua_suffixes=("hdu", "hsu"),
)
