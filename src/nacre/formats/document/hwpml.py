"""Hangul documents in XML (HWPML).

Layout: text in elements; pictures and objects in base64, and mostly deflated without a header, in
elements ``BINDATA``.
Spec: Hancom, "HWPML 2.8". Yields one Child per such element.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import deflate, transfer
from nacre.formats.base import REASONS, stored_member
from nacre.model.event import Child, Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.xml_text import attribute, elements, letters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_BINARY: Final = b"BINDATA"


class HwpmlHandler:
    """Takes out the binary data of Hangul documents in XML."""

    TYPES: ClassVar = frozenset({FileType.XML_HWP})
    OPTION: ClassVar = "scan_xmldocs"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the decoded elements."""
        for element in elements(data, _BINARY, budget):
            if not element.ended:
                yield Problem("the document ends inside its binary data")
            for content in transfer.base64_in_markup(letters(element.content), budget):
                if attribute(element.tag, b"Compress") == b"true":
                    yield from _inflated(content, budget)
                else:
                    yield from stored_member(content, b"", len(element.content), budget)


def _inflated(content: Fmap, budget: Budget) -> Iterator[Event]:
    decoded = deflate.decode(content, budget)
    if decoded.status == "limit":
        budget.check_time()
        budget.waste(len(decoded.data))
        yield Problem("more than the limits leave", limit="MaxScanSize")
        return
    if len(decoded.data):
        yield Child(decoded.data, stored_size=decoded.consumed)
    if decoded.status != "done":
        yield Problem(f"binary data: {REASONS[decoded.status]}")
