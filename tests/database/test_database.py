from __future__ import annotations

import os
import threading
from itertools import count
from typing import TYPE_CHECKING

import pytest

from nacre.database import Database, LoadError, sources, verify
from nacre.database.record import FileRecord, Malformed, Record, SourceRecord
from nacre.model.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LINE = "d23e77e8c92f3b7555c772646cdbba96:5:{}\n"


def images(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.image"))


def test_an_image_is_made_once_and_lies_beside_its_sources(
    folder: Path, builds: list[Path]
) -> None:
    first = Database.open(folder)
    second = Database.open([str(folder)])
    assert len(builds) == 1
    assert first.path == second.path == images(folder / ".nacre")[0]
    assert first.record == second.record
    assert first.signatures == 1
    assert list((folder / ".nacre").glob("*.tmp")) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "a.hdb").write_text(LINE.format("A") + LINE.format("B")),
        lambda folder: os.utime(folder / "a.hdb", (1, 1)),
        lambda folder: (folder / "b.hdb").write_text(LINE.format("B")),
        lambda folder: (folder / "a.hdb").rename(folder / "c.hdb"),
    ],
)
def test_a_changed_source_makes_a_new_image_and_the_old_one_goes(
    folder: Path, builds: list[Path], change: Callable[[Path], object]
) -> None:
    old = Database.open(folder).path
    change(folder)
    new = Database.open(folder).path
    assert len(builds) == 2
    assert old != new
    assert images(folder / ".nacre") == [new]


def test_images_of_files_go_to_the_cache_of_the_user(folder: Path, own_cache: Path) -> None:
    other = folder / "b.hdb"
    other.write_text(LINE.format("B"))
    first = Database.open([folder / "a.hdb"])
    both = Database.open([folder / "a.hdb", other])
    assert images(own_cache) == sorted(path for path in (first.path, both.path) if path)
    assert both.signatures == 2


def _truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 5)


def _replace(path: Path) -> None:
    path.write_bytes(b"something else entirely" * 500)


def _open_to_others(path: Path) -> None:
    path.chmod(0o666)


@pytest.mark.parametrize("spoil", [_truncate, _replace, _open_to_others])
def test_an_image_that_cannot_be_trusted_is_made_anew(
    folder: Path, builds: list[Path], spoil: Callable[[Path], None]
) -> None:
    path = Database.open(folder).path
    assert path is not None
    spoil(path)
    again = Database.open(folder)
    assert len(builds) == 2
    assert again.path == path
    assert path.stat().st_mode & 0o022 == 0


def test_an_image_of_other_sources_under_this_name_is_not_used(
    folder: Path, builds: list[Path]
) -> None:
    old = Database.open(folder).path
    assert old is not None
    content = old.read_bytes()
    (folder / "a.hdb").write_text(LINE.format("Other"))
    new = Database.open(folder).path
    assert new is not None
    new.write_bytes(content)
    Database.open(folder)
    assert len(builds) == 3


def test_an_image_survives_any_umask(folder: Path, builds: list[Path]) -> None:
    before = os.umask(0)
    try:
        Database.open(folder)
    finally:
        os.umask(before)
    Database.open(folder)
    assert len(builds) == 1


def test_a_folder_that_others_can_change_gets_no_image(folder: Path, own_cache: Path) -> None:
    folder.chmod(0o777)
    path = Database.open(folder).path
    assert path is not None
    assert path.parent == own_cache
    assert not (folder / ".nacre").exists()


def test_a_link_in_place_of_the_image_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folder / ".nacre").symlink_to(elsewhere)
    Database.open(folder)
    assert list(elsewhere.iterdir()) == []


