"""Hashes of import tables of PE programs.

The lines of `hdb`, with the length of the hashed text as size. Kept until programs are taken apart.
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="hash of an import table",
    suffixes=("imp",),
    status=Status.STORED,
    kind=LineKind.IMPORT_HASH,
)
