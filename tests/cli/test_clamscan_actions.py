from __future__ import annotations

import errno
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nacre.cli.actions import Action, ActionError, Kind, Scanned
from nacre.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

EVIL = b"the file that alerted"


class Case:
    """A file that was scanned, in a folder of its own, and a quarantine beside it."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.home.mkdir()
        self.quarantine = root / "quarantine"
        self.quarantine.mkdir()
        self.file = self.home / "x"
        self.file.write_bytes(EVIL)
        self.fd = os.open(self.file, os.O_RDONLY)

    @property
    def scanned(self) -> Scanned:
        return Scanned(self.fd, os.fsencode(self.home), b"x")

    def apply(self, kind: Kind) -> bytes | None:
        with Action(kind, os.fsencode(self.quarantine)) as action:
            return action.apply(self.scanned)

    def held(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in self.quarantine.iterdir()}

    def everywhere(self) -> set[bytes]:
        """The content of every file there is, links aside."""
        files = [path for path in self.home.parent.rglob("*") if not path.is_symlink()]
        return {path.read_bytes() for path in files if path.is_file()}


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    case = Case(tmp_path)
    yield case
    os.close(case.fd)


def test_remove(case: Case) -> None:
    assert case.apply(Kind.REMOVE) is None
    assert list(case.home.iterdir()) == []


def test_move_keeps_the_file_as_it_is(case: Case) -> None:
    case.file.chmod(0o640)
    inode = case.file.stat().st_ino
    place = case.apply(Kind.MOVE)
    assert place == os.fsencode(case.quarantine / "x")
    assert list(case.home.iterdir()) == []
    moved = (case.quarantine / "x").stat()
    assert (moved.st_ino, moved.st_mode & 0o777) == (inode, 0o640)


def test_copy_is_private_and_leaves_the_file(case: Case) -> None:
    os.utime(case.file, ns=(10**9, 2 * 10**9))
    assert case.apply(Kind.COPY) == os.fsencode(case.quarantine / "x")
    copied = (case.quarantine / "x").stat()
    assert (copied.st_mode & 0o777, copied.st_mtime_ns) == (0o600, 2 * 10**9)
    assert case.file.read_bytes() == EVIL
    assert case.held() == {"x": EVIL}


@pytest.mark.parametrize("kind", [Kind.MOVE, Kind.COPY])
def test_nothing_is_overwritten(case: Case, kind: Kind) -> None:
    (case.quarantine / "x").write_bytes(b"older")
    (case.quarantine / "x.001").symlink_to("/etc/passwd")
    assert case.apply(kind) == os.fsencode(case.quarantine / "x.002")
    assert (case.quarantine / "x").read_bytes() == b"older"


def test_too_many_of_one_name(case: Case) -> None:
    for name in ("x", *(f"x.{number:03d}" for number in range(1, 1000))):
        (case.quarantine / name).touch()
    with pytest.raises(ActionError, match="too many"):
        case.apply(Kind.MOVE)
    assert case.file.read_bytes() == EVIL


def test_moving_into_its_own_directory(case: Case) -> None:
    with Action(Kind.MOVE, os.fsencode(case.home)) as action:
        assert action.apply(case.scanned) == os.fsencode(case.home / "x.001")
        assert action.made(os.fsencode(case.home), b"x.001")
        assert not action.made(os.fsencode(case.home), b"x")


def test_a_hard_link_elsewhere_stays(case: Case) -> None:
    os.link(case.file, case.home / "y")
    case.apply(Kind.REMOVE)
    assert (case.home / "y").read_bytes() == EVIL


@pytest.mark.parametrize("name", [b"\xff\n", b"-rf", b" "])
def test_odd_names(case: Case, name: bytes) -> None:
    case.file.rename(case.home / os.fsdecode(name))
    with Action(Kind.MOVE, os.fsencode(case.quarantine)) as action:
        place = action.apply(Scanned(case.fd, os.fsencode(case.home), name))
    assert place == os.fsencode(case.quarantine / os.fsdecode(name))


# What happened between the scan and the action.


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("swap", ["file", "link", "folder", "gone"])
def test_what_took_the_file_s_place_is_left_alone(case: Case, kind: Kind, swap: str) -> None:
    victim = case.home.parent / "victim"
    victim.write_bytes(b"precious")
    case.file.rename(case.home / "elsewhere")
    if swap == "file":
        case.file.write_bytes(b"innocent")
    elif swap == "link":
        case.file.symlink_to(victim)
    elif swap == "folder":
        case.file.mkdir()
    with pytest.raises(ActionError, match=r"took its place|gone"):
        case.apply(kind)
    assert victim.read_bytes() == b"precious"
    assert os.path.lexists(case.file) == (swap != "gone")
    assert case.held() == {}


@pytest.mark.parametrize("kind", list(Kind))
def test_a_directory_on_the_way_that_became_a_link(case: Case, kind: Kind) -> None:
    """The attack of CVE-2020-3350: the folder is swapped for a link to one that holds a victim."""
    target = case.home.parent / "etc"
    target.mkdir()
    (target / "x").write_bytes(b"precious")
    case.home.rename(case.home.with_name("old"))
    case.home.symlink_to(target)
    with pytest.raises(ActionError):
        case.apply(kind)
    assert (target / "x").read_bytes() == b"precious"
    assert case.held() == {}


@pytest.mark.parametrize("kind", [Kind.MOVE, Kind.REMOVE])
def test_a_swap_at_any_moment_costs_nobody_anything(case: Case, kind: Kind) -> None:
    """Somebody replaces the file again and again: what was caught by mistake is never lost."""
    stop = threading.Event()
    spare = case.home / "spare"

    def replace() -> None:
        while not stop.is_set():
            spare.write_bytes(b"precious")
            spare.replace(case.file)

    thread = threading.Thread(target=replace)
    done = failed = 0
    left: list[str] = []
    with Action(kind, os.fsencode(case.quarantine)) as action:
        thread.start()
        try:
            for _ in range(150):
                evil = case.home / "evil"
                evil.write_bytes(EVIL)
                fd = os.open(evil, os.O_RDONLY)
                evil.replace(case.file)
                try:
                    action.apply(Scanned(fd, os.fsencode(case.home), b"x"))
                    done += 1
                except ActionError as error:
                    failed += 1
                    left += [error.reason] if "was left as" in error.reason else []
                finally:
                    os.close(fd)
        finally:
            stop.set()
            thread.join()
    assert done + failed == 150
    # It goes back, or stays where the message says when yet another has its name by then.
    kept = [*case.quarantine.iterdir(), *case.home.glob(".nacre-*")]
    precious = [file for file in kept if file.read_bytes() == b"precious"]
    assert len(precious) == len(left)
    assert all(any(file.name in reason for reason in left) for file in precious)
    assert {file.read_bytes() for file in kept} <= {EVIL, b"precious"}


def test_another_that_arrives_in_the_quarantine_goes_back(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.rename

    def swap_first(source: bytes, target: bytes, **folders: int) -> None:
        case.file.replace(case.home / "elsewhere")
        case.file.write_bytes(b"innocent")
        monkeypatch.setattr(os, "rename", rename)
        rename(source, target, **folders)

    monkeypatch.setattr(os, "rename", swap_first)
    with pytest.raises(ActionError, match="took its place"):
        case.apply(Kind.MOVE)
    assert case.file.read_bytes() == b"innocent"
    assert case.held() == {}


def test_another_that_was_caught_is_not_removed(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.rename

    def swap_first(source: bytes, target: bytes, **folders: int) -> None:
        case.file.replace(case.home / "elsewhere")
        case.file.write_bytes(b"innocent")
        monkeypatch.setattr(os, "rename", rename)
        rename(source, target, **folders)

    monkeypatch.setattr(os, "rename", swap_first)
    with pytest.raises(ActionError, match="took its place"):
        case.apply(Kind.REMOVE)
    assert case.file.read_bytes() == b"innocent"
    assert sorted(path.name for path in case.home.iterdir()) == ["elsewhere", "x"]


# Across file systems, and when the disk is full.


@pytest.fixture
def elsewhere(case: Case) -> Iterator[Case]:
    """The quarantine on another file system."""
    other = Path("/dev/shm")  # noqa: S108 - the other file system that every Linux has
    if not other.is_dir() or other.stat().st_dev == case.home.stat().st_dev:
        pytest.skip("no second file system")
    case.quarantine = other / f"nacre-test-{os.getpid()}-{threading.get_ident()}"
    case.quarantine.mkdir()
    yield case
    for file in case.quarantine.iterdir():
        file.unlink()
    case.quarantine.rmdir()


def test_move_across_file_systems(elsewhere: Case) -> None:
    assert elsewhere.apply(Kind.MOVE) == os.fsencode(elsewhere.quarantine / "x")
    assert elsewhere.held() == {"x": EVIL}
    assert list(elsewhere.home.iterdir()) == []


@pytest.mark.parametrize("kind", [Kind.MOVE, Kind.COPY])
def test_nothing_is_lost_when_the_target_is_full(
    elsewhere: Case, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(ActionError, match="No space left") as caught:
        elsewhere.apply(kind)
    monkeypatch.undo()
    assert caught.value.destination == os.fsencode(elsewhere.quarantine / "x")
    assert elsewhere.file.read_bytes() == EVIL
    assert elsewhere.held() == {}


def test_the_source_that_cannot_be_removed_stays_and_the_copy_goes(
    elsewhere: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EXDEV if not elsewhere.held().get("x") else errno.EPERM, "refused")

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(ActionError, match="refused"):
        elsewhere.apply(Kind.MOVE)
    assert elsewhere.file.read_bytes() == EVIL
    assert elsewhere.held() == {}


def test_a_destination_must_be_a_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "missing"):
        with pytest.raises(ConfigError):
            Action(Kind.MOVE, os.fsencode(path))


def test_descriptors_are_closed(case: Case) -> None:
    before = sorted(Path("/proc/self/fd").iterdir())
    case.apply(Kind.COPY)
    case.apply(Kind.MOVE)
    with pytest.raises(ActionError):
        case.apply(Kind.REMOVE)
    assert sorted(Path("/proc/self/fd").iterdir()) == before
