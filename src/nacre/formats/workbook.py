"""Excel workbooks inside compound files, as events: macro sheets as text, pictures, encryption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nacre.codecs import zlib
from nacre.formats.base import stored_member
from nacre.formats.locked_office import plain_workbook
from nacre.formats.macros import macro_text
from nacre.model.event import Child, Event, Finding, Metadata, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap, Spool
from nacre.parsers import biff
from nacre.parsers.office_art import pictures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget

CONTAINS_XLM: Final = Finding("Heuristics.OLE2.ContainsMacros.XLM", "alert_ole2_macros")
STREAMS: Final = frozenset({"workbook", "book"})
_LARGEST: Final = 64 << 20
_LARGEST_TEXT: Final = 16 << 20
_MEMORY: Final = 8 << 20


def workbook_events(stream: Fmap, budget: Budget) -> Iterator[Event]:
    """What a workbook holds besides cells."""
    data = stream.read(0, _LARGEST)
    if len(data) < len(stream):
        yield Problem(f"only the first {_LARGEST} bytes of the workbook were looked at for macros")
    found = biff.survey(data, budget)
    readable = not found.encrypted
    if found.encrypted:
        plain = yield from plain_workbook(data, found, budget)
        if plain is not None:
            data, found, readable = plain, biff.survey(plain, budget), True
    if found.macro_sheet:
        yield CONTAINS_XLM
        yield from _macro_sheets(data, budget)
    if budget.facts and readable:
        for indicator in sorted(biff.indicators(data, budget)):
            yield Metadata("MacroIndicators[]", indicator)
    yield from picture_events(found.drawings, budget)


def picture_events(drawings: bytes, budget: Budget) -> Iterator[Event]:
    """The pictures of OfficeArt data; deflated ones as they are, as in ClamAV, and inflated."""
    for picture in pictures(drawings, budget):
        name = picture.kind.encode()
        content = Fmap.from_bytes(picture.data)
        yield from stored_member(content, name, len(content), budget)
        if picture.deflated:
            decoded = zlib.decode(content, budget)
            if decoded.status == "limit":
                budget.waste(len(decoded.data))
                yield Problem(f"{picture.kind}: more than the limits leave", limit="MaxScanSize")
            elif len(decoded.data):
                yield Child(decoded.data, name, stored_size=decoded.consumed)


def _macro_sheets(data: bytes, budget: Budget) -> Iterator[Event]:
    text = Spool(budget.directory, _MEMORY)
    for line in biff.text(data, budget):
        if len(text) > _LARGEST_TEXT:
            yield Problem(f"the macro sheets are longer than {_LARGEST_TEXT} bytes of text")
            break
        text.write(line)
    yield from macro_text(text.finish(), b"macro sheets", FileType.TEXT_ASCII, budget)
