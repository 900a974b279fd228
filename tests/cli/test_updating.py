"""freshclam, nacre update and nacre db activate as processes, with keys of the tests."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import feeds
import serving
import storage
import webserver
from nacre.cvd.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.enable_socket

TESTS = Path(__file__).parents[1]
PROGRAM = """
import sys
sys.path.insert(0, {tests!r})
import feeds
from nacre.cli import freshclam, parser
from nacre.cli.commands import repair, update
from nacre.cvd import signature
if sys.argv[1] == "freshclam":
    sys.exit(freshclam.main(sys.argv[2:], feeds.KEYS))
import argparse
arguments = argparse.ArgumentParser()
if sys.argv[1] == "update":
    update.add_arguments(arguments)
    sys.exit(update.run(arguments.parse_args(sys.argv[2:]), feeds.KEYS))
if sys.argv[1] == "repair":
    repair.add_arguments(arguments)
    sys.exit(repair.run(arguments.parse_args(sys.argv[2:]), feeds.KEYS))
from nacre.cli.commands import db
db.add_arguments(arguments)
parsed = arguments.parse_args(sys.argv[2:])
parsed.keys = feeds.KEYS
sys.exit(db.run(parsed))
"""


@dataclass
class Site:
    mirror: webserver.Mirror
    folder: Path
    config: Path

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-c", PROGRAM.format(tests=str(TESTS)), *words]

    def freshclam(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = self.command("freshclam", f"--config-file={self.config}", *words)
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def update(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = self.command("update", f"--config={self.config}", *words)
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def repair(self) -> subprocess.CompletedProcess[str]:
        clamd = self.folder.parent / "clamd.conf"
        words = [f"--config={self.config}", f"--clamd-config={clamd}"]
        command = self.command("repair", *words)
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def version(self) -> int:
        (path,) = self.folder.glob("daily.c[lv]d")
        return verify(path, feeds.KEYS).version

    def configure(self, *lines: str) -> None:
        common = [
            f"DatabaseDirectory {self.folder}",
            "DatabaseOwner root",
            f"DatabaseMirror {self.mirror.url}",
            "DNSDatabaseInfo no",
            "ExcludeDatabase main",
            "Bytecode no",
            "MaxAttempts 1",
        ]
        self.config.write_text("\n".join([*common, *lines]) + "\n")

    def offer(self, version: int) -> None:
        feeds.step(self.mirror.folder / f"daily-{version}.cdiff", "daily", version)
        feeds.database(self.mirror.folder / "daily.cvd", version)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    served, folder = tmp_path / "served", tmp_path / "databases"
    served.mkdir()
    folder.mkdir()
    with webserver.serving(served) as mirror:
        made = Site(mirror, folder, tmp_path / "freshclam.conf")
        made.configure()
        yield made


def test_freshclam_updates_once(site: Site, tmp_path: Path) -> None:
    done = tmp_path / "done"
    site.configure(f"OnUpdateExecute touch {done}", f"UpdateLogFile {tmp_path}/log")
    site.offer(5)
    run = site.freshclam()
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("ClamAV update process started at ")
    assert "daily database available for download (remote version: 5)\n" in run.stdout
    assert "Database test passed.\n" in run.stdout
    assert (tmp_path / "log").read_text().count("\n") >= 4
    assert done.exists()
    done.unlink()
    assert "daily.cvd database is up-to-date" in site.freshclam().stdout
    assert not done.exists()
    assert site.freshclam("--quiet").stdout == ""
    site.offer(6)
    (site.mirror.folder / "daily-6.cdiff").unlink()
    shown = site.freshclam("--show-progress").stdout
    assert re.search(r"[\r\n]Time: +[0-9.]+s, ETA: +0.0s \[=+\] +[0-9.]+MiB/[0-9.]+MiB\n", shown)
    assert site.version() == 6


def test_a_full_disk(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with storage.small_disk(tmp_path / "disk", "4m") as disk:
        site.folder = disk / "databases"
        site.configure()
        site.offer(5)
        assert site.freshclam().returncode == 0
        site.offer(6)
        full = f"{site.folder}: No space left on device\n"
        # For: what is downloaded, the candidate, its manifest, the image, what is remembered.
        for left in range(0, 400_000, 32_768):
            free = os.statvfs(disk)
            (disk / "other").write_bytes(bytes(max(0, free.f_bavail * free.f_bsize - left)))
            run = site.freshclam()
            if run.returncode == 0:
                break
            assert run.returncode == 10
            assert f"ERROR: {full}" in run.stderr
            assert "Database test FAILED" not in run.stderr
            assert site.version() == 5
            update = site.update()
            assert update.returncode == 5
            assert update.stderr.endswith(f"nacre update: {full}")
            assert not (site.folder / ".nacre/rejected").exists()
        assert left > 0
        assert site.version() == 6
        (disk / "other").unlink()
        assert site.update().returncode == 0


def test_exit_codes_of_freshclam(site: Site) -> None:
    assert site.freshclam().returncode == 11
    site.offer(5)
    assert site.freshclam().returncode == 0
    site.mirror.special["/daily.cvd"] = webserver.status(403)
    assert site.freshclam().returncode == 17
    site.mirror.special.clear()
    assert site.freshclam().returncode == 0
    assert site.freshclam("--update-db=nothing").returncode == 9
    assert site.freshclam("--nothing").returncode == 2
    site.configure("OnErrorExecute EXIT_77", "PrivateMirror http://127.0.0.1:9")
    (site.folder / ".nacre/state.json").unlink()
    assert site.freshclam().returncode == 77
    site.configure("Nonsense yes")
    run = site.freshclam()
    assert run.returncode == 2
    assert f"{site.config}:8: " in run.stderr


def test_a_password_that_others_can_read_is_refused(site: Site) -> None:
    site.configure("HTTPProxyPassword secret", "HTTPProxyServer 127.0.0.1")
    site.config.chmod(0o644)
    assert site.freshclam().returncode == 2
    site.config.chmod(0o600)
    assert site.freshclam().returncode != 2


def wait_for(condition: object, seconds: float = 60) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_daemon_updates_when_told_and_ends_when_told(site: Site, tmp_path: Path) -> None:
    site.offer(5)
    pid, log = tmp_path / "pid", tmp_path / "log"
    words = ("-d", "-F", "--checks=1", f"--pid={pid}", f"--log={log}")
    command = site.command("freshclam", f"--config-file={site.config}", *words)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as daemon:
        try:
            wait_for(lambda: log.exists() and "daily.cvd updated" in log.read_text())
            assert pid.read_text() == f"{daemon.pid}\n"
            site.offer(6)
            daemon.send_signal(signal.SIGUSR1)
            wait_for(lambda: "daily.cld updated (version: 6" in log.read_text())
            log.rename(tmp_path / "old")
            daemon.send_signal(signal.SIGHUP)
            wait_for(log.exists)
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(60) == 0
        finally:
            daemon.kill()
    assert not pid.exists()


def test_nacre_update_says_how_it_ended(site: Site) -> None:
    assert site.update().returncode == 3
    site.offer(5)
    run = site.update()
    assert (run.returncode, run.stdout) == (
        0,
        "daily: updated (version 5)\nEverything is up to date.\n",
    )
    (site.folder / "daily.cvd").write_bytes(b"")
    assert site.update().returncode == 2
    site.offer(4)
    report = json.loads((stale := site.update("--format=json")).stdout)
    assert stale.returncode == report["code"] == 1
    assert report["databases"]["daily"]["status"] == "stale"
    site.offer(6)
    assert site.update().returncode == 0
    site.configure("Nonsense yes")
    assert site.update().returncode == 5
    site.configure()
    run = site.update("--rollback")
    assert run.returncode == 0
    assert "daily: version 6 is not taken again" in run.stdout
    assert site.version() == 5
    site.mirror.special["/daily.cvd"] = webserver.status(429, Retry_After="600")
    assert site.update().returncode == 4
    assert site.version() == 5


def test_nacre_db_activate(site: Site, tmp_path: Path) -> None:
    brought = tmp_path / "brought"
    brought.mkdir()
    feeds.database(brought / "daily.cvd", 5)
    words = ("activate", f"--config={site.config}", str(brought))
    assert subprocess.run(site.command("db", *words), check=False).returncode == 0
    assert site.version() == 5
    feeds.database(brought / "daily.cvd", 4)
    assert subprocess.run(site.command("db", *words), check=False).returncode == 1
    nothing = ("activate", f"--config={site.config}", str(tmp_path / "nothing"))
    refused = subprocess.run(site.command("db", *nothing), capture_output=True, check=False)
    assert (refused.returncode, refused.stdout) == (5, b"")
    assert b"nothing: No such file or directory" in refused.stderr
    (brought / "daily.cvd").write_bytes(b"?" * 600)
    assert subprocess.run(site.command("db", *words), check=False).returncode == 3
    assert site.version() == 5


def test_a_kill_at_any_point_of_an_update(site: Site) -> None:
    site.offer(5)
    assert site.freshclam().returncode == 0
    chance = random.Random(7)  # noqa: S311 - moments, not secrets
    version = 5
    for _ in range(12):
        version += 1
        site.offer(version)
        with subprocess.Popen(
            site.command("freshclam", f"--config-file={site.config}"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            time.sleep(chance.uniform(0.1, 0.9))
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        assert 5 <= site.version() <= version
    run = site.freshclam()
    assert run.returncode == 0, run.stderr
    assert site.version() == version


@pytest.mark.parametrize("updates", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_clamd_has_the_new_databases_and_fails_no_scan(
    site: Site, tmp_path: Path, updates: int
) -> None:
    custom = site.mirror.folder / "mine.ndb"
    custom.write_bytes(b"Old:0:*:%s\n" % serving.EVIL.hex().encode())
    site.offer(5)
    site.configure(f"DatabaseCustomURL {site.mirror.url}/mine.ndb")
    assert site.freshclam().returncode == 0
    with serving.Daemon(tmp_path / "daemon", data=site.folder) as daemon:
        site.configure(
            f"DatabaseCustomURL {site.mirror.url}/mine.ndb",
            f"NotifyClamd {daemon.folder}/clamd.conf",
        )
        assert daemon.scan(serving.EVIL) == b"stream: Old.UNOFFICIAL FOUND\0"
        with serving.load(daemon, clients=2) as answers:
            for number in range(updates):
                name = b"New%d" % number
                custom.write_bytes(b"%s:0:*:%s\n" % (name, serving.EVIL.hex().encode()))
                site.offer(6 + number)
                run = site.freshclam()
                assert "Clamd successfully notified about the update." in run.stdout, run.stderr
                found = b"stream: %s.UNOFFICIAL FOUND\0" % name
                wait_for(lambda found=found: daemon.scan(serving.EVIL) == found)
        assert len(answers) > 10
        assert all(answer.endswith((b" OK\0", b" FOUND\0")) for answer in answers)


@pytest.mark.skipif(shutil.which("strace") is None, reason="no strace")
def test_every_file_is_on_the_disk_before_it_gets_its_name(site: Site, tmp_path: Path) -> None:
    site.offer(5)
    trace = tmp_path / "trace"
    calls = "trace=openat,fsync,rename,symlink"
    command = site.command("freshclam", f"--config-file={site.config}")
    run = subprocess.run(
        ["strace", "-e", calls, "-y", "-s", "300", "-o", str(trace), *command],
        capture_output=True,
        text=True,
        check=False,
    )
    if "ptrace" in run.stderr and run.returncode:
        pytest.skip("no tracing here")
    assert run.returncode == 0, run.stderr
    lines = [line for line in trace.read_text().splitlines() if str(site.folder) in line]
    synced = [set(re.findall(r"^fsync\(\d+<(.*)>\) += 0", line)) for line in lines]
    renames = [
        (at, match[1], match[2])
        for at, line in enumerate(lines)
        if (match := re.match(r'rename\("([^"]*)", "([^"]*)"\) += 0', line))
    ]
    home = site.folder / ".nacre"
    switches = [at for at, _, target in renames if target == f"{home}/current"]
    assert len(switches) == 1
    before = set().union(*synced[: switches[0]])
    wanted = {f"{home}/candidate/daily.cvd", f"{home}/candidate", str(home)}
    assert wanted <= before, wanted - before
    for at, source, target in renames:
        parent = str(Path(target).parent)
        assert any(parent in paths for paths in synced[at:]), f"{parent} is not synced after"
        if source.endswith(".json.new"):
            assert any(source in paths for paths in synced[:at]), source


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_two_hundred_kills(site: Site) -> None:
    site.offer(5)
    assert site.freshclam().returncode == 0
    version = 5
    for point in range(200):
        if site.version() == version:
            version += 1
            site.offer(version)
        command = site.command("freshclam", f"--config-file={site.config}")
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        ) as process:
            time.sleep(0.1 + point * 0.005)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        assert 5 <= site.version() <= version
    assert site.freshclam().returncode == 0
    assert site.version() == version


def test_repair_mends_what_is_damaged(site: Site) -> None:
    site.offer(5)
    assert site.freshclam().returncode == 0
    run = site.repair()
    assert (run.returncode, run.stdout.splitlines()[-1]) == (0, "this host is protected")
    path = (site.folder / "daily.cvd").resolve()
    data = bytearray(path.read_bytes())
    data[-10] ^= 1
    path.write_bytes(data)
    run = site.repair()
    assert run.returncode == 0, run.stdout
    assert "daily 5: repaired" in run.stdout
    assert site.version() == 5


def test_repair_says_when_a_host_is_not_protected(site: Site) -> None:
    run = site.repair()
    assert run.returncode == 2
    assert run.stdout.endswith("this host is NOT protected\n")
    site.offer(5)
    (site.folder.parent / "clamd.conf").write_text(f"LocalSocket {site.folder}/none\n")
    run = site.repair()
    assert run.returncode == 2
    assert "clamd: Could not connect" in run.stdout
    site.configure("Nonsense 1")
    assert site.repair().returncode == 2
