"""Elements of a hex pattern (2.1)."""

from __future__ import annotations

from random import Random

from compat.language.case import Case, row
from compat.language.draw import MARK, Draw
from compat.language.element import (
    Element,
    any_bytes,
    changed,
    edge_bytes,
    exact,
    gap,
    literal,
    nibble,
    some,
)

S = "2.1"
WINDOW = 131072
STAR = gap("*", 0, None)


def braces(low: int, high: int | None, text: str) -> Element:
    return gap(f"{{{text}}}", low, high)


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
    """Of the places where the first part matched only some are remembered, so distance counts."""
    part, tail = d.rng.randbytes(2), literal(d.rng)
    repeats, gap_size = d.rng.randint(6, 14), d.rng.randrange(0, 30)
    low, high = sorted((gap_size, gap_size + d.rng.choice((0, 0, 1, 3))))
    name = d.name()
    text = f"{part.hex()}{{{low}-{high}}}{tail.hex()}"
    run = part * repeats
    fits = any(low <= 2 * skip <= high for skip in range(repeats))
    data, apart = d.file(run + tail), d.file(part + d.rng.randbytes(high + 1) + tail)
    near = d.file(part + d.rng.randbytes(low) + tail)
    misses = [apart] if fits or high > 0 else []
    return d.case(name, d.lines(name, text), [data, near], misses) if high else d.between(STAR)


def lone(text: str, low: int, high: int, unit: Element, *, head: bool) -> Element:
    """One byte, and its distance to the rest."""

    def join(byte: bytes, space: bytes) -> bytes:
        return byte + space if head else space + byte

    def good(rng: Random) -> bytes:
        return join(unit.good(rng), rng.randbytes(rng.choice((low, high, rng.randint(low, high)))))

    def bad(rng: Random) -> list[bytes]:
        # The filler repeats a byte that is not the lone one, so that a longer distance stays a miss.
        wrong = unit.bad(rng)
        blank = wrong[0] if wrong else b"\0"
        samples = [join(byte, blank * low) for byte in wrong]
        return [*samples, join(unit.good(rng), blank * (high + 1))]

    written = f"{unit.text}{text}" if head else f"{text}{unit.text}"
    return Element(written, good, bad)


def lone_range(d: Draw) -> tuple[str, int, int]:
    low = d.rng.randint(0, 12)
    high = low + d.rng.randint(1, 8)
    return f"[{low}-{high}]", low, high


@row(S, "lone-byte-before")
def _(d: Draw) -> Case:
    return d.body(lone(*lone_range(d), some(d.rng, 1, 1), head=True), some(d.rng))


@row(S, "lone-byte-after")
def _(d: Draw) -> Case:
    return d.body(some(d.rng), lone(*lone_range(d), some(d.rng, 1, 1), head=False))


@row(S, "lone-byte-exact-distance")
def _(d: Draw) -> Case:
    count, head = d.rng.randint(1, 31), d.rng.random() < 0.5
    unit = lone(f"[{count}]", count, count, some(d.rng, 1, 1), head=head)
    return d.body(unit, some(d.rng)) if head else d.body(some(d.rng), unit)


@row(S, "lone-byte-both")
def _(d: Draw) -> Case:
    before = lone(*lone_range(d), some(d.rng, 1, 1), head=True)
    after = lone(*lone_range(d), some(d.rng, 1, 1), head=False)
    return d.body(before, some(d.rng, 5, 8), after)


@row(S, "lone-nibble")
def _(d: Draw) -> Case:
    unit = nibble(d.rng.randrange(16), high=False)
    if d.rng.random() < 0.5:
        return d.body(lone(*lone_range(d), unit, head=True), some(d.rng))
    return d.body(some(d.rng), lone(*lone_range(d), unit, head=False))


