"""Properties of Office Open XML documents: ``docProps/core.xml`` and ``docProps/app.xml``.

Layout: elements with text, one per property. Spec: ECMA-376 part 2, 11 and part 1, 22.2. Names are
ClamAV's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES: Final = {
    b"docProps/core.xml": "CoreProperties",
    b"docProps/app.xml": "ExtendedProperties",
}
LARGEST: Final = 64 << 10
_LEAF: Final = re.compile(
    rb"<(?:[\w.-]{1,64}:)?([A-Za-z]{1,64})(?:\s[^<>]{0,256})?>([^<]{1,1024})</"
)
_NAMES: Final = {"creator": "Author", "lastModifiedBy": "LastAuthor"}
_WORDS: Final = {"true": True, "false": False}
_ENTITIES: Final = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}
_LONGEST_NUMBER: Final = 9


def properties(text: bytes) -> Iterator[tuple[str, str | int | bool]]:
    """Names and values."""
    for name, raw in _LEAF.findall(text[:LARGEST]):
        value = raw.decode("utf-8", "replace")
        for entity, character in _ENTITIES.items():
            value = value.replace(entity, character)
        key = name.decode("ascii")
        key = _NAMES.get(key, key[:1].upper() + key[1:])
        if value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER:
            yield key, int(value)
        else:
            yield key, _WORDS.get(value, value)
