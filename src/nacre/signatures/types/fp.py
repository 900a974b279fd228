"""Hashes of layers that are trusted, with everything in them.

The lines of `hdb`. Looked at only when something is about to be reported.
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="hash of a trusted file",
    suffixes=("fp", "sfp"),
    status=Status.USED,
    kind=LineKind.ALLOWED_HASH,
)
