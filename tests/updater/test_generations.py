from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

import feeds
from nacre.cvd import Container
from nacre.cvd.verify import verify
from nacre.model.errors import DatabaseError
from nacre.updater.generations import KEPT, Generation, Generations

if TYPE_CHECKING:
    from pathlib import Path


def activated(generations: Generations, **files: bytes) -> Generation:
    candidate = generations.begin()
    for name, data in files.items():
        (candidate / name.replace("_", ".")).write_bytes(data)
    return generations.activate(candidate)


def seen(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture
def generations(tmp_path: Path) -> Generations:
    return Generations(tmp_path)


def test_what_is_activated_is_in_the_folder(generations: Generations) -> None:
    activated(generations, daily_cvd=b"one", mine_ndb=b"x")
    assert seen(generations.directory) == {"daily.cvd": b"one", "mine.ndb": b"x"}
    activated(generations, daily_cvd=b"two")
    assert seen(generations.directory) == {"daily.cvd": b"two"}


@pytest.mark.parametrize("suffixes", [("cvd", "cld"), ("cld", "cvd")])
def test_a_name_may_change(generations: Generations, suffixes: tuple[str, str]) -> None:
    first, second = (f"daily_{suffix}" for suffix in suffixes)
    activated(generations, **{first: b"one"})
    activated(generations, **{second: b"two"})
    assert seen(generations.directory) == {second.replace("_", "."): b"two"}
    generations.rollback()
    assert seen(generations.directory) == {first.replace("_", "."): b"one"}


def test_two_before_the_current_are_kept(generations: Generations) -> None:
    for number in range(6):
        activated(generations, a_ndb=b"%d" % number)
    assert [each.number for each in generations.earlier()] == [5, 4][:KEPT]
    assert generations.rollback().number == 5
    assert generations.rollback().number == 4
    assert seen(generations.directory) == {"a.ndb": b"3"}
    with pytest.raises(DatabaseError):
        generations.rollback()


def test_rollback_leaves_out_what_is_damaged(generations: Generations) -> None:
    for number in range(3):
        activated(generations, a_ndb=b"%d" % number)
    (generations.home / "generation-2/a.ndb").write_bytes(b"?")
    assert generations.rollback().number == 1


def test_files_of_others_stay(generations: Generations) -> None:
    (generations.directory / "local.ndb").write_bytes(b"mine")
    (generations.directory / "far.ndb").symlink_to("/dev/null")
    activated(generations, a_ndb=b"1")
    activated(generations)
    assert seen(generations.directory) == {"local.ndb": b"mine"}
    assert (generations.directory / "far.ndb").is_symlink()


def test_another_updater_in_between_is_survived(generations: Generations) -> None:
    activated(generations, daily_cvd=b"one", main_cvd=b"main")
    fresh = generations.directory / "tmp"
    fresh.write_bytes(b"clamav's")
    fresh.rename(generations.directory / "daily.cld")
    (generations.directory / "daily.cvd").unlink()
    generations.mend()
    assert seen(generations.directory) == {"daily.cld": b"clamav's", "main.cvd": b"main"}
    activated(generations, daily_cld=b"ours", main_cvd=b"main")
    assert seen(generations.directory) == {"daily.cld": b"ours", "main.cvd": b"main"}


@pytest.mark.parametrize(
    "damage", ["{", "[]", '{"files": {"a.ndb": 3}}', '{"files": {"../x": {}}}']
)
def test_a_manifest_that_cannot_be_read(generations: Generations, damage: str) -> None:
    activated(generations, a_ndb=b"1")
    (generations.home / "current/manifest.json").write_text(damage)
    found = generations.current()
    assert found is None or not found.files
    activated(generations, a_ndb=b"2")
    assert seen(generations.directory) == {"a.ndb": b"2"}


WRITER = """
import sys
from pathlib import Path
from nacre.transport import store
from nacre.updater.generations import Generations
generations = Generations(Path(sys.argv[1]))
made = Path(sys.argv[2])
print("ready", flush=True)
for round in range(10_000):
    version, suffix = (1, "cvd") if round % 2 else (2, "cld")
    generations.mend()
    candidate = generations.begin()
    for name in ("daily", "main"):
        store.copy(made / f"{name}-{version}.{suffix}", candidate / f"{name}.{suffix}")
    generations.activate(candidate)
"""


def test_a_kill_at_any_moment_leaves_complete_databases(tmp_path: Path) -> None:
    made, folder = tmp_path / "made", tmp_path / "folder"
    made.mkdir()
    folder.mkdir()
    for name in ("daily", "main"):
        feeds.database(made / f"{name}-1.cvd", 1)
        feeds.database(made / f"{name}-2.cld", 2)
    generations = Generations(folder)
    candidate = generations.begin()
    for name in ("daily", "main"):
        (candidate / f"{name}.cvd").write_bytes((made / f"{name}-1.cvd").read_bytes())
    generations.activate(candidate)
    for point in range(25):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), str(made)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(point * 0.003)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        versions = {}
        for path in folder.iterdir():
            if path.suffix in {".cvd", ".cld"}:
                assert path.exists(), f"{path.name} leads nowhere"
                assert path.stem not in versions
                versions[path.stem] = verify(path, feeds.KEYS).version
                assert Container.open(path.resolve()).header.version == versions[path.stem]
        assert set(versions) == {"daily", "main"}
        assert len(set(versions.values())) == 1, "not all of one update"
