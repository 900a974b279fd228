"""Regular expressions (2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.language.case import Case, row
from compat.language.element import LETTERS, changed, literal

if TYPE_CHECKING:
    from compat.language.draw import Draw

S = "2.6"


def word(d: Draw) -> bytes:
    return literal(d.rng, 5, 8, LETTERS)


def regex_case(  # noqa: PLR0913 - a regex, its flags, files on both sides
    d: Draw,
    regex: str,
    flags: str,
    hits: list[bytes],
    misses: list[bytes],
    *,
    expression: str = "0&1",
) -> Case:
    """A regex triggered by a mark that stands in every file, before what the regex is about."""
    mark, name = literal(d.rng, 4, 6), d.name()
    lines = d.logical(name, expression, mark.hex(), f"0/{regex}/{flags}")
    return d.case(name, lines, (d.file(mark, h) for h in hits), (d.file(mark, m) for m in misses))


def offset_case(  # noqa: PLR0913, PLR0917 - a regex, its offset and flags, files on both sides
    d: Draw,
    offset: str,
    flags: str,
    text: bytes,
    good: list[int],
    bad: list[int],
    size: int | None = None,
) -> Case:
    """A regex with an offset; the mark stands at the end of each file."""
    mark, name = literal(d.rng, 4, 4), d.name()
    lines = d.logical(name, "0&1", mark.hex(), f"{offset}:0/{text.decode()}/{flags}")

    def build(position: int) -> bytes:
        data = d.at(position, text, None if size is None else size - len(mark))
        return data + mark

    return d.case(name, lines, map(build, good), map(build, bad))


@row(S, "regex")
def _(d: Draw) -> Case:
    a, b, n = word(d).decode(), word(d), d.rng.randint(2, 5)
    regex = f"{a}[0-9]{{{n}}}{b.decode()}"
    digits = "0123456789"
    good = [f"{a}{digits[i : i + n]}".encode() + b for i in range(3)]
    bad = [
        f"{a}{digits[: n + 1]}".encode() + b,
        f"{a}{digits[: n - 1]}x".encode() + b,
        good[0][:-1],
    ]
    return regex_case(d, regex, "", good, bad)


@row(S, "regex-bytes")
def _(d: Draw) -> Case:
    """Zero bytes and bytes from 80 on can be matched; there is no UTF mode."""
    value, w = d.rng.randrange(0x80, 0x100), word(d)
    good = [w + bytes([value]) + b"\0" + w]
    bad = [w + bytes([value ^ 1]) + b"\0" + w, w + bytes([value]) + b"\1" + w]
    return regex_case(d, f"{w.decode()}\\x{value:02x}\\x00{w.decode()}", "", good * 2, bad)


@row(S, "regex-trigger")
def _(d: Draw) -> Case:
    """The regex is tried only where the expression before it holds."""
    a, b, w, name = literal(d.rng, 4, 6), literal(d.rng, 4, 6), word(d), d.name()
    trigger, good, bad = d.rng.choice(
        (
            ("0&1", [[a, b]], [[a], [b]]),
            ("0|1", [[a], [b], [a, b]], [[]]),
            ("0=2", [[a, a]], [[a], [a, a, a]]),
            ("0>1", [[a, a], [a, a, a]], [[a]]),
            ("(0|1)>1", [[a, b], [a, a]], [[a], [b]]),
            ("0&1=0", [[a]], [[a, b], [b]]),
        )
    )
    lines = d.logical(name, "2", a.hex(), b.hex(), f"{trigger}/{w.decode()}/")
    hits = [d.file(*chunks, w) for chunks in good]
    misses = [d.file(*chunks, w) for chunks in bad] + [d.file(*good[0], w[1:])]
    return d.case(name, lines, hits, misses)


@row(S, "regex-trigger-regex")
def _(d: Draw) -> Case:
    """A regex or a byte comparison may be the trigger of another regex."""
    mark, a, b, name = literal(d.rng, 4, 6), word(d), word(d), d.name()
    lines = d.logical(name, "2", mark.hex(), f"0/{a.decode()}/", f"1/{b.decode()}/")
    hits = [d.file(mark, a, b), d.file(b, a, mark)]
    return d.case(name, lines, hits, [d.file(mark, a[1:], b), d.file(a, b), d.file(mark, a, b[1:])])


@row(S, "regex-separators")
def _(d: Draw) -> Case:
    """``;``, ``:`` and escaped or plain slashes inside the regex."""
    a, b = word(d).decode(), word(d).decode()
    sign, spelled = d.rng.choice(((";", ";"), (":", ":"), ("/", "\\/"), ("/", "/"), ("::", "::")))
    return regex_case(
        d,
        f"{a}{spelled}{b}",
        "",
        [f"{a}{sign}{b}".encode()] * 2,
        [f"{a}{b}".encode(), f"{a}-{b}".encode()],
    )


@row(S, "regex-count")
def _(d: Draw) -> Case:
    """Without `g` a regex counts one at most."""
    w, n = word(d), d.rng.choice((1, 2, 3))
    flags = d.rng.choice(("", "g"))
    files = {count: b" ".join([w] * count) for count in (1, 2, 3, 4)}
    fits = [count for count in files if (count if flags else 1) == n]
    hits = [files[count] for count in fits]
    misses = [data for count, data in files.items() if count not in fits] + [w[1:]]
    return regex_case(d, w.decode(), flags, hits, misses, expression=f"0&1={n}")


@row(S, "regex-count-apart")
def _(d: Draw) -> Case:
    """With `g` the search goes on after the end of each match."""
    c, n = bytes([d.rng.choice(LETTERS)]), d.rng.randint(2, 3)
    hits, misses = [c * (2 * n), c * (2 * n + 1)], [c * (2 * n - 1), c * (3 * n), c * (4 * n)]
    return regex_case(d, f"{c.decode()}{{{n}}}", "g", hits, misses, expression="0&1=2")


@row(S, "regex-not")
def _(d: Draw) -> Case:
    w = word(d)
    return regex_case(
        d, w.decode(), d.rng.choice(("", "g")), [w[1:], b""], [w, w + w], expression="0&1=0"
    )


@row(S, "regex-flag-i")
def _(d: Draw) -> Case:
    w = word(d)
    if d.rng.random() < 0.5:
        return regex_case(d, w.decode(), "i", [w.upper(), w.title()], [changed(d.rng, w)])
    return regex_case(d, w.decode(), "", [w], [w.upper(), w.title()])


@row(S, "regex-flag-s")
def _(d: Draw) -> Case:
    a, b, dotall = word(d), word(d), d.rng.random() < 0.5
    with_line, plain = a + b"\n" + b, a + b"\x80" + b
    regex = f"{a.decode()}.{b.decode()}"
    hits, misses = ([plain, with_line], []) if dotall else ([plain], [with_line])
    return regex_case(d, regex, "s" if dotall else "", hits, [*misses, a + b, a + b"\r\n" + b])


@row(S, "regex-flag-m")
def _(d: Draw) -> Case:
    w, lines = word(d), d.rng.random() < 0.6
    regex = f"^{w.decode()}$"
    whole = [b"\n" + w + b"\n", b"\r\n" + w + b"\n"]
    others = [b"x" + w + b"\n", b"\n" + w + b"x", b"\n" + w + b"\r\n", b"\r" + w + b"\n"]
    return regex_case(
        d, regex, "m" if lines else "", whole if lines else [], others + ([] if lines else whole)
    )


@row(S, "regex-flag-x")
def _(d: Draw) -> Case:
    a, b, free = word(d), word(d), d.rng.random() < 0.6
    joined, spaced = a + b, a + b" " + b
    hits, misses = ([joined], [spaced]) if free else ([spaced], [joined])
    return regex_case(d, f"{a.decode()} {b.decode()}", "x" if free else "", hits * 2, misses * 2)


@row(S, "regex-flag-anchored")
def _(d: Draw) -> Case:
    """`A`: only at the start of the subject."""
    w, mark, name = word(d), literal(d.rng, 4, 4), d.name()
    flags = d.rng.choice(("A", "A", "Ag", ""))
    lines = d.logical(name, "0&1", mark.hex(), f"0/{w.decode()}/{flags}")
    start, later = (
        [d.first(w) + mark, d.first(w + w) + mark],
        [d.first(b"x" + w) + mark, d.file(w, mark)],
    )
    hits, misses = (start, later) if "A" in flags else (start + later, [])
    return d.case(name, lines, hits, [*misses, d.first(w[1:]) + mark])


@row(S, "regex-flag-dollar")
def _(d: Draw) -> Case:
    """`E`: the dollar sign is the very end, not also the place before a last line feed."""
    w, mark, name, only = word(d), literal(d.rng, 4, 4), d.name(), d.rng.random() < 0.6
    lines = d.logical(name, "0&1", mark.hex(), f"0/{w.decode()}$/{'E' * only}")
    end, before = [d.file(mark) + w, d.file(mark, b"") + w], [d.file(mark) + w + b"\n"]
    hits, misses = (end, before) if only else (end + before, [])
    other = [d.file(mark) + w + b"\n\n", d.file(mark) + w + b"\r\n", d.file(w, mark)]
    return d.case(name, lines, hits, misses + other)


@row(S, "regex-flag-ungreedy")
def _(d: Draw) -> Case:
    """`U` turns greediness round, which shows in the number of matches."""
    a, b, ungreedy = word(d)[:3], word(d)[:3], d.rng.random() < 0.5
    n = 2 if ungreedy else 1
    unit = a + b"\0..." + b + b"\0"
    files = {1: [unit], 2: [unit + unit]}
    regex = f"{a.decode()}\\x00[\\x00-\\x7f]+{b.decode()}\\x00"
    hits = files[1] + files[2] if n == 1 else files[2]
    misses = [] if n == 1 else files[1]
    broken = [a + b"\0..." + b, unit * 3 if n == 2 else unit[1:]]
    return regex_case(
        d, regex, "gU" if ungreedy else "g", hits, misses + broken, expression=f"0&1={n}"
    )


@row(S, "regex-offset")
def _(d: Draw) -> Case:
    """With an offset alone the regex is anchored there."""
    n = d.rng.randint(0, 40)
    return offset_case(
        d, str(n), d.rng.choice(("", "g")), word(d), [n, n], [n + 1, n + 7, max(n - 1, 0) or 1]
    )


@row(S, "regex-offset-shift")
def _(d: Draw) -> Case:
    """With a shift the match begins at most so far behind the offset."""
    n, shift = d.rng.randint(0, 30), d.rng.randint(1, 20)
    flags = d.rng.choice(("", "r", "g"))
    bad = [n + shift + 1, n + shift + 9] + ([n - 1] if n else [])
    return offset_case(d, f"{n},{shift}", flags, word(d), [n, n + shift, n + shift // 2], bad)


@row(S, "regex-rolling")
def _(d: Draw) -> Case:
    """`r`: the offset is only where the search begins."""
    n = d.rng.randint(2, 40)
    return offset_case(d, str(n), "r", word(d), [n, n + 1, n + 50], [n - 1, n - 2, 0])


@row(S, "regex-encompassed")
def _(d: Draw) -> Case:
    """`e`: the whole match lies between the offset and the shift's end."""
    w, n, room = word(d), d.rng.randint(0, 30), d.rng.randint(0, 12)
    shift = len(w) + room
    bad = [n + room + 1, n + shift] + ([n - 1] if n else [])
    return offset_case(d, f"{n},{shift}", d.rng.choice(("e", "er")), w, [n, n + room], bad)


