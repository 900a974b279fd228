"""Hangul documents of version 3 (.hwp).

Layout: 30 bytes of signature, 128 of facts, a summary of 1008, blocks of facts, then the body,
mostly deflated without a header: fonts, styles, paragraphs and at its end pictures and objects.
Spec: Hancom, "Hangul Document File Format 3.0". Yields the body as a Child, and OLE objects in it,
which are found by their first bytes, and its text in UTF-8 (parsers/hwp3_text.py): paragraphs are
not walked. ClamAV walks them, decodes no text, and drops a body whose fonts or styles it does not
understand.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import deflate
from nacre.formats.base import REASONS, stored_member
from nacre.model.errors import Truncated
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap, Spool
from nacre.parsers.hwp3_text import texts
from nacre.parsers.ole2 import MAGIC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget

_FACTS: Final = struct.Struct("<96xH26xBxH")
_FACTS_AT: Final = 30
_BLOCKS_AT: Final = 30 + 128 + 1008
_SIZE: Final = struct.Struct("<I")
_MOST_OBJECTS: Final = 1000
_LARGEST_TEXT: Final = 32 << 20
_MEMORY: Final = 8 << 20


class Hwp3Handler:
    """Opens Hangul 3 documents."""

    TYPES: ClassVar = frozenset({FileType.HWP3})
    OPTION: ClassVar = "scan_hwp3"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the body and the objects in it."""
        facts = data.read(_FACTS_AT, _FACTS.size)
        if len(facts) < _FACTS.size:
            raise Truncated("the facts of the document are cut")
        password, compressed, blocks = _FACTS.unpack(facts)
        start = _BLOCKS_AT + blocks
        body = data.slice(start, len(data))
        if password:
            yield Problem("the document is encrypted")
            return
        if start >= len(data):
            raise Truncated("the document ends before its body")
        if compressed:
            decoded = deflate.decode(body, budget)
            if decoded.status == "limit":
                budget.check_time()
                budget.waste(len(decoded.data))
                yield Problem("the body is more than the limits leave", limit="MaxScanSize")
                return
            body = decoded.data
            if decoded.status != "done":
                yield Problem(f"the body: {REASONS[decoded.status]}")
        yield from _objects(body, budget)
        yield from _text(body, budget)
        yield from stored_member(body, b"body", len(data) - start, budget)


def _text(body: Fmap, budget: Budget) -> Iterator[Event]:
    data = body.read(0, _LARGEST_TEXT)
    text = Spool(budget.directory, _MEMORY)
    for piece in texts(data, budget):
        text.write(piece)
    if len(text):
        content = text.finish()
        yield from stored_member(content, b"text", len(content), budget)
    if len(data) < len(body):
        yield Problem(f"only the first {len(data)} bytes of the body were looked at for text")


def _objects(body: Fmap, budget: Budget) -> Iterator[Event]:
    """Compound files in the body: behind their size, or up to its end."""
    at = count = 0
    while count < _MOST_OBJECTS and (at := body.find(MAGIC, at, len(body))) >= 0:
        budget.check_time()
        count += 1
        before = body.read(max(0, at - _SIZE.size), min(at, _SIZE.size))
        size = _SIZE.unpack(before)[0] if len(before) == _SIZE.size else 0
        if not len(MAGIC) < size <= len(body) - at:
            size = len(body) - at
        yield from stored_member(body.slice(at, size), b"object%d" % count, size, budget)
        at += len(MAGIC)
