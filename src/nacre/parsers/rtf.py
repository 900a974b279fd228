r"""Binary data in RTF: groups whose text is hexadecimal digits.

Layout: ``{\keyword digits}``. Between the digits may stand blanks, line ends, control words,
escapes and groups; ``\binN`` is followed by N bytes as they are. A nested group that begins with
``\*`` and a keyword that nobody knows is to be skipped; whether its digits count is where
programs and malware disagree, so both readings are given. So is what a plain reader makes of it,
as ClamAV is one: of digits the group's own only, nothing of ``\bin``, and what follows ``\'``.
Spec: Rich Text Format 1.9.1, "Objects", "Pictures", "Destinations". The rest of RTF is not read:
a keyword is searched for wherever it stands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.model.errors import Corrupt
from nacre.model.fmap import Fmap, Spool
from nacre.parsers import any_case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget

_PIECE: Final = 256 << 10
_FIRST_PIECE: Final = 1 << 10
"""Pieces grow, so that small groups cost little."""
_IN_MEMORY: Final = 8 << 20
_LONGEST_TOKEN: Final = 80
_TOKEN: Final = re.compile(
    rb"[0-9A-Fa-f\0\t\n\f\r ]++|\\bin([0-9]++) ?|(\{)(?:[\t\n\r ]*+(\\\*))?|(\})"
    rb"|\\[A-Za-z]++(?:-?[0-9]++)? ?|\\'[0-9A-Fa-f]{0,2}|\\.|[^0-9A-Fa-f\\{}]++|.",
    re.DOTALL,
)
_DIGITS: Final = frozenset(b"0123456789ABCDEFabcdef\0\t\n\f\r ")
_NOT_HEX: Final = bytes(set(range(256)) - set(b"0123456789ABCDEFabcdef"))
_MOST_DIGITS: Final = 10
_ESCAPE: Final = ord("\\")
_BYTE: Final = b"\\'"
_PARAMETER: Final = re.compile(rb"-?[0-9]{1,10}+(?= )")
_SEARCH_WORK: Final = 4
"""How often, at most, the bytes of a file may be part of a group that is read."""


class Binary(NamedTuple):
    """What a group stands for."""

    data: Fmap
    """All digits but those of groups to be skipped."""
    everything: Fmap | None
    """All digits, where that is something else."""
    end: int
    """Where the group ends."""
    inside: int
    """Where in the group a keyword stands once more; -1 if none does."""
    whole: bool
    """False when there was more than may be kept."""
    closed: bool
    """False when the file ended before the group."""


def groups(data: Fmap, keyword: bytes, budget: Budget) -> Iterator[Binary]:
    """The groups of `keyword`, such as ``objdata``, nested ones as well.

    Raises:
        Corrupt: too many are nested to read them all.
    """
    word = b"\\" + keyword
    size = len(data)
    at = 0
    work = _SEARCH_WORK * size + _PIECE
    while (found := any_case.find(data, word, at)) >= 0:
        budget.check_time()
        if work < 0:
            raise Corrupt(f"too many groups of {keyword.decode()} in each other")
        at = found + len(word)
        if data.read(at, 1).isalpha():
            continue  # a longer keyword
        parameter = _PARAMETER.match(data.read(at, _LONGEST_TOKEN))
        at += parameter.end() if parameter else 0
        group = _Group(data, at, word, budget)
        binary = group.read()
        work -= binary.end - found
        yield binary
        if group.ambiguous and binary.whole:
            plain = _Group(data, at, word, budget, plain=True).read()
            work -= plain.end - found
            if len(plain.data) and not _same(plain.data, binary.data):
                yield plain
        at = max(at, binary.end if binary.inside < 0 else binary.inside)


def _same(one: Fmap, other: Fmap) -> bool:
    size = len(one)
    return size == len(other) and all(
        one.read(at, _PIECE) == other.read(at, _PIECE) for at in range(0, size, _PIECE)
    )


class _Group:
    """Reads one group from behind its keyword on."""

    def __init__(
        self, data: Fmap, at: int, word: bytes, budget: Budget, *, plain: bool = False
    ) -> None:
        self._plain = plain
        self.ambiguous = False
        """Whether a plain reader may read something else."""
        self._data = data
        self._at = at
        self._word = word
        self._budget = budget
        self._depth = 0
        self._skipped_from = 0
        """Depth of the outermost group to be skipped; 0 outside of all."""
        self._inside = -1
        self._kept = _Digits(budget)
        self._all = _Digits(budget)
        self._skipped_any = False

    def read(self) -> Binary:
        size, length = len(self._data), _FIRST_PIECE
        while self._at < size and self._depth >= 0 and not self._all.full:
            self._budget.check_time()
            self._piece(self._data.read(self._at, length))
            length = min(4 * length, _PIECE)
        everything = self._all.finish()
        kept = self._kept.finish()
        whole = not self._all.full
        other = everything if self._skipped_any else None
        return Binary(kept, other, self._at, self._inside, whole, self._depth < 0)

    def _piece(self, piece: bytes) -> None:
        """Take the tokens of a piece, up to one that may go on behind it."""
        start, at = self._at, 0
        last = start + len(piece) >= len(self._data)
        while at < len(piece):
            token = _TOKEN.match(piece, at)
            if token is None:  # cannot be: any byte is a token
                return
            near_end = at > 0 and len(piece) - at < _LONGEST_TOKEN
            if near_end and not last and piece[at] not in _DIGITS:
                return
            if token.end() == len(piece) and at > 0 and not last and piece[at] not in _DIGITS:
                return
            at = token.end()
            self._at = start + at
            self._token(token, piece, start)
            if self._depth < 0 or self._all.full:
                return
            at = self._at - start

    def _token(self, token: re.Match[bytes], piece: bytes, start: int) -> None:
        kind = token.lastindex
        if kind is None:
            first = piece[token.start()]
            if first in _DIGITS:
                self._put(token[0])
            elif first == _ESCAPE:
                self._escape(token[0], start + token.start())
        elif token[1] is not None:
            self.ambiguous = True
            if self._plain:
                return
            count = int(token[1][-_MOST_DIGITS:])
            if token.end() + count <= len(piece):
                self._take(piece[token.end() : token.end() + count])
            else:
                self._raw(count)
        elif token[4] is not None:
            if self._depth == self._skipped_from:
                self._skipped_from = 0
            self._depth -= 1
        else:
            self._depth += 1
            if token[3] is not None and not self._skipped_from:
                self._skipped_from = self._depth

    def _escape(self, token: bytes, at: int) -> None:
        if self._inside < 0 and token.lower().startswith(self._word):
            self._inside = at
        if token.startswith(_BYTE) and len(token) > len(_BYTE):
            self.ambiguous = True
            if self._plain:
                self._put(token[len(_BYTE) :])

    def _put(self, digits: bytes) -> None:
        if self._depth:
            self.ambiguous = True
            if self._plain:
                return
        self._all.put(digits)
        if self._skipped_from:
            self._skipped_any = True
        else:
            self._kept.put(digits)

    def _raw(self, count: int) -> None:
        end = min(len(self._data), self._at + count)
        while self._at < end and not self._all.full:
            piece = self._data.read(self._at, min(_PIECE, end - self._at))
            if not piece:
                return
            self._take(piece)

    def _take(self, raw: bytes) -> None:
        """Take bytes that stand for themselves."""
        self._all.raw(raw)
        if not self._skipped_from:
            self._kept.raw(raw)
        self._at += len(raw)


class _Digits:
    """Turns digits into bytes, at most as many as a child may have."""

    def __init__(self, budget: Budget) -> None:
        self._spool = Spool(budget.directory, _IN_MEMORY)
        self._most = budget.allowance() + 1
        self._odd = b""
        self.full = False

    def put(self, digits: bytes) -> None:
        text = self._odd + digits.translate(None, _NOT_HEX)
        even = len(text) & ~1
        self._odd = text[even:]
        self.raw(bytes.fromhex(text[:even].decode("ascii")))

    def raw(self, data: bytes) -> None:
        self._spool.write(data[: self._most - len(self._spool)])
        self.full = len(self._spool) >= self._most

    def finish(self) -> Fmap:
        return self._spool.finish()
