"""Switches for parts of the engine by functionality level.

``Category:0xFlags[:MinFL[:MaxFL]]``. The flags replace all switches of the category;
`nacre.model.switches` says what each of them is. The image keeps ``Category:flags``, in decimal,
of the lines for this engine.
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="engine switch",
    suffixes=("cfg",),
    status=Status.USED,
    kind=LineKind.KEPT,
    counted=False,
)


def setting(kept: bytes) -> tuple[str, int]:
    """Category and flags of a line as the image keeps it."""
    category, _, flags = kept.decode("ascii").partition(":")
    return category, int(flags)
