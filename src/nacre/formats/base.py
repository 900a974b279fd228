"""What a format handler is, and how it tells of a decoded stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from nacre.model.errors import LimitExceeded
from nacre.model.event import Child, Event, Finding, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.codecs.base import Decoded
    from nacre.model.budget import Budget
    from nacre.model.filetype import FileType
    from nacre.model.fmap import Fmap

REASONS = {
    "truncated": "the compressed data ends early",
    "corrupt": "the compressed data is damaged",
    "window": "the compressed data asks for too large a dictionary",
    "storage": "the temporary file could not be written",
}
"""How a decoding that is neither done nor out of bounds ended, for people."""

BROKEN_EXECUTABLE = Finding("Heuristics.Broken.Executable", "alert_broken_executables")
"""What is said of a program whose headers contradict themselves."""


class Handler(Protocol):
    """Takes one layer apart. One class per format, found by the package walk of `registry`."""

    TYPES: ClassVar[frozenset[FileType]]
    """File types it opens; no two handlers share one."""
    OPTION: ClassVar[str]
    """Field of ScanOptions that switches it, such as ``scan_archive``; empty when none does."""

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield what is inside. Never recurses, never matches, never writes.

        Raises:
            FormatError: nothing more can be read; what was yielded counts.
            LimitExceeded: may pass through from the budget.
        """
        ...


def label(name: bytes) -> str:
    """A member's name for people, cut to a readable length."""
    return name[:120].decode("utf-8", "backslashreplace") or "(no name)"


def stored_member(content: Fmap, name: bytes, stored_size: int, budget: Budget) -> Iterator[Event]:
    """The events of a member whose bytes are at hand: a Child unless it is empty or too large.

    Raises:
        LimitExceeded: no other member would be scanned either.
    """
    try:
        budget.check_child(len(content))
    except LimitExceeded as reached:
        if reached.option not in {"MaxFileSize", "MaxScanSize"}:
            raise
        yield Problem(f"{label(name)}: {reached}", limit=reached.option)
        return
    if len(content):
        yield Child(content, name, stored_size=stored_size)


def only_child(decoded: Decoded, budget: Budget) -> Iterator[Event]:
    """The events of a layer that is one compressed stream.

    Raises:
        LimitExceeded: the content is larger than a child may be, so none of it is scanned.
    """
    produced = len(decoded.data)
    if decoded.status == "limit":
        budget.waste(produced)
        budget.check_child(produced + 1)
        raise LimitExceeded("MaxScanSize", "too much was decoded in vain")
    if produced:
        yield Child(decoded.data, stored_size=decoded.consumed)
    if decoded.status != "done":
        yield Problem(f"{REASONS[decoded.status]} after {produced} bytes of content")
