"""Byte comparisons (2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.language.case import Case, row
from compat.language.element import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from compat.language.draw import Draw

S = "2.6"


def field_case(
    d: Draw, options: str, conditions: str, good: Iterable[bytes], bad: Iterable[bytes]
) -> Case:
    """A field right behind a mark."""
    mark, name = literal(d.rng, 4, 6), d.name()
    compare = f"0(>>{len(mark)}#{options}#{conditions})"
    lines = d.logical(name, "0&1", mark.hex(), compare)
    return d.case(name, lines, (d.file(mark + g) for g in good), (d.file(mark + b) for b in bad))


def condition(d: Draw, value: int, low: int, high: int) -> tuple[str, list[int], list[int]]:
    """A comparison with `value`, numbers that satisfy it and such that narrowly do not."""
    sign = d.rng.choice("<>=")
    below = [value - 1, d.rng.randint(low, value - 1)]
    above = [value + 1, d.rng.randint(value + 1, high)]
    good, bad = {
        "<": (below, [value, *above]),
        ">": (above, [value, *below]),
        "=": ([value], [below[0], above[0]]),
    }[sign]
    number = d.rng.choice((str(value), hex(value))) if value >= 0 else str(value)
    return sign + number, good, bad


def raw(size: int) -> Callable[[Draw], Case]:
    def make(d: Draw) -> Case:
        order, ends = d.rng.choice((("l", "little"), ("b", "big")))
        top = (1 << (8 * size - 1)) - 3
        value = d.rng.randint(4, top - 2 if size < 8 else 1 << 62)
        text, good, bad = condition(d, value, 0, top)

        def pack(numbers: list[int]) -> list[bytes]:
            return [
                number.to_bytes(size, "little" if ends == "little" else "big") for number in numbers
            ]

        exact = d.rng.choice(("", "e"))
        letters = "".join(d.rng.sample(f"i{order}{exact}", 2 + len(exact)))
        count = d.rng.choice((str(size), hex(size)))
        return field_case(d, letters + count, text, pack(good), pack(bad))

    return make


for _size in (1, 2, 4, 8):
    row(S, f"compare-raw-{_size}")(raw(_size))


@row(S, "compare-decimal")
def _(d: Draw) -> Case:
    width = d.rng.randint(1, 9)
    value = d.rng.randint(2, 10**width - 3) if width > 1 else d.rng.randint(2, 7)
    text, good, bad = condition(d, value, 0, 10**width - 1)
    options = d.rng.choice(("d", "db", "bd", "dbe"))

    def write(numbers: list[int]) -> list[bytes]:
        return [f"{number:0{width}d}".encode() for number in numbers]

    return field_case(d, f"{options}{width}", text, write(good), write(bad))


@row(S, "compare-hex")
def _(d: Draw) -> Case:
    """Little-endian reverses the pairs of digits."""
    pairs, order = d.rng.randint(1, 4), d.rng.choice("lb")
    value = d.rng.randint(2, 256**pairs - 3)
    text, good, bad = condition(d, value, 0, 256**pairs - 1)

    def write(numbers: list[int]) -> list[bytes]:
        order_name: str = "little" if order == "l" else "big"
        pairs_of = [
            number.to_bytes(pairs, "little" if order_name == "little" else "big")
            for number in numbers
        ]
        return [d.rng.choice((data.hex(), data.hex().upper())).encode() for data in pairs_of]

    return field_case(d, f"h{order}{2 * pairs}", text, write(good), write(bad))


@row(S, "compare-auto")
def _(d: Draw) -> Case:
    """``0x`` makes it hexadecimal, else it is decimal."""
    if d.rng.random() < 0.5:
        value = d.rng.randint(2, 0xFD)
        text, good, bad = condition(d, value, 0, 0xFF)
        spelled = [[f"0x{number:02x}".encode() for number in numbers] for numbers in (good, bad)]
    else:
        value = d.rng.randint(1001, 9990)
        text, good, bad = condition(d, value, 1000, 9999)
        spelled = [[f"{number:04d}".encode() for number in numbers] for numbers in (good, bad)]
    return field_case(d, "ab4", text, *spelled)


@row(S, "compare-two")
def _(d: Draw) -> Case:
    """Both comparisons must hold."""
    low = d.rng.randint(100, 500)
    high = low + d.rng.randint(3, 90)
    good = [low + 1, high - 1, d.rng.randint(low + 1, high - 1)]
    bad = [low, high, low - 1, high + 1]
    spelled = [[f"{number:03d}".encode() for number in numbers] for numbers in (good, bad)]
    return field_case(d, "db3", d.rng.choice((f">{low},<{high}", f"<{high},>{low}")), *spelled)


@row(S, "compare-octal")
def _(d: Draw) -> Case:
    """A number that begins with 0 is octal."""
    value = d.rng.randint(8, 63)
    spelled = [
        [f"{n:02d}".encode() for n in numbers]
        for numbers in ([value], [int(f"{value:o}"), value + 1])
    ]
    return field_case(d, "db2", f"=0{value:o}", *spelled)


@row(S, "compare-negative")
def _(d: Draw) -> Case:
    value = d.rng.randint(11, 98)
    good = [f"-{value}".encode()]
    bad = [f"-{value + 1}".encode(), f" {value}".encode(), f"-{value - 1}".encode()]
    return field_case(d, "db3", f"=-{value}", good, bad)


@row(S, "compare-blanks-before")
def _(d: Draw) -> Case:
    """Blanks before the digits are skipped inside the counted bytes."""
    value = d.rng.randint(10, 99)
    text = f"{value}".encode()
    blank = bytes([d.rng.choice(b" \t\n\r\x0b\x0c")])
    good, bad = [blank + text], [blank * 2 + text[:1] + b"z", blank + text[::-1] + b"0"]
    return field_case(d, "db3", f"={value}", [*good, b"0" + text], [*bad, b"x" + text])


@row(S, "compare-digits-end")
def _(d: Draw) -> Case:
    """What is no digit ends the number, unless `e` wants all bytes to be digits."""
    value, exact = d.rng.randint(10, 98), d.rng.random() < 0.4
    short = [f"{value}x{d.rng.randint(0, 9)}".encode(), f"{value}. ".encode()]
    whole = [f"00{value}".encode()]
    wrong = [f"{value + 1}xx".encode(), f"{value}0x".encode()]
    good, bad = (whole, short) if exact else (whole + short, [])
    return field_case(d, f"db{'e' * exact}4", f"={value}", good, bad + wrong)


@row(S, "compare-exact-blank")
def _(d: Draw) -> Case:
    """With `e` a skipped blank fails."""
    value = d.rng.randint(10, 99)
    good = [f"0{value}".encode()]
    bad = [f" {value}".encode(), f"{value} ".encode(), f"\t{value}".encode()]
    return field_case(d, d.rng.choice(("dbe3", "edb3")), f"={value}", good * 2, bad)


@row(S, "compare-offsets")
def _(d: Draw) -> Case:
    """After, before and at the start of the subsignature, in decimal and hexadecimal."""
    mark, name, value = literal(d.rng, 4, 6), d.name(), d.rng.randint(2, 250)
    n, before = d.rng.randint(6, 40), d.rng.random() < 0.5
    number = d.rng.choice((str(n), hex(n)))
    lines = d.logical(
        name, "0&1", mark.hex(), f"0({'<<' if before else '>>'}{number}#ib1#={value})"
    )

    def at(distance: int, byte: int) -> bytes:
        if before:
            return d.file(bytes([byte]) + bytes(distance - 1) + mark)
        return d.file(mark + bytes(distance - len(mark)) + bytes([byte]))

    hits = [at(n, value) for _ in range(2)]
    return d.case(name, lines, hits, [at(n, value + 1), at(n + 1, value), at(n - 1, value)])


@row(S, "compare-offset-zero")
def _(d: Draw) -> Case:
    """``0`` or nothing: the subsignature's own first bytes."""
    mark, name = literal(d.rng, 4, 6), d.name()
    value = d.rng.randint(1, 254)
    lines = d.logical(name, "0&1", f"??{mark.hex()}", f"0({d.rng.choice(('0', ''))}#ib1#={value})")
    hits = [d.file(bytes([value]) + mark) for _ in range(2)]
    misses = [d.file(bytes([value + step]) + mark) for step in (1, -1)]
    return d.case(name, lines, hits, misses)


