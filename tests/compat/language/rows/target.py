"""Target types, and text in its two passes (2.5, 6.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.language.case import Case, row
from compat.language.draw import MARK, Draw
from compat.language.element import LETTERS, changed, literal

if TYPE_CHECKING:
    from collections.abc import Callable

S = "2.5"

HEADS: dict[int, tuple[bytes, ...]] = {
    1: (b"MZ" + MARK,),
    2: (bytes.fromhex("d0cf11e0a1b11ae1"),),
    5: (b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"BM", b"II*\x00"),
    6: (b"\x7fELF" + MARK,),
    7: (b"plain words ",),
    9: (b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"),
    10: (b"%PDF-1.4\n",),
    11: (b"FWS\x05",),
    12: (b"\xca\xfe\xba\xbe\x00\x00\x00\x34",),
    14: (MARK,),
}
"""Beginnings of files by the target whose signatures are tried on them."""
NO_TARGET = (
    b"{\\rtf1 ",
    b"%!PS-Adobe-3.0\n",
    bytes.fromhex("4c0000000114020000000000c000000000000046"),
    b"RIFF\x00\x01\x00\x00",
)
"""Beginnings of files on which only target 0 is tried."""


def typed(d: Draw, head: bytes, data: bytes) -> bytes:
    """A file that begins with `head` and holds `data`, without anything that changes its type."""
    if head in HEADS[7]:
        return head + d.words() + data + d.words()
    return head + d.filler(8) + data + d.filler(8)


def _heads(d: Draw, target: int) -> list[bytes]:
    return [d.rng.choice(HEADS[target]) for _ in range(3)]


def _others(d: Draw, target: int) -> list[bytes]:
    others = [head for other, heads in HEADS.items() for head in heads if other != target]
    return d.rng.sample([*others, *NO_TARGET], 3)


def _make(target: int) -> Callable[[Draw], Case]:
    def make(d: Draw) -> Case:
        # A word, for what is text is matched on its normalised copy.
        data, name = literal(d.rng, 8, 10, LETTERS), d.name()
        hits = [typed(d, head, data) for head in _heads(d, target)]
        misses = [typed(d, head, data) for head in _others(d, target)]
        misses.append(typed(d, d.rng.choice(HEADS[target]), changed(d.rng, data)))
        return d.case(
            name, d.lines(name, data.hex(), target=target, form=d.form_once()), hits, misses
        )

    return make


for _target in HEADS:
    row(S, f"target-{_target}")(_make(_target))


@row(S, "target-0")
def _(d: Draw) -> Case:
    """Any type, types without a target of their own included."""
    data, name = literal(d.rng, 8, 10, LETTERS), d.name()
    heads = [head for heads in HEADS.values() for head in heads] + list(NO_TARGET)
    hits = [typed(d, head, data) for head in d.rng.sample(heads, 4)]
    misses = [typed(d, head, data[:-1] + b"-") for head in d.rng.sample(heads, 4)]
    return d.case(name, d.lines(name, data.hex(), form=d.form_once()), hits, misses)


@row(S, "target-3")
def _(d: Draw) -> Case:
    """HTML is matched on its normalised copies."""
    data, name = literal(d.rng, 8, 10, LETTERS), d.name()
    pages = [b"<html><body>" + d.words() + w + d.words() + b"</body>" for w in (data, data.upper())]
    misses = [d.text(data), d.file(data), pages[0].replace(data, changed(d.rng, data))]
    lines = d.lines(name, data.hex(), target=3, form=d.form_once())
    return d.case(name, lines, pages, misses)


@row(S, "target-4", needs="mail")
def _(d: Draw) -> Case:
    """Mail is matched as it is."""
    data, name = literal(d.rng, 8, 10, LETTERS), d.name()
    head = b"Received: from a by b\nFrom: a@b.c\nTo: d@e.f\nSubject: x\n\n"
    mails = [head + d.words() + data + d.words() + b"\n" for _ in range(2)]
    misses = [d.text(data), d.file(data), mails[0].replace(data, changed(d.rng, data))]
    lines = d.lines(name, data.hex(), target=4, form=d.form_once())
    return d.case(name, lines, mails, misses)


@row(S, "target-star-or-empty")
def _(d: Draw) -> Case:
    data, name = literal(d.rng), d.name()
    line = ("language.ndb", f"{name}:{d.rng.choice(('*', ''))}:*:{data.hex()}")
    return d.case(name, [line], [d.file(data)], [d.file(changed(d.rng, data))])


@row(S, "target-8-is-dead")
def _(d: Draw) -> Case:
    data, name = literal(d.rng), d.name()
    dead = d.rng.random() < 0.5
    lines = d.lines(name, data.hex(), target=8 if dead else 14)
    files = [d.file(data) for _ in range(2)]
    return d.case(name, lines, [] if dead else files, files if dead else [d.file(data[1:])])


@row(S, "target-above-14-is-skipped")
def _(d: Draw) -> Case:
    data, name = literal(d.rng), d.name()
    dead = d.rng.random() < 0.5
    lines = d.lines(name, data.hex(), target=d.rng.choice((15, 99)) if dead else 0)
    files = [d.file(data) for _ in range(2)]
    return d.case(name, lines, [] if dead else files, files if dead else [d.file(data[1:])])


# Text.

S6 = "6.6"
BLANKS = b"\t\n\x0b\x0c\r "


def _word(d: Draw) -> bytes:
    return literal(d.rng, 7, 10, LETTERS)


def mixed(d: Draw, data: bytes) -> bytes:
    """`data` in upper and lower case, at least one letter upper."""
    folded = bytes(d.rng.choice((c, c & 0xDF)) if 97 <= c <= 122 else c for c in data)
    return folded[:1].upper() + folded[1:]


@row(S6, "text-lower-case")
def _(d: Draw) -> Case:
    word, name = _word(d), d.name()
    target = d.rng.choice((0, 7))
    hits = [d.text(mixed(d, word)), d.text(word), d.text(word.upper())]
    misses = [d.text(changed(d.rng, word)), d.file(mixed(d, word)), d.text(word[:-1])]
    return d.case(name, d.lines(name, word.hex(), target=target, form=d.form_once()), hits, misses)


@row(S6, "text-upper-case-pattern")
def _(d: Draw) -> Case:
    """A pattern with capitals sees the raw bytes only, so as target 7 it is dead."""
    word, name, target = _word(d).upper(), d.name(), d.rng.choice((0, 0, 7))
    files = [d.text(word) for _ in range(2)]
    misses = [d.text(word.lower())]
    lines = d.lines(name, word.hex(), target=target, form=d.form_once())
    return d.case(name, lines, [] if target else files, misses + (files if target else []))


@row(S6, "text-white-space")
def _(d: Draw) -> Case:
    """Any run of blanks, tabs and line ends is one blank."""
    a, b, name = _word(d), _word(d), d.name()
    runs = [
        bytes(d.rng.choice(b"\t\n\x0c\r ") for _ in range(d.rng.randint(1, 5))) for _ in range(3)
    ]
    hits = [d.text(a + run + b) for run in runs]
    misses = [d.text(a + b), d.text(a + b"\x08" + b), d.text(a + b" - " + b)]
    lines = d.lines(name, f"{a.hex()}20{b.hex()}", target=7, form=d.form_once())
    return d.case(name, lines, hits, misses)


@row(S6, "text-dropped-bytes")
def _(d: Draw) -> Case:
    """Other controls and every byte from 80 on vanish without leaving a blank."""
    a, b, name = _word(d), _word(d), d.name()
    dropped = bytes(d.rng.choice(b"\x07\x08\x1b" + bytes(range(0x80, 0x100))) for _ in range(3))
    hits = [d.text(a + dropped[:1] + b), d.text(a + dropped + b), d.text(a + b)]
    misses = [d.text(a + b" " + b), d.text(a + b"~" + b), d.text(a + dropped + b"\t" + b)]
    lines = d.lines(name, f"{a.hex()}{b.hex()}", target=7, form=d.form_once())
    return d.case(name, lines, hits, misses)


@row(S6, "text-utf-16")
def _(d: Draw) -> Case:
    """UTF-16 needs no step of its own: its zero bytes are dropped like any control."""
    word, name = _word(d), d.name()
    mark, code = d.rng.choice(
        ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"", "utf-16-be"))
    )

    def wide(text: bytes) -> bytes:
        return mark + text.decode("ascii").encode(code)

    hits = [wide(d.words() + mixed(d, word) + d.words()) for _ in range(2)]
    misses = [wide(d.words() + changed(d.rng, word) + d.words()), wide(d.words() + word[1:])]
    return d.case(name, d.lines(name, word.hex(), target=7, form=d.form_once()), hits, misses)


@row(S6, "text-absolute-offset")
def _(d: Draw) -> Case:
    """Offsets are those of the copy that is matched."""
    lead, word, name = _word(d), _word(d), d.name()
    n = len(lead) + 1
    lines = d.lines(
        name, word.hex(), target=d.rng.choice((0, 7)), offset=str(n), form=d.form_once()
    )
    hits = [
        lead + space + mixed(d, word) + d.words() for space in (b" ", b"   ", b"\r\n", b"\x08\t ")
    ]
    misses = [lead + b"  -" + word + d.words(), lead + mixed(d, word) + d.words()]
    return d.case(name, lines, hits, misses)


@row(S6, "text-counts")
def _(d: Draw) -> Case:
    """The two passes are counted apart: a word that stands twice counts two, not four."""
    word, name = _word(d), d.name()
    form, target = d.rng.choice(("0=2", "0=4")), d.rng.choice((0, 7))
    two, four = d.text(word, word), d.text(*[word] * 4)
    hits, misses = ([two], [four]) if form == "0=2" else ([four], [two])
    lines = d.lines(name, word.hex(), target=target, form=form)
    return d.case(name, lines, hits, [*misses, d.text(word), d.text(*[word] * 3)])


@row(S6, "text-passes-apart")
def _(d: Draw) -> Case:
    """What only the raw bytes hold and what only the copy holds do not make one match."""
    word, other, name = _word(d), _word(d), d.name()
    lines = d.logical(name, "0&1", word.upper().hex(), other.hex())
    hits = [d.text(word.upper(), other), d.text(other, word.upper(), other)]
    misses = [d.text(word.upper(), other.upper()), d.text(word, other), d.text(mixed(d, other))]
    return d.case(name, lines, hits, misses)


@row(S6, "text-end-offset", group="relative")
def _(d: Draw) -> Case:
    """Kept apart: one such signature makes the peer match every text in another way."""
    word, name = _word(d), d.name()
    space = d.rng.choice((b" ", b"  ", b"\n", b" \t"))
    lines = d.lines(
        name, word.hex(), target=7, offset=f"EOF-{len(word) + 1}", form=d.rng.choice((None, "0"))
    )
    hits = [d.words() + mixed(d, word) + space for _ in range(3)]
    misses = [d.words() + word, d.words() + word + space + b"x", d.words() + word[1:] + space]
    return d.case(name, lines, hits, misses)
