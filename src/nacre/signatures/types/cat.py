"""Authenticode catalogs (PKCS#7), whose hashes are trusted."""

from __future__ import annotations

from nacre.signatures.base import SignatureType, Status

TYPE = SignatureType(
    name="catalog",
    suffixes=("cat",),
    status=Status.UNUSED,
    by_line=False,
    counted=False,
)
