"""OpenIOC indicators (XML), of which only file hashes are meant."""

from __future__ import annotations

from nacre.signatures.base import SignatureType, Status

TYPE = SignatureType(
    name="OpenIOC indicators",
    suffixes=("ioc",),
    status=Status.UNUSED,
    by_line=False,
)
