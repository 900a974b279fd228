"""Offsets and attributes that need the headers of a program (2.4, 2.7)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compat.language.case import Case, row
from compat.language.element import literal

if TYPE_CHECKING:
    from compat.language.draw import Draw

S = "2.4"
NEEDS = "programs"
ALIGN = 512
SECTION = 1024
"""Raw size of each section."""


@dataclass(slots=True)
class Program:
    """A small program: its bytes, where its sections lie in the file, and its entry point."""

    data: bytearray
    sections: list[int]
    entry: int
    target: int

    def put(self, place: int, what: bytes) -> bytes:
        """A copy of the file with `what` at `place`."""
        copy = bytearray(self.data)
        copy[place : place + len(what)] = what
        return bytes(copy)


def pe(d: Draw) -> Program:
    """A 32-bit PE of two to four sections, all code, nothing imported."""
    count = d.rng.randint(2, 4)
    dos = b"MZ" + bytes(58) + struct.pack("<I", 64)
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", 0x14C, count, 0, 0, 0, 224, 0x102)
    entry = d.rng.randrange(64, SECTION - 128)
    optional = struct.pack(
        "<HBBIIIIII", 0x10B, 1, 0, SECTION * count, 0, 0, 0x1000 + entry, 0x1000, 0x2000
    )
    optional += struct.pack(
        "<IIIHHHHHHIIII",
        0x400000,
        0x1000,
        ALIGN,
        4,
        0,
        0,
        0,
        4,
        0,
        0,
        0x1000 * (count + 1),
        ALIGN,
        0,
    )
    optional += struct.pack("<HHIIIIII", 3, 0, 0x100000, 0x1000, 0x100000, 0x1000, 0, 16) + bytes(
        128
    )
    raw = [ALIGN + SECTION * number for number in range(count)]
    table = b"".join(
        struct.pack(
            "<8sIIIIIIHHI",
            b".s%d" % n,
            SECTION,
            0x1000 * (n + 1),
            SECTION,
            place,
            0,
            0,
            0,
            0,
            0x60000020,
        )
        for n, place in enumerate(raw)
    )
    head = dos + coff + optional + table
    body = d.rng.randbytes(SECTION * count)
    return Program(bytearray(head + bytes(ALIGN - len(head)) + body), raw, raw[0] + entry, 1)


def elf(d: Draw) -> Program:
    """A 64-bit ELF of one segment and two to four sections, the names' section last."""
    count = d.rng.randint(2, 4)
    base, body_at = 0x400000, 256
    raw = [body_at + SECTION * number for number in range(count)]
    entry = raw[0] + d.rng.randrange(64, SECTION - 128)
    size = body_at + SECTION * count
    head = b"\x7fELF\x02\x01\x01" + bytes(9)
    head += struct.pack(
        "<HHIQQQIHHHHHH", 2, 62, 1, base + entry, 64, size, 0, 64, 56, 1, 64, count, count - 1
    )
    head += struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, size, size, 0x1000)
    table = b"".join(
        struct.pack("<IIQQQQIIQQ", 0, 1, 6, base + place, place, SECTION, 0, 0, 1, 0)
        for place in raw
    )
    data = bytearray(head + bytes(body_at - len(head)) + d.rng.randbytes(SECTION * count) + table)
    return Program(data, raw, entry, 6)


def program(d: Draw) -> Program:
    return pe(d) if d.rng.random() < 0.5 else elf(d)


def placed(d: Draw, made: Program, offset: str, good: list[int], bad: list[int]) -> Case:
    data, name = literal(d.rng, 6, 8), d.name()
    lines = d.lines(name, data.hex(), target=made.target, offset=offset, form=d.form_once())
    return d.case(name, lines, (made.put(p, data) for p in good), (made.put(p, data) for p in bad))


@row(S, "entry-point", needs=NEEDS)
def _(d: Draw) -> Case:
    made, n = program(d), d.rng.randint(-40, 60)
    place = made.entry + n
    return placed(d, made, f"EP{n:+d}", [place, place], [place - 1, place + 1])


