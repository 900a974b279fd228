"""Fuzzy hashes of icons, for logical signatures that ask for an icon group.

``IconName:Group1:Group2:Hash``
"""

from __future__ import annotations

from nacre.signatures.base import SignatureType, Status

TYPE = SignatureType(
    name="icon",
    suffixes=("idb",),
    status=Status.UNUSED,
)
