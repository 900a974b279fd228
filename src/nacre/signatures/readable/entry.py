"""Lines that are no signatures of content but have a name: magic, passwords and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.model.switches import switches_of
from nacre.signatures.readable import logical, pattern, words
from nacre.signatures.readable.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIXES = frozenset({"ftm", "ign", "ign2", "crb", "pwdb", "cfg"})
PREFIX = ""
LEAD = ""

_NAME_FIELD = {"ftm": 3, "ign": -1}
_MAGIC = {"0": "bytes at an offset", "1": "a pattern", "4": "bytes in a partition"}
_TRUST = {"0": "not trusted: what it signs alerts", "1": "trusted: what it signs is clean"}
_CERTIFICATE = (
    ("trusted", "trust"),
    ("subject", "SHA-1 of the name"),
    ("serial", "SHA-1 of the number; any when empty"),
    ("key", "RSA modulus"),
    ("exponent", "taken as 65537"),
    ("code signing", ""),
    ("time stamps", ""),
    ("certificates", ""),
    ("not before", "seconds since 1970"),
    ("comment", ""),
)


def name(line: str, suffix: str) -> str:
    """The field that names the line."""
    fields = line.split(_separator(suffix))
    if suffix == "ign2":
        return fields[0] if len(fields) < 3 else fields[2]  # noqa: PLR2004 - the old form
    place = _NAME_FIELD.get(suffix, 0)
    return words.cut(fields[place]) if place < len(fields) else ""


def facts(line: str, suffix: str) -> Iterator[Fact]:
    """What the line says, field by field."""
    fields = line.split(_separator(suffix))
    match suffix:
        case "ftm":
            yield from _magic(fields)
        case "crb":
            for (label, note), value in zip(_CERTIFICATE, fields[1:], strict=False):
                yield Fact(label, value, _TRUST.get(value, "") if note == "trust" else note)
            yield from words.levels(fields[11:])
        case "pwdb":
            yield from logical.conditions(fields[1])
            yield Fact("password", fields[3], "in hex" if fields[2] == "1" else "")
        case "cfg":
            yield from _switches(fields)
        case _:
            yield Fact("ignored", line, "is not loaded" + _while(fields))


def _separator(suffix: str) -> str:
    return ";" if suffix in {"crb", "pwdb"} else ":"


def _while(fields: list[str]) -> str:
    return " while its line has this MD5" if len(fields) == 2 else ""  # noqa: PLR2004 - name, MD5


def _magic(fields: list[str]) -> Iterator[Fact]:
    kind, offset, content, _, required, detected, *levels = fields
    yield Fact("magic", kind, _MAGIC.get(kind, "unknown"))
    yield Fact("offset", offset, words.offset(offset))
    label = "content"
    for text, note in pattern.rows(content):
        yield Fact(label, text, note)
        label = ""
    yield Fact("needs type", required)
    yield Fact("means type", detected)
    yield from words.levels(levels)


def _switches(fields: list[str]) -> Iterator[Fact]:
    category, flags, *levels = fields
    on = switches_of(category, int(flags, 16))
    for switch in sorted(switches_of(category, ~0), key=lambda switch: switch.bit):
        yield Fact("on" if switch in on else "off", f"0x{switch.bit:x}", switch.words)
    yield from words.levels(levels)
