"""Bytes and half bytes of a hex pattern (2.1). Gaps and single bytes are in `gap` and `lone`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.language.case import Case, row
from compat.language.element import (
    STAR,
    Element,
    any_bytes,
    braces,
    changed,
    edge_bytes,
    exact,
    literal,
    nibble,
    some,
)

if TYPE_CHECKING:
    from compat.language.draw import Draw

S = "2.1"
WINDOW = 131072


@row(S, "exact")
def _(d: Draw) -> Case:
    return d.body(some(d.rng, 3, 12))


@row(S, "hex-digits-case")
def _(d: Draw) -> Case:
    def spell(text: str) -> str:
        return "".join(d.rng.choice((c.upper(), c)) for c in text)

    return d.body(exact(literal(d.rng), spell=spell))


@row(S, "two-bytes")
def _(d: Draw) -> Case:
    data, name, form = d.rng.randbytes(2), d.name(), d.rng.choice(("0", "0=2", "0>1"))
    count = 1 if form == "0" else 2
    near = [changed(d.rng, data) for _ in range(2)]
    files = [d.file(*[data] * count) for _ in range(3)]
    return d.case(name, d.lines(name, data.hex(), form=form), files, [d.file(bad) for bad in near])


@row(S, "any-byte")
def _(d: Draw) -> Case:
    return d.between(any_bytes(d.rng.randint(1, 6)))


@row(S, "nibble-high")
def _(d: Draw) -> Case:
    return d.between(nibble(d.rng.randrange(16), high=True))


@row(S, "nibble-low")
def _(d: Draw) -> Case:
    return d.between(nibble(d.rng.randrange(16), high=False))


@row(S, "any-first")
def _(d: Draw) -> Case:
    return d.body(edge_bytes(d.rng.randint(1, 5)), some(d.rng), where="first")


@row(S, "any-last")
def _(d: Draw) -> Case:
    return d.body(some(d.rng), edge_bytes(d.rng.randint(1, 5)), where="last")


@row(S, "nibble-first-and-last")
def _(d: Draw) -> Case:
    edges = [nibble(d.rng.randrange(16), high=d.rng.random() < 0.5) for _ in range(2)]
    return d.body(edges[0], some(d.rng), edges[1])


@row(S, "wild-head")
def _(d: Draw) -> Case:
    """The fixed run comes late in the part; what precedes is checked backwards."""
    wild = Element("??", lambda rng: rng.randbytes(1), lambda _: [])
    head = [wild, nibble(d.rng.randrange(16), high=True), some(d.rng, 1, 1)]
    d.rng.shuffle(head)
    return d.body(wild, *head, some(d.rng, 3, 5))


@row(S, "sparse")
def _(d: Draw) -> Case:
    """Hardly anything fixed, as in ``?EE8{4}85C0``."""
    low, high = nibble(d.rng.randrange(16), high=False), nibble(d.rng.randrange(16), high=True)
    return d.body(low, some(d.rng, 1, 1), braces(4, 4, "4"), some(d.rng, 3, 3), high)


@row(S, "window-border")
def _(d: Draw) -> Case:
    """A pattern that lies across the border of two scan windows."""
    data, name = literal(d.rng, 8, 16), d.name()
    inner = d.rng.randrange(1, len(data))
    starts = (WINDOW - inner, WINDOW)
    hits = [d.at(start, data) for start in starts[: d.rng.randint(1, 2)]]
    return d.case(
        name,
        d.lines(name, data.hex(), form=d.rng.choice((None, "0=1"))),
        hits,
        [d.at(starts[0], changed(d.rng, data))],
    )


def _mix(d: Draw) -> list[Element]:
    """Three to six parts of anything."""
    makers = (
        lambda: some(d.rng, 2, 6),
        lambda: any_bytes(d.rng.randint(1, 3)),
        lambda: nibble(d.rng.randrange(16), high=d.rng.random() < 0.5),
    )
    pattern: list[Element] = []
    for index in range(d.rng.randint(1, 4)):
        if index:
            low = d.rng.randint(0, 5)
            pattern.append(d.rng.choice((STAR, braces(low, low + 6, f"{low}-{low + 6}"))))
        part = [d.rng.choice(makers)() for _ in range(d.rng.randint(1, 3))]
        pattern += [*part, some(d.rng, 3, 6)]
    return pattern


@row(S, "mixture")
def _(d: Draw) -> Case:
    return d.body(*_mix(d))