@row(S, "entry-point-shift", needs=NEEDS)
def _(d: Draw) -> Case:
    made, n, shift = program(d), d.rng.randint(-40, 20), d.rng.randint(1, 30)
    place = made.entry + n
    return placed(
        d, made, f"EP{n:+d},{shift}", [place, place + shift], [place - 1, place + shift + 1]
    )


@row(S, "section", needs=NEEDS)
def _(d: Draw) -> Case:
    made, n = program(d), d.rng.randint(0, 200)
    number = d.rng.randrange(len(made.sections))
    place = made.sections[number] + n
    return placed(d, made, f"S{number}+{n}", [place, place], [place - 1, place + 1])


@row(S, "section-shift", needs=NEEDS)
def _(d: Draw) -> Case:
    made, n, shift = program(d), d.rng.randint(0, 200), d.rng.randint(1, 30)
    number = d.rng.randrange(len(made.sections))
    place = made.sections[number] + n
    good, bad = [place, place + shift], [place - 1, place + shift + 1]
    return placed(d, made, f"S{number}+{n},{shift}", good, bad)


@row(S, "section-missing", needs=NEEDS)
def _(d: Draw) -> Case:
    """A section that is not there never matches; the last that is, does."""
    made, n = program(d), d.rng.randint(0, 90)
    count, dead = len(made.sections), d.rng.random() < 0.5
    place = made.sections[-1] + n
    offset = f"S{count + dead - 1}+{n}"
    return placed(
        d, made, offset, [] if dead else [place], [place, place + 1] if dead else [place + 1]
    )


@row(S, "last-section", needs=NEEDS)
def _(d: Draw) -> Case:
    made, n, shift = program(d), d.rng.randint(0, 200), d.rng.choice((0, 0, 7))
    place = made.sections[-1] + n
    offset = f"SL+{n},{shift}" if shift else f"SL+{n}"
    return placed(d, made, offset, [place, place + shift], [place - 1, place + shift + 1])


@row(S, "inside-section", needs=NEEDS)
def _(d: Draw) -> Case:
    """From the section's first byte up to where it ends."""
    made = program(d)
    number = d.rng.randrange(len(made.sections) - 1)
    start = made.sections[number]
    good = [start, start + d.rng.randrange(SECTION), start + SECTION]
    return placed(d, made, f"SE{number}", good, [start - 1, start - 8, start + SECTION + 1])


@row(S, "end-in-a-program", needs=NEEDS)
def _(d: Draw) -> Case:
    made, n = program(d), d.rng.randint(8, 60)
    place = len(made.data) - n
    return placed(d, made, f"EOF-{n}", [place, place] if made.target == 1 else [], [place - 1])


@row("2.7", "entry-point-range", needs=NEEDS)
def _(d: Draw) -> Case:
    made, mark, name = program(d), literal(d.rng, 6, 8), d.name()
    low = made.entry - d.rng.choice((0, 5, -1, -9))
    high = low + d.rng.randint(0, 9)
    block = f",EntryPoint:{low}-{high}"
    lines = d.logical(name, "0", mark.hex(), target=made.target, block=block)
    file = made.put(made.sections[-1] + 9, mark)
    fits = low <= made.entry <= high
    return d.case(name, lines, [file] if fits else [], [bytes(made.data)] if fits else [file])


@row("2.7", "number-of-sections", needs=NEEDS)
def _(d: Draw) -> Case:
    made, mark, name = program(d), literal(d.rng, 6, 8), d.name()
    low = d.rng.randint(1, 4)
    high = low + d.rng.randint(0, 1)
    block = f",NumberOfSections:{low}-{high}"
    lines = d.logical(name, "0", mark.hex(), target=made.target, block=block)
    file = made.put(made.sections[-1] + 9, mark)
    fits = low <= len(made.sections) <= high
    return d.case(name, lines, [file] if fits else [], [bytes(made.data)] if fits else [file])
