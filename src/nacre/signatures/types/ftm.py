"""File type magic.

``MagicType:Offset:HexBytes:Description:RequiredType:DetectedType[:MinFL[:MaxFL]]``. One such file
in a database replaces the built-in rules.
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="file type magic",
    suffixes=("ftm",),
    status=Status.USED,
    kind=LineKind.MAGIC,
    counted=False,
)
