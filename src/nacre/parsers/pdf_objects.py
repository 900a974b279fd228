"""Where the objects of a PDF file are, found without its cross-reference table.

Layout: ``N G obj``, a value, and for a stream ``stream``, data, ``endstream``; then ``endobj``.
Spec: ISO 32000-1, 7.3.8 and 7.3.10. The table that a reader starts from may be missing or lie, and
an older revision may hold what a newer one hides, so the whole file is walked. Data of a stream is
believed to be as long as its dictionary says if ``endstream`` follows there; else it ends with the
first ``endstream``, or ``endobj`` before it. Reads through the Fmap in small pieces: nothing of a
large file is kept but the places of its objects.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.parsers.pdf_syntax import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

MOST_OBJECTS: Final = 1 << 18
LONGEST: Final = 4 << 20
"""Bytes of an object, its stream left out, that are looked at."""
_PIECE: Final = 1024
_BEFORE: Final = 40
_FAR_BEFORE: Final = 128
"""The same for headers with odd gaps."""
_DIGITS: Final = 10
_GAP: Final = rb"(?:[\0\t\n\f\r ]|%[^\r\n]{0,40}+[\r\n])"
_HEADER: Final = re.compile(
    rb"(?<![0-9.])([0-9]{1,18}+)" + _GAP + rb"++[-+]?([0-9]{1,10}+)" + _GAP + rb"*+\Z"
)
_BEHIND: Final = re.compile(_GAP + rb"*+(?:%[^\r\n]*+)?")
_LENGTH: Final = re.compile(
    rb"/Length[\0\t\n\f\r ]*+([0-9]{1,12})(?![0-9]|[\0\t\n\f\r ]++[0-9]++[\0\t\n\f\r ]++R)"
)
_STREAM_END: Final = re.compile(rb"[\0\t\n\f\r ]*+endstream")
_STREAM: Final = b"stream"
_END_STREAM: Final = b"endstream"
_END_OBJECT: Final = b"endobj"
_BLANKS: Final = b"\0\t\n\f\r "
_BEFORE_OBJ: Final = frozenset(bytes((byte,)) for byte in _BLANKS + b"0123456789")
_CLOCK: Final = 0xFF
_CANDIDATES: Final = 32
_SPARE: Final = 16 << 20
_SLACK: Final = 20
"""Bytes in which ``endstream`` must begin behind data of the right length."""


class Located(NamedTuple):  # a tuple, because one is made per object
    """An object's place: its value, and the data of its stream if it has one."""

    number: int
    generation: int
    start: int
    end: int
    """Of the value."""
    data: int
    """Where the stream's data begins; -1 without a stream."""
    data_end: int
    interesting: bool
    """What was searched for stands in the value."""
    nested: bool
    """It stands in the data of a stream, as the objects of a PDF inside a PDF do."""


def data_of(data: Fmap, located: Located, length: int | None) -> Fmap:
    """The data of a stream; `length` is what an indirect length turned out to be."""
    start, end = located.data, located.data_end
    if (
        length is not None
        and length >= 0
        and length != end - start
        and _ends_at(data, start + length)
    ):
        end = start + length
    return data.slice(start, end - start)


