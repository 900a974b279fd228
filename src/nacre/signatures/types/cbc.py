"""Bytecode programs, one per file."""

from __future__ import annotations

from nacre.signatures.base import SignatureType, Status

TYPE = SignatureType(
    name="bytecode program",
    suffixes=("cbc",),
    status=Status.UNUSED,
    by_line=False,
)
