"""Packages, Korean archives, Apple's disk images, old and encrypted zip members."""

from __future__ import annotations

import subprocess
import zlib
from typing import TYPE_CHECKING

import pytest

import alz
import dmg
import egg
import hfsplus
import pkzip
import sis
from compat.pair import BINARY, CLEAN, Pair, only

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DATA = (BINARY + b"what is looked for, and more of it. " * 40).ljust(2048, b".")
BODY = [("a.ndb", f"n:0:*:{b'what is looked for'.hex()}")]
LINE = "n;Engine:51-255{};0;secret"


def partition(volume: bytes) -> bytes:
    return dmg.image({"a": [dmg.chunk(dmg.ZLIB, volume)]})


def imploded(large_window: bool, literal_tree: bool) -> bytes:  # noqa: FBT001 - both ways
    kind = {"large_window": large_window, "literal_tree": literal_tree}
    return pkzip.archive(DATA, pkzip.implode(DATA, **kind), 6, pkzip.implode_flags(**kind))


PACKED = {
    "alz-stored": alz.archive(alz.member(b"a", DATA, alz.STORED)),
    "alz-bzip2": alz.archive(alz.member(b"a", DATA, alz.BZIP2)),
    "alz-deflate": alz.archive(alz.member(b"a", DATA, alz.DEFLATE, width=8)),
    "alz-second": alz.archive(alz.member(b"a", b"first"), alz.member(b"b", DATA)),
    "egg-stored": egg.archive(egg.file(b"a", 2048, egg.block(DATA, egg.STORED))),
    "egg-deflate": egg.archive(egg.file(b"a", 2048, egg.block(DATA))),
    "egg-bzip2": egg.archive(egg.file(b"a", 2048, egg.block(DATA, egg.BZIP2))),
    "egg-comment": egg.archive(fields=egg.field(egg.COMMENT, DATA)),
    "sis": sis.old([("a", [DATA])]),
    "sis-stored": sis.old([("a", [DATA])], options=sis.NOT_COMPRESSED),
    **{
        f"dmg-{method:x}": dmg.image(
            {"a": [dmg.chunk(dmg.STORED, BINARY * 128), dmg.chunk(method, DATA)]}
        )
        for method in (dmg.STORED, dmg.ADC, dmg.ZLIB, dmg.BZIP2)
    },
    "dmg-like-bzip2": dmg.image(
        {"a": [dmg.chunk(dmg.BZIP2, BINARY * 128), dmg.chunk(dmg.ZLIB, DATA)]}
    ),
    "hfs": partition(hfsplus.volume(hfsplus.File("a", DATA))),
    "hfs-resource": partition(hfsplus.volume(hfsplus.File("a", b"data", DATA))),
    "hfs-strewn": partition(hfsplus.volume(hfsplus.File("a", DATA, pieces=4))),
    "hfs-compressed": partition(
        hfsplus.volume(hfsplus.File("a", attribute=hfsplus.decmpfs(3, 2048, zlib.compress(DATA))))
    ),
    **{
        f"implode-{window}-{tree}": imploded(window, tree)
        for window in (False, True)
        for tree in (False, True)
    },
}


@pytest.mark.parametrize("packer", PACKED)
def test_what_is_inside_is_found(pair: Pair, packer: str) -> None:
    assert pair.agree(BODY, {packer: PACKED[packer]}) == {packer: only("n")}


@pytest.mark.parametrize("method", ["none", "gzip", "bzip2", "lzma", "xz"])
def test_xar(pair: Pair, tmp_path: Path, method: str) -> None:
    (tmp_path / "member").write_bytes(DATA)
    command = ["bsdtar", "--format", "xar", "--options", f"xar:compression={method}", "-cf", "-"]
    packed = subprocess.run(
        [*command, "-C", tmp_path, "member"], capture_output=True, check=True
    ).stdout
    lines = [*BODY, ("b.ndb", f"table:0:*:{b'<xar>'.hex()}")]
    names = pair.agree(lines, {"a.xar": packed}, "--allmatch")
    assert names == {"a.xar": only("n", "table")}


