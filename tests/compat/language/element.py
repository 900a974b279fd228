"""Pieces of a body pattern: how one is written, bytes that fit it, bytes that narrowly do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

Good = Callable[[Random], bytes]
Bad = Callable[[Random], list[bytes]]

LETTERS = b"abcdefghijklmnopqrstuvwxyz"
ALNUM = LETTERS + LETTERS.upper() + b"0123456789"
BOUNDARY_LEFT = b" -/_.<@"
BOUNDARY_RIGHT = b"\n\r \"'-/_=>"
BOUNDARY_ANY = bytes(sorted(set(BOUNDARY_LEFT + BOUNDARY_RIGHT)))


@dataclass(frozen=True, slots=True)
class Element:
    """One piece; with `before` its bytes stand before the match, as those of a left boundary do."""

    text: str
    good: Good
    bad: Bad
    before: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """Bytes made for a pattern; the match begins (or would begin) at `lead`."""

    data: bytes
    lead: int = 0


Pattern = Sequence[Element]


def text_of(pattern: Pattern) -> str:
    return "".join(element.text for element in pattern)


def good_sample(rng: Random, pattern: Pattern) -> Sample:
    return _join(pattern, [element.good(rng) for element in pattern])


def bad_samples(rng: Random, pattern: Pattern) -> list[Sample]:
    """Every way to break exactly one element, the rest being right."""
    samples = []
    for index, element in enumerate(pattern):
        for wrong in element.bad(rng):
            pieces = [other.good(rng) for other in pattern]
            pieces[index] = wrong
            samples.append(_join(pattern, pieces))
    return samples


def _join(pattern: Pattern, pieces: Sequence[bytes]) -> Sample:
    lead = sum(len(data) for element, data in zip(pattern, pieces, strict=True) if element.before)
    return Sample(b"".join(pieces), lead)


def never(_: Random) -> list[bytes]:
    return []


def literal(rng: Random, low: int = 4, high: int = 9, alphabet: bytes | None = None) -> bytes:
    """Bytes rare enough that no other file holds them by chance (from four on)."""
    size = rng.randint(low, high)
    if alphabet is None:
        return rng.randbytes(size)
    return bytes(rng.choice(alphabet) for _ in range(size))


def changed(rng: Random, data: bytes) -> bytes:
    """`data` with one byte one off."""
    at = rng.randrange(len(data))
    return data[:at] + bytes([(data[at] + rng.choice((1, -1))) & 0xFF]) + data[at + 1 :]


def exact(data: bytes, *, spell: Callable[[str], str] = str) -> Element:
    """Fixed bytes; `spell` changes the case of the digits."""

    def bad(rng: Random) -> list[bytes]:
        wrong = [changed(rng, data)]
        if len(data) > 3:
            at = rng.randrange(1, len(data) - 1)
            wrong.append(data[:at] + data[at + 1 :])
        return wrong

    return Element(spell(data.hex()), lambda _: data, bad)


def some(rng: Random, low: int = 4, high: int = 9) -> Element:
    """Random fixed bytes."""
    return exact(literal(rng, low, high))


def any_bytes(count: int, text: str | None = None) -> Element:
    """Exactly `count` bytes of any value."""

    def bad(rng: Random) -> list[bytes]:
        return [rng.randbytes(count + 1)] + ([rng.randbytes(count - 1)] if count else [])

    return Element("??" * count if text is None else text, lambda rng: rng.randbytes(count), bad)


def edge_bytes(count: int, text: str | None = None) -> Element:
    """Like `any_bytes` at an end of the pattern, where one more does no harm."""
    inner = any_bytes(count, text)
    return Element(inner.text, inner.good, lambda rng: [rng.randbytes(count - 1)] if count else [])


def nibble(value: int, *, high: bool) -> Element:
    """One byte of which only the high or the low half is fixed."""

    def byte(fixed: int, other: int) -> bytes:
        return bytes([fixed << 4 | other if high else other << 4 | fixed])

    return Element(
        f"{value:x}?" if high else f"?{value:x}",
        lambda rng: byte(value, rng.randrange(16)),
        lambda rng: [byte((value + rng.choice((1, -1))) & 15, rng.randrange(16))],
    )


def gap(text: str, low: int, high: int | None, reach: int = 40) -> Element:
    """A gap of `low` to `high` bytes; without an upper bound, up to `reach` bytes are put in."""
    top = low + reach if high is None else high

    def good(rng: Random) -> bytes:
        return rng.randbytes(rng.choice((low, top, rng.randint(low, top))))

    def bad(rng: Random) -> list[bytes]:
        sizes = ([low - 1] if low else []) + ([] if high is None else [high + 1])
        return [rng.randbytes(size) for size in sizes]

    return Element(text, good, bad)


STAR = gap("*", 0, None)


def braces(low: int, high: int | None, text: str) -> Element:
    """A gap written in braces."""
    return gap(f"{{{text}}}", low, high)


def one_of(members: Sequence[bytes], text: str | None = None) -> Element:
    """One of several byte strings."""
    written = "(" + "|".join(member.hex() for member in members) + ")"

    def bad(rng: Random) -> list[bytes]:
        chosen = [changed(rng, rng.choice([m for m in members if m]))]
        return [wrong for wrong in chosen if wrong not in members]

    return Element(written if text is None else text, lambda rng: rng.choice(list(members)), bad)


def none_of(members: Sequence[bytes]) -> Element:
    """Any string of the members' length that is not one of them."""
    size = len(members[0])

    def good(rng: Random) -> bytes:
        near = changed(rng, rng.choice(list(members)))
        return near if near not in members else _other(rng, members, size)

    return Element(
        "!(" + "|".join(member.hex() for member in members) + ")",
        good,
        lambda rng: [rng.choice(list(members))],
    )


def _other(rng: Random, members: Sequence[bytes], size: int) -> bytes:
    while (data := rng.randbytes(size)) in members:
        pass
    return data


def boundary(text: str, fits: Sequence[bytes], *, before: bool = False) -> Element:
    """A class: one of `fits`; any other byte when `text` begins with an exclamation mark."""
    negated = text.startswith("!")
    others = [bytes([value]) for value in range(256) if bytes([value]) not in fits]
    right, wrong = (others, list(fits)) if negated else (list(fits), others)

    def bad(rng: Random) -> list[bytes]:
        return rng.sample(wrong, min(2, len(wrong)))

    return Element(text, lambda rng: rng.choice(right), bad, before)


def bytes_of(alphabet: bytes) -> list[bytes]:
    return [bytes([value]) for value in alphabet]


NOT_ALNUM = [bytes([value]) for value in range(256) if value not in ALNUM]
LEFT: dict[str, Sequence[bytes]] = {"B": bytes_of(BOUNDARY_LEFT), "L": [b"\n"], "W": NOT_ALNUM}
RIGHT: dict[str, Sequence[bytes]] = {
    "B": bytes_of(BOUNDARY_RIGHT),
    "L": [b"\n", b"\r\n"],
    "W": NOT_ALNUM,
}
MIDDLE: dict[str, Sequence[bytes]] = {
    "B": bytes_of(BOUNDARY_ANY),
    "L": [b"\n", b"\r\n"],
    "W": NOT_ALNUM,
}


def left(letter: str, *, negated: bool = False) -> Element:
    return boundary(f"{'!' * negated}({letter})", LEFT[letter], before=True)


def right(letter: str, *, negated: bool = False) -> Element:
    return boundary(f"{'!' * negated}({letter})", RIGHT[letter])


def middle(letter: str, *, negated: bool = False) -> Element:
    return boundary(f"{'!' * negated}({letter})", MIDDLE[letter])
