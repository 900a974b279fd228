"""Single bytes at a distance, ``hh[n-m]`` (2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.language.case import Case, row
from compat.language.draw import MARK, Draw
from compat.language.element import Element, changed, literal, nibble, some

if TYPE_CHECKING:
    from random import Random

S = "2.1"


def lone(text: str, low: int, high: int, unit: Element, *, head: bool) -> Element:
    """One byte, and its distance to the rest."""

    def join(byte: bytes, space: bytes) -> bytes:
        return byte + space if head else space + byte

    def good(rng: Random) -> bytes:
        return join(unit.good(rng), rng.randbytes(rng.choice((low, high, rng.randint(low, high)))))

    def bad(rng: Random) -> list[bytes]:
        # The filler repeats a byte that is not the lone one: a longer distance stays a miss.
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
    # Beyond 24 the peer's prefilter may hide the lone byte.
    count, head = d.rng.randint(1, 24), d.rng.random() < 0.5
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

    def place(room: bytes, data: bytes) -> bytes:
        return d.first(room + data) if before else d.last(data + room)

    rooms = [d.rng.randbytes(size) for size in (0, low, low + 2)]
    hits = [place(room, data) for room in rooms]
    return d.case(
        name, d.lines(name, whole), hits, [place(room, changed(d.rng, data)) for room in rooms]
    )


@row(S, "lone-byte-distance-32")
def _(d: Draw) -> Case:
    """The farthest. What comes first opens the peer's prefilter, which else hides the lone byte."""
    byte, data, name = d.rng.randbytes(1), literal(d.rng), d.name()
    blank, before = bytes([byte[0] ^ 0xFF]), d.rng.random() < 0.5
    text, good, bad = d.rng.choice(
        (
            ("[0-32]", (0, 30, 31, 32), (33, 34)),
            ("[31-32]", (31, 32), (30, 33)),
            ("[32]", (32,), (31, 33)),
        )
    )
    written = f"{byte.hex()}{text}{data.hex()}" if before else f"{data.hex()}{text}{byte.hex()}"

    def build(size: int) -> bytes:
        space = blank * size
        whole = byte + space + data if before else data + space + byte
        return MARK + blank * 40 + data + blank * 40 + whole + blank * 40

    return d.case(name, d.lines(name, written), map(build, good), map(build, bad))


@row(S, "lone-byte-of-a-part")
def _(d: Draw) -> Case:
    """Inside a pattern the gap is measured to the rest of the part, as if it stood alone."""
    a, b, byte = literal(d.rng, 5, 6), literal(d.rng, 5, 6), d.rng.randbytes(1)
    name, low, head = d.name(), d.rng.randint(4, 9), d.rng.random() < 0.5
    high, near = low + d.rng.randint(0, 4), d.rng.randint(1, 3)
    blank = bytes([byte[0] ^ 0xFF])

    def space(size: int, distance: int) -> bytes:
        """`size` bytes, the lone one `distance` before the end (or behind the start)."""
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
