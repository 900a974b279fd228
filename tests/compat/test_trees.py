"""Random trees of containers, with signatures and allow-lists on every level."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import itertools
import lzma
import random
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from compat.pair import BINARY, Pair

if TYPE_CHECKING:
    from random import Random

TYPES = {"zip": "ZIP", "tar": "POSIX_TAR", "gz": "GZ", "bz2": "BZ", "xz": "XZ"}
WORDS = tuple(f"marker-{name}-to-be-found".encode() for name in ("one", "two", "three", "four"))
PAGE = b"<b>handled</b>"
"""In a leaf that a signature asks to be scanned as HTML."""


class Tree:
    """One outermost file; `layers` is the bytes of every layer in it."""

    def __init__(self, rng: Random, depth: int) -> None:
        self._rng = rng
        self.layers: list[bytes] = []
        self.names: list[str] = []
        self.data = self._container(depth)

    def _leaf(self) -> bytes:
        rng = self._rng
        words = b" ".join(rng.sample(WORDS, rng.randint(0, 2)))
        data = rng.choice((BINARY, b"text ")) + words + b" " + rng.choice((b"", PAGE))
        return data + b" %06d" % rng.randrange(1000) * rng.randint(1, 30)

    def _container(self, depth: int) -> bytes:
        rng = self._rng
        if depth == 0 or rng.random() < 0.15:
            data = self._leaf()
        else:
            kind = rng.choice(list(TYPES))
            count = rng.randint(1, 3) if kind in ("zip", "tar") else 1
            members = {}
            for _ in range(count):
                name = f"{rng.choice('abc')}{rng.randrange(20)}.{rng.choice(('txt', 'exe', 'bin'))}"
                members[name] = self._container(depth - 1)
            self.names += members
            data = _packed(kind, members)
        self.layers.append(data)
        return data


def _packed(kind: str, members: dict[str, bytes]) -> bytes:
    (first, *_) = members.values()
    if kind == "gz":
        return gzip.compress(first, mtime=0)
    if kind == "bz2":
        return bz2.compress(first)
    if kind == "xz":
        return lzma.compress(first)
    out = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members.items():
                archive.writestr(zipfile.ZipInfo(name), data)
    else:
        with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive_file:
            for name, data in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive_file.addfile(info, io.BytesIO(data))
    return out.getvalue()


def digest_line(data: bytes, name: str) -> str:
    return f"{hashlib.md5(data, usedforsecurity=False).hexdigest()}:{len(data)}:{name}"


def signatures(rng: Random, trees: list[Tree]) -> list[tuple[str, str]]:
    """Every sort of condition on a level; the peer's `CL_TYPE_ANY` in Intermediates is its own."""
    lines = []
    layers = [layer for tree in trees for layer in tree.layers]
    for number, layer in enumerate(rng.sample(layers, 6)):
        lines.append(("a.hdb", digest_line(layer, f"Hash-{number}")))
    for number, word in enumerate(rng.sample(WORDS, 2)):
        lines.append(("b.ndb", f"Body-{number}:0:*:{word.hex()}"))
    kinds = list(TYPES.values())
    for number, word in enumerate(WORDS):
        for kind in rng.sample([*kinds, "ANY"], 3):
            block = f"Engine:51-255,Target:0,Container:CL_TYPE_{kind}"
            lines.append(("c.ldb", f"In-{kind}-{number};{block};0;{word.hex()}"))
        for length in (1, 2, 3):
            chain = ">".join(f"CL_TYPE_{kind}" for kind in rng.choices(kinds, k=length))
            block = f"Engine:51-255,Target:0,Intermediates:{chain}"
            lines.append(("c.ldb", f"Chain-{number}-{length};{block};0;{word.hex()}"))
    handler = f"Engine:51-255,Target:0,HandlerType:CL_TYPE_HTML;0;{PAGE.hex()}"
    lines.append(("c.ldb", f"Handled;{handler}"))
    names = [name for tree in trees for name in tree.names]
    for number, name in enumerate(rng.sample(names, min(4, len(names)))):
        kind = rng.choice(("*", "CL_TYPE_ZIP", "CL_TYPE_POSIX_TAR"))
        place = rng.choice(("*", "1", "2-0"))
        lines.append(("d.cdb", f"Member-{number}:{kind}:*:^{name[:2]}:*:*:0:{place}:*:*"))
    return lines


