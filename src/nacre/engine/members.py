"""Signatures about what a container says of its members.

They alert on the container. An Office document counts as the ZIP archive that it is and as itself,
as in ClamAV.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nacre.matching import Image, Selection
    from nacre.model.event import Member
    from nacre.model.layer import Layer

_DOCUMENTS = frozenset(
    {FileType.OOXML_WORD, FileType.OOXML_PPT, FileType.OOXML_XL, FileType.OOXML_HWP}
)


def alerts(member: Member, layer: Layer, image: Image, selection: Selection) -> Iterable[str]:
    """Names of the signatures that a member of `layer` matches, in the order of reporting."""
    if image.ignores_members:
        return ()
    names = image.member_names(member, layer.file_type, layer.size, selection)
    if layer.file_type in _DOCUMENTS:
        as_archive = image.member_names(member, FileType.ZIP, layer.size, selection)
        return dict.fromkeys(as_archive + names)
    return names