def test_without_a_place_to_write_the_image_is_private(
    folder: Path, builds: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nacre.database.cache._is_private", lambda _: False)
    database = Database.open(folder)
    assert database.path is None
    assert database.signatures == 1
    assert not builds[0].exists()


def test_several_that_start_together_compile_once(folder: Path, builds: list[Path]) -> None:
    start = threading.Barrier(6)
    opened: list[Database] = []

    def run() -> None:
        start.wait()
        opened.append(Database.open(folder))

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(builds) == 1
    assert len({database.path for database in opened}) == 1


def test_a_failed_compile_leaves_nothing_behind(folder: Path) -> None:
    (folder / "x.cud").write_bytes(b"damaged" * 200)
    with pytest.raises(DatabaseError, match=r"x\.cud"):
        Database.open(folder)
    assert [path.suffix for path in (folder / ".nacre").iterdir()] == [".lock"]


def test_malformed_lines_are_recorded_or_refused(folder: Path) -> None:
    (folder / "b.hdb").write_text(LINE.format("B") + "junk\n")
    database = Database.open(folder)
    assert database.signatures == 2
    assert database.record.files[1].malformed == (Malformed(2, "too few fields"),)
    with pytest.raises(LoadError, match=r"b\.hdb:2: too few fields") as caught:
        Database.open(folder, strict=True)
    assert caught.value.outcome == "Malformed database"


def test_malformed_lines_of_pua_files_count_only_where_those_do(folder: Path) -> None:
    (folder / "b.hdu").write_text("junk\n")
    Database.open(folder, strict=True)
    with pytest.raises(LoadError, match=r"b\.hdu:1"):
        Database.open(folder, strict=True, pua=True)


def test_types_that_are_not_used_are_counted_and_no_error(folder: Path) -> None:
    (folder / "b.cbc").write_text("ClamBCafh\nit is\n")
    found = {file.name: file for file in Database.open(folder).record.files}
    assert (found["b.cbc"].status, found["b.cbc"].signatures) == ("not used", 1)
    assert Database.open(folder).signatures == 1


def test_sources_that_keep_changing_are_given_up(
    folder: Path, builds: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    find = sources.find
    times = count()

    def touched(paths: tuple[Path, ...]) -> object:
        os.utime(folder / "a.hdb", (1, next(times)))
        return find(paths)

    monkeypatch.setattr(sources, "find", touched)
    with pytest.raises(DatabaseError, match="changes while it is read"):
        Database.open(folder)
    assert len(builds) == 3


def test_verify_compares_image_and_sources(folder: Path, builds: list[Path]) -> None:
    assert "no current image" in verify(folder).problems[0]
    database = Database.open(folder)
    result = verify(folder)
    assert (result.problems, result.record) == ((), database.record)
    assert len(builds) == 3


def test_the_builtin_database_goes_to_the_cache_and_is_official(own_cache: Path) -> None:
    database = Database.builtin()
    assert database.path is not None
    assert database.path.parent == own_cache
    assert database.signatures == 4
    assert all(source.official for source in database.record.sources)


def test_the_builtin_signatures_are_those_of_the_test_files() -> None:
    text = (sources.BUILTIN / "test.ndb").read_text()
    eicar = bytes.fromhex(text.split("Eicar-Test-Signature:0:0:")[1].split("\n")[0])
    assert len(eicar) == 68
    for path in sources.BUILTIN.iterdir():
        assert eicar not in path.read_bytes()


def test_a_record_comes_back() -> None:
    file = FileRecord("a.hdb", "hash", "used", 3, 1, 2, (Malformed(4, "é"),), pua=True)
    loaded = (SourceRecord("/x/\udcff.cvd", 9, True, (file,), 7, "now", 90),)  # noqa: FBT003
    record = Record("key", loaded)
    assert Record.from_json(record.to_json()) == record
    for damaged in (
        b"",
        b"{}",
        b"[]",
        b'{"schema":1}',
        b'{"schema":2}',
        b'{"schema":1,"key":"","sources":[1]}',
    ):
        with pytest.raises(DatabaseError):
            Record.from_json(damaged)


def test_malformed_rules_about_certificates_are_a_warning_where_none_count(folder: Path) -> None:
    (folder / "x.crb").write_text("two;fields\n# a comment\nthree;little;fields\n")
    with pytest.raises(LoadError, match=r"x\.crb:1: "):
        Database.open(folder, strict=True)
    warnings = Database.open(folder, strict=True, certificates=False).warnings
    places = [text.split(": ")[1] for text in warnings]
    assert places == [f"{folder / 'x.crb'}:{line}" for line in (1, 3)]
    (folder / "y.ndb").write_text("malformed\n")
    with pytest.raises(LoadError, match=r"y\.ndb:1: "):
        Database.open(folder, strict=True, certificates=False)
