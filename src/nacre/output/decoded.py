"""Signatures in the words of ``sigtool --decode-sigs``.

Lines are bytes, because what a pattern looks for is shown as it is. Types that ClamAV's sigtool
does not know (hashes, links, icons, certificates ...) are told in the rows of `nacre explain`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from nacre.output.decoded_pattern import UndecodableError, decoded
from nacre.signatures.readable import logical, readable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TARGETS = (
    "ANY FILE", "PE", "OLE2", "HTML", "MAIL", "GRAPHICS", "ELF", "NORMALIZED ASCII TEXT",
    "DISASM DATA", "MACHO", "PDF", "FLASH", "JAVA CLASS",
)  # fmt: skip
_MODIFIERS = {"i": "NOCASE", "f": "FULLWORD", "w": "WIDE", "a": "ASCII"}
_MEMBER_ROWS = ("CONTAINER SIZE", "FILENAME REGEX", "COMPRESSED FILESIZE", "UNCOMPRESSED FILESIZE",
                "ENCRYPTION", "FILE POSITION", "CRC SUM")  # fmt: skip
_WITH_CRC = {"CL_TYPE_ZIP", "CL_TYPE_RAR"}
_ENCRYPTION = {"*": "IGNORED", "0": "NO"}
_BODY = range(4, 7)
_MAGIC = range(6, 9)
_MEMBER = range(10, 13)
_LOGICAL = 4
_TYPE = "CL_TYPE_"
_PASSWORD = "pwdb"  # noqa: S105 - a suffix
_IDENTIFIER = re.compile(r"(?<![=<>,\d])\d{1,9}")
_PLACE = re.compile(r"([^:/]*):(.*)", re.DOTALL)
"""A subsignature after an offset; a colon in a regex is none."""
_REGEX = re.compile(r"[^/]*/.*/[A-Za-z]*", re.DOTALL)
_DIGEST = "[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}"
_OTHERS = (
    ("hdb", re.compile(rf"(?:{_DIGEST}):(?:\d+|\*):[^:]+(?::\d*){{0,2}}")),
    ("mdb", re.compile(rf"(?:\d+|\*):(?:{_DIGEST}):[^:]+(?::\d*){{0,2}}")),
    ("gdb", re.compile(r"S[12]?:[FPW]:[0-9A-Fa-f]+(?::\d+-\d*)?")),
    ("wdb", re.compile(r"[XYM]\d*:.+")),
    ("pdb", re.compile(r"[RH]\d*:.+")),
    ("crb", re.compile(r"[^;]+;[01];[0-9A-Fa-f]*;[^;]*;[0-9A-Fa-f]+;.*")),
    ("idb", re.compile(r"[^:]+:[^:]*:[^:]*:[0-9A-Fa-f]{124}")),
    ("cfg", re.compile(r"[A-Z0-9]+:0x[0-9A-Fa-f]+(?::\d*){0,2}")),
    (_PASSWORD, re.compile(r"[^;]+;[^;]*;[012];[^;]*")),
)
"""What the lines of other types look like, as far as one type differs from another."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A line for standard error, after which more is told."""

    text: str


Line: TypeAlias = "bytes | Trouble"


@dataclass(frozen=True, slots=True)
class Parts:
    """A subsignature without its offset, and what it is told with."""

    offset: str
    """Empty for any."""
    content: str
    letters: str
    """The modifiers; flags of a regex stay in `content`."""
    regex: bool

    @classmethod
    def of(cls, text: str) -> Parts:
        """The parts of a subsignature."""
        regex = _REGEX.fullmatch(text)
        before, letters = (text, "") if regex else text.partition("::")[::2]
        place = _PLACE.fullmatch(before)
        offset, content = place.groups() if place else ("", before)
        return cls(offset, content, letters, regex is not None)

    def rows(self) -> Iterator[bytes]:
        """Where it must be, and how it is compared."""
        given = dict.fromkeys(_MODIFIERS[letter] for letter in self.letters if letter in _MODIFIERS)
        yield _line(f" +-> OFFSET: {self.offset or 'ANY'}")
        yield _line(f" +-> SIGMOD: {' '.join(given) or 'NONE'}")