@row(S, "compare-not-at-file-start")
def _(d: Draw) -> Case:
    """A field at file offset 0 can never be compared."""
    mark, name, value = literal(d.rng, 4, 6), d.name(), d.rng.randint(2, 254)
    lines = d.logical(name, "0&1", mark.hex(), f"0(<<1#ib1#={value})")
    hits = [d.at(n, bytes([value]) + mark) for n in (1, 2, 5)]
    misses = [d.first(bytes([value]) + mark), d.first(mark), d.at(1, bytes([value - 1]) + mark)]
    return d.case(name, lines, hits, misses)


@row(S, "compare-all-bytes-there")
def _(d: Draw) -> Case:
    """All counted bytes must exist."""
    mark, name, size = literal(d.rng, 4, 6), d.name(), d.rng.choice((2, 4, 8))
    lines = d.logical(name, "0&1", mark.hex(), f"0(>>{len(mark)}#ib{size}#>0)")
    hits = [d.last(mark + b"\1" * size), d.last(mark + b"\1" * (size + 3))]
    return d.case(name, lines, hits, [d.last(mark + b"\1" * (size - 1)), d.last(mark)])


@row(S, "compare-last-position")
def _(d: Draw) -> Case:
    """Of several matches the last one's place is used."""
    mark, name, value = literal(d.rng, 4, 6), d.name(), d.rng.randint(1, 254)
    lines = d.logical(name, "0&1", mark.hex(), f"0(>>{len(mark)}#ib1#={value})")
    good, bad = mark + bytes([value]), mark + bytes([value ^ 1])
    hits = [d.file(bad, good), d.file(bad, bad, good)]
    return d.case(name, lines, hits, [d.file(good, bad), d.file(good, good, bad)])


