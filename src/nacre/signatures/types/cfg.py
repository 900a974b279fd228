"""Switches for parts of the engine by functionality level.

``Category:0xFlags:MinFL:MaxFL``
"""

from __future__ import annotations

from nacre.signatures.base import SignatureType, Status

TYPE = SignatureType(
    name="engine switch",
    suffixes=("cfg",),
    status=Status.UNUSED,
    counted=False,
)
