"""Hashes of URLs.

``S:P:8hex``, ``S:F:64hex`` and kin
"""

from __future__ import annotations

from nacre.signatures.base import SignatureType, Status

TYPE = SignatureType(
    name="URL hash",
    suffixes=("gdb",),
    status=Status.UNUSED,
)
