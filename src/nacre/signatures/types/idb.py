"""Descriptions of icons, for logical signatures that ask for an icon group.

``IconName:Group1:Group2:Description``. A name never alerts: `IconGroup1` and `IconGroup2` of a
logical signature ask whether a program has an icon like one of the group (docs/design/icons.md).
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="icon",
    suffixes=("idb",),
    status=Status.USED,
    kind=LineKind.ICON,
)
