"""What the supervisor makes of questions, without a kernel: files are real, who asks is not."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from nacre.onaccess.guard import MAX_NOTICES, Guard
from nacre.onaccess.known import identity, settled_by
from nacre.onaccess.policy import Policy
from nacre.onaccess.scope import Scope, mount_at
from nacre.onaccess.verdict import Done, Verdict
from nacre.onaccess.watch import Counters, Question, Watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nacre.output.journal import Journal

OLD = 1_000_000_000


@dataclass
class Asked:
    """A watch whose questions a test asks."""

    fresh: list[Question] = field(default_factory=list)
    answers: dict[int, bool] = field(default_factory=dict)
    marks: list[str] = field(default_factory=list)
    on_settle: Callable[[], None] = lambda: None
    counted: Counters = field(default_factory=lambda: Counters(0, 0, 0, 0, 0))

    def take(self, room: int) -> list[Question]:
        waiting = [one for one in self.fresh if one.waiting]
        notices = [one for one in self.fresh if not one.waiting]
        self.fresh = notices[room:]
        return waiting + notices[:room]

    def answer(self, question: Question, *, allow: bool) -> bool:
        assert question.id not in self.answers, "answered twice"
        self.answers[question.id] = allow
        return True

    def settle(self, _descriptor: int) -> None:
        self.marks.append("settled")
        self.on_settle()

    def unsettle(self, _descriptor: int) -> None:
        self.marks.append("unsettled")

    def forget(self) -> None:
        self.marks.append("forgotten")

    @property
    def counters(self) -> Counters:
        return self.counted


@dataclass
class Scans:
    """A scanner whose verdicts a test gives."""

    waiting: list[Done] = field(default_factory=list)
    paths: list[bytes] = field(default_factory=list)

    def scan(self, descriptor: int, path: bytes, done: Done) -> None:
        os.close(descriptor)
        self.paths.append(path)
        self.waiting.append(done)

    async def load(self) -> str:
        return "loaded"

    def close(self) -> None:
        """Nothing to end."""


@dataclass
class Lines:
    """A journal."""

    lines: list[str] = field(default_factory=list)

    def line(self, text: str) -> None:
        self.lines.append(text)

    warning = error = line

    def verbose(self, _text: str) -> None:
        """Not asked for."""


@dataclass
class Desk:
    """A guard and what is around it."""

    folder: Path
    policy: Policy = field(default_factory=Policy)
    scope: Scope | None = None
    watch: Asked = field(default_factory=Asked)
    scanner: Scans = field(default_factory=Scans)
    journal: Lines = field(default_factory=Lines)
    guard: Guard = field(init=False)
    count: int = 0

    def __post_init__(self) -> None:
        self.guard = Guard(
            cast("Watch", self.watch),
            self.scope or Scope((os.fsencode(self.folder),)),
            self.scanner,
            self.policy,
            cast("Journal", self.journal),
        )

    def file(self, name: str, content: bytes = b"content") -> Path:
        """One that was just written; `settle_clock` makes it older."""
        path = self.folder / name
        path.write_bytes(content)
        return path

    def ask(self, path: Path, *, waiting: bool = True, executing: bool = False) -> int:
        """Somebody opens the file; the number of the question."""
        self.count += 1
        descriptor = os.open(path, os.O_RDONLY)
        pid = os.getpid()
        question = Question(self.count, descriptor, pid, executing, written=False, waiting=waiting)
        self.watch.fresh.append(question)
        self.guard._questions()
        return self.count

    def tell(self, verdict: Verdict) -> None:
        """The first scan that waits has ended."""
        self.scanner.waiting.pop(0)(verdict)


def settle_clock(path: Path) -> None:
    """Wait until a change would show in the times of the file."""
    while time.time_ns() - path.stat().st_ctime_ns < 25_000_000:
        time.sleep(0.005)


def descriptors() -> int:
    gc.collect()  # what other tests left open
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - only how many


def test_a_clean_file_is_scanned_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    path = desk.file("file")
    settle_clock(path)
    before = descriptors()
    number = desk.ask(path)
    assert not desk.watch.answers
    desk.tell(Verdict())
    assert desk.watch.answers == {number: True}
    assert desk.watch.marks == ["settled"]
    desk.ask(path)
    assert desk.watch.answers[number + 1]
    assert len(desk.scanner.paths) == 1
    assert desk.guard.tally.known == 1
    assert descriptors() == before


def test_what_alerts_is_denied_and_told_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    path = desk.file("file")
    found: list[tuple[bytes, str]] = []
    desk.guard.found = lambda path, alert, descriptor: found.append(
        (path + b":" + os.pread(descriptor, 7, 0), alert)
    )
    before = descriptors()
    first = desk.ask(path)
    desk.tell(Verdict("Evil"))
    second = desk.ask(path)
    assert desk.watch.answers == {first: False, second: False}
    assert desk.journal.lines == [f"{path}: Evil FOUND"]
    assert found == [(os.fsencode(path) + b":content", "Evil")]
    assert desk.guard.tally.denied == 2
    assert desk.watch.marks == []
    assert descriptors() == before


def test_what_alerts_is_let_through_to_who_is_left_alone(tmp_path: Path) -> None:
    users: set[int] = set()

    class Changing(Scope):
        def exempt(self, pid: int) -> bool:
            return pid in users

    desk = Desk(tmp_path, scope=Changing((os.fsencode(tmp_path),)))
    path = desk.file("file")
    desk.ask(path)
    desk.tell(Verdict("Evil"))
    users.add(os.getpid())
    assert desk.watch.answers[desk.ask(path)]


def test_a_file_that_has_just_changed_is_not_trusted(tmp_path: Path) -> None:
    assert not settled_by((1, 2, OLD, OLD, 3), OLD + 1_000_000)
    assert settled_by((1, 2, OLD, OLD, 3), OLD + 20_000_000)
    assert not settled_by((1, 2, OLD, OLD, 3), OLD - 1)  # the clock was set back
    assert identity(tmp_path.stat())[2] == tmp_path.stat().st_ctime_ns


def test_a_change_while_a_known_file_is_marked_is_seen(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    path = desk.file("file")
    settle_clock(path)
    desk.ask(path)
    desk.tell(Verdict())
    desk.watch.on_settle = lambda: os.truncate(path, 3)
    number = desk.ask(path)
    assert desk.watch.marks == ["settled", "settled", "unsettled"]
    assert number not in desk.watch.answers
    desk.watch.on_settle = lambda: None
    desk.tell(Verdict("Evil"))
    assert desk.watch.answers[number] is False


def test_a_file_that_changes_all_the_time_goes_by_policy(tmp_path: Path) -> None:
    for deny in (False, True):
        desk = Desk(tmp_path, Policy(deny_on_error=deny))
        path = desk.file("file")
        number = desk.ask(path)
        for size in (3, 2, 1):
            assert number not in desk.watch.answers
            os.truncate(path, size)
            desk.tell(Verdict())
        assert desk.watch.answers == {number: not deny}
        assert desk.guard.tally.failed == 1
        assert desk.journal.lines == [f"{path}: changes while it is scanned"]


def test_what_cannot_be_scanned_goes_by_policy(tmp_path: Path) -> None:
    for deny in (False, True):
        desk = Desk(tmp_path, Policy(deny_on_error=deny))
        number = desk.ask(desk.file("file"))
        desk.tell(Verdict(error="worker died"))
        assert desk.watch.answers == {number: not deny}


def test_files_with_writers_are_not_remembered_in_strict_mode(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Policy(strict=True))
    path = desk.file("file")
    settle_clock(path)
    with path.open("r+b"):
        desk.ask(path)
        desk.tell(Verdict())
        desk.ask(path)
        desk.tell(Verdict())
    assert len(desk.scanner.paths) == 2
    assert desk.watch.marks == []


def test_only_so_many_notices_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        desk = Desk(tmp_path, Policy(prevention=False))
        for number in range(MAX_NOTICES + 10):  # each a file: scans of one may be shared
            desk.ask(desk.file(f"{number}"), waiting=False)
        assert len(desk.scanner.waiting) == MAX_NOTICES
        assert len(desk.watch.fresh) == 10
        while desk.scanner.waiting:
            desk.tell(Verdict())
            await asyncio.sleep(0)
        assert not desk.watch.fresh
        assert not desk.watch.answers

    before = descriptors()
    asyncio.run(main())
    assert descriptors() == before


def test_after_new_signatures_everything_is_asked_for_again(tmp_path: Path) -> None:
    for settles, marks in ((True, ["settled", "forgotten"]), (False, ["forgotten"])):
        desk = Desk(tmp_path)
        if not settles:
            desk.guard.ask_always()
            desk.guard.ask_always()
        path = desk.file("file")
        settle_clock(path)
        desk.ask(path)
        desk.tell(Verdict())
        assert asyncio.run(desk.guard.load()) == "loaded"
        assert desk.watch.marks == marks
        desk.ask(path)
        assert len(desk.scanner.paths) == 2


def test_losses_are_told_and_looked_for(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    lost: list[float] = []
    desk.guard.overflowed = lost.append
    desk.watch.counted = Counters(9, 0, overdue=3, overflows=1, waiting=0)
    desk.guard._look()
    desk.guard._look()
    assert len(lost) == 1
    assert desk.journal.lines == [
        "on-access: 3 times let through without a verdict in time",
        "on-access: more happened than the kernel keeps; looking for it",
    ]


def test_scope(tmp_path: Path) -> None:
    scope = Scope((b"/a", b"/b/c"), (b"/a/x",), lambda path: path.endswith(b".log"))
    covered = [b"/a", b"/a/f", b"/b/c/d/e", b"/a/xy"]
    other = [b"/ab", b"/b", b"/a/x", b"/a/x/f", b"/a/f.log", b"/"]
    assert all(scope.covers(path) for path in covered)
    assert not any(scope.covers(path) for path in other)
    assert Scope((b"/",)).covers(b"/anything")
    with (tmp_path / "file").open("wb") as file:
        here = Scope((b"/a",), mounts={mount_at(tmp_path)})
        assert not here.strange(file.fileno())
        assert Scope((b"/a",), mounts={-1}).strange(file.fileno())
        assert not scope.strange(file.fileno())  # it names none
    assert Scope((b"/a",), users=frozenset({os.getuid()})).exempt(os.getpid())
    assert not Scope((b"/a",), users=frozenset({os.getuid()})).exempt(0)
    assert Scope((b"/a",), friend=os.getppid).exempt(os.getpid())
    assert not scope.exempt(os.getpid())


def test_a_writer_that_is_gone_when_the_scan_ends(tmp_path: Path) -> None:
    """It may have stored something through a mapping after that part was read."""
    for strict in (False, True):
        desk = Desk(tmp_path, Policy(strict=strict))
        path = desk.file("file")
        settle_clock(path)
        with path.open("r+b"):
            desk.ask(path)
        desk.tell(Verdict())
        desk.ask(path)
        assert len(desk.scanner.paths) == 2
        assert desk.watch.marks == []


def test_many_wait_for_one_scan(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    path = desk.file("file")
    settle_clock(path)
    before = descriptors()
    numbers = [desk.ask(path) for _ in range(5)]
    assert len(desk.scanner.waiting) == 1
    desk.tell(Verdict("Evil"))
    assert desk.watch.answers == dict.fromkeys(numbers, False)
    assert len(desk.journal.lines) == 1
    assert (desk.guard.tally.scanned, desk.guard.tally.denied) == (1, 5)
    assert descriptors() == before


def test_nobody_waits_for_a_scan_of_something_that_has_just_changed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    path = desk.file("file")
    settle_clock(path)
    with path.open("r+b"):
        desk.ask(path)
        desk.ask(path)
    assert len(desk.scanner.waiting) == 2


def test_a_scan_with_signatures_of_before_is_not_remembered(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    path = desk.file("file")
    settle_clock(path)
    first = desk.ask(path)
    asyncio.run(desk.guard.load())
    second = desk.ask(path)
    assert len(desk.scanner.waiting) == 2
    desk.tell(Verdict())
    assert desk.watch.answers == {first: True}
    assert desk.watch.marks == ["forgotten"]
    desk.tell(Verdict("New"))
    assert desk.watch.answers[second] is False
