"""Offsets (2.4). Those that need the headers of a program are in `program`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.language.case import Case, row
from compat.language.element import Element, literal, one_of

if TYPE_CHECKING:
    from compat.language.draw import Draw

S = "2.4"


def positioned(
    d: Draw, offset: str, good: list[int], bad: list[int], size: int | None = None
) -> Case:
    """One literal; files with it at the positions in `good` and in `bad`."""
    data, name = literal(d.rng, 4, 6), d.name()
    lines = d.lines(name, data.hex(), offset=offset, form=d.form_once())
    hits = [d.at(position, data, size) for position in good]
    return d.case(name, lines, hits, [d.at(position, data, size) for position in bad])


def near(d: Draw, low: int, high: int) -> tuple[list[int], list[int]]:
    good = [low, high, d.rng.randint(low, high)]
    return good, [position for position in (low - 1, high + 1, high + 2) if position >= 0]


@row(S, "anywhere")
def _(d: Draw) -> Case:
    data, name = literal(d.rng), d.name()
    places = [d.rng.randint(0, 60) for _ in range(3)]
    lines = d.lines(name, data.hex(), offset="*")
    return d.case(name, lines, (d.at(p, data) for p in places), (d.at(p, data[1:]) for p in places))


@row(S, "absolute")
def _(d: Draw) -> Case:
    n = d.rng.choice((0, 1, 2, 3, d.rng.randint(4, 90)))
    good, bad = near(d, n, n)
    return positioned(d, str(n), good[:2], bad)


@row(S, "absolute-shift")
def _(d: Draw) -> Case:
    n, shift = d.rng.randint(0, 40), d.rng.randint(1, 20)
    return positioned(d, f"{n},{shift}", *near(d, n, n + shift))


@row(S, "shift-empty-or-zero")
def _(d: Draw) -> Case:
    n = d.rng.randint(0, 40)
    return positioned(d, f"{n},{d.rng.choice(('', '0', '00'))}", *near(d, n, n))


@row(S, "empty-means-zero")
def _(d: Draw) -> Case:
    data, name = literal(d.rng, 4, 6), d.name()
    line = ("language.ndb", f"{name}:0::{data.hex()}")
    return d.case(name, [line], [d.at(0, data) for _ in range(2)], [d.at(p, data) for p in (1, 9)])


@row(S, "leading-zeros")
def _(d: Draw) -> Case:
    n = d.rng.randint(0, 40)
    return positioned(d, f"00{n}", *near(d, n, n))


@row(S, "end")
def _(d: Draw) -> Case:
    size, n = d.rng.randint(60, 200), d.rng.randint(6, 40)
    good, bad = near(d, size - n, size - n)
    return positioned(d, f"EOF-{n}", good[:2], bad, size)


@row(S, "end-shift")
def _(d: Draw) -> Case:
    size, n, shift = d.rng.randint(80, 200), d.rng.randint(30, 50), d.rng.randint(1, 20)
    return positioned(d, f"EOF-{n},{shift}", *near(d, size - n, size - n + shift), size)


@row(S, "end-beyond-size")
def _(d: Draw) -> Case:
    """``EOF-n`` beyond the start never matches, whatever the shift."""
    n, shift, data, name = (
        d.rng.randint(40, 60),
        d.rng.randint(0, 80),
        literal(d.rng, 4, 6),
        d.name(),
    )
    good = [d.at(size - n, data, size) for size in (n, n + 8)]
    bad = [d.at(4, data, size) for size in (n - 1, n - 9)]
    lines = d.lines(name, data.hex(), offset=f"EOF-{n},{shift}", form=d.form_once())
    return d.case(name, lines, good, bad)


@row(S, "end-exact")
def _(d: Draw) -> Case:
    """The pattern is the last thing in the file."""
    data, name, size = literal(d.rng, 4, 6), d.name(), d.rng.randint(40, 90)
    lines = d.lines(name, data.hex(), offset=f"EOF-{len(data)}", form=d.form_once())
    place = size - len(data)
    return d.case(
        name, lines, [d.at(place, data, size)], [d.at(place - 1, data, size), d.at(place, data[1:])]
    )


@row(S, "in-large-file")
def _(d: Draw) -> Case:
    size = 150_000 + d.rng.randint(0, 20_000)
    place = d.rng.choice((131071, 131072, 140_000))
    back = size - place
    text = d.rng.choice((f"{place}", f"EOF-{back}", f"{place - 5},5", f"EOF-{back + 5},5"))
    return positioned(d, text, [place], [place + 1], size)


@row(S, "of-wildcard-start")
def _(d: Draw) -> Case:
    """The offset is that of the first unit, not of the fixed run behind it."""
    count, data, name, n = d.rng.randint(1, 5), literal(d.rng, 4, 6), d.name(), d.rng.randint(0, 40)
    lines = d.lines(name, "??" * count + data.hex(), offset=str(n), form=d.form_once())
    hits = [d.at(n + count, data) for _ in range(2)]
    return d.case(name, lines, hits, [d.at(n + count + skip, data) for skip in (-1, 1, -count)])


@row(S, "of-alternate-start")
def _(d: Draw) -> Case:
    block: Element = one_of([d.rng.randbytes(1), d.rng.randbytes(d.rng.randint(1, 3))])
    data, name, n = literal(d.rng, 4, 6), d.name(), d.rng.randint(1, 40)
    lines = d.lines(name, block.text + data.hex(), offset=str(n), form=d.form_once())
    whole = [block.good(d.rng) + data for _ in range(3)]
    return d.case(
        name, lines, [d.at(n, w) for w in whole], [d.at(n + s, whole[0]) for s in (-1, 1)]
    )


@row(S, "of-lone-byte")
def _(d: Draw) -> Case:
    """With ``[n-m]`` it is the rest that stands at the offset."""
    byte, data, name = d.rng.randbytes(1), literal(d.rng, 4, 6), d.name()
    size, n = d.rng.randint(1, 5), d.rng.randint(8, 40)
    lines = d.lines(
        name, f"{byte.hex()}[{size}-{size + 1}]{data.hex()}", offset=str(n), form=d.form_once()
    )
    blank = bytes([byte[0] ^ 0xFF])
    whole = byte + blank * size + data
    hits = [d.at(n, whole, lead=size + 1), d.at(n, byte + blank * (size + 1) + data, lead=size + 2)]
    misses = [
        d.at(n, whole),
        d.at(n + 1, whole, lead=size + 1),
        d.at(n, blank + whole[1:], lead=size + 1),
    ]
    return d.case(name, lines, hits, misses)


@row(S, "of-first-part")
def _(d: Draw) -> Case:
    """The offset binds the first part only."""
    a, b, name, n = literal(d.rng, 4, 6), literal(d.rng, 4, 6), d.name(), d.rng.randint(0, 30)
    shift = d.rng.randint(0, 6)
    space = d.rng.choice(("*", "{0-40}"))
    offset = f"{n},{shift}" if shift else str(n)
    lines = d.lines(name, a.hex() + space + b.hex(), offset=offset, form=d.rng.choice((None, "0")))
    hits = [d.at(n, a + d.filler() + b), d.at(n + shift, a + b)]
    wrong = [d.at(n + shift + 1, a + b), d.at(n, b + a)] + ([d.at(n - 1, a + b)] if n else [])
    return d.case(name, lines, hits, wrong)


@row(S, "counts-only-there")
def _(d: Draw) -> Case:
    """With an offset a second occurrence elsewhere does not count."""
    data, name = literal(d.rng, 4, 6), d.name()
    n, shift = d.rng.randint(4, 20), d.rng.randint(10, 30)
    lines = d.lines(name, data.hex(), offset=f"{n},{shift}", form="0=2")
    second = n + shift
    both = d.at(n, data + d.rng.randbytes(second - n - len(data)) + data)
    late = d.at(n, data + d.rng.randbytes(second + 1 - n - len(data)) + data)
    three = d.at(n, data * 3) if 2 * len(data) <= shift else late
    return d.case(name, lines, [both], [late, three, d.at(n, data)])
