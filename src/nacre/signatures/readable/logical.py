"""Logical signatures: an expression over subsignatures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nacre.signatures.readable import pattern, words
from nacre.signatures.readable.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIXES = frozenset({"ldb", "ldu"})
PREFIX = ""
LEAD = ""

_FIELD = re.compile(r"((?:/(?:[^/\\]|\\.)*(?:/|\Z)|[^;/])*)(?:;|\Z)")
"""A field; a semicolon in the text of a regex does not end it."""
_TOKEN = re.compile(r"(\d+|\))([=<>])(\d+)(?:,(\d+))?|\d+|[()&|]|.")
_TIMES = {"=": "exactly {0}", ">": "more than {0}", "<": "less than {0}"}
_CONDITIONS = {
    "FileSize": ("file size", "{0}"),
    "EntryPoint": ("entry point", "at offset {0}"),
    "NumberOfSections": ("sections", "{0} of them"),
    "Container": ("container", "directly inside"),
    "Intermediates": ("containers", "the layers around it, the innermost last"),
    "HandlerType": ("handler", "does not alert: the data is scanned as this type"),
    "IconGroup1": ("icon group 1", "has such an icon"),
    "IconGroup2": ("icon group 2", "has such an icon"),
}
_FLAGS = {
    "g": "all matches",
    "r": "from the offset on",
    "e": "within the range",
    "i": "in any case",
    "s": "a dot is any byte",
    "m": "line by line",
    "x": "blanks do not count",
    "A": "only at the start",
    "E": "a dollar is only the end",
    "U": "as short as possible",
}
_MACRO = re.compile(r"\$\{(\d+)-(\d+)\}(\d+)\$")
_COMPARISON = re.compile(r"(\d+)\(([^#]*)#([a-z]*)(\w*)#([<>=])([^,)]*)(?:,([<>=])([^)]*))?\).*")
_NUMBERS = {"h": "hex digits", "d": "decimal digits", "a": "digits (0x is hex)", "i": "a number"}
_ORDERS = {"l": ", little-endian", "b": ", big-endian", "e": ", all of it"}
_RELATIONS = {"<": "less than", ">": "more than", "=": ""}


def name(line: str, suffix: str) -> str:  # noqa: ARG001 - both types have it in one place
    """The first field."""
    return words.cut(line.partition(";")[0])


def facts(line: str, suffix: str) -> Iterator[Fact]:  # noqa: ARG001
    """Conditions, expression, and each subsignature."""
    _, block, rest = line.split(";", 2)
    expression, _, rest = rest.partition(";")
    yield from conditions(block)
    meaning = in_words(expression)
    yield Fact("matches if", expression, "" if meaning == expression else meaning)
    for number, part in enumerate(fields(rest)):
        yield from _labelled(str(number), subsignature(part))


def conditions(block: str) -> Iterator[Fact]:
    """What a target description block demands of a layer."""
    for attribute in block.split(","):
        key, _, value = attribute.partition(":")
        if key == "Engine":
            yield words.engine(value)
        elif key == "Target":
            yield words.target(value)
        else:
            yield _condition(key, value)


def _condition(key: str, value: str) -> Fact:
    label, note = _CONDITIONS.get(key, (key, "unknown"))
    if key == "Container" and value == "CL_TYPE_ANY":
        note = "not inside anything"
    unit = "bytes" if key == "FileSize" else ""
    return Fact(label, value, note.format(words.span(value, unit)))


def in_words(expression: str) -> str:
    """An expression with its operators as words."""
    out = []
    for token in _TOKEN.finditer(expression):
        subject, relation, times, different = token.groups()
        if relation is None:
            out.append({"&": " and ", "|": " or "}.get(token[0], token[0]))
        elif subject != ")":
            out.append("no " + subject if (relation, int(times)) == ("=", 0) else
                       f"{subject} {_TIMES[relation].format(_times(times))}")  # fmt: skip
        else:
            several = f", {different} or more of them" if different else ""
            out.append(f") {_TIMES[relation].format(_times(times))} in all{several}")
    return "".join(out)


def _times(number: str) -> str:
    return words.count(int(number), "time")


def fields(text: str) -> Iterator[str]:
    """The subsignatures in `text`, what follows the expression."""
    at = 0
    while at < len(text):
        match = _FIELD.match(text, at)
        if match is None or match.end() == at:
            yield text[at:]
            return
        yield match[1]
        at = match.end()


def _labelled(label: str, rows: Iterator[pattern.Row]) -> Iterator[Fact]:
    for text, note in rows:
        yield Fact(label, text, note)
        label = ""


def subsignature(text: str) -> Iterator[pattern.Row]:
    """What one subsignature says, in rows."""
    if macro := _MACRO.fullmatch(text):
        low, high, group = macro.groups()
        yield text, f"macro group {group}, {low} to {high} bytes behind the one before"
    elif "/" in text:
        yield from _regex(text)
    elif comparison := _COMPARISON.fullmatch(text):
        yield text, _compared(*comparison.groups())
    elif text.startswith("fuzzy_img#"):
        yield text, "a picture with this perceptual hash"
    else:
        yield from _hex(text)


def _hex(text: str) -> Iterator[pattern.Row]:
    content, _, letters = text.partition("::")
    place, colon, body = content.rpartition(":")
    if colon:
        yield f"{place}:", words.offset(place)
    yield from pattern.rows(body)
    if letters:
        yield f"::{letters}", pattern.modifiers(letters)


def _regex(text: str) -> Iterator[pattern.Row]:
    head, _, rest = text.partition("/")
    body, _, letters = rest.rpartition("/")
    place, colon, trigger = head.rpartition(":")
    if colon:
        yield f"{place}:", words.offset(place)
    yield trigger, f"looked for once {in_words(trigger)} is true"
    flags = ", ".join(_FLAGS.get(letter, f"unknown flag {letter}") for letter in letters)
    yield f"/{body}/{letters}", "a regular expression" + (f": {flags}" if flags else "")


def _compared(subject: str, place: str, letters: str, size: str, *relations: str | None) -> str:
    where = place.replace(">>", "").replace("<<", "")
    direction = "before" if place.startswith("<<") else "behind the start of"
    kinds = "".join(_NUMBERS.get(letter, "") for letter in letters)
    orders = "".join(_ORDERS.get(letter, "") for letter in letters)
    first, value, second, other = relations
    bounds = [f"{_RELATIONS[first or '=']} {value}".strip()]
    if second:
        bounds.append(f"{_RELATIONS[second]} {other}".strip())
    bytes_of = f"{size} bytes of {kinds}{orders}"
    return f"{bytes_of}, {where or 0} bytes {direction} {subject}, is {' and '.join(bounds)}"
