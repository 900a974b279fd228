"""Random choices of one row under one seed; the shapes of signatures and files that rows share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from compat.language.case import Case, File
from compat.language.element import (
    LETTERS,
    Element,
    bad_samples,
    exact,
    good_sample,
    literal,
    some,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from random import Random

MARK = b"\x00\x01\x00\x01"
"""An aligned pair below 0x80 that is no text character: with it data is binary, not UTF-16."""
ENGINE = "Engine:51-255"
FORMS: tuple[str | None, ...] = (None, None, "0", "0", "0=1", "0=2", "0>1")
"""How a pattern becomes a signature: an ndb line (None), or logical with a count."""


def fits_count(expression: str | None, count: int) -> bool:
    """Whether `count` matches satisfy one of FORMS."""
    if expression in (None, "0"):
        return count > 0
    assert expression is not None
    bound = int(expression[2:])
    return count == bound if expression[1] == "=" else count > bound


@dataclass(slots=True)
class Draw:
    """Draws cases. Names and macro groups are never used twice."""

    rng: Random
    row: str
    groups: list[int]
    """Macro groups of this seed that nobody has taken yet."""
    taken: int = field(default=0)

    def name(self) -> str:
        self.taken += 1
        return f"{self.row}.{self.taken}"

    def macro_group(self) -> int:
        return self.groups.pop()

    # Files.

    def filler(self, low: int = 0, high: int = 40) -> bytes:
        return self.rng.randbytes(self.rng.randint(low, high))

    def file(self, *chunks: bytes) -> bytes:
        """A binary file with `chunks` in it in this order, filler around each."""
        return MARK + self.filler() + b"".join(chunk + self.filler(2) for chunk in chunks)

    def first(self, data: bytes) -> bytes:
        """A binary file that begins with `data`."""
        return data + bytes(len(data) & 1) + MARK + self.filler()

    def last(self, data: bytes) -> bytes:
        """A binary file that ends with `data`."""
        return MARK + self.filler() + data

    def at(self, position: int, data: bytes, size: int | None = None, lead: int = 0) -> bytes:
        """A binary file of `size` bytes; what stands `lead` bytes into `data` is at `position`."""
        start = position - lead
        if start >= len(MARK):
            whole = MARK + self.rng.randbytes(start - len(MARK)) + data
        else:
            whole = bytes(start) + data
            whole += bytes(len(whole) & 1) + MARK
        return (
            whole + self.filler() if size is None else whole + self.rng.randbytes(size - len(whole))
        )

    def words(self, low: int = 2, high: int = 12) -> bytes:
        """Words of lower-case letters, a blank at either end."""
        count = self.rng.randint(low, high)
        return b" " + b"".join(literal(self.rng, 2, 8, LETTERS) + b" " for _ in range(count))

    def text(self, *chunks: bytes) -> bytes:
        """A text file with `chunks` in it, words around each."""
        return self.words()[1:] + b"".join(chunk + self.words() for chunk in chunks)

    # Signatures.

    def lines(
        self, name: str, text: str, *, target: int = 0, offset: str = "*", form: str | None = None
    ) -> tuple[tuple[str, str], ...]:
        """`text` as an ndb line, or as the only subsignature of a logical one."""
        if form is None:
            return (("language.ndb", f"{name}:{target}:{offset}:{text}"),)
        return self.logical(
            name, form, text if offset == "*" else f"{offset}:{text}", target=target
        )

    def logical(
        self, name: str, expression: str, *subs: str, target: int = 0, block: str = ""
    ) -> tuple[tuple[str, str], ...]:
        """A logical signature; `block` holds further attributes, each with its comma before it."""
        attributes = f"{ENGINE},Target:{target}{block}"
        return (("language.ldb", ";".join((name, attributes, expression, *subs))),)

    def case(
        self,
        name: str,
        lines: Iterable[tuple[str, str]],
        hits: Iterable[bytes],
        misses: Iterable[bytes],
    ) -> Case:
        files = [File(data, hit=True) for data in hits] + [File(data, hit=False) for data in misses]
        return Case(name, tuple(lines), tuple(files))

    def form_once(self) -> str | None:
        """A form that one match satisfies."""
        return self.rng.choice(FORMS[:5])

    # Cases.

    def body(self, *pattern: Element, where: str = "any", suffix: str = "") -> Case:
        """The pattern as any signature, in files that hold it once, often, or nearly."""
        places: dict[str, Callable[[bytes], bytes]] = {
            "any": self.file,
            "first": self.first,
            "last": self.last,
        }
        place = places[where]
        name = self.name()
        form = self.rng.choice(FORMS) if where == "any" else self.form_once()
        if suffix and form is None:
            form = "0"
        wrong = bad_samples(self.rng, pattern)
        near = [sample.data for sample in self.rng.sample(wrong, min(len(wrong), 4))]
        fitting = [good_sample(self.rng, pattern).data for _ in range(3)]
        files = [File(place(data), hit=fits_count(form, 1)) for data in fitting]
        files += [File(place(data), hit=False) for data in near]
        if where == "any":
            files += self._repeats(form, fitting, near)
        return Case(name, self.lines(name, text_of(pattern) + suffix, form=form), tuple(files))

    def _repeats(
        self, form: str | None, fitting: Sequence[bytes], near: Sequence[bytes]
    ) -> list[File]:
        once = near[0] if near else b""
        return [
            File(self.file(*fitting[:2]), hit=fits_count(form, 2)),
            File(self.file(*fitting[:2], once, fitting[2]), hit=fits_count(form, 3)),
            File(self.file(fitting[0], once), hit=fits_count(form, 1)),
        ]

    def between(self, *middle: Element) -> Case:
        """`middle` between two runs of fixed bytes."""
        return self.body(some(self.rng), *middle, some(self.rng))

    def marks(self, count: int) -> list[bytes]:
        """Fixed strings to build logical signatures from."""
        return [literal(self.rng, 4, 7) for _ in range(count)]

    def letters(self, low: int = 4, high: int = 9) -> Element:
        """Random lower-case letters, for text."""
        return exact(literal(self.rng, low, high, LETTERS))
