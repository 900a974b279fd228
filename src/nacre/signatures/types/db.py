"""Body patterns in the oldest form.

``Name=HexSignature``: any target, any offset.
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="body pattern, oldest form",
    suffixes=("db",),
    status=Status.USED,
    kind=LineKind.OLD_BODY,
)
