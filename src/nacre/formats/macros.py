"""Macros inside compound files, as events.

For a VBA project signatures see, as in ClamAV, one text with all that is known of it, and the
source of each module as it is. Modules that the project does not list are found by their first
words, which ClamAV does not do.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from nacre.codecs import vba
from nacre.formats.base import REASONS, label, stored_member
from nacre.model.event import Child, Event, Finding, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Spool
from nacre.parsers.ole2 import STREAM
from nacre.parsers.vba import Module, Project, normalised, project, source_start

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from nacre.codecs.base import Decoded
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap
    from nacre.parsers.ole2 import CompoundFile, Entry

CONTAINS_VBA: Final = Finding("Heuristics.OLE2.ContainsMacros.VBA", "alert_ole2_macros")
DIRECTORY: Final = "dir"
CACHE: Final = "_vba_project"
_LARGEST_DIRECTORY: Final = 4 << 20
_LARGEST_STREAM: Final = 32 << 20
_LARGEST_SOURCE: Final = 8 << 20
_MEMORY: Final = 8 << 20


def vba_events(
    file: CompoundFile, storage: Mapping[str, Entry], budget: Budget
) -> Generator[Event, None, frozenset[int]]:
    """What the `dir` of a VBA project tells of; `storage` has lower-case names.

    Returns the numbers of the streams that are modules of it.
    """
    directory = storage.get(DIRECTORY)
    if directory is None or directory.kind != STREAM or directory.size > _LARGEST_DIRECTORY:
        return frozenset()
    packed = file.content(directory)
    decoded = vba.decode(packed, budget, max_output=_LARGEST_DIRECTORY)
    found = project(decoded.data.read(0, _LARGEST_DIRECTORY))
    if decoded.status in ("corrupt", "truncated"):
        bare = vba.decode(packed, budget, max_output=_LARGEST_DIRECTORY, headers=False)
        other = project(bare.data.read(0, _LARGEST_DIRECTORY))
        found = other if len(other.modules) > len(found.modules) else found
    if not (found.known or found.modules):
        return frozenset()
    yield CONTAINS_VBA
    streams = {name: entry for name, entry in storage.items() if entry.kind == STREAM}
    return (yield from _project(file, found, streams, budget))


def hidden_source(content: Fmap, name: str, budget: Budget) -> Iterator[Event]:
    """What a stream holds that looks like a module and that no `dir` tells of."""
    start = source_start(content)
    if start >= 0:
        yield CONTAINS_VBA
        yield from _source(content.slice(start, len(content)), name, budget)


def _project(
    file: CompoundFile, found: Project, streams: dict[str, Entry], budget: Budget
) -> Generator[Event, None, frozenset[int]]:
    """The modules one by one, and the text of all; takes them out of `streams`."""
    known = set()
    text = Spool(budget.directory, _MEMORY)
    text.write(bytes(found.head))
    for module in found.modules:
        budget.check_time()
        text.write(bytes(module.head))
        entry = _entry(module, streams)
        if entry is None:
            continue
        known.add(entry.number)
        if entry.size > _LARGEST_STREAM:
            yield Problem(f"{entry.name}: too large for a module")
            continue
        content = file.content(entry)
        start = module.offset
        guess = source_start(content)
        if guess >= 0 and content.read(start + 3, 9) != content.read(guess + 3, 9):
            start = guess  # the place was forged, or damaged
        source = yield from _source(content.slice(start, len(content)), entry.name, budget)
        text.write(normalised(found.utf8(source)))
    yield from macro_text(text.finish(), b"VBA project", FileType.TEXT_ASCII, budget)
    return frozenset(known)


def _entry(module: Module, streams: dict[str, Entry]) -> Entry | None:
    for name in (module.stream, module.fallback):
        entry = streams.pop(name.lower(), None)
        if entry is not None:
            return entry
    return None


def _source(packed: Fmap, name: str, budget: Budget) -> Generator[Event, None, bytes]:
    """The source of one module, which is returned as well."""
    decoded = vba.decode(packed, budget)
    shown = name.encode("utf-8", "replace")
    yield from macro_text(decoded.data, shown, FileType.MSOLE2, budget)
    if decoded.status == "limit":
        budget.check_time()
        yield Problem(f"{label(shown)}: more than the limits leave", limit="MaxScanSize")
    elif decoded.status != "done":
        yield Problem(f"{label(shown)}: {REASONS[decoded.status]}")
        return (yield from _bare_source(packed, decoded, shown, budget))
    elif len(decoded.data) > _LARGEST_SOURCE:
        yield Problem(f"{label(shown)}: {_LARGEST_SOURCE} bytes of it are in the project's text")
    return decoded.data.read(0, _LARGEST_SOURCE)


def _bare_source(
    packed: Fmap, decoded: Decoded, shown: bytes, budget: Budget
) -> Generator[Event, None, bytes]:
    """What readers make of damaged source that do not believe the sizes of its chunks.

    The text that is whole is returned.
    """
    source = decoded.data.read(0, _LARGEST_SOURCE)
    bare = vba.decode(packed, budget, headers=False)
    other = bare.data.read(0, _LARGEST_SOURCE)
    if other != source:
        yield from macro_text(bare.data, shown, FileType.MSOLE2, budget)
    return other if bare.status == "done" else source


def macro_text(text: Fmap, name: bytes, file_type: FileType, budget: Budget) -> Iterator[Event]:
    """Text that is matched under `file_type` and nothing else."""
    for event in stored_member(text, name, len(text), budget, file_type):
        yield replace(event, macros=True) if isinstance(event, Child) else event
