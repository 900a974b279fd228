"""Target description blocks (2.7)."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

from compat.language.case import Case, row
from compat.language.element import changed, literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from compat.language.draw import Draw

S = "2.7"


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    info = zipfile.ZipInfo("member")
    info.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, data)
    return out.getvalue()


def tarred(data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        info = tarfile.TarInfo("member")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


PACK: dict[str, Callable[[bytes], bytes]] = {
    "CL_TYPE_ZIP": zipped,
    "CL_TYPE_POSIX_TAR": tarred,
    "CL_TYPE_GZ": gzipped,
}


def described(d: Draw, block: str, mark: bytes) -> tuple[str, tuple[tuple[str, str], ...]]:
    name = d.name()
    return name, d.logical(name, "0", mark.hex(), block=block)


def packed(d: Draw, mark: bytes, *types: str) -> bytes:
    """A binary file with `mark` inside containers, the innermost last."""
    # With zeros deflate codes the data: the mark shows in no outer layer (a tar hides nothing).
    data = d.file(mark) + bytes(200)
    for kind in reversed(types):
        data = PACK[kind](data)
    return data


@row(S, "engine-level")
def _(d: Draw) -> Case:
    """Outside its range of functionality levels a signature is not loaded."""
    mark, name, loads = literal(d.rng), d.name(), d.rng.random() < 0.5
    low, high = d.rng.choice(
        ((51, 255), (1, 500), (0, 90000)) if loads else ((51, 99), (300, 400), (255, 51))
    )
    lines = [("language.ldb", f"{name};Engine:{low}-{high},Target:0;0;{mark.hex()}")]
    files = [d.file(mark) for _ in range(3)]
    return d.case(name, lines, files if loads else [], [d.file(mark[1:])] if loads else files)


@row(S, "no-engine")
def _(d: Draw) -> Case:
    mark, name = literal(d.rng), d.name()
    lines = [("language.ldb", f"{name};Target:{d.rng.choice((0, 14))};0;{mark.hex()}")]
    return d.case(name, lines, [d.file(mark)], [d.file(changed(d.rng, mark))])


@row(S, "file-size")
def _(d: Draw) -> Case:
    mark = literal(d.rng)
    low = d.rng.randint(60, 200)
    high = low + d.rng.randint(0, 60)
    name, lines = described(d, f",FileSize:{low}-{high}", mark)
    place = d.rng.randint(4, 40)
    hits = [d.at(place, mark, size) for size in (low, high, d.rng.randint(low, high))]
    return d.case(
        name, lines, hits, [d.at(place, mark, size) for size in (low - 1, high + 1, high + 40)]
    )


@row(S, "file-size-open")
def _(d: Draw) -> Case:
    """An empty bound is 0: ``-n`` works, ``n-`` is never true."""
    mark, n, live = literal(d.rng), d.rng.randint(80, 200), d.rng.random() < 0.7
    name, lines = described(d, f",FileSize:-{n}" if live else f",FileSize:{n}-", mark)
    small = [d.at(8, mark, size) for size in (n, n - 1, 60)]
    large = [d.at(8, mark, size) for size in (n + 1, n + 90)]
    return d.case(name, lines, small if live else [], large if live else small + large)


@row(S, "file-size-of-a-member")
def _(d: Draw) -> Case:
    """The size is that of the layer, not of the file around it."""
    mark, size = literal(d.rng), d.rng.randint(90, 200)
    name, lines = described(d, f",FileSize:{size}-{size + 1}", mark)
    hits = [zipped(d.at(9, mark, wanted)) for wanted in (size, size + 1)]
    return d.case(
        name, lines, hits, [zipped(d.at(9, mark, wrong)) for wrong in (size - 1, size + 2)]
    )


@row(S, "file-size-of-a-text")
def _(d: Draw) -> Case:
    """For the normalised copy too it is the size of the raw file."""
    mark, name, size = d.letters(8, 9), d.name(), d.rng.randint(200, 300)
    lines = d.logical(name, "0", mark.text, target=7, block=f",FileSize:{size}-{size}")
    word = mark.good(d.rng)

    def build(length: int) -> bytes:
        text = d.text(word.upper())
        return text + b" " * (length - len(text))

    return d.case(name, lines, [build(size) for _ in range(2)], [build(size - 1), build(size + 1)])


@row(S, "same-key-twice")
def _(d: Draw) -> Case:
    """The last one wins."""
    mark, low = literal(d.rng), d.rng.randint(100, 150)
    name, lines = described(d, f",FileSize:1-2,FileSize:{low}-{low + 20}", mark)
    hits = [d.at(9, mark, size) for size in (low, low + 20)]
    return d.case(name, lines, hits, [d.at(9, mark, size) for size in (low - 1, low + 21)])


@row(S, "many-attributes")
def _(d: Draw) -> Case:
    mark, low = literal(d.rng), d.rng.randint(100, 150)
    size = f",FileSize:{low}-{low + 20}"
    name, lines = described(d, d.rng.choice((size * 8, f"{size},Container:CL_TYPE_ANY")), mark)
    hits = [d.at(9, mark, size) for size in (low, low + 20)]
    return d.case(name, lines, hits, [d.at(9, mark, size) for size in (low - 1, low + 21)])


@row(S, "target-after-other-keys")
def _(d: Draw) -> Case:
    mark, name, low = literal(d.rng), d.name(), d.rng.randint(100, 150)
    lines = [
        ("language.ldb", f"{name};Engine:51-255,FileSize:{low}-{low + 9},Target:0;0;{mark.hex()}")
    ]
    hits = [d.at(9, mark, size) for size in (low, low + 9)]
    return d.case(name, lines, hits, [d.at(9, mark, size) for size in (low - 1, low + 10)])


@row(S, "unknown-key-is-skipped")
def _(d: Draw) -> Case:
    """The signature is left out in silence; what follows it is loaded."""
    mark, name, dead = literal(d.rng), d.name(), d.rng.random() < 0.5
    block = d.rng.choice(
        (",Colour:red", ",filesize:1-900", ",Container:CL_TYPE_NONE", ", FileSize:1-900")
    )
    lines = d.logical(name, "0", mark.hex(), block=block if dead else ",FileSize:1-900")
    files = [d.file(mark) for _ in range(3)]
    return d.case(name, lines, [] if dead else files, files if dead else [d.file(mark[1:])])


def container(kind: str) -> Callable[[Draw], Case]:
    def make(d: Draw) -> Case:
        mark = literal(d.rng)
        others = [other for other in PACK if other != kind]
        name, lines = described(d, f",Container:{kind}", mark)
        hits = [packed(d, mark, kind), packed(d, mark, d.rng.choice(others), kind)]
        misses = [packed(d, mark, other) for other in others]
        # Not a tar inside: it shows the mark in its own layer, whose parent is the right one.
        inner = d.rng.choice([other for other in others if other != "CL_TYPE_POSIX_TAR"])
        misses += [d.file(mark), packed(d, mark, kind, inner)]
        return d.case(name, lines, hits, misses)

    return make


for _kind in PACK:
    row(S, f"container-{_kind.removeprefix('CL_TYPE_').lower()}")(container(_kind))


@row(S, "container-any")
def _(d: Draw) -> Case:
    """``CL_TYPE_ANY`` is for outermost objects only."""
    mark = literal(d.rng)
    name, lines = described(d, ",Container:CL_TYPE_ANY", mark)
    hits = [d.file(mark), d.file(mark, mark)]
    return d.case(
        name, lines, hits, [packed(d, mark, "CL_TYPE_ZIP"), packed(d, mark, "CL_TYPE_GZ")]
    )


ZIP, TAR, GZ = PACK


def intermediates(
    slug: str,
    *choices: tuple[tuple[str, ...], tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]],
) -> None:
    def make(d: Draw) -> Case:
        wanted, good, bad = d.rng.choice(choices)
        mark = literal(d.rng)
        name, lines = described(d, f",Intermediates:{'>'.join(wanted)}", mark)
        return d.case(
            name, lines, (packed(d, mark, *t) for t in good), (packed(d, mark, *t) for t in bad)
        )

    row(S, slug)(make)


intermediates(
    "intermediates-one",
    ((ZIP,), ((ZIP,), (GZ, ZIP)), ((GZ,), (), (ZIP, GZ))),
    ((GZ,), ((GZ,), (ZIP, GZ)), ((ZIP,), (), (GZ, ZIP))),
    ((TAR,), ((TAR,), (GZ, TAR)), ((ZIP,), (), (TAR, ZIP))),
)
intermediates(
    "intermediates-two",
    ((ZIP, GZ), ((ZIP, GZ), (TAR, ZIP, GZ)), ((GZ, ZIP), (GZ,), (ZIP, ZIP))),
    ((GZ, ZIP), ((GZ, ZIP), (ZIP, GZ, ZIP)), ((ZIP, GZ), (ZIP,), (GZ, GZ))),
    ((TAR, GZ), ((TAR, GZ), (ZIP, TAR, GZ)), ((GZ, TAR), (GZ,), (TAR, ZIP))),
)
intermediates(
    "intermediates-three",
    (
        (ZIP, TAR, GZ),
        ((ZIP, TAR, GZ), (GZ, ZIP, TAR, GZ)),
        ((TAR, GZ), (TAR, ZIP, GZ), (ZIP, GZ, GZ)),
    ),
    ((GZ, TAR, ZIP), ((GZ, TAR, ZIP), (ZIP, GZ, TAR, ZIP)), ((TAR, ZIP), (TAR, GZ, ZIP))),
)
intermediates(
    "intermediates-any",
    ((TAR, "CL_TYPE_ANY"), ((ZIP, TAR), (GZ, TAR)), ((TAR, ZIP), (TAR, GZ), (ZIP, GZ))),
    (("CL_TYPE_ANY", GZ), ((ZIP, GZ), (TAR, GZ)), ((GZ,), (GZ, ZIP), (ZIP, TAR))),
    ((ZIP, "CL_TYPE_ANY", GZ), ((TAR, ZIP, GZ),), ((ZIP, TAR, GZ), (ZIP, GZ), (TAR, GZ))),
)


@row(S, "handler-type")
def _(d: Draw) -> Case:
    """Instead of alerting, the same bytes are scanned as another type, where it may match again."""
    mark, data, name = literal(d.rng), literal(d.rng), d.name()
    kind = d.rng.choice(("CL_TYPE_GRAPHICS", "CL_TYPE_PS", "CL_TYPE_BINARY_DATA"))
    lines = d.logical(name, "0&1", mark.hex(), data.hex(), block=f",HandlerType:{kind}")
    hits = [d.file(mark, data), d.file(data, mark)]
    return d.case(
        name, lines, hits, [d.file(mark), d.file(data), d.file(mark, changed(d.rng, data))]
    )


@row(S, "handler-type-changes-target")
def _(d: Draw) -> Case:
    """Signatures of the new type's target are tried on the re-typed layer."""
    mark, data, name = literal(d.rng), literal(d.rng), d.name()
    lines = (
        *d.logical(f"{name}.handler", "0", mark.hex(), block=",HandlerType:CL_TYPE_GRAPHICS"),
        *d.lines(name, data.hex(), target=5, form=d.form_once()),
    )
    hits = [d.file(mark, data), d.file(data, mark)]
    return d.case(
        name,
        lines,
        hits,
        [d.file(data), d.file(changed(d.rng, mark), data), d.file(mark, data[1:])],
    )
