"""The boundaries of a mail: where the parts of its multiparts begin and end.

Layout: a line ``--boundary`` before each part, ``--boundary--`` behind the last.
Spec: RFC 2046 5.1.

Two readings: any boundary that was ever named cuts, whatever else is in its line, so that wrong
ends, missing ends and boundaries inside each other hide nothing; and a body also goes as far as the
standard lets it, because a line with a boundary that is done with is text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nacre.model.fmap import Fmap

_MOST: Final = 64
_MOST_HIDDEN: Final = 32
"""At most with those that are named inside bodies."""
_LONGEST: Final = 1024
"""Bytes of a boundary that are compared."""
_REST: Final = re.compile(rb"(--)?[ \t]*(?:[\r\n]|\Z)")
"""What may stand behind a boundary in its line: what says that it is the last, and blanks."""
_LONGEST_REST: Final = 256


class Cut(NamedTuple):
    """Where a body ends."""

    end: int
    following: int
    """Where the next header begins."""
    boundary: bytes | None = None
    """The one that ends it; None where the mail or a message of a mailbox ends."""


class Boundaries:
    """Those of one message, as far as it has been read."""

    def __init__(self, data: Fmap) -> None:
        self._data = data
        self._next: dict[bytes, int] = {}
        """Where each boundary stands next; -1 where it stands no more."""
        self._next_alone: dict[bytes, int] = {}
        """The same for lines with nothing else."""
        self._open: list[bytes] = []
        self.ignored = 0
        """Boundaries that are too many."""
        self.until = len(data)
        """Where the message ends; nothing is looked for behind it."""

    def __len__(self) -> int:
        return len(self._next)

    def learn(
        self, named: Iterable[bytes], start: int, *, opens: bool, hidden: bool = False
    ) -> None:
        """Look for these from `start` on; the first is open if a multipart has named it.

        Those named by a header inside a body (`hidden`) leave room for the others.
        """
        most = _MOST_HIDDEN if hidden else _MOST
        for boundary in (name[:_LONGEST] for name in named):
            if boundary not in self._next and len(self._next) >= most:
                self.ignored += 1
                continue
            self._next.setdefault(boundary, start)
            self._next_alone.setdefault(boundary, start)
            if opens:
                self._open.append(boundary)
                opens = False

    def guess(self, body: int) -> bytes | None:
        """The boundary of a multipart that names none: what its first line ``--`` says."""
        at = self._data.find(b"\n--", max(0, body - 1), self.until)
        if at < 0:
            return None
        return self._data.read(at + 3, _LONGEST).partition(b"\n")[0].rstrip()

    def cut(self, body: int) -> Cut:
        """The first line from `body` on with any boundary."""
        size = len(self._data)
        found = Cut(size, size)
        for boundary in self._next:
            at = self._at(boundary, body)
            if 0 <= at < found.end:
                line = self._data.find(b"\n", at + 1, size)
                found = Cut(self._end(at, body), size if line < 0 else line + 1, boundary)
        return found

    def standard_end(self, body: int) -> int:
        """The first line from `body` on with a boundary that is open, and with nothing else."""
        found = [at for name in set(self._open) if (at := self._alone_at(name, body)) >= 0]
        return self._end(min(found), body) if found else len(self._data)

    def passed(self, cut: Cut) -> bool:
        """Go on behind a line with a boundary; whether the standard sees one there as well."""
        boundary = cut.boundary
        if boundary is None or boundary not in self._open:
            return False
        rest = self._rest(boundary, self._next[boundary])
        if rest is not None:
            at = self._open.index(boundary)
            del self._open[at if rest[1] else at + 1 :]
        return rest is not None

    def clear(self) -> None:
        """Forget all: another message begins."""
        self._next.clear()
        self._next_alone.clear()
        self._open.clear()

    def _at(self, boundary: bytes, body: int) -> int:
        at = self._next[boundary]
        if 0 <= at < body:
            at = self._next[boundary] = self._find(boundary, body)
        return at

    def _alone_at(self, boundary: bytes, body: int) -> int:
        at = self._next_alone[boundary]
        if 0 <= at < body:
            at = self._find(boundary, body)
            while at >= 0 and self._rest(boundary, at) is None:
                at = self._find(boundary, at + 2)
            self._next_alone[boundary] = at
        return at

    def _find(self, boundary: bytes, body: int) -> int:
        """From the line break before the body: the boundary may be its first line."""
        return self._data.find(b"\n--" + boundary, max(0, body - 1), self.until)

    def _end(self, at: int, body: int) -> int:
        """The end of a body before the line break `at`, which belongs to the boundary."""
        return max(at - (self._data.read(max(0, at - 1), 1) == b"\r"), body)

    def _rest(self, boundary: bytes, at: int) -> re.Match[bytes] | None:
        behind = at + len(b"\n--") + len(boundary)
        return _REST.match(self._data.read(behind, _LONGEST_REST))
