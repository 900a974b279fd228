"""A rule together with the files made for it, and the registry of rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from compat.language.draw import Draw
from compat.language.element import LETTERS, literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

MARK = "NAME"
"""What stands for the rule's name in its text."""


@dataclass(frozen=True, slots=True)
class Case:
    """Rules (the last one is asked about) and files; whether a file is a hit the peer decides."""

    name: str
    text: str
    files: tuple[bytes, ...]


@dataclass(slots=True)
class Rules:
    """Draws rules of one row under one seed."""

    row: str
    rng: Random
    draw: Draw = field(init=False)
    taken: int = field(default=0)

    def __post_init__(self) -> None:
        self.draw = Draw(self.rng, self.row, [])

    def word(self, low: int = 4, high: int = 9) -> str:
        """Lower-case letters."""
        return literal(self.rng, low, high, LETTERS).decode()

    def words(self, count: int) -> list[str]:
        return [self.word() for _ in range(count)]

    def pick(self, *choices: str) -> str:
        return self.rng.choice(choices)

    def either(self, choices: str) -> str:
        """One of several texts with semicolons between them."""
        return self.rng.choice([choice.strip() for choice in choices.split(";")])

    def case(self, text: str, files: Iterable[bytes]) -> Case:
        """`text` holds NAME where the rule's name belongs."""
        self.taken += 1
        name = f"{self.row.replace('-', '_')}_{self.taken}"
        return Case(name, text.replace(MARK, name), tuple(files))

    def rule(self, condition: str, files: Iterable[bytes], **strings: str) -> Case:
        """A rule of these strings, each as it is written behind its name."""
        declared = " ".join(f"${name} = {value}" for name, value in strings.items())
        return self.case(f"rule NAME {{ strings: {declared} condition: {condition} }}", files)


Maker = Callable[[Rules], Case]

ROWS: dict[str, Maker] = {}


def row(slug: str) -> Callable[[Maker], Maker]:
    """Register the decorated function as the row `slug`."""

    def register(make: Maker) -> Maker:
        if slug in ROWS:
            raise ValueError(f"row {slug} exists twice")
        ROWS[slug] = make
        return make

    return register
