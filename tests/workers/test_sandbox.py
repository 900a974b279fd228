"""What a confined process cannot do, and that it still scans."""

from __future__ import annotations

import faulthandler
import os
import resource
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import confined
import pytest
from confined import ATTEMPTS, DONE, attempt

from nacre.model.fmap import Spool
from nacre.workers import sandbox as module
from nacre.workers.sandbox import Level, Sandbox, available

if TYPE_CHECKING:
    from collections.abc import Callable

LEVEL = available()
REFUSED = {"EPERM", "EACCES"}
KERNEL = tuple(int(part) for part in os.uname().release.split(".")[:2])

needs_landlock = pytest.mark.skipif(
    LEVEL not in (Level.LANDLOCK, Level.FILES), reason="the kernel has no Landlock"
)
needs_seccomp = pytest.mark.skipif(
    LEVEL not in (Level.LANDLOCK, Level.SECCOMP), reason="the kernel has no seccomp"
)


def run(sandbox: Sandbox | None, function: Callable[[], Any]) -> Any:
    """The answer of a process that lived to give one."""
    outcome = confined.run(sandbox, function)
    assert outcome.code == 0
    return outcome.answer


def pretend(monkeypatch: pytest.MonkeyPatch, *parts: str) -> Sandbox:
    """A sandbox as on a kernel that has only `parts`."""
    with monkeypatch.context() as patch:
        patch.setattr(module, "_PARTS", list(parts))
        return Sandbox()


@pytest.mark.parametrize("name", ATTEMPTS)
@needs_seccomp
def test_a_confined_process_cannot(name: str) -> None:
    free = confined.run(None, lambda: attempt(name))
    if free.answer in REFUSED | {"ENOSYS"}:
        pytest.skip(f"not even a free process can here: {free.answer}")
    assert free.answer in {DONE, None}, "the attempt itself is wrong"  # None: it became another
    assert run(Sandbox(), lambda: attempt(name)) in REFUSED


