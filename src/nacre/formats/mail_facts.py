"""What the headers of a mail say, under ClamAV's key ``Body``: parts nest in ``Multipart``.

Layout: each part has ``MimeType``, ``MimeSubtype``, ``EncodingType``, ``Disposition`` and
``Filename``; a multipart has ``Boundary``, too, and inside another one all that again in ``Body``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.parsers import mime, mime_body
from nacre.parsers.mime_boundaries import Boundaries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Json
    from nacre.model.fmap import Fmap
    from nacre.parsers.mime import Header

_ENVELOPE: Final = b"From "
_LONGEST_LINE: Final = 1200
_DEEPEST: Final = 32
_MOST: Final = 1000
_TYPES: Final = frozenset({b"text", b"multipart", b"message", b"image", b"audio", b"video"})
_ENCODINGS: Final = {
    b"base64": "BASE64", b"x-base64": "BASE64", b"quoted-printable": "QUOTEDPRINTABLE",
    b"8bit": "EIGHTBIT", b"8-bit": "EIGHTBIT", b"binary": "BINARY", b"x-uuencode": "UUENCODE",
    b"x-yencode": "YENCODE", b"x-binhex": "BINHEX",
}  # fmt: skip
_PLAIN: Final = frozenset({b"7bit", b"7-bit", b"none"})
_UNKNOWN_ENCODING: Final = "BASE64"
"""As what ClamAV reads any other."""

_ENDS: Final = (b"", b"--")
"""What may stand behind a boundary: nothing, or that it is the last one."""

_Node = dict[str, "Json"]


class Place(NamedTuple):
    """A header in a mail."""

    start: int
    header: Header
    enclosed: bool
    """Whether it is that of a message inside the part before."""


class _Open(NamedTuple):
    boundaries: tuple[bytes, ...]
    parts: list[Json]


def outline(data: Fmap, budget: Budget) -> Iterator[Place]:
    """The headers of the first message."""
    boundaries = Boundaries(data)
    size = len(data)
    if data.read(0, len(_ENVELOPE)) == _ENVELOPE:
        found = data.find(b"\n\n" + _ENVELOPE, 0, size)
        size = found if found >= 0 else size
    position, enclosed = 0, False
    while position < size:
        budget.check_time()
        end = min(boundaries.cut(position).end, size)
        header = mime.header(data, position, end, leading=position == 0)
        boundaries.learn(header.boundaries, position, opens=True)
        yield Place(position, header, enclosed)
        enclosed = mime_body.holds_message(header) and position < header.body < size
        if enclosed:
            position = header.body
            continue
        cut = boundaries.cut(header.body)
        if cut.boundary is None:
            return
        position = cut.following


def body(data: Fmap, places: Iterable[Place]) -> _Node:
    """What the headers of one message say."""
    root: _Node = {}
    last: _Node = root
    waiting: list[_Open] = []
    for number, (start, header, enclosed) in enumerate(places):
        if number >= _MOST:
            break
        if not number:
            last = root = _node(header)
            inner = root
        elif enclosed:
            inner = _node(header)
            last["Body"] = inner
        else:
            line = data.read(max(0, start - _LONGEST_LINE), min(start, _LONGEST_LINE))
            parts = _parts_of(waiting, line.rstrip(b"\r\n").rpartition(b"\n--")[2])
            if parts is None:
                continue
            last = inner = _node(header)
            parts.append(last)
        if header.kind.startswith(b"multipart/") and len(waiting) < _DEEPEST:
            if last is not root and not enclosed:
                inner = dict(last)
                last["Body"] = inner
            inner["Boundary"] = _text(header.boundaries[0] if header.boundaries else b"")
            held: list[Json] = []
            inner["Multipart"] = held
            waiting.append(_Open(header.boundaries, held))
    return root


def _parts_of(waiting: list[_Open], line: bytes) -> list[Json] | None:
    """The parts that go on behind a line; None when it ends them, or is of none that is told."""
    for number in range(len(waiting) - 1, -1, -1):
        for boundary in waiting[number].boundaries:
            rest = line.removeprefix(boundary).strip()
            if line.startswith(boundary) and rest in _ENDS:
                del waiting[number + (not rest) :]
                return None if rest else waiting[number].parts
    return waiting[-1].parts if waiting and not any(waiting[-1].boundaries) else None


def _node(header: Header) -> _Node:
    main, _, sub = header.kind.partition(b"/")
    kind = _text(main).upper() if main in _TYPES else "APPLICATION"
    if not main:
        kind = "NOMIME"
    elif main.startswith(b"x-"):
        kind = "MEXTENSION"
    encoding = next((name for name in header.encodings if name not in _PLAIN), b"")
    return {
        "MimeType": kind,
        "MimeSubtype": _text(sub),
        "EncodingType": _ENCODINGS.get(encoding, _UNKNOWN_ENCODING if encoding else "NOENCODING"),
        "Disposition": _text(header.disposition),
        "Filename": _text(header.name) or "(inline)",
    }


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
