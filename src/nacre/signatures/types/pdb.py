"""Domains that phishing mails pretend to link to.

``R:regex`` or ``H:host``
"""

from __future__ import annotations

from nacre.signatures.base import SignatureType, Status

TYPE = SignatureType(
    name="protected domain",
    suffixes=("pdb",),
    status=Status.UNUSED,
)
