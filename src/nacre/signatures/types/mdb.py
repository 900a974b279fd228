"""Hashes of sections of PE programs.

``Size:HashHex:Name[:MinFL[:MaxFL]]``: size first. A section is hashed as it
lies in the file: aligned as ClamAV does, and cut by the end of the file.
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="hash of a program section",
    suffixes=("mdb", "msb"),
    status=Status.USED,
    kind=LineKind.SECTION_HASH,
    pua_suffixes=("mdu", "msu"),
)
