"""Domains that phishing mails pretend to link to.

``R:regex`` or ``H:host``. `nacre.signatures.phishing` has their values.
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="protected domain",
    suffixes=("pdb",),
    status=Status.USED,
    kind=LineKind.KEPT,
)
