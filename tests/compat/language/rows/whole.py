"""Whole-file hashes, allow-lists, ignore lists, names, levels (1.2 to 1.16); ndb and ldb (2.9)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from compat.language.case import Case, row
from compat.language.element import changed, literal
from compat.language.rows.description import gzipped, zipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from compat.language.draw import Draw

HASHES: dict[str, Callable[[bytes], str]] = {
    "md5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "sha1": lambda data: hashlib.sha1(data, usedforsecurity=False).hexdigest(),
    "sha256": lambda data: hashlib.sha256(data).hexdigest(),
}


def any_digest(d: Draw, data: bytes) -> str:
    return d.rng.choice(list(HASHES.values()))(data)


@row("1.5", "db")
def _(d: Draw) -> Case:
    data, name, gap = literal(d.rng), d.name(), d.rng.choice(("", "??", "*", "{1-4}"))
    other = literal(d.rng)
    text = data.hex() + gap + other.hex() if gap else data.hex()
    fill = {"": b"", "??": b"\7", "*": b"\7\7", "{1-4}": b"\7\7\7"}[gap]
    whole = data + fill + other
    hits = [d.file(whole), d.file(whole, whole)]
    return d.case(
        name,
        [("language.db", f"{name}={text}")],
        hits,
        [d.file(whole[1:]), d.file(changed(d.rng, data) + fill + other)],
    )


def sized(kind: str) -> Callable[[Draw], Case]:
    def make(d: Draw) -> Case:
        file, name = d.file(d.filler(6)), d.name()
        digest = HASHES[kind](file)
        right = d.rng.random() < 0.6
        size = len(file) + (0 if right else d.rng.choice((1, -1)))
        line = f"{digest}:{size}:{name}{d.rng.choice(('', ':73', ':1:255', ':'))}"
        near = [changed(d.rng, file), file + b"\0", file[:-1]]
        suffix = d.rng.choice(("hdb", "hsb"))
        files = [(f"language.{suffix}", line)]
        return d.case(name, files, [file] if right else [], near[:1] if right else [file])

    return make


def unsized(kind: str) -> Callable[[Draw], Case]:
    def make(d: Draw) -> Case:
        file, name = d.file(d.filler(6)), d.name()
        digest = HASHES[kind](file)
        line = f"{d.rng.choice((digest, digest.upper()))}:*:{name}:{d.rng.choice((73, 99, 200))}"
        files = [(f"language.{d.rng.choice(('hdb', 'hsb'))}", line)]
        return d.case(name, files, [file], [changed(d.rng, file)])

    return make


for _kind in HASHES:
    row("1.6", f"hash-{_kind}-sized")(sized(_kind))
    row("1.6", f"hash-{_kind}-any-size")(unsized(_kind))


@row("1.6", "hash-small")
def _(d: Draw) -> Case:
    """Six bytes are the least that is looked at."""
    name, size = d.name(), d.rng.choice((4, 5, 5, 6, 6, 7, 8))
    file = b"\0\1" * 2 + d.rng.randbytes(size - 4)
    lines = [("language.hdb", f"{any_digest(d, file)}:{size}:{name}")]
    return d.case(
        name, lines, [file] if size > 5 else [], [changed(d.rng, file)] if size > 5 else [file]
    )


@row("1.6", "hash-of-a-member")
def _(d: Draw) -> Case:
    data, name = d.file(d.filler(20)), d.name()
    lines = [("language.hsb", f"{any_digest(d, data)}:{len(data)}:{name}")]
    wrong = changed(d.rng, data)
    return d.case(
        name, lines, [zipped(data), gzipped(data)], [zipped(wrong), gzipped(data + b"\0")]
    )


@row("1.6", "hash-of-a-text")
def _(d: Draw) -> Case:
    """Texts are hashed as they are; their normalised copy is not hashed."""
    text, name = d.text(b"Some Words, twice"), d.name()
    copy = b" ".join(text.lower().split()) + b" "
    right = d.rng.random() < 0.6
    hashed = text if right else copy
    lines = [("language.hsb", f"{any_digest(d, hashed)}:{len(hashed)}:{name}")]
    return d.case(name, lines, [text] if right else [], [changed(d.rng, text)] if right else [text])


@row("1.7", "allowed-by-hash")
def _(d: Draw) -> Case:
    """The alert of a file whose hash is listed is withdrawn; not for another hash or size."""
    mark, name = literal(d.rng), d.name()
    files = [d.file(mark) for _ in range(4)]
    allowed, half, wrong_size, free = files
    lines = list(d.lines(name, mark.hex(), form=d.form_once()))
    suffix = d.rng.choice(("fp", "sfp"))
    lines += [
        (f"language.{suffix}", f"{any_digest(d, allowed)}:{len(allowed)}:{name}.allowed"),
        (f"language.{suffix}", f"{any_digest(d, half)}:*:{name}.any:73"),
        (f"language.{suffix}", f"{any_digest(d, wrong_size)}:{len(wrong_size) + 1}:{name}.size"),
        (f"language.{suffix}", f"{any_digest(d, changed(d.rng, free))}:{len(free)}:{name}.other"),
    ]
    return d.case(name, lines, [wrong_size, free], [allowed, half])


@row("1.7", "allowed-inside-or-around")
def _(d: Draw) -> Case:
    """Around: everything inside is trusted. Inside: that member only."""
    mark, name = literal(d.rng), d.name()
    inner, other, free = (d.file(mark) + bytes(200) for _ in range(3))
    around = zipped(other)
    lines = list(d.lines(name, mark.hex(), form=d.form_once()))
    lines += [
        ("language.sfp", f"{any_digest(d, data)}:{len(data)}:{name}") for data in (inner, around)
    ]
    # Not `other` by itself: what is trusted inside `around` the clean cache may know afterwards.
    return d.case(name, lines, [zipped(free), free], [zipped(inner), around])


@row("1.16", "ignored-name")
def _(d: Draw) -> Case:
    """The whole name in its exact case; not a part of it, not with .UNOFFICIAL."""
    mark, name = literal(d.rng), d.name()
    entry, ignored = d.rng.choice(
        (
            (name, True),
            (f"{name}.UNOFFICIAL", False),
            (name[:-1], False),
            (name.upper(), False),
            (f"x:y:{name}", True),
            (name, True),
            (f"{name}1", False),
        )
    )
    lines = [("language.ign2", entry), *d.lines(name, mark.hex(), form=d.form_once())]
    files = [d.file(mark) for _ in range(3)]
    return d.case(name, lines, [] if ignored else files, files if ignored else [d.file(mark[1:])])


@row("1.16", "ignored-line", group="pinned")
def _(d: Draw) -> Case:
    """``name:MD5``: only while the line is the one with that digest."""
    mark, name = literal(d.rng), d.name()
    lines = d.lines(name, mark.hex(), form=d.form_once())
    ignored = d.rng.random() < 0.5
    digest = HASHES["md5"](lines[0][1].encode() if ignored else lines[0][1][1:].encode())
    files = [d.file(mark) for _ in range(3)]
    return d.case(
        name,
        [("language.ign2", f"{name}:{digest}"), *lines],
        [] if ignored else files,
        files if ignored else [d.file(mark[1:])],
    )


@row("1.16", "ignored-hash")
def _(d: Draw) -> Case:
    file, name, ignored = d.file(d.filler(8)), d.name(), d.rng.random() < 0.5
    lines = [("language.hsb", f"{any_digest(d, file)}:{len(file)}:{name}")]
    if ignored:
        lines.append(("language.ign", f"a:b:{name}"))
    return d.case(
        name, lines, [] if ignored else [file], [file] if ignored else [changed(d.rng, file)]
    )


@row("1.2", "name-cut-at-clam")
def _(d: Draw) -> Case:
    mark, name = literal(d.rng), d.name()
    lines = d.lines(f"{name} (Clam){d.rng.choice(('', '-1', ' x'))}", mark.hex())
    return d.case(name, lines, [d.file(mark)] * 2, [d.file(changed(d.rng, mark))] * 2)


@row("1.2", "name-of-several-lines")
def _(d: Draw) -> Case:
    """One name for several lines: any of them reports it."""
    marks, name = d.marks(3), d.name()
    lines = [line for mark in marks for line in d.lines(name, mark.hex(), form=d.form_once())]
    return d.case(name, lines, map(d.file, marks), (d.file(mark[1:]) for mark in marks))


@row("1.10", "level-of-a-body")
def _(d: Draw) -> Case:
    mark, name = literal(d.rng), d.name()
    levels, loads = d.rng.choice(
        (
            (":51", True),
            (":51:255", True),
            (":", True),
            (":0:500", True),
            ("::300", True),
            (":300", False),
            (":51:100", False),
            (":255:51", False),
        )
    )
    files = [d.file(mark) for _ in range(3)]
    line = ("language.ndb", f"{name}:0:*:{mark.hex()}{levels}")
    return d.case(name, [line], files if loads else [], [d.file(mark[1:])] if loads else files)


@row("1.6", "level-of-a-hash")
def _(d: Draw) -> Case:
    file, name = d.file(d.filler(8)), d.name()
    levels, loads = d.rng.choice(
        ((":51", True), (":51:255", True), (":abc", True), (":300", False), (":51:99", False))
    )
    line = ("language.hsb", f"{any_digest(d, file)}:{len(file)}:{name}{levels}")
    return d.case(
        name, [line], [file] if loads else [], [changed(d.rng, file)] if loads else [file]
    )


@row("1.3", "potentially-unwanted")
def _(d: Draw) -> Case:
    """Files of unwanted programs' signatures, loaded because detection of them is on."""
    mark, name = literal(d.rng), f"PUA.{d.name()}"
    file = d.file(mark)
    lines = d.rng.choice(
        (
            [("language.ndu", f"{name}:0:*:{mark.hex()}")],
            [("language.ldu", f"{name};Engine:51-255,Target:0;0;{mark.hex()}")],
            [("language.hdu", f"{HASHES['md5'](file)}:{len(file)}:{name}")],
            [("language.hsu", f"{HASHES['sha256'](file)}:{len(file)}:{name}")],
        )
    )
    return d.case(name, lines, [file], [d.file(changed(d.rng, mark))])


@row("2.9", "ndb-beside-ldb")
def _(d: Draw) -> Case:
    """The same pattern as a body and as a logical signature; both are compared, one is counted."""
    a, b, name = literal(d.rng, 5, 6), literal(d.rng, 5, 6), d.name()
    text = f"{a.hex()}{{2-5}}??{b.hex()}"
    lines = [*d.lines(f"{name}.twin", text), *d.lines(name, text, form="0")]
    hits = [d.file(a + d.rng.randbytes(size) + b) for size in (3, 6)]
    return d.case(name, lines, hits, [d.file(a + d.rng.randbytes(size) + b) for size in (2, 7)])