@row(S, "compare-reach")
def _(d: Draw) -> Case:
    """Only the first 128 KiB can be compared."""
    mark, name, value = literal(d.rng, 4, 6), d.name(), d.rng.randint(1, 254)
    lines = d.logical(name, "0&1", mark.hex(), f"0(>>{len(mark)}#ib1#={value})")
    whole = mark + bytes([value])
    last = 131072 - len(whole)
    hits = [d.at(last - d.rng.choice((0, 0, 1, 500)), whole)]
    return d.case(name, lines, hits, [d.at(last + d.rng.choice((1, 1, 9, 900)), whole)])


@row(S, "compare-of-nothing")
def _(d: Draw) -> Case:
    """Without a match of the subsignature it refers to, it is false."""
    mark, other, name = literal(d.rng, 4, 6), literal(d.rng, 4, 6), d.name()
    lines = d.logical(name, "1|2", mark.hex(), f"0(>>{len(mark)}#ib1#>0)", other.hex())
    hits = [d.file(mark + b"\x05"), d.file(other), d.file(mark + b"\0", other)]
    return d.case(name, lines, hits, [d.file(mark + b"\0"), d.file(mark[1:] + b"\x05\x06")])


@row(S, "compare-not")
def _(d: Draw) -> Case:
    """``1=0`` holds when the comparison does not."""
    mark, name, value = literal(d.rng, 4, 6), d.name(), d.rng.randint(2, 254)
    lines = d.logical(name, "0&1=0", mark.hex(), f"0(>>{len(mark)}#ib1#={value})")
    hits = [d.file(mark + bytes([value + step])) for step in (1, -1)]
    return d.case(name, lines, hits, [d.file(mark + bytes([value])) for _ in range(2)])
