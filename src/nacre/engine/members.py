"""Signatures about what a container says of its members; they alert on the container."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nacre.matching import Image, Selection
    from nacre.model.event import Member
    from nacre.model.layer import Layer


def alerts(member: Member, layer: Layer, image: Image, selection: Selection) -> Sequence[str]:
    """Names of the signatures that a member of `layer` matches, in the order of reporting."""
    if image.ignores_members:
        return ()
    return image.member_names(member, layer.file_type, layer.size, selection)
