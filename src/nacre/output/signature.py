"""A signature for people: rows of what it says, aligned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.output.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.database.find import Found

_WIDEST = 42
"""Columns of what the signature says; a longer text has its note in the next row."""


def shown(found: Found) -> Iterator[str]:
    """The lines about a signature."""
    place = printable(str(found.source))
    if found.source.name != found.file:
        place += f", {printable(found.file)}"
    line = f", line {found.line}" if found.line else ""
    origin = "official" if found.official else "unofficial"
    rows = [
        ("where", f"{place}{line} ({origin})", ""),
        ("what", f"{found.type.name} (.{found.suffix})", ""),
        *((fact.label, _legible(fact.text), fact.note) for fact in found.facts),
    ]
    labels = max(len(label) for label, _, _ in rows)
    texts = max((len(text) for _, text, note in rows if note and len(text) <= _WIDEST), default=0)
    yield printable(found.name)
    for label, text, note in rows:
        head = f"  {label:{labels}}  "
        if len(text) <= texts:
            yield f"{head}{text:{texts}}  {printable(note)}".rstrip()
            continue
        yield f"{head}{text}"
        if note:
            yield f"{' ' * (len(head) + texts)}  {printable(note)}"


def _legible(text: str) -> str:
    """Printable, with backslashes as they are: regexes are full of them."""
    return printable(text).replace("\\\\", "\\")
