from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from nacre.database import LoadError
from nacre.database.sources import find
from nacre.model.errors import DatabaseError

if TYPE_CHECKING:
    from pathlib import Path


def names(*paths: Path) -> list[str]:
    return [source.path.name for source in find(paths).files]


def container(path: Path, version: int) -> None:
    header = f"ClamAV-VDB:20 Aug 2015 10-50 -0400:{version}:47:63:X:X:builder:1440082241"
    path.write_bytes(header.encode().ljust(512))


def test_a_folder_is_loaded_in_clamavs_order(tmp_path: Path) -> None:
    for name in (
        "z.crb",
        "a.ndb",
        "daily.cfg",
        "local.gdb",
        "b.HDB",
        "y.ign2",
        "x.ign",
        "main.cud",
    ):
        (tmp_path / name).touch()
    container(tmp_path / "daily.cvd", 3)
    for name in ("README", "a.txt", "t.info", "hdb", "a.hdb.bak"):
        (tmp_path / name).touch()
    (tmp_path / "folder.hdb").mkdir()
    (tmp_path / "dangling.hdb").symlink_to("nowhere")
    assert names(tmp_path) == [
        *("x.ign", "y.ign2", "daily.cvd", "local.gdb", "daily.cfg", "z.crb"),
        *("a.ndb", "b.HDB", "main.cud"),
    ]


@pytest.mark.parametrize(
    ("stem", "versions", "loaded", "warned"),
    [
        ("daily", (3, 3), ["daily.cld"], False),
        ("daily", (3, 4), ["daily.cld"], False),
        ("daily", (4, 3), ["daily.cvd"], False),
        ("main", (3, 3), ["main.cld"], True),
        ("main", (3, 4), ["main.cld"], True),
        ("main", (4, 3), ["main.cld", "main.cvd"], False),
    ],
)
def test_of_two_containers_the_newer_is_loaded(
    tmp_path: Path, stem: str, versions: tuple[int, int], loaded: list[str], *, warned: bool
) -> None:
    for suffix, version in zip(("cvd", "cld"), versions, strict=True):
        container(tmp_path / f"{stem}.{suffix}", version)
    assert names(tmp_path) == loaded
    assert bool(find([tmp_path]).warnings) == warned


def test_files_are_loaded_as_given_and_others_passed_over_with_a_word(tmp_path: Path) -> None:
    for name in ("b.hdb", "a.hdb", "x.foo"):
        (tmp_path / name).touch()
    found = find([tmp_path / "b.hdb", tmp_path / "x.foo", tmp_path / "a.hdb", tmp_path / "b.hdb"])
    assert [source.path.name for source in found.files] == ["b.hdb", "a.hdb", "b.hdb"]
    assert found.warnings == (f"unknown extension - skipping {tmp_path / 'x.foo'}",)


def test_what_cannot_be_loaded_is_told_in_clamavs_words(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    with pytest.raises(LoadError) as caught:
        find([missing])
    assert caught.value.detail == f"cl_load(): No such file or directory: {missing}"
    assert caught.value.outcome == "Can't get file status"
    (tmp_path / "README").touch()
    with pytest.raises(LoadError) as caught:
        find([tmp_path])
    assert caught.value.detail == f"cli_loaddbdir: No supported database files found in {tmp_path}"
    assert caught.value.outcome == "Can't open file or directory"
    (tmp_path / "t.info").touch()
    with pytest.raises(LoadError, match="only be loaded from within"):
        find([tmp_path / "t.info"])


def test_a_fifo_is_an_error_and_no_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.hdb")
    for path in (tmp_path, tmp_path / "a.hdb"):
        with pytest.raises(DatabaseError, match="not a regular file"):
            find([path])