@row(S, "regex-end-offset")
def _(d: Draw) -> Case:
    size, n = d.rng.randint(100, 160), d.rng.randint(20, 60)
    shift = d.rng.choice((0, 0, 3, 7))
    offset = f"EOF-{n},{shift}" if shift else f"EOF-{n}"
    place = size - n
    return offset_case(
        d, offset, "", word(d), [place, place + shift], [place - 1, place + shift + 1], size
    )


@row(S, "regex-subject-start")
def _(d: Draw) -> Case:
    """The subject begins at the offset: a caret matches there, nothing is seen before it."""
    w, n, mark, name = word(d), d.rng.randint(6, 30), literal(d.rng, 4, 4), d.name()
    form = d.rng.choice(("^{}", "(?<!z){}", "\\b{}"))
    lines = d.logical(name, "0&1", mark.hex(), f"{n},9:0/{form.format(w.decode())}/")
    hits = [d.at(n, b"z" + w, lead=1) + mark]
    return d.case(
        name, lines, hits * 2, [d.at(n + 1, b"z" + w, lead=1) + mark, d.at(n - 1, w) + mark]
    )


@row(S, "regex-alone-in-expression")
def _(d: Draw) -> Case:
    """The trigger may stay out of the expression itself."""
    w = word(d)
    return regex_case(d, w.decode(), "", [w, w + w], [w[1:], changed(d.rng, w)], expression="1")


@row(S, "regex-in-text")
def _(d: Draw) -> Case:
    """Tried on the normalised copy of a text too."""
    a, b, name, target = word(d), word(d), d.name(), d.rng.choice((0, 7))
    lines = d.logical(name, "0&1", a.hex(), f"0/{a.decode()} {b.decode()}/", target=target)
    hits = [d.text(a.upper() + space + b.title()) for space in (b" ", b"\n\n", b" \t")]
    return d.case(name, lines, hits, [d.text(a + b), d.text(a + b"-" + b), d.text(a, b)])
