"""Pairs of real and displayed link targets that are no phishing.

``X:RealRegex:DisplayedRegex``, ``M:real:displayed`` or ``Y:regex``. `nacre.signatures.phishing`
has their values.
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="allowed link",
    suffixes=("wdb",),
    status=Status.USED,
    kind=LineKind.KEPT,
    counted=False,
)
