"""XML data packages (.xdp): forms with a PDF inside.

Layout: XML with the PDF in base64 in an element ``chunk``.
Spec: Adobe, "XML Data Package Specification 2.0". Yields one Child per ``chunk``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import transfer
from nacre.formats.base import stored_member
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.xml_text import elements, letters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_CHUNK: Final = b"chunk"


class XdpHandler:
    """Takes the PDF out of XML data packages."""

    TYPES: ClassVar = frozenset({FileType.XDP})
    OPTION: ClassVar = "scan_pdf"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the decoded chunks."""
        for element in elements(data, _CHUNK, budget):
            if not element.ended:
                yield Problem("the document ends inside its binary data")
            for content in transfer.base64_in_markup(letters(element.content), budget):
                yield from stored_member(content, b"", len(element.content), budget)
