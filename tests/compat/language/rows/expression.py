"""Logical expressions (2.8) and the odd ones of real signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.language.case import Case, row
from compat.language.logic import holds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from compat.language.draw import Draw

S = "2.8"


def expression_case(d: Draw, expression: str, count: int, top: int = 2) -> Case:
    """`count` marks; files that hold each of them 0 to `top` times, on both sides of the truth."""
    marks, name = d.marks(count), d.name()
    vectors: dict[bool, list[list[int]]] = {True: [], False: []}
    for _ in range(80):
        vector = [d.rng.randint(0, top) for _ in marks]
        side = vectors[holds(expression, vector)]
        if vector not in side:
            side.append(vector)

    def build(vector: Sequence[int]) -> bytes:
        chunks = [mark for mark, times in zip(marks, vector, strict=True) for _ in range(times)]
        d.rng.shuffle(chunks)
        return d.file(*chunks)

    lines = d.logical(name, expression, *(mark.hex() for mark in marks))
    return d.case(name, lines, map(build, vectors[True][:4]), map(build, vectors[False][:4]))


def choice(slug: str, count: int, *texts: str, top: int = 2) -> None:
    """A row that draws one of a few expressions over `count` marks."""

    def make(d: Draw) -> Case:
        return expression_case(d, d.rng.choice(texts), count, top)

    row(S, slug)(make)


# An expression that is true without any mark is true of every file there is: each asks for one.
choice("index", 1, "0", "(0)", "((0))", top=3)
choice("index-equals", 1, "0=1", "0=2", "0=3", top=5)
choice("index-equals-zero", 2, "0=0&1", "1&0=0", "(0=0&1)")
choice("index-more", 1, "0>0", "0>1", "0>2", "0>3", top=6)
choice("index-less", 2, "1&0<1", "0<2&1", "1&0<3", top=4)
choice("index-second-number", 2, "0>1,3&1", "0>0,0&1", "1&0=2,9", "0<2,1&1", top=4)
choice(
    "index-last-sign-counts", 2, "0>=1&1", "0=>1&1", "0==2&1", "0>1>2&1", "0<>1&1", "1&0<=1", top=4
)
choice("and", 3, "0&1&2", "2&0&1", "(0&1&2)", "((0&1)&2)", "0&(1&2)", top=1)
choice("or", 3, "0|1|2", "(0|1|2)", "((0|1)|2)", "0|(1|2)", top=1)
choice("first-operator-splits", 4, "0&1|2&3", "0|1&2&3", "0|1&2|3", "0&1|2|3", "0&1&2|3", top=1)
choice("last-operator-splits", 3, "(0&1|2)", "(0|1&2)", "(0|1|2&0)", "(0&1&2|0)", top=1)
choice("first-of-the-left-rest", 4, "(0&1|2&3)", "(0|1&2|3)", "(0&1|2|3)", "(0|1&2&3)", top=1)
choice("brackets-first", 4, "(0|1)&2|3", "(0&1)|2&3", "((0|1)&2|3)", "((0&1)|2&3)", top=1)
choice("brackets-later", 4, "0&(1|2)|3", "0|(1&2)&3", "(0&(1|2)|3)", "0&1|(2&3)", top=1)
choice("brackets-both", 4, "(0&1)&(2|3)", "(0|1)&(2|3)", "(0&1)|(2&3)", "((0&1)|(2&3))", top=1)
choice("double-brackets", 2, "((0&1))", "((0|1))", "(((0&1)))", "((0)|1)", "((0)&(1))", top=1)
choice("blanks", 2, "0 & 1", "0 | 1", "(0 | 1)", top=1)
choice("unused-index", 3, "0&2", "0|2", "2", "(0|2)>1", top=2)
choice("named-twice", 3, "(0|1)&(0|2)", "0&(0|1)&2", "(0&1)|(0&2)", "(0|0)>1&(1|2)", "(0|0|2)=2&1")
choice("block-equals", 3, "(0|1|2)=1", "(0|1|2)=2", "(0|1|2)=3")
choice("block-equals-distinct", 3, "(0|1|2)=2,2", "(0|1|2)=3,2", "(0|1|2)=2,1", "(0|1|2)=3,3")
choice("block-more", 3, "(0|1|2)>1", "(0|1|2)>2", "(0|1|2)>0", "(0|1|2)>3")
choice(
    "block-more-distinct",
    3,
    "(0|1|2)>1,2",
    "(0|1|2)>2,2",
    "(0|1|2)>2,3",
    "(0|1|2)>0,1",
    "(0|1|2)>1,0",
)
choice("block-less", 4, "3&(0|1|2)<1", "3&(0|1|2)<2", "(0|1|2)<3&3")
choice("block-less-distinct", 4, "3&(0|1|2)<3,1", "3&(0|1|2)<4,2", "(0|1|2)<3,2&3")
choice(
    "block-of-and", 3, "(0&1&2)>2,3", "(0&1&2)=4", "(0&1&2)>3,2", "(0&1&2)=3,3", "2&(0&1)=2", top=3
)
choice(
    "block-false-counts-zero",
    3,
    "(0&1)=0&2",
    "2&(0&1)<2",
    "(0|1)=0&2",
    "(0&1)=0&2",
    "2&((0&1)=0|1)",
)
choice("block-second-number-empty", 3, "(0|1)>1,&2", "(0|1)=1,&2", "(0|1|2)>1,2,3", "2&(0|1)=2,")
choice(
    "block-in-a-block",
    4,
    "((0|1)>1&(2|3))>3",
    "((0|1)&(2|3))>2",
    "((0&1)|(2&3))>2,2",
    "((0|1)=1|(2|3)>1)=3",
)
choice(
    "block-distinct-stays-inside",
    4,
    "((0|1)>1&(2|3))>2,3",
    "((0|1)&(2|3))>2,3",
    "((0|1)>0|2|3)>1,2",
)
choice(
    "conditions-in-a-block",
    3,
    "(0>1|1)>2&2",
    "(0=2&1)>2&2",
    "(0>1|1=2|2)>3,2",
    "(0=0|1)&2",
    "(0=1|1=1)=1&2",
    top=3,
)
choice("odd-empty-second-number", 3, "0=2,&1&2", "0=2,&1|2", "1&0>1,&2")
choice(
    "odd-index-against-index",
    3,
    "(0&(1>1)&(2==2))",
    "(0&(1>0)&(2==1))",
    "(0&(1>1)&2)",
    "(0&1&(2==1))",
    top=3,
)


@row(S, "sixty-four")
def _(d: Draw) -> Case:
    """As many subsignatures as there may be."""
    count, want = 64, d.rng.randint(20, 60)
    marks, name = d.marks(count), d.name()
    every = d.rng.random() < 0.5
    if every:
        text, enough = "&".join(map(str, range(count))), count
    else:
        text, enough = f"({'|'.join(map(str, range(count)))})>{want},{want}", want + 1
    lines = d.logical(name, text, *(mark.hex() for mark in marks))
    hits = [d.file(*d.rng.sample(marks, size)) for size in (enough, count)]
    few = [d.rng.sample(marks, enough - 1) for _ in range(2)]
    return d.case(name, lines, hits, [d.file(*some, *(some[:1] if every else [])) for some in few])


def _random(d: Draw, depth: int) -> str:
    if depth == 0 or d.rng.random() < 0.3:
        sign = d.rng.choice(("", "", "", "=1", ">1", "<2", "=0", "=2"))
        return f"{d.rng.randrange(4)}{sign}"
    text = _random(d, depth - 1)
    for _ in range(d.rng.randint(1, 2)):
        text += d.rng.choice("&|") + _random(d, depth - 1)
    sign = d.rng.choice(("", "", "=1", ">1", ">2,2", "<3", "=0", ">1,2", "=2,1"))
    return f"({text}){sign}"


@row(S, "random")
def _(d: Draw) -> Case:
    """Whatever the grammar allows."""
    return expression_case(d, f"4&({_random(d, 3)}|3)", 5)


@row(S, "random-flat")
def _(d: Draw) -> Case:
    """No brackets, or one pair round it all."""
    text = "0" + "".join(f"{d.rng.choice('&|')}{index}" for index in range(1, 5))
    return expression_case(d, d.rng.choice((text, f"({text})")), 5, 1)


def conditioned(condition: str) -> Callable[[Draw], Case]:
    """One pattern whose occurrences overlap."""

    def make(d: Draw) -> Case:
        byte, name, size = bytes([d.rng.randint(2, 255)]), d.name(), d.rng.randint(3, 5)
        want = d.rng.randint(2, 4)
        lines = d.lines(name, (byte * size).hex(), form=f"0{condition}{want}")
        runs = {count: d.file(b"\0" + byte * (size + count - 1) + b"\0") for count in range(1, 7)}
        fits = [holds(f"0{condition}{want}", [count]) for count in runs]
        hits = [data for data, fit in zip(runs.values(), fits, strict=True) if fit]
        return d.case(
            name,
            lines,
            hits,
            [data for data, fit in zip(runs.values(), fits, strict=True) if not fit],
        )

    return make


row(S, "overlapping-equals")(conditioned("="))
row(S, "overlapping-more")(conditioned(">"))
