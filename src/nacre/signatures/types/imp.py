"""Hashes of import tables of PE programs.

The lines of `hdb`, with the length of the hashed text as size; any size needs no level. As in
ClamAV only programs of 32 bits are looked at.
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="hash of an import table",
    suffixes=("imp",),
    status=Status.USED,
    kind=LineKind.IMPORT_HASH,
)
