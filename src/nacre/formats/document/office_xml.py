"""Word and Excel documents as XML of 2003, and Word documents as flat XML of 2007.

Layout: text in elements; pictures, objects and macros in base64 in elements ``binData``
(``binaryData`` in the package of one file).
Spec: Microsoft, "Office 2003 XML Reference Schemas"; ECMA-376 part 2, annex on flat packages.
Yields one Child per such element. ClamAV decodes only those whose text has line breaks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import transfer
from nacre.formats.base import stored_member
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.xml_text import attribute, elements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_BINARY: Final = (b"binData", b"binaryData")


class OfficeXmlHandler:
    """Takes out the binary data of office documents in XML."""

    TYPES: ClassVar = frozenset({FileType.XML_WORD, FileType.XML_XL})
    OPTION: ClassVar = "scan_xmldocs"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the decoded elements."""
        for name in _BINARY:
            for element in elements(data, name, budget):
                if not element.ended:
                    yield Problem("the document ends inside its binary data")
                content = transfer.base64(element.content, budget)
                shown = attribute(element.tag, b"name").rpartition(b"/")[2]
                yield from stored_member(content, shown, len(element.content), budget)
