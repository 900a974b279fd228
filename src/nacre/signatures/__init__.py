"""What the files of a database hold, by their suffix.

`type_of` answers for a file name; everything it knows stands in `nacre.signatures.types`, one
module per signature type. The lines themselves are parsed natively: `SignatureType.kind` tells the
image builder how.
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status
from nacre.signatures.registry import BY_SUFFIX, CONTAINERS, suffix_of, type_of

__all__ = [
    "BY_SUFFIX",
    "CONTAINERS",
    "LineKind",
    "SignatureType",
    "Status",
    "suffix_of",
    "type_of",
]
