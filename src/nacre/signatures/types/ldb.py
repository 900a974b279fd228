"""Logical signatures: expressions over subsignatures.

``Name;TargetDescriptionBlock;Expression;Subsignature;...``
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="logical signature",
    suffixes=("ldb",),
    status=Status.USED,
    kind=LineKind.LOGICAL,
    pua_suffixes=("ldu",),
)