@row(S, "lone-byte-unchecked")
def _(d: Draw) -> Case:
    """With a free high half or wholly free, nothing is asked of the byte, nor that it be there."""
    text = f"{d.rng.choice(('??', f'{d.rng.randrange(16):x}?'))}"
    low, data, name = d.rng.randint(1, 9), literal(d.rng, 5, 9), d.name()
    span = f"[{low}-{low + 2}]"
    before = d.rng.random() < 0.5
    whole = text + span + data.hex() if before else data.hex() + span + text
    place = (lambda room, data: d.first(room + data)) if before else (lambda room, data: d.last(data + room))
    rooms = [d.rng.randbytes(size) for size in (0, low, low + 2)]
    hits = [place(room, data) for room in rooms]
    return d.case(name, d.lines(name, whole), hits, [place(room, changed(d.rng, data)) for room in rooms])


@row(S, "lone-byte-distance-32")
def _(d: Draw) -> Case:
    """The farthest. What comes first opens the peer's prefilter, which would else hide the lone byte."""
    byte, data, name = d.rng.randbytes(1), literal(d.rng), d.name()
    blank, before = bytes([byte[0] ^ 0xFF]), d.rng.random() < 0.5
    text, good, bad = d.rng.choice((
        ("[0-32]", (0, 30, 31, 32), (33, 34)),
        ("[31-32]", (31, 32), (30, 33)),
        ("[32]", (32,), (31, 33)),
    ))
    written = f"{byte.hex()}{text}{data.hex()}" if before else f"{data.hex()}{text}{byte.hex()}"

    def build(size: int) -> bytes:
        space = blank * size
        whole = byte + space + data if before else data + space + byte
        return MARK + blank * 40 + data + blank * 40 + whole + blank * 40

    return d.case(name, d.lines(name, written), map(build, good), map(build, bad))


@row(S, "lone-byte-of-a-part")
def _(d: Draw) -> Case:
    """Inside a pattern the gap is measured to the rest of the part, as if the lone byte were not there."""
    a, b, byte = literal(d.rng, 5, 6), literal(d.rng, 5, 6), d.rng.randbytes(1)
    name, low, head = d.name(), d.rng.randint(4, 9), d.rng.random() < 0.5
    high, near = low + d.rng.randint(0, 4), d.rng.randint(1, 3)
    blank = bytes([byte[0] ^ 0xFF])

    def space(size: int, distance: int) -> bytes:
        """`size` bytes of which one, `distance` before the end (or behind the start), is the lone byte."""
        data = blank * (size - distance - 1) + byte + blank * distance
        return data if head else data[::-1]

    gap_text, lone_text = f"{{{low}-{high}}}", f"[0-{near - 1}]"
    if head:
        text = f"{a.hex()}{gap_text}{byte.hex()}{lone_text}{b.hex()}"
    else:
        text = f"{a.hex()}{lone_text}{byte.hex()}{gap_text}{b.hex()}"
    hits = [d.file(a + space(size, near - 1) + b) for size in (low, high)]
    wrong = [space(low, near), space(high + 1, 0), blank * low, space(low - 1, 0)]
    return d.case(name, d.lines(name, text), hits, [d.file(a + bad + b) for bad in wrong])


@row(S, "window-border")
def _(d: Draw) -> Case:
    """A pattern that lies across the border of two scan windows."""
    data, name = literal(d.rng, 8, 16), d.name()
    inner = d.rng.randrange(1, len(data))
    starts = (WINDOW - inner, WINDOW)
    hits = [d.at(start, data) for start in starts[: d.rng.randint(1, 2)]]
    return d.case(name, d.lines(name, data.hex(), form=d.rng.choice((None, "0=1"))), hits, [
        d.at(starts[0], changed(d.rng, data))
    ])


@row(S, "gap-over-window-border")
def _(d: Draw) -> Case:
    a, b, size, name = literal(d.rng), literal(d.rng), d.rng.randint(200, 3000), d.name()
    start = WINDOW - d.rng.randint(1, size)
    low, high = size - d.rng.randint(0, 60), size + d.rng.randint(0, 60)
    text = f"{a.hex()}{{{low}-{high}}}{b.hex()}"
    hit = d.at(start, a + d.rng.randbytes(size) + b)
    miss = d.at(start, a + d.rng.randbytes(d.rng.choice((low - 1, high + 1))) + b)
    return d.case(name, d.lines(name, text), [hit], [miss])


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