class Walk:
    """Finds the objects of a file, front to back."""

    def __init__(self, data: Fmap, interesting: re.Pattern[bytes], budget: Budget) -> None:
        self._data = data
        self._size = len(data)
        self._interesting = interesting
        self._budget = budget
        self._spare = _SPARE + 2 * self._size
        """Bytes that may still be read once more, to see where strings end."""
        self._end_stream = -1
        """The last ``endstream`` that was searched for; the size of the file if there is none."""
        self._end_object = -1
        """The same for ``endobj``."""
        self._resume = 0
        self._outer = 0
        """Where the longest stream so far ends."""
        self.complete = False
        """True once all objects were found."""

    def objects(self) -> Iterator[Located]:
        """The objects in the order they stand, up to `MOST_OBJECTS`."""
        data, size = self._data, self._size
        at, count, seen = 0, 0, 0
        while count < MOST_OBJECTS:
            found = data.find(b"obj", at, size)
            if found < 0:
                self.complete = True
                return
            at = found + 3
            seen += 1
            if seen & _CLOCK == 0:
                self._budget.check_time()
            if not found or data.read(found - 1, 1) not in _BEFORE_OBJ:
                continue
            before = max(0, found - _BEFORE)
            piece = data.read(before, at - before + _PIECE)
            numbers = _numbers(piece, found - before)
            if numbers is None:
                far = max(0, found - _FAR_BEFORE)
                header = _HEADER.search(data.read(far, found - far))
                if header is None:
                    continue
                numbers = int(header[1]), int(header[2])
            count += 1
            located = self._object(at, piece[at - before :], numbers)
            yield located
            at = max(at, self._resume)

    def _object(self, start: int, head: bytes, numbers: tuple[int, int]) -> Located:
        end, stream = self._split(start, head)
        if end > len(head):
            head = self._data.read(start, min(end, LONGEST))
        text = head[:end]
        hit = b"#" in text or self._interesting.search(text) is not None
        begin, data_end, nested = -1, -1, start < self._outer
        if stream >= 0:
            # Whoever has a table to go by may have objects in strings and streams.
            self._resume = begin = self._after_line_end(start + stream)
            data_end = self._data_end(begin, text)
            self._outer = max(self._outer, data_end)
        return Located(*numbers, start, start + end, begin, data_end, hit, nested)

    def _split(self, start: int, head: bytes) -> tuple[int, int]:
        """Lengths up to the end of the value and of ``stream`` behind it (-1 if there is none)."""
        while True:
            more = start + len(head) < self._size and len(head) < LONGEST and self._spare > 0
            end, stream, sure = _split(head)
            self._resume = start + max(end, 0)
            if not sure and self._spare > 0:
                self._spare -= len(head)
                end, stream = _split_parsed(head, end, stream, more=more)
            if end >= 0 or not more:
                break
            head = self._data.read(start, len(head) * 8)
            self._spare -= len(head)
        if end < 0 and len(head) >= LONGEST:
            return self._beyond(start, len(head))
        return (len(head), -1) if end < 0 else (end, stream)

    def _beyond(self, start: int, looked: int) -> tuple[int, int]:
        """The same for a value that is too long to be read, by its stream's first word."""
        end = self._data.find(_END_OBJECT, start + looked, self._size)
        end = end if end >= 0 else self._size
        at = start + looked
        for _ in range(_CANDIDATES):
            at = self._data.find(_STREAM, at, end)
            if at < 0:
                break
            if self._data.read(at - _SLACK, _SLACK).rstrip(_BLANKS).endswith(b">>"):
                return at - start, at - start + len(_STREAM)
            at += 1
        return looked, -1

    def _after_line_end(self, at: int) -> int:
        following = self._data.read(at, 2)
        if following == b"\r\n":
            return at + 2
        return at + (following[:1] in (b"\n", b"\r"))

    def _data_end(self, begin: int, text: bytes) -> int:
        declared = _LENGTH.search(text)
        if declared is not None:
            end = begin + int(declared[1])
            if end <= self._size and _ends_at(self._data, end):
                return end
        if self._end_stream < begin:
            found = self._data.find(_END_STREAM, begin, self._size)
            self._end_stream = found if found >= 0 else self._size
        if self._end_object < begin:
            found = self._data.find(_END_OBJECT, begin, self._size)
            self._end_object = found if found >= 0 else self._size
        end = min(self._end_stream, self._end_object)
        if end == self._size:
            return end
        tail = self._data.read(max(begin, end - 2), min(2, end - begin))
        if tail == b"\r\n":
            return end - 2
        return end - (tail[-1:] in (b"\n", b"\r"))


def _split(head: bytes) -> tuple[int, int, bool]:
    """As `Walk._split`, -1 for what is not in `head`; the last is false if strings may deceive."""
    last = _following(head)
    limit = last if last >= 0 else len(head)
    at = head.find(_STREAM, 0, limit)
    seen = at >= 0
    for _ in range(_CANDIDATES):
        if at < 0:
            break
        before = head[max(0, at - _SLACK) : at].rstrip(_BLANKS)
        if before.endswith(b">>") or not (before or at > _SLACK):
            return at, at + len(_STREAM), _is_plain(head, at)
        at = head.find(_STREAM, at + 1, limit)
    return last, -1, not seen and (last < 0 or _is_plain(head, last))


def _split_parsed(head: bytes, end: int, stream: int, *, more: bool) -> tuple[int, int]:
    """As `_split`, whose answer is `end` and `stream`, reading the value.

    -1 when it does not end in `head`; where there is no `more`, a string without an end hides no
    stream.
    """
    parsed = parse(head)
    if not parsed.whole:
        return (-1, -1) if more or stream < 0 else (end, stream)
    behind = _BEHIND.match(head, parsed.end)
    at = behind.end() if behind else parsed.end
    if more and at + len(_STREAM) > len(head):
        return -1, -1
    if head.startswith(_STREAM, at):
        return at, at + len(_STREAM)
    return parsed.end, -1


def _numbers(piece: bytes, end: int) -> tuple[int, int] | None:
    """Number and generation of the object whose header's ``obj`` is at `end`; None if it is odd."""
    parts = piece[:end].split()
    if piece[end - 1] in _BLANKS and len(parts) > 2:  # noqa: PLR2004
        number, generation = parts[-2:]
        if number.isdigit() and generation.isdigit() and len(number) <= _DIGITS:
            return int(number), int(generation[:_DIGITS])
    return None


def _following(head: bytes) -> int:
    """Where ``endobj`` or the header of another object is; -1 if neither follows."""
    at = head.find(b"obj")
    while at >= 0:
        if head[max(0, at - 3) : at] == b"end":
            return at - 3
        header = _HEADER.search(head, max(0, at - _BEFORE), at)
        if header is not None:
            return header.start()
        at = head.find(b"obj", at + 3)
    return -1


def _is_plain(head: bytes, end: int) -> bool:
    """True when it is certain at a glance that `end` is not in a string."""
    if head.find(b"\\", 0, end) >= 0 or head.find(b"%", 0, end) >= 0:
        return False
    return head.count(b"(", 0, end) == head.count(b")", 0, end)


def _ends_at(data: Fmap, end: int) -> bool:
    return _STREAM_END.match(data.read(end, _SLACK)) is not None
