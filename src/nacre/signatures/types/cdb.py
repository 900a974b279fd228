"""Properties of members of containers.

``Name:ContainerType:ContainerSize:FileNameRegex:SizeInContainer:RealSize:IsEncrypted:FilePos:Res1:Res2[:MinFL[:MaxFL]]``
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="member of a container",
    suffixes=("cdb",),
    status=Status.USED,
    kind=LineKind.MEMBER,
)