@pytest.mark.parametrize("name", ATTEMPTS)
@needs_seccomp
def test_without_landlock_it_cannot_either(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(pretend(monkeypatch, "seccomp", "rlimits"), lambda: attempt(name)) in REFUSED


@pytest.mark.parametrize(
    ("name", "since"),
    [
        ("open", (5, 13)), ("openat2", (5, 13)), ("list", (5, 13)), ("write_named", (5, 13)),
        ("execute", (5, 13)), ("bind", (6, 7)), ("signal_parent", (6, 12)),
    ],
)  # fmt: skip
@needs_landlock
def test_landlock_alone_cannot(
    name: str, since: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    if since > KERNEL:
        pytest.skip(f"Landlock forbids it since Linux {since}")
    assert run(pretend(monkeypatch, "landlock", "rlimits"), lambda: attempt(name)) in REFUSED


@pytest.mark.parametrize(
    ("parts", "level"),
    [
        (["landlock", "seccomp", "rlimits"], Level.LANDLOCK),
        (["seccomp", "rlimits"], Level.SECCOMP),
        (["landlock", "rlimits"], Level.FILES),
        (["rlimits"], Level.RLIMITS),
        (["landlock"], Level.NONE),  # less than what the least level promises
        ([], Level.NONE),
    ],
)
def test_the_level_says_what_is_in_force(
    parts: list[str], level: Level, monkeypatch: pytest.MonkeyPatch
) -> None:
    if LEVEL is not Level.LANDLOCK:
        pytest.skip("needs a kernel with everything")
    assert confined.run(pretend(monkeypatch, *parts), lambda: None).level == level.name
    with monkeypatch.context() as patch:
        patch.setattr(module, "_PARTS", parts)
        assert available() is level


@needs_seccomp
def test_a_kernel_that_refuses_everything_is_told_not_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = pretend(monkeypatch, "seccomp"), Sandbox()

    def enter_again() -> str:
        return second.enter().name  # every call it makes is denied by the first

    assert run(first, enter_again) == "NONE"


def test_entering_twice_says_the_same() -> None:
    box = Sandbox()
    outcome = confined.run(box, lambda: box.enter().name)
    assert outcome.answer == outcome.level == LEVEL.name


def test_asking_confines_nobody() -> None:
    assert available() is LEVEL
    assert attempt("open") == DONE
    assert attempt("fork") == DONE


def test_memory_is_limited() -> None:
    def allocate() -> list[str]:
        told = []
        for size in (8 << 20, 256 << 20):
            try:
                told.append(str(len(bytearray(size))))
            except MemoryError:
                told.append("MemoryError")
        return told

    assert run(Sandbox(memory=64 << 20), allocate) == [str(8 << 20), "MemoryError"]
    assert run(Sandbox(), allocate) == [str(8 << 20), str(256 << 20)]


def test_limits_are_what_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module, "_PARTS", ["rlimits"])
        box = Sandbox(processor_seconds=7)
    kinds = [resource.RLIMIT_CORE, resource.RLIMIT_NPROC, resource.RLIMIT_CPU]
    assert run(box, lambda: [resource.getrlimit(kind)[1] for kind in kinds]) == [0, 0, 7]
    assert run(box, lambda: resource.getrlimit(resource.RLIMIT_NOFILE)[1]) <= 512


def test_a_process_that_takes_its_time_ends() -> None:
    def spin() -> None:
        while True:
            pass

    assert confined.run(Sandbox(processor_seconds=1), spin).code in {
        -signal.SIGXCPU,
        -signal.SIGKILL,
    }


def test_a_process_that_gives_up_ends() -> None:
    def give_up() -> None:
        faulthandler.disable()
        os.abort()  # it cannot send itself SIGABRT; the C library has other ways

    assert confined.run(Sandbox(), give_up).code < 0


def test_root_is_root_no_more() -> None:
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        Sandbox().enter()
        os.write(writing, b".")
        signal.pause()
        os._exit(0)
    try:
        os.read(reading, 1)
        seen = Path(f"/proc/{pid}/status").read_text()
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(reading)
        os.close(writing)
    assert "CapEff:\t0000000000000000" in seen
    assert "NoNewPrivs:\t1" in seen


@needs_seccomp
def test_unnamed_files_are_made_in_the_directory(tmp_path: Path) -> None:
    directory = str(tmp_path)
    assert run(Sandbox(directory=directory), lambda: _unnamed(directory)) == DONE
    assert list(tmp_path.iterdir()) == []


@needs_landlock
@needs_seccomp
def test_unnamed_files_are_made_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    for box in (Sandbox(directory=str(tmp_path / "here")), Sandbox()):
        assert run(box, lambda: _unnamed(str(tmp_path / "there"))) == "Permission denied"


def _unnamed(directory: str) -> str:
    try:
        fd = os.open(directory, os.O_RDWR | os.O_TMPFILE, 0o600)
        os.write(fd, b"layer")
        return DONE if os.pread(fd, 9, 0) == b"layer" else "wrong"
    except OSError as error:
        return os.strerror(error.errno or 0)


@needs_seccomp
def test_named_files_can_be_made_where_asked_for_and_none_read(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("secret")
    new = os.O_WRONLY | os.O_CREAT | os.O_EXCL

    def make() -> list[str]:
        told = []
        for folder, flags in ((tmp_path, new), (tmp_path.parent, new), (tmp_path, os.O_RDONLY)):
            try:
                os.close(os.open(folder / ("new" if flags == new else "old"), flags, 0o600))
                told.append(DONE)
            except PermissionError:
                told.append("refused")
        (tmp_path / "folder").mkdir()
        return told

    elsewhere = "refused" if LEVEL is Level.LANDLOCK else DONE
    box = Sandbox(directory=str(tmp_path), named=True)
    assert run(box, make) == [DONE, elsewhere, "refused"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "new", "old"]


def test_a_directory_that_is_not_there_is_no_error() -> None:
    assert confined.run(Sandbox(directory="/not/there"), lambda: None).level == LEVEL.name


@pytest.mark.parametrize("place", ["directory", "nowhere"])
def test_a_large_layer_is_kept(place: str, tmp_path: Path) -> None:
    directory = str(tmp_path)

    def spool() -> list[int]:
        output = Spool(directory, 1000)
        for _ in range(300):
            output.write(bytes(10_000))
        data = output.finish()
        return [len(data), len(data.read(2_999_990, 100))]

    box = Sandbox(directory=directory if place == "directory" else None)
    assert run(box, spool) == [3_000_000, 10]


@pytest.mark.parametrize("in_sandbox", [True, False])
def test_a_disk_that_is_full_loses_no_layer(tmp_path: Path, *, in_sandbox: bool) -> None:
    directory = str(tmp_path)

    def fill() -> Any:
        if not confined.mount_small(directory):
            return "mounting is not permitted"
        if in_sandbox:
            Sandbox(directory=directory).enter()
        output = Spool(directory, 1000)
        for number in range(100):
            output.write(bytes([number]) * 5000)
        data = output.finish()
        return [data.read(5000 * number + 4999, 1)[0] for number in range(100)]

    answer = run(None, fill)
    if isinstance(answer, str):
        pytest.skip(answer)
    assert answer == list(range(100))