@pytest.mark.parametrize("seed", range(6))
def test_trees(seed: int, pair: Pair) -> None:
    rng = random.Random(f"trees/{seed}")  # noqa: S311 - a test
    trees = [Tree(rng, depth=rng.randint(1, 4)) for _ in range(25)]
    files = {f"tree{number:02}": tree.data for number, tree in enumerate(trees)}
    lines = signatures(rng, trees)
    found = pair.agree(lines, files, "--allmatch", "--disable-cache")
    assert sum(map(bool, found.values())) > len(files) // 4
    pair.agree(lines, files, "--disable-cache")
    pair.agree(lines, files, "--allmatch")
    pair.agree(lines, files)


@pytest.mark.parametrize("seed", range(4))
def test_trusted_layers(seed: int, pair: Pair) -> None:
    """An allow-list names leaves, containers between and outermost files."""
    rng = random.Random(f"trusted/{seed}")  # noqa: S311 - a test
    trees = [Tree(rng, depth=rng.randint(1, 4)) for _ in range(25)]
    files = {f"tree{number:02}": tree.data for number, tree in enumerate(trees)}
    lines = signatures(rng, trees)
    for number, tree in enumerate(rng.sample(trees, 15)):
        trusted = rng.choice(tree.layers)
        lines.append(("e.fp", digest_line(trusted, f"Trusted-{number}")))
    pair.agree(lines, files, "--allmatch", "--disable-cache")
    pair.agree(lines, files, "--disable-cache")


def test_the_same_bytes_in_other_containers(pair: Pair) -> None:
    """What was clean once may alert where a signature asks for another container, in one run."""
    leaf = BINARY + WORDS[0] + bytes(200)
    kinds = list(TYPES)
    files = {f"0-{kind}": _packed(kind, {"a": leaf}) for kind in kinds}
    for outer, inner in itertools.product(kinds, repeat=2):
        files[f"1-{outer}-{inner}"] = _packed(outer, {"b": files[f"0-{inner}"]})
    files |= {f"2-{name}": data for name, data in files.items()}
    conditions = [
        f"{key}:CL_TYPE_{kind}" for kind in TYPES.values() for key in ("Container", "Intermediates")
    ]
    for condition in (*conditions, "Intermediates:CL_TYPE_ZIP>CL_TYPE_GZ"):
        block = f"Engine:51-255,Target:0,{condition}"
        lines = [("a.ldb", f"In;{block};0;{WORDS[0].hex()}")]
        alerting = pair.agree(lines, files, "--disable-cache")
        for file, (peer, ours) in pair.both(lines, files).items():
            # The peer's cache forgets that the layers around were not asked for.
            assert peer <= ours == alerting[file], file


def test_a_layer_under_another_type_takes_its_place(pair: Pair) -> None:
    """`HandlerType` adds no level: what comes out has the containers of the first look."""
    inner = BINARY + WORDS[0] + b" " + WORDS[1] + bytes(99)
    lines = [
        (
            "a.ldb",
            f"Handled;Engine:51-255,Target:0,HandlerType:CL_TYPE_POSIX_TAR;0;{WORDS[1].hex()}",
        )
    ]
    kinds = ("ANY", "ZIP", "POSIX_TAR", "GRAPHICS", "MSEXE")
    for kind in kinds:
        block = f"Engine:51-255,Target:0,Container:CL_TYPE_{kind}"
        lines.append(("a.ldb", f"In-{kind};{block};0;{WORDS[0].hex()}"))
        block = f"Engine:51-255,Target:0,Intermediates:CL_TYPE_{kind}>CL_TYPE_POSIX_TAR"
        if kind != "ANY":
            lines.append(("a.ldb", f"Chain-{kind};{block};0;{WORDS[0].hex()}"))
    # By its first bytes a picture or a program; by what follows a tar.
    files = {name: _packed("tar", {f"{name}.txt": inner}) for name in ("BM", "MZ")}
    files |= {f"zip-{name}": _packed("zip", {"a": data}) for name, data in files.items()}
    found = pair.agree(lines, files, "--allmatch", "--disable-cache")
    assert "Chain-ZIP" in found["zip-BM"]
