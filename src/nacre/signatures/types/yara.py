"""YARA rules."""

from __future__ import annotations

from nacre.signatures.base import SignatureType, Status

TYPE = SignatureType(
    name="YARA rules",
    suffixes=("yar", "yara"),
    status=Status.UNUSED,
    by_line=False,
)
