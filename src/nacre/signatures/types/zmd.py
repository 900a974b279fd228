"""Properties of members of ZIP and RAR archives, in the old form.

``Name:Encrypted:FileNameRegex:RealSize:CompressedSize:CRC32hex:Method:FileNo:MaxDepth``
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="member of an archive, old form",
    suffixes=("zmd", "rmd"),
    status=Status.USED,
    kind=LineKind.OLD_MEMBER,
)
