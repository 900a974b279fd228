"""Bytecode programs: what their first two lines say.

The first is numbers, each a count of hex digits and then these, the lowest first, a digit being a
character from ` to o. The second is the name, or the logical signature that starts the program. A
program alerts as its name, as one of those in braces behind it, or as what it makes up.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from nacre.signatures.readable import logical, words
from nacre.signatures.readable.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIXES = frozenset({"cbc"})
PREFIX = ""
LEAD = ""

_MAGIC = "ClamBC"
_KINDS = {
    0: "run by hand only",
    1: "runs once, when the database is loaded",
    256: "runs when its signature matches",
    257: "unpacks Windows programs",
    258: "looks into PDF documents",
    259: "looks into every Windows program",
    260: "looks at the metadata of a scan",
    261: "unpacks ELF programs",
    262: "unpacks Mach-O programs",
}
_LATEST = 1 << 36
"""Seconds that a date is made of."""
_NAMES = re.compile(r"([^;{]*?)\.?(?:\{([^}]*)\})?")


def entries(file: str, content: bytes, wanted: str) -> Iterator[tuple[int, bytes]]:  # noqa: ARG001
    """The program, if it may alert as `wanted`: that name, then its first two lines."""
    header, _, rest = content.partition(b"\n")
    trigger = rest.partition(b"\n")[0].decode("utf-8", "surrogateescape").strip()
    names = _NAMES.fullmatch(trigger.partition(";")[0])
    if names and names[1] and (wanted == names[1] or wanted.startswith(f"{names[1]}.")):
        asked = wanted.encode("utf-8", "surrogateescape")
        yield 2, b"\n".join((asked, header, trigger.encode("utf-8", "surrogateescape")))


def name(entry: str, suffix: str) -> str:  # noqa: ARG001 - one type
    """What was asked for."""
    return entry.partition("\n")[0]


def facts(entry: str, suffix: str) -> Iterator[Fact]:
    """What the header says, then the signature that starts the program."""
    _, header, trigger = entry.split("\n")
    yield from _header(header)
    names = _NAMES.fullmatch(trigger.partition(";")[0])
    if names and names[2]:
        yield Fact("alerts as", names[1], "or with one of these behind a dot")
        for number, choice in enumerate(names[2].split(",")):
            yield Fact("" if number else "names", choice)
    if ";" in trigger:
        yield from logical.facts(trigger, suffix)


def _header(header: str) -> Iterator[Fact]:
    reader = _Header(header.removeprefix(_MAGIC))
    reader.number()  # the format
    made = time.strftime("%Y-%m-%d", time.gmtime(min(reader.number(), _LATEST)))
    author = reader.text()
    reader.number()
    kind = reader.number()
    yield Fact("program", f"{kind}", _KINDS.get(kind, "of an unknown kind"))
    yield Fact("made", made, f"by {author}" if author else "")
    low, high = reader.number(), reader.number()
    yield from words.levels([str(low or ""), str(high or "")])
    reader.number()
    yield Fact("compiler", reader.text())


class _Header:
    """Reads one field after the other; raises ValueError or IndexError where there is none."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def number(self) -> int:
        digits = [self._digit() for _ in range(self._character(17))]
        return sum(digit << 4 * place for place, digit in enumerate(digits))

    def text(self) -> str:
        if self._text[self._at] != "|":
            raise ValueError("no text")
        self._at += 1
        size = min(self.number(), len(self._text))
        data = bytes(self._digit() | self._digit() << 4 for _ in range(size))
        return data.rstrip(b"\0").decode("utf-8", "replace")

    def _digit(self) -> int:
        return self._character(16)

    def _character(self, end: int) -> int:
        value = ord(self._text[self._at]) - ord("`")
        if not 0 <= value < end:
            raise ValueError("no digit")
        self._at += 1
        return value
