"""Hashes of URLs.

``S:P:8hex``, ``S:F:64hex`` and kin. `nacre.signatures.phishing` has their values.
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="URL hash",
    suffixes=("gdb",),
    status=Status.USED,
    kind=LineKind.KEPT,
)
