"""Signatures that are not to be loaded.

``Name`` or ``Name:MD5`` of the database line; the old form is ``a:b:Name``. They hold for what
is loaded later, which is why they are loaded first.
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="ignored signature",
    suffixes=("ign", "ign2"),
    status=Status.USED,
    kind=LineKind.IGNORE,
    counted=False,
)
