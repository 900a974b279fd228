"""Character classes (2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.language.case import Case, row
from compat.language.element import (
    ALNUM,
    LEFT,
    RIGHT,
    Element,
    exact,
    left,
    literal,
    middle,
    none_of,
    one_of,
    right,
    some,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from compat.language.draw import Draw

S = "2.3"
NAMES = {"B": "word", "L": "line", "W": "alnum"}


def _make(place: str, letter: str, *, negated: bool) -> Callable[[Draw], Case]:
    def before(d: Draw) -> Case:
        return d.body(left(letter, negated=negated), some(d.rng))

    def inside(d: Draw) -> Case:
        return d.between(middle(letter, negated=negated))

    def after(d: Draw) -> Case:
        return d.body(some(d.rng), right(letter, negated=negated))

    return {"left": before, "middle": inside, "right": after}[place]


for _letter, _word in NAMES.items():
    for _place in ("left", "middle", "right"):
        for _negated in (False, True):
            _slug = f"{'not-' * _negated}{_word}-{_place}"
            row(S, _slug)(_make(_place, _letter, negated=_negated))


def _letter_of(d: Draw) -> str:
    return d.rng.choice("BLW")


@row(S, "left-at-file-start")
def _(d: Draw) -> Case:
    """The start of the data is a boundary; a byte that is none takes that away."""
    letter, name = _letter_of(d), d.name()
    data = literal(d.rng)
    fitting = [d.rng.choice(list(LEFT[letter])) for _ in range(2)]
    wrong = bytes(d.rng.sample(ALNUM, 3))
    hits = [d.first(data), *(d.first(byte + data) for byte in fitting)]
    misses = [d.first(wrong[:1] + data), d.first(wrong + data), d.first(data[1:])]
    lines = d.lines(name, f"({letter}){data.hex()}", form=d.rng.choice((None, "0", "0=1")))
    return d.case(name, lines, hits, misses)


@row(S, "right-at-file-end")
def _(d: Draw) -> Case:
    letter, name = _letter_of(d), d.name()
    data = literal(d.rng)
    fitting = [d.rng.choice(list(RIGHT[letter])) for _ in range(2)]
    wrong = bytes(d.rng.sample(ALNUM, 3))
    hits = [d.last(data), *(d.last(data + byte) for byte in fitting)]
    misses = [d.last(data + wrong[:1]), d.last(data + wrong), d.last(data[:-1])]
    lines = d.lines(name, f"{data.hex()}({letter})", form=d.rng.choice((None, "0", "0=1")))
    return d.case(name, lines, hits, misses)


@row(S, "not-right-at-file-end")
def _(d: Draw) -> Case:
    """At the end of the data a negated right class is false."""
    letter, name = _letter_of(d), d.name()
    data, wrong = literal(d.rng), bytes(d.rng.sample(ALNUM, 2))
    hits = [d.last(data + wrong[:1]), d.last(data + wrong)]
    misses = [d.last(data), d.last(data + d.rng.choice(list(RIGHT[letter])))]
    return d.case(name, d.lines(name, f"{data.hex()}!({letter})"), hits, misses)


@row(S, "line-carriage-return")
def _(d: Draw) -> Case:
    """A carriage return alone is no line end, in no place."""
    a, b, name = literal(d.rng), literal(d.rng), d.name()
    text, hit, miss = d.rng.choice(
        (
            (f"(L){a.hex()}", (b"\n" + a, b"\r\n" + a), (b"\r" + a, b"\n\r" + a)),
            (f"{a.hex()}(L)", (a + b"\n", a + b"\r\n"), (a + b"\r", a + b"\r\r\n")),
            (
                f"{a.hex()}(L){b.hex()}",
                (a + b"\n" + b, a + b"\r\n" + b),
                (a + b"\r" + b, a + b"\n\n" + b),
            ),
        )
    )
    return d.case(name, d.lines(name, text), map(d.file, hit), map(d.file, miss))


def _edge(d: Draw) -> list[Element]:
    return [left(_letter_of(d)), some(d.rng), right(_letter_of(d))]


@row(S, "both-sides")
def _(d: Draw) -> Case:
    return d.body(*_edge(d))


@row(S, "beside-a-gap")
def _(d: Draw) -> Case:
    """At the border of a part, where its byte belongs to the gap."""
    a, b, letter, name = literal(d.rng), literal(d.rng), d.rng.choice("BW"), d.name()
    ahead = d.rng.random() < 0.5
    low, fits = d.rng.randint(1, 5), d.rng.choice(list((LEFT if ahead else RIGHT)[letter]))
    high = low + d.rng.randint(0, 5)
    space, wrong = f"{{{low}-{high}}}", bytes([d.rng.choice(ALNUM)])
    text = (
        f"{a.hex()}{space}({letter}){b.hex()}" if ahead else f"{a.hex()}({letter}){space}{b.hex()}"
    )

    def build(size: int, edge: bytes) -> bytes:
        room = d.rng.randbytes(size - 1)
        return d.file(a + (room + edge if ahead else edge + room) + b)

    hits = [build(size, fits) for size in (low, high)]
    misses = [build(low, wrong), build(high, wrong), build(high + 1, fits)]
    return d.case(name, d.lines(name, text, form=d.rng.choice((None, "0"))), hits, misses)


@row(S, "beside-a-block")
def _(d: Draw) -> Case:
    block = one_of([b"\x80", b"\x81"]) if d.rng.random() < 0.5 else none_of([b"\x80"])
    return d.body(left(_letter_of(d)), block, exact(literal(d.rng)))
