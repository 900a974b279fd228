from __future__ import annotations

import errno
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nacre.model.errors import ScanError
from nacre.walk import (
    Directory,
    Event,
    Excluded,
    Follow,
    Gone,
    Plan,
    Reason,
    SymbolicLink,
    Target,
    Unreadable,
    Unsupported,
    visit,
)
from nacre.walk.pattern import make_filter
from nacre.walk.visit import MAX_OPEN, MAX_VISITS

if TYPE_CHECKING:
    from collections.abc import Iterator

RECURSIVE = Plan(recursive=True)
ALWAYS = Plan(recursive=True, follow_directories=Follow.ALWAYS, follow_files=Follow.ALWAYS)


def walk(path: Path | bytes | str, plan: Plan = RECURSIVE) -> list[Event]:
    return list(visit(os.fsencode(path), plan))


def names(events: list[Event], root: Path, kind: type[Event] = Target) -> set[str]:
    return {
        os.fsdecode(event.path)[len(str(root)) + 1 :] for event in events if isinstance(event, kind)
    }


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "tree"
    for name in ("a", "sub/b", "sub/deep/c"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("content")
    (root / "empty").touch()
    (root / "link").symlink_to("a")
    (root / "folder").symlink_to("sub")
    (root / "broken").symlink_to("nowhere")
    os.mkfifo(root / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(root)  # the name of a socket is short
        server.bind("socket")
        os.chdir(here)
        yield root


def test_what_a_tree_holds(tree: Path) -> None:
    events = walk(tree)
    assert names(events, tree) == {"a", "empty", "sub/b", "sub/deep/c"}
    assert names(events, tree, SymbolicLink) == {"link", "folder", "broken"}
    assert names(events, tree, Unsupported) == {"fifo", "socket"}
    assert names(events, tree, Directory) == {"", "sub", "sub/deep"}


def test_directory_order_each_directory_in_full_when_its_name_comes(tree: Path) -> None:
    order = [event.path for event in walk(tree) if isinstance(event, Target | Directory)]
    top = [entry.name for entry in os.scandir(tree)]
    firsts = [os.fsdecode(path)[len(str(tree)) + 1 :].split("/")[0] for path in order[1:]]
    seen = list(dict.fromkeys(firsts))
    assert seen == [name for name in top if name in {"a", "empty", "sub"}]


def test_without_recursion_only_the_directory_itself(tree: Path) -> None:
    events = walk(tree, Plan())
    assert names(events, tree) == {"a", "empty"}
    assert names(events, tree, SymbolicLink) == {"link", "folder", "broken"}


@pytest.mark.parametrize(("depth", "expected"), [(0, 0), (1, 2), (2, 3), (3, 4), (99, 4)])
def test_depth(tree: Path, depth: int, expected: int) -> None:
    events = walk(tree, Plan(recursive=True, max_depth=depth))
    assert len(names(events, tree)) == expected


def test_depth_is_not_python_recursion_and_descriptors_are_few(tmp_path: Path) -> None:
    path = tmp_path
    for _ in range(MAX_OPEN * 3):
        path /= "d"
    path.mkdir(parents=True)
    (path / "file").write_text("x")
    before = descriptors()
    most = 0
    events = []
    for event in visit(os.fsencode(tmp_path), Plan(recursive=True, max_depth=1000)):
        events.append(event)
        most = max(most, descriptors() - before)
    assert isinstance(events[-1], Target)
    assert most <= 2 * MAX_OPEN + 4
    assert descriptors() == before


def test_arguments_that_are_links(tree: Path) -> None:
    assert isinstance(walk(tree / "link")[0], Target)
    assert names(walk(tree / "folder"), tree) == {"folder/b", "folder/deep/c"}
    never = Plan(follow_directories=Follow.NEVER, follow_files=Follow.NEVER)
    for name in ("link", "folder"):
        assert walk(tree / name, never) == [SymbolicLink(os.fsencode(tree / name))]
    assert walk(tree / "broken") == [SymbolicLink(os.fsencode(tree / "broken"))]


def test_links_followed_everywhere(tree: Path) -> None:
    events = walk(tree, ALWAYS)
    assert {"link", "folder/b", "folder/deep/c", "sub/b"} <= names(events, tree)
    assert names(events, tree, SymbolicLink) == {"broken"}
    real = {event.path: event.real_path for event in events if isinstance(event, Target)}
    assert real[os.fsencode(tree / "link")] == os.fsencode(tree / "a")
    assert real[os.fsencode(tree / "folder/b")] == os.fsencode(tree / "sub/b")


def test_a_loop_through_links_ends(tree: Path) -> None:
    (tree / "sub/up").symlink_to("..")
    (tree / "sub/self").symlink_to(".")
    events = walk(tree, Plan(recursive=True, max_depth=10_000, follow_directories=Follow.ALWAYS))
    assert {"sub/up", "sub/self", "folder/up"} <= names(events, tree, SymbolicLink)
    assert len(events) < 40


def test_links_between_many_directories_are_bounded(tmp_path: Path) -> None:
    for one in range(8):
        (tmp_path / f"d{one}").mkdir()
        (tmp_path / f"d{one}/file").write_text("x")
        for other in range(8):
            (tmp_path / f"d{one}/to{other}").symlink_to(f"../d{other}")
    events = walk(tmp_path, ALWAYS)
    assert sum(isinstance(event, Directory) for event in events) <= 8 * (MAX_VISITS + 1) + 1


@pytest.mark.parametrize("name", ["fifo", "socket"])
def test_special_files_as_arguments_are_not_opened(tree: Path, name: str) -> None:
    assert walk(tree / name) == [Unsupported(os.fsencode(tree / name), argument=True)]
    assert walk("/dev/null") == [Unsupported(b"/dev/null", argument=True)]


@pytest.mark.parametrize(
    ("path", "code"),
    [(b"", errno.ENOENT), (b"/nonexistent", errno.ENOENT), (b"a\0b", errno.EINVAL),
     (b"/etc/passwd/x", errno.ENOTDIR), (b"x" * 5000, errno.ENAMETOOLONG)],
)  # fmt: skip
def test_arguments_that_are_not_there(path: bytes, code: int) -> None:
    assert walk(path) == [Gone(path, code, argument=True)]


def test_names_are_bytes(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff\xfe\n\x1b[31m"
    fd = os.open(name, os.O_CREAT | os.O_WRONLY)
    os.close(fd)
    (target,) = [event for event in walk(tmp_path) if isinstance(event, Target)]
    assert target.path == name
    os.close(target.open())


def test_trailing_slashes_go_and_the_root_stays(tree: Path) -> None:
    assert names(walk(f"{tree}//"), tree) == names(walk(tree), tree)
    events = walk("/", Plan(max_depth=1))
    assert events[0] == Directory(b"/")
    assert all(not event.path.startswith(b"//") for event in events)


# What took a file's place between the walk and the scan.


def test_a_target_opens_the_very_file_that_was_met(tree: Path) -> None:
    (target,) = walk(tree / "a")
    assert isinstance(target, Target)
    (tree / "a").rename(tree / "moved")
    (tree / "a").write_text("another")
    with pytest.raises(ScanError, match="took its place"):
        target.open()


@pytest.mark.parametrize("how", ["link", "fifo", "folder"])
def test_a_target_is_not_opened_through_what_replaced_it(tree: Path, how: str) -> None:
    (target,) = walk(tree / "a")
    assert isinstance(target, Target)
    (tree / "a").rename(tree / "moved")
    if how == "link":
        (tree / "a").symlink_to("moved")
    elif how == "fifo":
        os.mkfifo(tree / "a")
    else:
        tree.rename(tree.with_name("old"))
        tree.symlink_to("/etc")
    with pytest.raises((ScanError, OSError)):
        target.open()


def test_a_directory_that_became_a_link_is_not_entered(tree: Path) -> None:
    walker = visit(os.fsencode(tree), RECURSIVE)
    seen: list[Event] = []
    for event in walker:
        seen.append(event)
        if event == Directory(os.fsencode(tree)):
            (tree / "sub").rename(tree.with_name("elsewhere"))
            (tree / "sub").symlink_to(tree.with_name("elsewhere"))
    assert not any(b"/sub/" in event.path for event in seen)


# Patterns.

FIELD_REPORT = {
    "bin": ("bin", "sbin", "bin2"),
    "/bin/": ("bin",),
    "/bin": ("bin", "bin2"),
    "bin/": ("bin", "sbin"),
}


@pytest.mark.parametrize(("pattern", "excluded"), FIELD_REPORT.items())
def test_field_report_directories(tmp_path: Path, pattern: str, excluded: tuple[str, ...]) -> None:
    root = tmp_path.joinpath("r")
    for name in ("bin", "sbin", "bin2", "lib"):
        (root / name).mkdir(parents=True)
        (root / name / "file").write_text("x")
    here = Path.cwd()
    os.chdir(root)
    try:
        events = walk(b".", Plan(recursive=True, directories=make_filter([pattern], [])[0]))
    finally:
        os.chdir(here)
    found = [event for event in events if isinstance(event, Excluded)]
    assert {event.path.decode()[2:] for event in found} == set(excluded)
    assert {(event.reason, event.pattern) for event in found} == {(Reason.PATTERN, pattern)}


def test_field_report_file(tmp_path: Path) -> None:
    for name in ("test.txt", "my_test.txt", "test.txt.bak", "other"):
        (tmp_path / name).write_text("x")
    events = walk(tmp_path, Plan(files=make_filter(["test.txt"], [])[0]))
    assert names(events, tmp_path, Excluded) == {"test.txt", "my_test.txt", "test.txt.bak"}


def test_field_report_files_below_a_directory(tmp_path: Path) -> None:
    for name in ("aaa/bbb/f", "aaa/bbb/ccc/g", "aaa/h"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    events = walk(tmp_path, Plan(recursive=True, files=make_filter(["bbb"], [])[0]))
    assert names(events, tmp_path, Excluded) == {"aaa/bbb/f", "aaa/bbb/ccc/g"}
    assert names(events, tmp_path) == {"aaa/h"}


def test_files_are_matched_by_their_real_path(tree: Path) -> None:
    plan = Plan(recursive=True, follow_files=Follow.ALWAYS, files=make_filter(["link$"], [])[0])
    assert not names(walk(tree, plan), tree, Excluded)
    plan = Plan(recursive=True, follow_files=Follow.ALWAYS, files=make_filter(["/a$"], [])[0])
    assert names(walk(tree, plan), tree, Excluded) == {"a", "link"}


def test_include_means_only(tree: Path) -> None:
    events = walk(tree, Plan(recursive=True, files=make_filter([], ["/[ab]$"])[0]))
    assert names(events, tree) == {"a", "sub/b"}
    assert {event.pattern for event in events if isinstance(event, Excluded)} == {None}
    # The start directory must match, too.
    filtered = Plan(recursive=True, directories=make_filter([], ["sub$"])[0])
    assert walk(tree, filtered) == [
        Excluded(os.fsencode(tree), Reason.PATTERN, None, directory=True)
    ]


def test_a_pattern_that_does_not_compile_matches_nothing(tree: Path) -> None:
    excluding, errors = make_filter(["["], [])
    assert len(errors) == 1
    assert len(names(walk(tree, Plan(recursive=True, files=excluding)), tree)) == 4
    including, errors = make_filter([], ["["])
    assert not names(walk(tree, Plan(recursive=True, files=including)), tree)


# File systems.


def test_other_file_systems_are_left_out() -> None:
    events = walk("/dev", Plan(recursive=True, cross_filesystems=False))
    mounts = {
        os.fsencode(line.split()[4])
        for line in Path("/proc/self/mountinfo").read_text().splitlines()
    }
    below = {mount for mount in mounts if mount.startswith(b"/dev/")}
    found = {event.path for event in events if isinstance(event, Excluded)}
    assert found == {mount for mount in below if mount.count(b"/") == 2}
    assert {e.reason for e in events if isinstance(e, Excluded)} <= {Reason.FILESYSTEM}


def test_a_link_into_another_file_system_is_left_out_as_well(tree: Path) -> None:
    (tree / "proc").symlink_to("/proc/sys/kernel")
    plan = Plan(
        recursive=True, cross_filesystems=False, follow_directories=Follow.ALWAYS, skip_proc=False
    )
    assert names(walk(tree, plan), tree, Excluded) == {"proc"}


def test_proc_is_told_file_by_file_and_virtual_file_systems_as_a_whole() -> None:
    assert walk("/proc/version") == [Excluded(b"/proc/version", Reason.PROC)]
    plan = Plan(recursive=True, skip_virtual=True)
    for path in (b"/proc", b"/sys"):
        assert walk(path, plan) == [Excluded(path, Reason.VIRTUAL, directory=True)]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(tree: Path) -> None:
    (tree / "sub").chmod(0)
    events = walk(tree)
    (tree / "sub").chmod(0o700)
    assert Unreadable(os.fsencode(tree / "sub"), errno.EACCES) in events


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["file", "folder", "link"]),
            st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join),
            st.lists(st.sampled_from(["..", "a", "b", "."]), min_size=1, max_size=3).map("/".join),
        ),
        max_size=25,
    ),
    st.sampled_from(list(Follow)),
)
def test_any_tree_ends_and_no_path_comes_twice(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[str, str, str]], follow: Follow
) -> None:
    # Deep enough that no link leads out, to where other tests come and go.
    root = tmp_path_factory.mktemp("any") / "1/2/3/4"
    root.mkdir(parents=True)
    for kind, name, target in parts:
        path = root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if kind == "link":
                path.symlink_to(target)
            elif kind == "folder":
                path.mkdir()
            else:
                path.write_text("x")
        except OSError:
            continue
    events = walk(root, Plan(recursive=True, follow_directories=follow, follow_files=follow))
    paths = [event.path for event in events]
    assert len(paths) == len(set(paths))
    for event in events:
        if isinstance(event, Target):
            assert os.path.realpath(event.path) == event.real_path
