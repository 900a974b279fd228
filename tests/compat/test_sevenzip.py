"""7z: every method and filter, members, encryption, archives behind programs."""

from __future__ import annotations

import itertools
import subprocess
import zlib
from typing import TYPE_CHECKING

import pytest

from compat.archives import sevenzipped
from compat.pair import BINARY, CLEAN, Pair, only

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARK = b"marker-to-be-found"
CODE = b"".join(
    b"\x55\x8b\xec\xe8" + (4096 + 8 * n).to_bytes(4, "little") + b"\xc3" for n in range(300)
)
FILE = BINARY + CODE + MARK + CODE + bytes(300)
LINE = ("a.ndb", f"Found.Body-1:0:*:{MARK.hex()}")
LZMA = tuple(f"-m{number}=LZMA:d16" for number in (1, 2, 3))
BCJ2 = ("-m0=BCJ2", *LZMA, "-mb0:1", "-mb0s1:2", "-mb0s2:3")
BOTH = {
    **{name: (f"-m0={name}",) for name in ("Copy", "LZMA", "LZMA2", "PPMd")},
    **{name: (f"-m0={name}", "-m1=LZMA") for name in ("BCJ", "ARM")},
    "BCJ2": BCJ2,
    "one-by-one": ("-ms=off",),
    "plain-header": ("-mhc=off",),
}
OURS = {
    **{name: (f"-m0={name}",) for name in ("BZip2", "Deflate", "Deflate64")},
    **{
        name: (f"-m0={name}", "-m1=LZMA2")
        for name in ("ARMT", "ARM64", "RISCV", "PPC", "IA64", "SPARC", "Delta:4", "Swap2", "Swap4")
    },
    "three": ("-m0=BCJ", "-m1=Delta:2", "-m2=PPMd"),
}


def packed(switches: dict[str, tuple[str, ...]]) -> dict[str, bytes]:
    return {name: sevenzipped(b"first", FILE, switches=with_) for name, with_ in switches.items()}


def test_methods_both_know(pair: Pair) -> None:
    found = pair.agree([LINE], packed(BOTH))
    assert set(found.values()) == {only("Found.Body-1")}


def test_methods_that_only_nacre_knows(pair: Pair) -> None:
    for name, (peer, ours) in pair.both([LINE], packed(OURS)).items():
        assert (peer, ours) == (CLEAN, only("Found.Body-1")), name


MEMBERS = {
    "folder/a.txt": CODE,
    "b.EXE": FILE,
    "empty": b"",
    "five": b"12345",
    "größe-日本": b"name",
}


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    place = tmp_path_factory.mktemp("members")
    for name, data in MEMBERS.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_bytes(data)
    (place / "none").mkdir()
    return {
        "solid": seven(place, "solid"),
        "single": seven(place, "single", "-ms=off"),
        "encrypted": seven(place, "encrypted", "-psecret"),
        "encrypted-header": seven(place, "encrypted-header", "-psecret", "-mhe=on"),
    }


def seven(place: Path, name: str, *switches: str) -> bytes:
    target = place.parent / f"{place.name}-{name}.7z"
    subprocess.run(
        ["7zz", "a", "-bd", *switches, target, "."], cwd=place, capture_output=True, check=True
    )
    return target.read_bytes()


def lines_of(archive: bytes) -> Iterator[str]:
    names = ("folder", "none", "txt$", "EXE", "empty", "five", "gr..e-..$", ",$", "/")
    yield from (f"CL_TYPE_{kind}:*:*:*:*:*:*:*:*" for kind in ("7Z", "7ZSFX", "ANY"))
    yield f"*:{len(archive)}:*:*:*:*:*:*:*"
    yield from (f"*:*:{name}:*:*:*:*:*:*" for name in names)
    for name, position in itertools.product(names, range(9)):
        yield f"*:*:{name}:*:*:*:{position}:*:*"
    for name, encrypted in itertools.product(names, (0, 1)):
        yield f"*:*:{name}:*:*:{encrypted}:*:*:*"
    for size in sorted({len(data) for data in MEMBERS.values()}):
        yield f"*:*:*:*:{size}-{size}:*:*:*:*"
        yield f"*:*:*:{size}-{size}:*:*:*:*:*"


def test_members(pair: Pair, archives: dict[str, bytes]) -> None:
    for name, archive in archives.items():
        lines = [("a.cdb", f"N-{number}:{line}") for number, line in enumerate(lines_of(archive))]
        found = pair.agree(lines, {name: archive}, "--allmatch")
        assert bool(found[name]) == (name != "encrypted-header")


def test_order_of_members_and_content(pair: Pair, archives: dict[str, bytes]) -> None:
    body = ("a.ndb", f"Body:0:*:{MARK.hex()}")
    for name in ("txt", "EXE", "empty", "five", "gr"):
        pair.agree([body, ("b.cdb", f"Name:*:*:{name}:*:*:*:*:*:*")], archives)


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--alert-encrypted",),
        ("--alert-encrypted-archive",),
        ("--alert-encrypted", "--allmatch"),
    ],
)
def test_encrypted(pair: Pair, archives: dict[str, bytes], options: tuple[str, ...]) -> None:
    found = pair.agree([LINE], archives, *options)
    assert bool(found["encrypted"]) == bool(found["encrypted-header"]) == bool(options)


def test_behind_other_data(pair: Pair) -> None:
    archive = sevenzipped(b"first", FILE)
    lines = [
        LINE,
        *(
            ("b.ldb", f"In-{kind};Engine:51-255,Target:0,Container:CL_TYPE_{kind};0;{MARK.hex()}")
            for kind in ("7Z", "7ZSFX", "ANY", "MSEXE")
        ),
        *(("c.cdb", f"M-{kind}:CL_TYPE_{kind}:*:*:*:*:*:*:*:*") for kind in ("7Z", "7ZSFX")),
    ]
    files = {
        "binary": BINARY + bytes(3000) + archive,
        "trailing": BINARY + bytes(3000) + archive + b"something behind it",
        "text": b"a few words " * 200 + archive,
        "two": BINARY + bytes(99) + archive + sevenzipped(FILE),
        "cut": BINARY + bytes(99) + archive[:-9],
    }
    found = pair.agree(lines, files, "--allmatch")
    assert "In-7Z" in found["binary"]


def test_limits(pair: Pair) -> None:
    noise = b"".join(zlib.compress(str(n).encode() * 3)[2:-4] for n in range(3000))
    files = {
        "solid": sevenzipped(noise, FILE, noise[:999]),
        "single": sevenzipped(noise, FILE, noise[:999], switches=("-ms=off",)),
    }
    for option in (
        "--max-filesize=40000",
        "--max-scansize=90000",
        "--max-files=1",
        "--max-files=3",
    ):
        pair.agree([LINE], files, option)
        pair.agree([LINE], files, option, "--alert-exceeds-max")
