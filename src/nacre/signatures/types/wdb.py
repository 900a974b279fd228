"""Pairs of real and displayed link targets that are no phishing.

``X:RealRegex:DisplayedRegex``, ``M:real:displayed`` or ``Y:regex``
"""

from __future__ import annotations

from nacre.signatures.base import SignatureType, Status

TYPE = SignatureType(
    name="allowed link",
    suffixes=("wdb",),
    status=Status.UNUSED,
    counted=False,
)
