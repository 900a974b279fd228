"""Macro subsignatures (2.6).

There are 32 groups for all loaded signatures, so each case takes its own. They are kept apart from
the other rows and never come first: with a macro loaded the peer crashes on some archives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.language.case import Case, row
from compat.language.element import literal

if TYPE_CHECKING:
    from compat.language.draw import Draw

S = "2.6"
APART = "macro"


def macro_case(
    d: Draw,
    marks: tuple[bytes, bytes],
    span: tuple[int, int],
    hits: list[bytes],
    misses: list[bytes],
) -> Case:
    (a, b), (low, high), name, group = marks, span, d.name(), d.macro_group()
    lines = (
        *d.logical(name, "0&1", a.hex(), f"${{{low}-{high}}}{group}$"),
        ("language.ndb", f"{name}.part:0:${group}$:{b.hex()}"),
    )
    return d.case(name, lines, hits, misses)


@row(S, "macro", group=APART)
def _(d: Draw) -> Case:
    """Judged when the subsignature before it occurs again: what follows the earlier one counts."""
    a, b = literal(d.rng, 4, 6), literal(d.rng, 4, 6)
    low = len(a) + d.rng.randint(0, 4)
    high = low + d.rng.randint(0, 5)

    def apart(distance: int) -> bytes:
        return a + d.rng.randbytes(distance - len(a)) + b

    hits = [d.file(apart(low), a), d.file(apart(high), a), d.file(apart(high), a, a)]
    hits += [d.file(apart(d.rng.randint(low, high)), apart(low), a) for _ in range(2)]
    wrong = [d.file(apart(high + 1), a), d.file(a, a), d.file(b, a, a)]
    if low > len(a):
        wrong.append(d.file(apart(low - 1), a))
    return macro_case(d, (a, b), (low, high), hits, wrong)


@row(S, "macro-once", group=APART)
def _(d: Draw) -> Case:
    """Nothing without a later occurrence of the one before it; else the latest part counts."""
    a, b, n = literal(d.rng, 4, 6), literal(d.rng, 4, 6), d.rng.randint(8, 12)
    good = a + d.rng.randbytes(n - len(a)) + b
    hits = [
        d.file(good, a),
        d.file(good, a, good),
        d.file(a, good, a),
        d.file(good + d.rng.randbytes(40) + a),
    ]
    misses = [d.file(good), d.file(a + b, good), d.file(good + b, a), d.file(a, good)]
    return macro_case(d, (a, b), (n, n), hits, misses)


@row(S, "macro-part-is-silent", group=APART)
def _(d: Draw) -> Case:
    """A pattern of a macro group never alerts by itself; its twin without a group does."""
    data, name = literal(d.rng), d.name()
    silent = d.rng.random() < 0.5
    if silent:
        lines = [("language.ndb", f"{name}:0:${d.macro_group()}$:{data.hex()}")]
    else:
        lines = list(d.lines(name, data.hex()))
    files = [d.file(data) for _ in range(4)] + [d.file(data, data)]
    return d.case(name, lines, [] if silent else files, files if silent else [d.file(data[1:])] * 2)
