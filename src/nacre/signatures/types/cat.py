"""Authenticode catalogs (PKCS#7), whose hashes are trusted.

Only where certificates from a `crb` loaded before speak for who signed it. Looked at only when
something is about to be reported.
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="catalog",
    suffixes=("cat",),
    status=Status.USED,
    kind=LineKind.CATALOG,
    by_line=False,
    counted=False,
)
