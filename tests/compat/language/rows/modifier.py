"""Modifiers of subsignatures (2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.language.case import Case, row
from compat.language.element import (
    ALNUM,
    LETTERS,
    Element,
    any_bytes,
    changed,
    gap,
    literal,
    nibble,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from compat.language.draw import Draw

S = "2.6"


def folded(data: bytes) -> Element:
    """Fixed bytes of which the ASCII letters stand for either case."""

    def good(rng: Random) -> bytes:
        return bytes(rng.choice((c, c ^ 0x20)) if bytes([c]).isalpha() else c for c in data)

    def bad(rng: Random) -> list[bytes]:
        return [wrong for wrong in (changed(rng, data),) if wrong.lower() != data.lower()]

    return Element(data.hex(), good, bad)


def wide(data: bytes, *, fold: bool = False) -> Element:
    """Fixed bytes, each followed by a zero."""
    plain = folded(data) if fold else None

    def spread(text: bytes) -> bytes:
        return b"".join(bytes([c, 0]) for c in text)

    def good(rng: Random) -> bytes:
        return spread(plain.good(rng) if plain else data)

    def bad(rng: Random) -> list[bytes]:
        at = 2 * rng.randrange(len(data)) + 1
        whole = spread(data)
        return [data, whole[:at] + b"\x01" + whole[at + 1 :], whole[:-1] + b"\x20"]

    return Element(data.hex(), good, bad)


def word(d: Draw) -> bytes:
    return literal(d.rng, 5, 8, LETTERS + LETTERS.upper() + b"0189")


def full(modifiers: str) -> Callable[[Draw], Case]:
    """The full-word modifier, with others."""

    def make(d: Draw) -> Case:
        data, name = word(d), d.name()
        element = wide(data, fold="i" in modifiers) if "w" in modifiers else folded(data)
        inner = element.good(d.rng) if "i" in modifiers or "w" in modifiers else data
        pad = b"\0" if "w" in modifiers else b""
        fits = [bytes([d.rng.choice(b" .,_-\x80\xff")]) + pad for _ in range(2)]
        no_fit = bytes([d.rng.choice(ALNUM)]) + pad
        hits = [
            d.file(fits[0] + inner + fits[1]),
            d.first(inner + fits[1]),
            d.last(fits[0] + inner),
        ]
        misses = [
            d.file(no_fit + inner + fits[1]),
            d.file(fits[0] + inner + no_fit),
            d.last(no_fit + inner),
        ]
        lines = d.lines(name, f"{data.hex()}::{modifiers}", form=d.rng.choice(("0", "0=1")))
        return d.case(name, lines, hits, misses)

    return make


for _modifiers in ("f", "fi", "wf", "wfi"):
    row(S, f"full-word-{_modifiers}")(full(_modifiers))


@row(S, "nocase")
def _(d: Draw) -> Case:
    return d.body(folded(word(d)), suffix="::i")


@row(S, "nocase-twice-named")
def _(d: Draw) -> Case:
    return d.body(folded(word(d)), suffix=d.rng.choice(("::ii", "::ia", "::ai")))


@row(S, "nocase-not-beyond-ascii")
def _(d: Draw) -> Case:
    """Only ASCII letters fold: neither bytes from 80 on nor neighbours of the letters do."""
    edge = d.rng.choice((b"\xe4", b"\xc4", b"\xff", b"[", b"{", b"@", b"`"))
    a, b, name = word(d), word(d), d.name()
    hits = [d.file(folded(a).good(d.rng) + edge + folded(b).good(d.rng)) for _ in range(2)]
    misses = [d.file(a + bytes([edge[0] ^ 0x20]) + b) for _ in range(2)]
    return d.case(name, d.lines(name, f"{(a + edge + b).hex()}::i", form="0"), hits, misses)


@row(S, "nocase-not-in-nibbles")
def _(d: Draw) -> Case:
    """``6?`` is no letter, so it stays as it is."""
    a, b, name = word(d), word(d), d.name()
    good, bad = (bytes([0x61 + d.rng.randrange(15)]) for _ in range(2))
    bad = bytes([bad[0] ^ 0x20])
    text = f"{a.hex()}6?{b.hex()}::i"
    hits = [d.file(a + good + b), d.file(a.swapcase() + good + b)]
    return d.case(
        name, d.lines(name, text, form="0"), hits, [d.file(a + bad + b) for _ in range(2)]
    )


@row(S, "nocase-in-alternates")
def _(d: Draw) -> Case:
    a, b, name = word(d), word(d), d.name()
    members = [literal(d.rng, 1, 3, LETTERS) for _ in range(2)]
    text = f"{a.hex()}({members[0].hex()}|{members[1].hex()}){b.hex()}::i"
    hits = [d.file(a + m + b) for m in (members[0].upper(), members[1], members[1].swapcase())]
    misses = [d.file(a + wrong + b) for wrong in (changed(d.rng, members[0]), members[0] + b"-")]
    return d.case(name, d.lines(name, text, form=d.rng.choice(("0", "0=1"))), hits, misses)


@row(S, "nocase-with-gaps")
def _(d: Draw) -> Case:
    space = d.rng.choice((gap("*", 0, None), gap("{2-9}", 2, 9), any_bytes(3), any_bytes(2, "{2}")))
    return d.body(folded(word(d)), space, folded(word(d)), suffix="::i")


@row(S, "wide")
def _(d: Draw) -> Case:
    return d.body(wide(word(d)), suffix="::w")


@row(S, "wide-nocase")
def _(d: Draw) -> Case:
    return d.body(wide(word(d), fold=True), suffix=d.rng.choice(("::wi", "::iw")))


@row(S, "wide-last-zero")
def _(d: Draw) -> Case:
    data, name = wide(word(d)), d.name()
    whole = data.good(d.rng)
    hits = [d.last(whole), d.last(whole + b"\x01")]
    misses = [d.last(whole[:-1]), d.last(whole[:-1] + b"\x01")]
    return d.case(name, d.lines(name, f"{data.text}::w", form="0"), hits, misses)


@row(S, "wide-any-byte")
def _(d: Draw) -> Case:
    """A wild byte is followed by a zero too."""
    a, b, name = wide(word(d)), wide(word(d)), d.name()
    left, right = a.good(d.rng), b.good(d.rng)
    wild = d.rng.randbytes(1)
    hits = [d.file(left + wild + b"\0" + right), d.file(left + b"\0\0" + right)]
    misses = [d.file(left + wild + right), d.file(left + wild + b"\x01" + right)]
    return d.case(name, d.lines(name, f"{a.text}??{b.text}::w", form="0"), hits, misses)


@row(S, "wide-nibble")
def _(d: Draw) -> Case:
    a, b, name = wide(word(d)), wide(word(d)), d.name()
    half = nibble(d.rng.randrange(16), high=d.rng.random() < 0.5)
    left, right, mid = a.good(d.rng), b.good(d.rng), half.good(d.rng)
    hits = [d.file(left + mid + b"\0" + right)]
    misses = [
        d.file(left + half.bad(d.rng)[0] + b"\0" + right),
        d.file(left + mid + b"\x09" + right),
    ]
    return d.case(name, d.lines(name, f"{a.text}{half.text}{b.text}::w", form="0"), hits, misses)


@row(S, "wide-with-gaps")
def _(d: Draw) -> Case:
    """Gaps are not doubled."""
    space = d.rng.choice((gap("*", 0, None), gap("{2-9}", 2, 9), gap("{130-140}", 130, 140)))
    return d.body(wide(word(d)), space, wide(word(d)), suffix="::w")


@row(S, "wide-with-fixed-brace")
def _(d: Draw) -> Case:
    a, b, name, n = wide(word(d)), wide(word(d)), d.name(), d.rng.randint(1, 6)
    left, right = a.good(d.rng), b.good(d.rng)
    files = [d.file(left + d.rng.randbytes(size) + right) for size in (n, n + 1, n - 1, 2 * n)]
    spaced = d.file(left + b"\x41\0" * n + right)
    lines = d.lines(name, f"{a.text}{{{n}}}{b.text}::w", form="0")
    return d.case(name, lines, [files[0]], [*files[1:], spaced])


@row(S, "wide-lone-byte")
def _(d: Draw) -> Case:
    """``[n-m]`` becomes ``{n-m}``."""
    head, b, name = literal(d.rng, 2, 3, LETTERS), wide(word(d)), d.name()
    low = d.rng.randint(1, 5)
    text = f"{head.hex()}{{{low}-{low + 2}}}{b.text}::w"
    spread, right = wide(head).good(d.rng), b.good(d.rng)
    hits = [d.file(spread + d.rng.randbytes(size) + right) for size in (low, low + 2)]
    misses = [d.file(spread + d.rng.randbytes(size) + right) for size in (low - 1, low + 3)]
    return d.case(name, d.lines(name, text, form="0"), hits, misses)


@row(S, "wide-in-alternates")
def _(d: Draw) -> Case:
    a, b, name = wide(word(d)), wide(word(d)), d.name()
    members = [bytes([c]) for c in d.rng.sample(LETTERS, 2)]
    left, right = a.good(d.rng), b.good(d.rng)
    text = f"{a.text}({members[0].hex()}|{members[1].hex()}){b.text}::w"
    hits = [d.file(left + member + b"\0" + right) for member in members]
    misses = [d.file(left + members[0] + right), d.file(left + b"-\0" + right)]
    return d.case(name, d.lines(name, text, form="0"), hits, misses)


@row(S, "wide-and-ascii")
def _(d: Draw) -> Case:
    """Both forms are looked for, and both count."""
    data, name = word(d), d.name()
    form = d.rng.choice(("0", "0=2", "0=1"))
    spread = wide(data).good(d.rng)
    one, two = [d.file(data), d.file(spread)], [d.file(data, spread), d.file(spread, spread)]
    hits, misses = {"0": (one + two, []), "0=2": (two, one), "0=1": (one, two)}[form]
    broken = [d.file(changed(d.rng, data)), d.file(spread[:-1] + b"\x02")]
    lines = d.lines(name, f"{data.hex()}::{d.rng.choice(('wa', 'aw'))}", form=form)
    return d.case(name, lines, hits, misses + broken)


@row(S, "ascii")
def _(d: Draw) -> Case:
    data = word(d)
    name = d.name()
    lines = d.lines(name, f"{data.hex()}::a", form="0")
    return d.case(
        name, lines, [d.file(data)], [d.file(wide(data).good(d.rng)), d.file(data.swapcase())]
    )


@row(S, "without-letters")
def _(d: Draw) -> Case:
    """``616263::`` is the plain pattern."""
    return d.body(Element(*_plain(word(d))), suffix="::")


def _plain(data: bytes) -> tuple[str, Callable[[Random], bytes], Callable[[Random], list[bytes]]]:
    return data.hex(), lambda _: data, lambda rng: [changed(rng, data), data.swapcase()]


@row(S, "with-offset")
def _(d: Draw) -> Case:
    data, n = word(d), d.rng.randint(4, 30)
    name, letters = d.name(), d.rng.choice("iw")
    element = folded(data) if letters == "i" else wide(data)
    lines = d.lines(name, f"{data.hex()}::{letters}", offset=str(n), form="0")
    good = element.good(d.rng)
    return d.case(name, lines, [d.at(n, good)], [d.at(n + 1, good), d.at(n, changed(d.rng, good))])


@row(S, "full-word-count")
def _(d: Draw) -> Case:
    """Each whole word counts, words run together do not."""
    data, name, form = word(d), d.name(), d.rng.choice(("0=2", "0=3"))
    files = {
        "0=2": [(data, data), (data, b"_", data, data * 2)],
        "0=3": [(data, data, data), (data, data, data + b"x", b"-" + data)],
    }
    built = {
        count: [d.file(b"." + b" ".join(c) + b".") for c in chunks]
        for count, chunks in files.items()
    }
    other = "0=3" if form == "0=2" else "0=2"
    return d.case(name, d.lines(name, f"{data.hex()}::f", form=form), built[form], built[other])


@row(S, "full-word-with-gap")
def _(d: Draw) -> Case:
    a, b, name, n = word(d), word(d), d.name(), d.rng.randint(1, 5)
    text = f"{a.hex()}{{{n}-{n + 2}}}{b.hex()}::f"
    inner = [a + d.rng.randbytes(size) + b for size in (n, n + 2, n + 3)]
    hits = [d.file(b"." + whole + b".") for whole in inner[:2]]
    misses = [
        d.file(b"." + inner[2] + b"."),
        d.file(b"q" + inner[0] + b"."),
        d.file(b"." + inner[0] + b"7"),
    ]
    return d.case(name, d.lines(name, text, form="0"), hits, misses)
