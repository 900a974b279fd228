"""What compound files say of themselves, under ClamAV's keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from nacre.formats.macros import CONTAINS_VBA
from nacre.formats.workbook import CONTAINS_XLM
from nacre.model.event import Event, Finding, Metadata
from nacre.parsers import hwp5
from nacre.parsers.ole2 import STREAM
from nacre.parsers.property_set import DOCUMENT_SUMMARY, SUMMARY, properties

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nacre.parsers.ole2 import CompoundFile, Entry

_LANGUAGES: Final = {CONTAINS_VBA: "VBA", CONTAINS_XLM: "XLM"}
_SETS: Final = {
    "\x05summaryinformation": ("SummaryInfo", SUMMARY),
    "\x05documentsummaryinformation": ("DocSummaryInfo", DOCUMENT_SUMMARY),
}
_TYPES: Final = {
    "worddocument": "CL_TYPE_MSWORD",
    "workbook": "CL_TYPE_MSXL",
    "powerpoint document": "CL_TYPE_MSPPT",
}
_LARGEST_SET: Final = 1 << 20
_MOST_STREAMS: Final = 1000
_CONTROL: Final = re.compile("[\x00-\x1f]")


def with_facts(
    events: Iterable[Event], file: CompoundFile, entries: list[Entry]
) -> Iterator[Event]:
    """The events of a compound file, and what it says of itself."""
    languages: set[str] = set()
    for event in events:
        yield event
        language = _LANGUAGES.get(event) if isinstance(event, Finding) else None
        if language is not None and language not in languages:
            languages.add(language)
            yield Metadata("HasMacros", value=True)
            yield Metadata("MacroLanguages[]", language)
    streams = [entry for entry in entries if entry.kind == STREAM][:_MOST_STREAMS]
    for entry in streams:
        yield Metadata("Streams[]", _shown(entry.name))
    for entry in streams:
        name = entry.name.lower()
        if name in _TYPES:
            yield Metadata("FileType", _TYPES[name])
        if name in _SETS and len(entry.path) == 1:
            key, names = _SETS[name]
            for item, value in properties(file.content(entry).read(0, _LARGEST_SET), names):
                yield Metadata(f"{key}.{item}", value)
        elif name == hwp5.HEADER and (found := hwp5.header(file.content(entry))) is not hwp5.NONE:
            yield Metadata("FileType", "CL_TYPE_HWP5")
            yield Metadata("Hwp5Header.RawVersion", found.version)
            yield Metadata("Hwp5Header.RawFlags", found.flags)


def _shown(name: str) -> str:
    """A stream's name as in ClamAV: control characters by their number."""
    return _CONTROL.sub(lambda found: f"_{ord(found[0])}_", name).lower()