class UnknownFormatError(ValueError):
    """The line is no signature; the message is what ClamAV's sigtool says."""


def lines(text: str) -> Iterator[Line]:
    """What the signature `text` says.

    Raises:
        UnknownFormatError: it cannot be told what sort of signature it is, or it contradicts
            itself; what was yielded before is true.
    """
    other = next((suffix for suffix, form in _OTHERS if form.fullmatch(text)), None)
    if other == _PASSWORD and _is_pattern(text.rpartition(";")[2]):
        other = None  # a logical signature with one pattern looks the same
    if other is not None:
        yield from _rows(text, other)
    elif ";" in text:
        yield from _logical(text)
    elif ":" in text:
        yield from _fields(text)
    elif "=" in text:
        name, _, pattern = text.partition("=")
        yield _line(f"VIRUS NAME: {name}")
        yield from _decoded("DECODED SIGNATURE:", pattern)
    else:
        raise UnknownFormatError("decodesig: Not supported signature format")


def subsignatures(text: str) -> list[str]:
    """Those of a logical signature.

    Raises:
        UnknownFormatError: it is none, or has more or fewer of them than its expression.
    """
    parts = text.split(";", 3)
    if len(parts) < _LOGICAL:
        raise UnknownFormatError("ERROR: decodesig: Invalid or not supported signature format")
    found = list(logical.fields(parts[3])) or [""]
    wanted = 1 + max((int(number) for number in _IDENTIFIER.findall(parts[2])), default=-1)
    if not wanted:
        raise UnknownFormatError("ERROR: decodesig: Broken logical expression")
    if wanted != len(found):
        raise UnknownFormatError(
            f"ERROR: decodesig: The number of subsignatures (=={len(found)}) "
            f"doesn't match the IDs in the logical expression (=={wanted})"
        )
    return found


def head(text: str) -> Iterator[bytes]:
    """What a logical signature is called and asks for besides its subsignatures."""
    name, block, expression = (*text.split(";", 3), "", "")[:3]
    yield _line(f"VIRUS NAME: {name}")
    yield _line(f"TDB: {block}")
    yield _line(f"LOGICAL EXPRESSION: {expression}")


def levels(fields: Sequence[str]) -> Iterator[bytes]:
    """The functionality levels of an extended signature, if it has any."""
    if fields:
        yield _line(f"FUNCTIONALITY LEVEL: {_levels(fields)}")


def target(text: str) -> bytes:
    """The target of an extended signature.

    Raises:
        UnknownFormatError: there is no such target.
    """
    number = int(text or "0") if re.fullmatch("[0-9]{0,9}", text) else len(_TARGETS)
    if number >= len(_TARGETS):
        raise UnknownFormatError("ERROR: decodesig: Invalid target type")
    return _line(f"TARGET TYPE: {_TARGETS[number]}")


def _logical(text: str) -> Iterator[Line]:
    if text.count(";") < _LOGICAL - 1:
        raise UnknownFormatError("ERROR: decodesig: Invalid or not supported signature format")
    yield from head(text)
    for number, subsignature in enumerate(subsignatures(text)):
        yield _line(f" * SUBSIG ID {number}")
        yield from _subsignature(subsignature)


def _subsignature(text: str) -> Iterator[Line]:
    parts = Parts.of(text)
    yield from parts.rows()
    if not parts.regex:
        yield from _decoded(" +-> DECODED SUBSIGNATURE:", parts.content)
        return
    trigger, _, rest = parts.content.partition("/")
    pattern, _, flags = rest.rpartition("/")
    yield _line(" +-> DECODED SUBSIGNATURE:")
    yield _line(f"     +-> TRIGGER: {trigger}")
    yield _line(f"     +-> REGEX: {pattern}")
    if flags:
        yield _line(f"     +-> CFLAGS: {flags}")


