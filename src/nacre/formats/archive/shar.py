"""Shell archives (.shar): scripts that write the files they carry.

Layout: a shell script with a here-document for each file: lines of text, mostly with an ``X``
before each that sed takes away, or a file in uuencode or base64. Spec: POSIX, "Shell Command
Language" 2.7.4; uuencode; what shar of GNU sharutils and older programs write. The script is not
run. Yields one Child per here-document whose command names where it goes to, or that is encoded;
compressed files stay compressed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from nacre.codecs import transfer
from nacre.formats.base import few_problems, label, stored_member
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MOST_ENDLESS: Final = 16
_LONGEST_LINE: Final = 8 << 10
_IN_MEMORY: Final = 8 << 20
_LAST_LINE: Final = re.compile(rb"<<(-?)\s*(?:'([^']+)'|\"([^\"]+)\"|(\\?[^\s'\"&|;<>()`$]+))")
_TARGET: Final = re.compile(rb"(?<![<>&0-9])>>?\s*(?:'([^']+)'|\"([^\"]+)\"|([^\s'\"&|;<>]+))")
_PREFIX: Final = re.compile(rb"sed\s+(?:-e\s*)?['\"]?s(.)\^([^\\/.*\[]{1,16})\1\1")
_BEGIN: Final = re.compile(rb"begin(-base64)? [0-7]{3,4} (.+)")
_TEMPORARY: Final = b"${"


class _Document(NamedTuple):
    """A here-document: what ends it, what is taken from each line, and what its command says."""

    last: bytes
    prefix: bytes
    indented: bool
    name: bytes


class SharHandler:
    """Unpacks shell archives."""

    TYPES: ClassVar = frozenset({FileType.SHAR})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the files."""
        yield from few_problems(_files(_Lines(data, budget), budget))


class _Lines:
    """The lines of a layer, with their ends; a long one in pieces."""

    def __init__(self, data: Fmap, budget: Budget) -> None:
        self._data, self._budget = data, budget
        self.at = 0

    def next(self) -> bytes:
        """The next line; empty at the end."""
        self._budget.check_time()
        end = self._data.find(b"\n", self.at, self.at + _LONGEST_LINE) + 1
        line = self._data.read(self.at, (end - self.at) if end else _LONGEST_LINE)
        self.at += len(line)
        return line


def _files(lines: _Lines, budget: Budget) -> Iterator[Event]:
    endless = 0
    while line := lines.next():
        document = _document(line)
        if document is None:
            continue
        start = lines.at
        content, whole = _content(lines, document, budget)
        name, content = _decoded(document.name, content, budget)
        if name and not name.startswith(_TEMPORARY):
            if not whole:
                yield Problem(f"{label(name)}: its last line is missing")
            yield from stored_member(content, name, len(content), budget)
        if not whole:  # it may have been none, so what follows is looked at as well
            lines.at = start
            endless += 1
            if endless > _MOST_ENDLESS:
                yield Problem("too many files without a last line")
                return


def _document(line: bytes) -> _Document | None:
    """The here-document that a line begins, if it does."""
    found = _LAST_LINE.search(line)
    if found is None or line.lstrip().startswith(b"#"):
        return None
    last = (found[2] or found[3] or found[4]).removeprefix(b"\\")
    target = _TARGET.search(line)
    name = (target[1] or target[2] or target[3]) if target else b""
    prefix = _PREFIX.search(line)
    return _Document(last, prefix[2] if prefix else b"", bool(found[1]), name)


def _content(lines: _Lines, document: _Document, budget: Budget) -> tuple[Fmap, bool]:
    """A here-document, and whether it has an end."""
    most = budget.allowance() + 1
    spool = Spool(budget.directory, _IN_MEMORY)
    goes_on = False  # a piece of a long line neither begins nor ends anything
    while line := lines.next():
        if not goes_on:
            line = line.lstrip(b"\t") if document.indented else line
            if line.rstrip(b"\r\n") == document.last:
                return spool.finish(), True
            line = line.removeprefix(document.prefix)
        goes_on = not line.endswith(b"\n")
        spool.write(line[: most - len(spool)])
    return spool.finish(), False


def _decoded(name: bytes, content: Fmap, budget: Budget) -> tuple[bytes, Fmap]:
    """The file that is encoded in a here-document, if one is."""
    end = content.find(b"\n", 0, _LONGEST_LINE)
    begin = _BEGIN.fullmatch(content.read(0, max(0, end)).rstrip(b"\r"))
    if begin is None:
        return name, content
    text = content.slice(end + 1, len(content))
    decode = transfer.base64 if begin[1] else transfer.uuencode
    return begin[2], decode(_without_end(text, b"====" if begin[1] else b"end"), budget)


def _without_end(text: Fmap, mark: bytes) -> Fmap:
    end = text.rfind(b"\n" + mark, 0, len(text))
    return text.slice(0, end + 1) if end >= 0 else text
