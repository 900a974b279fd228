"""Passwords to try on encrypted archives.

``Name;TargetDescriptionBlock;StorageType;Password``
"""

from __future__ import annotations

from nacre.signatures.base import SignatureType, Status

TYPE = SignatureType(
    name="archive password",
    suffixes=("pwdb",),
    status=Status.UNUSED,
    counted=False,
)