def _fields(text: str) -> Iterator[Line]:
    fields = text.split(":")
    count = len(fields)
    if count in _MAGIC and fields[4].startswith(_TYPE) and fields[5].startswith(_TYPE):
        yield from _magic(fields)
    elif count in _MEMBER:
        yield from _member(fields)
    elif count in _BODY:
        yield _line(f"VIRUS NAME: {fields[0]}")
        yield from levels(fields[4:])
        yield target(fields[1])
        yield _line(f"OFFSET: {fields[2]}")
        yield from _decoded("DECODED SIGNATURE:", fields[3])
    else:
        raise UnknownFormatError("ERROR: decodesig: Invalid or not supported signature format")


def _magic(fields: Sequence[str]) -> Iterator[Line]:
    yield _line(f"FILE TYPE NAME: {fields[3]}")
    yield _line(f"FILE SIGNATURE TYPE: {fields[0]}")
    yield _line(f"FILE MAGIC OFFSET: {fields[1]}")
    yield _line(f"FILE MAGIC HEX: {fields[2]}")
    yield from _decoded("FILE MAGIC DECODED:", fields[2])
    yield _line(f"FILE TYPE REQUIRED: {fields[4]}")
    yield _line(f"FILE TYPE DETECTED: {fields[5]}")
    if len(fields) > _MAGIC[0]:
        yield _line(f"FTM FLEVEL: {_levels(fields[6:])}")


def _member(fields: Sequence[str]) -> Iterator[bytes]:
    yield _line(f"VIRUS NAME: {fields[0]}")
    yield _line(f"CONTAINER TYPE: {'ANY' if fields[1] == '*' else fields[1]}")
    for row, value in zip(_MEMBER_ROWS, fields[2:], strict=False):
        if row == "FILENAME REGEX":
            yield _line(f"{row}: {value}")
        elif row == "ENCRYPTION":
            yield _line(f"{row}: {_ENCRYPTION.get(value, 'YES')}")
        elif row != "CRC SUM":
            yield _line(f"{row}: {_range(value)}")
        elif fields[1] in _WITH_CRC:
            yield _line(f"{row}: {'ANY' if value == '*' else value}")


def _range(text: str) -> str:
    low, dash, high = text.partition("-")
    if dash:
        return f"WITHIN RANGE {low} to {high}"
    return "ANY" if text == "*" else text


def _levels(levels: Sequence[str]) -> str:
    return f"{levels[0]}..{levels[1]}" if len(levels) > 1 else f">={levels[0]}"


def _decoded(label: str, pattern: str) -> Iterator[Line]:
    yield _line(label)
    try:
        yield decoded(pattern)
    except UndecodableError as error:
        if error.malformed:
            yield Trouble("ERROR: Decoding failed")
            return
        for text, note in logical.subsignature(pattern):
            yield _line(f"{text}: {note}")


def _is_pattern(text: str) -> bool:
    parts = Parts.of(text)
    try:
        return parts.regex or decoded(parts.content) != b""
    except UndecodableError as error:
        return not error.malformed


def _rows(text: str, suffix: str) -> Iterator[bytes]:
    """The rows of a type that has no words of its own in ClamAV."""
    module = readable(suffix)
    if module is None:
        raise UnknownFormatError("decodesig: Not supported signature format")
    yield _line(f"VIRUS NAME: {module.name(text, suffix)}")
    try:
        for fact in module.facts(text, suffix):
            note = f" ({fact.note})" if fact.note else ""
            yield _line(f"{fact.label.upper()}: {fact.text}{note}")
    except (ValueError, IndexError, KeyError):
        raise UnknownFormatError(
            "ERROR: decodesig: Invalid or not supported signature format"
        ) from None


def _line(text: str) -> bytes:
    return os.fsencode(text)
