"""Office documents in one XML file: of 2003, flat ones of 2007, flat OpenDocument (.fodt).

Layout: text in elements; pictures, objects and macros in base64 in elements ``binData``
(``binaryData`` in a flat package of 2007, ``binary-data`` in OpenDocument).
Spec: Microsoft, "Office 2003 XML Reference Schemas"; ECMA-376 part 2, annex on flat packages;
OpenDocument 1.3 part 3, 19.41. Yields one Child per such element. ClamAV decodes only those of 2003
whose text has line breaks, and none in UTF-16.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import transfer
from nacre.formats.base import stored_member
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.parsers.xml_text import attribute, elements, letters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget

_ENTITY: Final = b"<!ENTITY"
_PROLOGUE: Final = 4096
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_LONGEST_WIDE: Final = 128 << 20
_BINARY: Final = (b"binData", b"binaryData", b"binary-data")


class OfficeXmlHandler:
    """Takes out the binary data of office documents in XML."""

    TYPES: ClassVar = frozenset({FileType.XML_WORD, FileType.XML_XL, FileType.FLAT_OFFICE})
    OPTION: ClassVar = "scan_xmldocs"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the decoded elements."""
        data = _narrow(data)
        if _ENTITY in data.read(0, _PROLOGUE):
            yield Problem("it declares entities, which are not expanded")
        for name in _BINARY:
            for element in elements(data, name, budget):
                if not element.ended:
                    yield Problem("the document ends inside its binary data")
                shown = attribute(element.tag, b"name").rpartition(b"/")[2]
                for content in transfer.base64_in_markup(letters(element.content), budget):
                    yield from stored_member(content, shown, len(element.content), budget)


def _narrow(data: Fmap) -> Fmap:
    """A document in UTF-16 as far as it is ASCII, as its tags and base64 are."""
    if data.read(0, 2) not in _UTF_16 or len(data) > _LONGEST_WIDE:
        return data
    return Fmap.from_bytes(data.read(0, len(data)).replace(b"\0", b""))
