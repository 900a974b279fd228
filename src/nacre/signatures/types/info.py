"""The digest list of a container, which is not signatures and is read by `nacre.cvd`."""

from __future__ import annotations

from nacre.signatures.base import SignatureType, Status

TYPE = SignatureType(
    name="digest list",
    suffixes=("info",),
    status=Status.UNUSED,
    counted=False,
    loose=False,
)
