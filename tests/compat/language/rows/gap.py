"""Gaps between the parts of a hex pattern (2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.language.case import Case, row
from compat.language.element import STAR, Element, braces, edge_bytes, exact, gap, literal, some

if TYPE_CHECKING:
    from compat.language.draw import Draw

S = "2.1"
WINDOW = 131072


@row(S, "star")
def _(d: Draw) -> Case:
    return d.between(STAR)


@row(S, "star-twice")
def _(d: Draw) -> Case:
    a, b, c = (literal(d.rng) for _ in range(3))
    name, form = d.name(), d.form_once()
    order = [a, b, c]
    wrong = [[b, a, c], [a, c, b], [a, b], [b, c]]
    hits = [d.file(*order), d.file(a + b + c), d.file(c, a, a, b, c)]
    text = "*".join(part.hex() for part in order)
    return d.case(name, d.lines(name, text, form=form), hits, [d.file(*w) for w in wrong[:3]])


@row(S, "star-no-overlap")
def _(d: Draw) -> Case:
    data = literal(d.rng, 6, 9)
    cut = d.rng.randint(1, 3)
    name = d.name()
    text = f"{data[:-cut].hex()}*{data[cut:].hex()}"
    hits = [d.file(data[:-cut] + data[cut:]), d.file(data, data)]
    misses = [d.file(data), d.file(data[cut:], data[:-cut])]
    return d.case(name, d.lines(name, text, form=d.form_once()), hits, misses)


@row(S, "brace-fixed")
def _(d: Draw) -> Case:
    count = d.rng.choice((1, 2, 5, 17, 126))
    return d.between(braces(count, count, str(count)))


@row(S, "brace-127-128")
def _(d: Draw) -> Case:
    count = d.rng.choice((127, 128, 129))
    return d.between(braces(count, count, str(count)))


@row(S, "brace-long")
def _(d: Draw) -> Case:
    count = d.rng.randint(130, 700)
    return d.between(braces(count, count, str(count)))


@row(S, "brace-after-range")
def _(d: Draw) -> Case:
    count = d.rng.randint(1, 9)
    ranged = braces(2, 5, "2-5")
    return d.body(some(d.rng), ranged, some(d.rng), braces(count, count, str(count)), some(d.rng))


@row(S, "brace-first")
def _(d: Draw) -> Case:
    count = d.rng.randint(1, 6)
    return d.body(edge_bytes(count, f"{{{count}}}"), some(d.rng), where="first")


@row(S, "brace-last")
def _(d: Draw) -> Case:
    count = d.rng.randint(1, 6)
    return d.body(some(d.rng), edge_bytes(count, f"{{{count}}}"), where="last")


@row(S, "range")
def _(d: Draw) -> Case:
    low = d.rng.randint(0, 9)
    high = low + d.rng.randint(1, 12)
    return d.between(braces(low, high, f"{low}-{high}"))


@row(S, "range-equal")
def _(d: Draw) -> Case:
    count = d.rng.randint(1, 9)
    return d.between(braces(count, count, f"{count}-{count}"))


@row(S, "range-minimum")
def _(d: Draw) -> Case:
    low = d.rng.randint(1, 150)
    return d.between(braces(low, None, f"{low}-"))


@row(S, "range-maximum")
def _(d: Draw) -> Case:
    high = d.rng.randint(1, 20)
    text = d.rng.choice((f"-{high}", f"0-{high}"))
    return d.between(braces(0, high, text))


@row(S, "range-without-maximum")
def _(d: Draw) -> Case:
    """Every form whose maximum is 0 means any length."""
    return d.between(braces(0, None, d.rng.choice(("0", "", "-", "0-0", "-0", "0-"))))


@row(S, "range-reversed")
def _(d: Draw) -> Case:
    """``{4-2}`` loads and is dead; its living sibling shows that the bytes are right."""
    low, dead = d.rng.randint(2, 5), d.rng.random() < 0.5
    high = low + d.rng.randint(1, 4)
    text = f"{high}-{low}" if dead else f"{low}-{high}"
    case = d.between(braces(low, high, text))
    if not dead:
        return case
    files = tuple(type(file)(file.data, hit=False) for file in case.files)
    return Case(case.name, case.lines, files)


@row(S, "range-large")
def _(d: Draw) -> Case:
    low = d.rng.randint(100, 400)
    high = low + d.rng.randint(100, 900)
    return d.between(braces(low, high, f"{low}-{high}"))


@row(S, "range-chain")
def _(d: Draw) -> Case:
    links: list[Element] = [some(d.rng, 3, 3)]
    for _ in range(d.rng.randint(3, 7)):
        low = d.rng.randint(0, 6)
        links += [braces(low, low + 4, f"{low}-{low + 4}"), some(d.rng, 2, 3)]
    return d.body(*links)


@row(S, "range-of-equal-parts")
def _(d: Draw) -> Case:
    """``4141{0-70}4141{0-70}``: the parts are the same bytes, so every occurrence may begin one."""
    part, high = d.rng.randbytes(2) + b"\xfe", d.rng.randint(1, 9)
    link = gap(f"{{0-{high}}}", 0, high)
    pattern = [exact(part), link, exact(part), link, exact(part), link, some(d.rng)]
    return d.body(*pattern)


@row(S, "remembered-positions")
def _(d: Draw) -> Case:
    """Of the places of the first part the peer remembers the first and the last eight."""
    part, tail, name = d.rng.randbytes(2), literal(d.rng), d.name()
    repeats, low = d.rng.randint(6, 14), d.rng.randrange(1, 30)
    high = low + d.rng.choice((0, 0, 1, 3))
    remembered = {2 * skip for skip in range(repeats) if skip < 8 or skip == repeats - 1}
    run = d.file(part * repeats + tail)
    near, apart = (d.file(part + d.rng.randbytes(size) + tail) for size in (low, high + 1))
    hits, misses = [near], [apart]
    (hits if remembered & set(range(low, high + 1)) else misses).append(run)
    lines = d.lines(name, f"{part.hex()}{{{low}-{high}}}{tail.hex()}")
    return d.case(name, lines, hits, misses)


@row(S, "gap-over-window-border")
def _(d: Draw) -> Case:
    a, b, size, name = literal(d.rng), literal(d.rng), d.rng.randint(200, 3000), d.name()
    start = WINDOW - d.rng.randint(1, size)
    low, high = size - d.rng.randint(0, 60), size + d.rng.randint(0, 60)
    text = f"{a.hex()}{{{low}-{high}}}{b.hex()}"
    hit = d.at(start, a + d.rng.randbytes(size) + b)
    miss = d.at(start, a + d.rng.randbytes(d.rng.choice((low - 1, high + 1))) + b)
    return d.case(name, d.lines(name, text), [hit], [miss])
