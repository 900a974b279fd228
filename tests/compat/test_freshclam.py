"""Debian's freshclam and ours before the same mirror."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

import feeds
import webserver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

THEIRS = shutil.which("freshclam", path="/usr/bin")
OURS = "import sys; from nacre.cli.main import freshclam; sys.exit(freshclam())"

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.skipif(THEIRS is None, reason="no freshclam of ClamAV"),
]


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[webserver.Mirror]:
    (tmp_path / "served").mkdir()
    with webserver.serving(tmp_path / "served") as server:
        yield server


def run(
    tmp_path: Path, mirror: webserver.Mirror, *lines: str, ours: bool, words: tuple[str, ...] = ()
) -> tuple[int, list[str]]:
    """Exit code, and what was said without times, paths and what only one of both says."""
    folder = tmp_path / ("ours" if ours else "theirs")
    folder.mkdir(exist_ok=True)
    config = tmp_path / f"{folder.name}.conf"
    common = [f"DatabaseDirectory {folder}", "DatabaseOwner root", "MaxAttempts 1"]
    if not any(line.startswith("DatabaseMirror") for line in lines):
        common += [f"PrivateMirror {mirror.url}"]
    config.write_text("\n".join([*common, *lines]) + "\n")
    program = [sys.executable, "-c", OURS] if ours else [str(THEIRS)]
    command = [*program, f"--config-file={config}", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    text = re.sub(r"started at .*", "started at", done.stdout)
    text = re.sub(r"Testing database: '.*' \.\.\.", "Testing database: '' ...", text)
    return done.returncode, [line for line in text.splitlines() if "Time: " not in line]


CUSTOM = ("ExcludeDatabase daily", "ExcludeDatabase main", "ExcludeDatabase bytecode")


def test_files_that_the_user_names(tmp_path: Path, mirror: webserver.Mirror) -> None:
    (mirror.folder / "mine.ndb").write_bytes(b"Mine:0:*:6d6f746865722d6f662d706561726c\n")
    lines = (*CUSTOM, f"DatabaseCustomURL {mirror.url}/mine.ndb")
    assert run(tmp_path, mirror, *lines, ours=True) == run(tmp_path, mirror, *lines, ours=False)
    mirror.special["/mine.ndb"] = webserver.status(304)
    again = run(tmp_path, mirror, *lines, ours=True)
    assert again == run(tmp_path, mirror, *lines, ours=False)
    assert again[0] == 0


REFUSALS = [(200, 404), (200, 403), (200, 429), (404, 404), (500, 500)]


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize(("probe", "status"), REFUSALS)
def test_what_a_mirror_refuses(
    tmp_path: Path, mirror: webserver.Mirror, probe: int, status: int, *, private: bool
) -> None:
    head = feeds.header(5).line().encode().ljust(512)

    def answer(request: BaseHTTPRequestHandler) -> None:
        first = probe == 200 and request.headers.get("Range") is not None
        (webserver.body(head, 206) if first else webserver.status(status))(request)

    mirror.special["/bytecode.cvd"] = answer
    lines = [*CUSTOM[:2]]
    if not private:
        lines += [f"DatabaseMirror {mirror.url}", "DNSDatabaseInfo no"]
    (ours, _), (theirs, _) = (run(tmp_path, mirror, *lines, ours=own) for own in (True, False))
    assert ours == theirs


@pytest.mark.parametrize(
    "words", [("--nothing",), ("--update-db=nothing",), ("--config-file=/nonexistent",)]
)
def test_what_is_refused(tmp_path: Path, mirror: webserver.Mirror, words: tuple[str, ...]) -> None:
    ours, theirs = (run(tmp_path, mirror, ours=own, words=words)[0] for own in (True, False))
    assert ours == theirs


def test_each_goes_on_where_the_other_was(tmp_path: Path, mirror: webserver.Mirror) -> None:
    lines = (*CUSTOM, f"DatabaseCustomURL {mirror.url}/mine.ndb")
    folder = tmp_path / "shared"
    folder.mkdir()
    for name in ("ours", "theirs"):
        (tmp_path / name).symlink_to(folder)
    for number, ours in enumerate((True, False, True, False, True)):
        content = b"Mine:0:*:6d6f746865722d6f662d70656172%02x\n" % (number + 100)
        (mirror.folder / "mine.ndb").write_bytes(content)
        code, _ = run(tmp_path, mirror, *lines, ours=ours)
        assert code == 0
        assert (folder / "mine.ndb").read_bytes() == content
        assert (folder / "mine.ndb").is_symlink() is ours
        scan = ["/usr/bin/clamscan", "-d", str(folder), "--no-summary", str(mirror.folder)]
        sample = mirror.folder / "sample"
        sample.write_bytes(b"......mother-of-pear" + bytes((number + 100,)))
        found = subprocess.run(scan, capture_output=True, text=True, check=False)
        assert "Mine.UNOFFICIAL FOUND" in found.stdout
        time.sleep(0.01)
