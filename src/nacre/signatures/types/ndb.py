"""Body patterns with target and offset.

``Name:Target:Offset:HexSignature[:MinFL[:MaxFL]]``. An `sdb` file also
asks that layers are matched before they are unpacked, which changes no verdict.
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="body pattern",
    suffixes=("ndb", "sdb"),
    status=Status.USED,
    kind=LineKind.BODY,
    pua_suffixes=("ndu",),
)