@pytest.mark.parametrize("container", ["", ",Container:CL_TYPE_ZIP", ",Container:CL_TYPE_RAR"])
@pytest.mark.parametrize("options", [(), ("--alert-encrypted",), ("--alert-encrypted", "-z")])
def test_passwords(pair: Pair, tmp_path: Path, container: str, options: tuple[str, ...]) -> None:
    files: dict[str, bytes] = {}
    for name, extra in (("deflate", []), ("stored", ["-0"])):
        (tmp_path / "member").write_bytes(DATA)
        place = tmp_path / f"{name}.zip"
        subprocess.run(
            ["zip", "-qj", "-P", "secret", *extra, place, tmp_path / "member"],
            check=True,
        )
        files[name] = place.read_bytes()
    lines = [*BODY, ("a.pwdb", "m;Engine:51-255;0;other"), ("a.pwdb", LINE.format(container))]
    names = pair.agree(lines, files, *options)
    assert (only("n") <= names["deflate"]) is not container.endswith("RAR")


def test_passwords_that_only_nacre_tries(pair: Pair, tmp_path: Path) -> None:
    """docs/design/differences.md, "Encrypted zip members"."""
    packer: Callable[..., object] = subprocess.run
    files = {}
    (tmp_path / "member").write_bytes(DATA)
    for name, extra in (("traditional", []), ("aes", ["-mem=AES256"])):
        place = tmp_path / f"{name}.zip"
        command = ["7zz", "a", "-tzip", "-psecret", *extra, place, tmp_path / "member"]
        packer(command, check=True, stdout=subprocess.DEVNULL)
        files[name] = place.read_bytes()
    seen = pair.both([*BODY, ("a.pwdb", LINE.format(""))], files)
    assert seen == {name: (CLEAN, only("n")) for name in files}


@pytest.mark.parametrize(
    "line",
    [
        "m:CL_TYPE_EGG:*:b\\.txt:*:*:*:*:*:*",
        "m:CL_TYPE_EGG:*:*:50-70:*:*:*:*:*",
        "m:CL_TYPE_EGG:*:*:*:180:*:*:*:*",
        "m:CL_TYPE_EGG:*:*:*:*:1:*:*:*",
        "m:CL_TYPE_EGG:*:*:*:*:*:2:*:*",
        "m:CL_TYPE_EGG:*:*:*:*:*:3:*:*",
    ],
)
def test_members_of_egg(pair: Pair, line: str) -> None:
    text = b"one line\n" * 20
    archive = egg.archive(
        egg.file(b"a.txt", 2048, egg.block(DATA)), egg.file(b"b.txt", 180, egg.block(text))
    )
    pair.agree([("a.cdb", line)], {"a.egg": archive})


def test_what_only_nacre_opens(pair: Pair) -> None:
    """docs/design/differences.md, "What is opened in packages and disk images"."""
    lost = (dmg.ZLIB, b"no zlib", 1)
    attribute = hfsplus.decmpfs(7, 1500, hfsplus.LZVN.read_bytes()[12:-4])
    files = {
        "egg-lzma": egg.archive(egg.file(b"a", 2048, egg.block(DATA, egg.LZMA))),
        "egg-solid": egg.archive(
            egg.file(b"a", 3, egg.block(b"one" + DATA)), egg.file(b"b", 2048),
            fields=egg.field(egg.SOLID, b""),
        ),
        "sis-9": sis.new(DATA),
        "sis-languages": sis.old([("a", [b"one", DATA])], languages=2),
        "dmg-xz": dmg.image({"a": [dmg.chunk(dmg.STORED, BINARY * 128), dmg.chunk(dmg.XZ, DATA)]}),
        "dmg-damaged": dmg.image({"a": [lost, dmg.chunk(dmg.ZLIB, DATA)]}),
        "hfs-lzvn": partition(hfsplus.volume(hfsplus.File("a", attribute=attribute))),
    }  # fmt: skip
    lines = [*BODY, ("b.ndb", f"n:0:*:{b'line 40 of lzfse'.hex()}")]
    assert pair.both(lines, files) == {name: (CLEAN, only("n")) for name in files}
