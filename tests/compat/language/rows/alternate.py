"""Alternates (2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.language.case import Case, row
from compat.language.element import (
    Element,
    any_bytes,
    bytes_of,
    changed,
    exact,
    gap,
    literal,
    nibble,
    none_of,
    one_of,
    some,
)

if TYPE_CHECKING:
    from random import Random

    from compat.language.draw import Draw

S = "2.2"


def singles(d: Draw, low: int = 2, high: int = 5) -> list[bytes]:
    return bytes_of(bytes(d.rng.sample(range(256), d.rng.randint(low, high))))


def equals(d: Draw, size: int | None = None) -> list[bytes]:
    size = size or d.rng.randint(2, 4)
    return [d.rng.randbytes(size) for _ in range(d.rng.randint(2, 4))]


def written(*members: str) -> str:
    return f"({'|'.join(members)})"


def behind(head: bytes, inner: Element) -> Element:
    """`inner` behind fixed bytes."""
    return Element(
        head.hex() + inner.text,
        lambda rng: head + inner.good(rng),
        lambda rng: [head + wrong for wrong in inner.bad(rng)],
    )


def from_parts(*members: Element) -> Element:
    """Members that are elements themselves."""

    def bad(rng: Random) -> list[bytes]:
        return members[0].bad(rng)

    return Element(
        written(*(member.text for member in members)),
        lambda rng: rng.choice(members).good(rng),
        bad,
    )


@row(S, "single")
def _(d: Draw) -> Case:
    return d.between(one_of(singles(d)))


@row(S, "single-negated")
def _(d: Draw) -> Case:
    return d.between(none_of(singles(d)))


@row(S, "single-first")
def _(d: Draw) -> Case:
    block = one_of(singles(d)) if d.rng.random() < 0.5 else none_of(singles(d))
    return d.body(block, some(d.rng), where=d.rng.choice(("any", "first")))


@row(S, "single-last")
def _(d: Draw) -> Case:
    block = one_of(singles(d)) if d.rng.random() < 0.5 else none_of(singles(d))
    return d.body(some(d.rng), block, where=d.rng.choice(("any", "last")))


@row(S, "one-member")
def _(d: Draw) -> Case:
    return d.between(one_of([d.rng.randbytes(d.rng.choice((1, 1, 3)))]))


@row(S, "empty-member")
def _(d: Draw) -> Case:
    """``(63|)``: that byte or nothing."""
    byte = d.rng.randbytes(1)
    a, b, name = literal(d.rng), literal(d.rng), d.name()
    text = f"{a.hex()}({byte.hex()}|){b.hex()}"
    hits = [d.file(a + b), d.file(a + byte + b), d.file(a + byte + b, a + b)]
    misses = [d.file(a + changed(d.rng, byte) + b), d.file(a + byte * 2 + b), d.file(a + b[1:])]
    return d.case(name, d.lines(name, text, form=d.rng.choice((None, "0"))), hits, misses)


@row(S, "strings")
def _(d: Draw) -> Case:
    return d.between(one_of(equals(d)))


@row(S, "strings-negated")
def _(d: Draw) -> Case:
    return d.between(none_of(equals(d)))


@row(S, "strings-first-or-last")
def _(d: Draw) -> Case:
    block = one_of(equals(d)) if d.rng.random() < 0.5 else none_of(equals(d))
    return d.body(block, some(d.rng)) if d.rng.random() < 0.5 else d.body(some(d.rng), block)


@row(S, "of-any-length")
def _(d: Draw) -> Case:
    sizes = d.rng.sample(range(1, 6), d.rng.randint(2, 4))
    return d.between(one_of([d.rng.randbytes(size) for size in sizes]))


@row(S, "of-any-length-first")
def _(d: Draw) -> Case:
    """``(81f9|3d)8e4e0eec``: the fixed run lies at no fixed distance from the start."""
    return d.body(one_of([d.rng.randbytes(2), d.rng.randbytes(1)]), some(d.rng))


@row(S, "of-any-length-last")
def _(d: Draw) -> Case:
    return d.body(some(d.rng), one_of([d.rng.randbytes(size) for size in (3, 1)]))


@row(S, "members-with-nibbles")
def _(d: Draw) -> Case:
    half = nibble(d.rng.randrange(16), high=d.rng.random() < 0.5)
    return d.between(from_parts(half, exact(d.rng.randbytes(1))))


@row(S, "members-with-any-byte")
def _(d: Draw) -> Case:
    data = d.rng.randbytes(2)
    wild = Element(
        f"{data[:1].hex()}??{data[1:].hex()}",
        lambda rng: data[:1] + rng.randbytes(1) + data[1:],
        lambda rng: [data[:1] + rng.randbytes(1) + changed(rng, data[1:])],
    )
    return d.between(from_parts(wild, exact(d.rng.randbytes(2))))


@row(S, "members-with-braces")
def _(d: Draw) -> Case:
    data, count = d.rng.randbytes(2), d.rng.randint(1, 4)
    wild = Element(
        f"{data[:1].hex()}{{{count}}}{data[1:].hex()}",
        lambda rng: data[:1] + rng.randbytes(count) + data[1:],
        lambda rng: [data[:1] + rng.randbytes(count + 1) + data[1:]],
    )
    return d.between(from_parts(wild, exact(d.rng.randbytes(2))))


@row(S, "nested")
def _(d: Draw) -> Case:
    block: Element = one_of(singles(d))
    for _ in range(d.rng.randint(1, 4)):
        block = from_parts(behind(d.rng.randbytes(1), block), exact(d.rng.randbytes(2)))
    return d.between(block)


@row(S, "two-blocks")
def _(d: Draw) -> Case:
    return d.between(one_of(singles(d)), some(d.rng, 2, 3), one_of(equals(d)))


@row(S, "blocks-in-a-row")
def _(d: Draw) -> Case:
    return d.between(one_of(singles(d)), none_of(singles(d)), one_of(singles(d)))


@row(S, "block-beside-any-byte")
def _(d: Draw) -> Case:
    return d.between(any_bytes(1), one_of(singles(d)), any_bytes(2))


@row(S, "block-beside-gap")
def _(d: Draw) -> Case:
    space = d.rng.choice((gap("*", 0, None), gap("{1-7}", 1, 7)))
    blocks = [one_of(singles(d)), one_of(equals(d)), none_of(singles(d))]
    return d.body(some(d.rng), d.rng.choice(blocks), space, d.rng.choice(blocks), some(d.rng))


@row(S, "members-that-both-fit")
def _(d: Draw) -> Case:
    """Two members that match at one place count once there."""
    head, tail, name = literal(d.rng), literal(d.rng), d.name()
    byte = d.rng.randbytes(1)
    twice = written(byte.hex(), f"{byte.hex()}|{byte.hex()}{tail[:1].hex()}")
    text = f"{head.hex()}{twice}"
    one = head + byte + tail
    form = d.rng.choice(("0=1", "0=2"))
    files = [d.file(one), d.file(one, one), d.file(head + changed(d.rng, byte) + tail)]
    wanted = 0 if form == "0=1" else 1
    return d.case(
        name, d.lines(name, text, form=form), [files[wanted]], [files[1 - wanted], files[2]]
    )
