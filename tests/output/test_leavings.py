from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nacre.model.fmap import Fmap
from nacre.model.layer import Layer, Role
from nacre.output.leavings import Leavings

if TYPE_CHECKING:
    from pathlib import Path


def layer(data: bytes, parent: Layer | None, name: bytes, role: Role = Role.MEMBER) -> Layer:
    return Layer(Fmap.from_bytes(data), parent, name, role=role)


def test_members_are_left_in_a_folder_of_their_own(tmp_path: Path) -> None:
    leavings = Leavings(tmp_path, b"/some/where/a b.zip")
    root = layer(b"outer", None, b"a b.zip")
    member = layer(b"inner", root, b"dir/x.txt")
    for one in (
        root,
        member,
        layer(b"copy", member, b"", Role.VIEW),
        layer(b"Sub x", root, b"Module1", Role.MACROS),
        layer(b"r", root, b"", Role.EMBEDDED),
    ):
        leavings.enter(one)
        leavings.leave(one)
    (folder,) = tmp_path.iterdir()
    assert folder.name[15:24] == "-a b.zip."
    assert folder.stat().st_mode & 0o777 == 0o700
    found = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert found == {"000001-x.txt": b"inner", "000002-data": b"copy", "000003-Module1": b"Sub x"}
    assert leavings.error is None


@pytest.mark.parametrize(
    ("name", "left"),
    [
        (b"../../etc/passwd", "000001-passwd"),
        (b"..\\..\\x", "000001-x"),
        (b"..", "000001-.."),
        (b"a/", "000001-data"),
        (b"\xff\0\n%", "000001-____"),
        (b"n" * 300, "000001-" + "n" * 60),
    ],
)
def test_names_are_no_paths(tmp_path: Path, name: bytes, left: str) -> None:
    leavings = Leavings(tmp_path, b"f")
    leavings.enter(layer(b"inner", layer(b"outer", None, b"f"), name))
    assert [file.name for file in leavings.folder().iterdir()] == [left]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_long_name_of_many_bytes_a_letter(tmp_path: Path) -> None:
    leavings = Leavings(tmp_path, ("猫" * 83).encode() + b".zip")
    leavings.enter(layer(b"inner", layer(b"outer", None, b"f"), b"x"))
    assert leavings.error is None
    assert len(list(tmp_path.iterdir())) == 1


def test_nothing_inside_makes_no_folder(tmp_path: Path) -> None:
    Leavings(tmp_path, b"f").enter(layer(b"outer", None, b"f"))
    assert not list(tmp_path.iterdir())


def test_the_first_failure_ends_it(tmp_path: Path) -> None:
    leavings = Leavings(tmp_path / "missing", b"f")
    for _ in range(2):
        leavings.enter(layer(b"inner", layer(b"outer", None, b"f"), b"x"))
    assert isinstance(leavings.error, FileNotFoundError)
