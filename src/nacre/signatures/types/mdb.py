"""Hashes of sections of PE programs.

``Size:HashHex:Name[:MinFL[:MaxFL]]``: size first. Kept until programs are taken apart.
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="hash of a program section",
    suffixes=("mdb", "msb"),
    status=Status.STORED,
    kind=LineKind.SECTION_HASH,
    pua_suffixes=("mdu", "msu"),
)
