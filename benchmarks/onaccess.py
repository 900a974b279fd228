"""What on-access protection costs, and what it misses: nacre's, and ClamAV's clamonacc, in one run.

    python benchmarks/onaccess.py -d DATABASE [--directories 100000] [--only setup,open,miss,build]
                                  [--peer /usr/sbin/clamonacc]

As root. Makes file systems of its own (ext4 in a file, or tmpfs with --tmpfs) and protects nothing
else. clamonacc gets ClamAV's clamd with the same signatures, by --fdpass, with prevention.

setup   a tree of many folders: until everything in it is protected, from the start of the program
        and from its first mark; the same folder by folder, as where a file system cannot be marked
open    how long open() of a small clean file takes: the first time, and again
miss    EICAR written into folders that are new, and read at once
hang    the scanner is stopped (nacre's workers, ClamAV's clamd): how long an open() then takes
build   a C project of some hundred files is compiled
install apt-get install of a package of some thousand files, made here, into a root of its own
kill    the scanner is killed while an open() waits for it: how long that still takes; and how much
        memory the process that answers the kernel uses (proportional set size)

DATABASE needs a signature that finds EICAR.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import select
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
CLAMD = "/usr/sbin/clamd"
FILES = 2000
AGAIN = 5000
SOURCES = 300
PACKED = 3000
PATIENCE = 300


@dataclass
class Guard:
    """A program that protects `folder`."""

    name: str
    folder: Path
    work: Path
    database: Path
    peer: str
    words: tuple[str, ...] = ()
    started: float = 0.0
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.started = time.monotonic()
        if self.name.startswith("nacre"):
            command = [sys.executable, "-m", "nacre.cli.main", "onaccess", str(self.folder)]
            command += ["-d", str(self.database), "--status-file", str(self.work / "status")]
            command += ["--log", str(self.work / "log"), *self.words]
            self._start(command)
            self._await("is protected")
            return self
        socket = self.work / "clamd.socket"
        config = self.work / "clamd.conf"
        config.write_text(
            f"LocalSocket {socket}\nDatabaseDirectory {self.database}\nForeground yes\n"
            f"TemporaryDirectory {self.work}\nUser root\nOnAccessIncludePath {self.folder}\n"
            f"OnAccessPrevention yes\nOnAccessExcludeUname clamav\nLogFile {self.work}/clamd.log\n"
            "OnAccessExtraScanning no\nMaxThreads 4\n"
        )
        own = self.work / "clamd2.conf"
        own.write_text(config.read_text().replace("User root", "User clamav"))
        os.chown(self.work, 0, 0)
        self.work.chmod(0o777)
        self._start([CLAMD, "-c", str(own)])
        while not socket.exists():
            time.sleep(0.05)
        self.started = time.monotonic()
        log = str(self.work / "log")
        self._start([self.peer, "-c", str(own), "--fdpass", "-F", "-l", log])
        self._ready_when_denied()
        return self

    def _start(self, command: list[str]) -> None:
        with (self.work / "output").open("ab") as output:
            self.processes.append(
                subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
            )

    def _await(self, text: str) -> None:
        log = self.work / "log"
        ending = time.monotonic() + PATIENCE
        while not log.exists() or text not in log.read_text():
            if self.processes[-1].poll() is not None or time.monotonic() > ending:
                sys.exit((self.work / "output").read_text())
            time.sleep(0.002)

    def _ready_when_denied(self) -> None:
        """ClamAV's does not say when: when some folders taken at random are."""
        folders = list(self.folder.glob("*/*/*")) or [self.folder]
        probes = {
            path / "probe" for path in random.Random(1).sample(folders, min(50, len(folders)))
        }
        ending = time.monotonic() + PATIENCE
        while time.monotonic() < ending:
            for probe in tuple(probes):
                probe.unlink(missing_ok=True)
                probe.write_bytes(EICAR)
                if denied(probe):
                    probes.discard(probe)
            if not probes:
                return
            time.sleep(0.02)
        sys.exit(f"{self.name} protects nothing: {(self.work / 'output').read_text()}")

    def __exit__(self, *_: object) -> None:
        for process in reversed(self.processes):
            process.send_signal(signal.SIGCONT)
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()

    @property
    def answering(self) -> int:
        """The process that answers the kernel."""
        leader = self.processes[-1].pid
        if not self.name.startswith("nacre") or os.getsid(leader) == leader:
            return leader
        return children(leader)[0]

    @property
    def scanners(self) -> list[int]:
        """Processes that scan."""
        if not self.name.startswith("nacre"):
            return [self.processes[0].pid]
        return [
            worker
            for seed in children(self.answering)
            for zygote in children(seed)
            for worker in children(zygote)
        ]


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def denied(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return not file.read(1)
    except PermissionError:
        return True


@contextlib.contextmanager
def disk(place: Path, *, tmpfs: bool) -> Iterator[Path]:
    place.mkdir()
    if tmpfs:
        command = ["mount", "-t", "tmpfs", "-o", "size=2g,nr_inodes=2m", "tmpfs", str(place)]
    else:
        image = place.with_suffix(".image")
        with image.open("wb") as file:
            file.truncate(2 << 30)
        make = ["mke2fs", "-q", "-F", "-t", "ext4", "-N", "400000", str(image)]
        subprocess.run(make, check=True)
        command = ["mount", "-o", "loop", str(image), str(place)]
    subprocess.run(command, check=True)
    place.chmod(0o755)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def tree(folder: Path, count: int) -> None:
    """`count` folders, a hundred in each."""
    made = 0
    for first in range(count):
        for second in range(100):
            path = folder / f"{first}" / f"{second}"
            for third in range(99):
                (path / f"{third}").mkdir(parents=True, exist_ok=True)
                made += 1
                if made >= count:
                    return


def percentiles(times: list[float]) -> str:
    times = sorted(times)
    median, high = statistics.median(times), times[len(times) * 99 // 100]
    return f"p50 {median * 1e6:8.1f} us, p99 {high * 1e6:8.1f} us"


def opening(paths: list[Path]) -> list[float]:
    times = []
    for path in paths:
        name = os.fsencode(path)
        began = time.perf_counter()
        fd = os.open(name, os.O_RDONLY)
        times.append(time.perf_counter() - began)
        os.close(fd)
    return times


def setup(guard: Guard) -> str:
    passed = time.monotonic() - guard.started
    log = (guard.work / "log").read_text()
    marked = re.search(r"is protected \((.*)\)", log)
    return f"protected {passed * 1000:,.0f} ms after its start" + (
        f" ({marked[1]})" if marked else ""
    )


def walked(folder: Path) -> str:
    """Folder by folder, the second time: what is read of the disk is not what is measured."""
    from nacre.onaccess.watch import Watch  # noqa: PLC0415 - not where only ClamAV's is measured

    rates = []
    for _ in range(2):
        watch = Watch(prevention=True, patience=1, deny=False)
        began = time.perf_counter()
        count = watch.mark_tree(folder)
        rates.append(count / (time.perf_counter() - began))
        del watch
    return f"folder by folder: {count:,} at {rates[-1]:,.0f} a second"


def opened(guard: Guard) -> str:
    paths = [guard.folder / f"small-{number}" for number in range(FILES)]
    for number, path in enumerate(paths):
        path.write_bytes(b"a small clean file, number %d\n" % number * 10)
    time.sleep(0.5)
    first = opening(paths)
    again = opening([paths[number % 50] for number in range(AGAIN)])
    before = spent(guard)
    began = time.perf_counter()
    for _ in range(20):
        opening([paths[number % 50] for number in range(1000)])
        time.sleep(max(0.0, 0.05 - (time.perf_counter() - began) % 0.05))
    passed = time.perf_counter() - began
    used = (spent(guard) - before) / passed
    rate = 20_000 / passed
    text = f"; {rate:,.0f} a second cost {used:.0%} of a core"
    return f"first {percentiles(first)}; again {percentiles(again)}{text}"


def spent(guard: Guard) -> float:
    """Seconds of the processor that its processes have used."""
    ticks = 0
    for process in guard.processes:
        waiting = [process.pid]
        while waiting:
            pid = waiting.pop()
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
                waiting += children(pid)
    return ticks / os.sysconf("SC_CLK_TCK")


def missed(guard: Guard) -> str:
    count = 1000 if guard.name.startswith("nacre") else 200
    wrong = 0
    for number in range(count):
        path = guard.folder / f"new-{number}" / "/".join("abcdefghij"[: number % 10 + 1])
        path.mkdir(parents=True)
        (path / "eicar").write_bytes(EICAR)
        wrong += not denied(path / "eicar")
    return f"{wrong} of {count} could be read in new folders"


def hung(guard: Guard) -> str:
    path = guard.folder / "while-it-hangs"
    path.write_bytes(b"clean " * 50)
    time.sleep(1)  # workers are replaced after an alert: there must be no new one on its way
    scanners = guard.scanners
    for pid in scanners:
        os.kill(pid, signal.SIGSTOP)
    reader = subprocess.Popen(["cat", str(path)], stdout=subprocess.DEVNULL)
    began = time.monotonic()
    try:
        reader.wait(10)
        text = f"open() went on after {time.monotonic() - began:.2f} s"
    except subprocess.TimeoutExpired:
        text = "open() still waited after 10 s"
        reader.kill()
    for pid in scanners:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    return text


def killed(guard: Guard) -> str:
    path = guard.folder / f"when-it-dies-{time.monotonic_ns()}"
    path.write_bytes(os.urandom(300))
    time.sleep(1)
    memory = proportional(guard.answering)
    scanners = guard.scanners
    for pid in scanners:
        os.kill(pid, signal.SIGSTOP)
    with subprocess.Popen(["cat", str(path)], stdout=subprocess.PIPE) as reader:
        time.sleep(0.3)
        began = time.monotonic()
        for pid in scanners:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        readable, _, _ = select.select([reader.stdout or -1], [], [], 10)
        text = f"open() went on {(time.monotonic() - began) * 1000:.0f} ms after the scanner died"
        if not readable:
            text = "open() still waited 10 s after the scanner died"
        reader.kill()
    return f"{text}; {memory / 1024:.0f} MiB"


def proportional(pid: int) -> int:
    """KiB of memory, what is shared divided by those who share it."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss: +(\d+) kB", text, re.MULTILINE)
    return int(found[1]) if found else 0


def package(place: Path) -> Path:
    """A Debian package of many small files."""
    files = place / "package"
    shutil.rmtree(files, ignore_errors=True)
    (files / "DEBIAN").mkdir(parents=True)
    (files / "DEBIAN/control").write_text(
        "Package: nacre-benchmark\nVersion: 1\nArchitecture: all\n"
        "Maintainer: nobody <nobody@example.com>\nDescription: many files\n"
    )
    for number in range(PACKED):
        path = files / f"usr/share/benchmark/{number % 50}/{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%d of many files\n" % number * (number % 400 + 1))
    made = place / "package.deb"
    build = ["dpkg-deb", "-Zgzip", "--root-owner-group", "--build", str(files), str(made)]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    return made


def installed(guard: Guard | None, folder: Path) -> str:
    root = folder / "root"
    shutil.rmtree(root, ignore_errors=True)
    for name in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "var/cache/apt/archives/partial",
                 "var/lib/apt/lists/partial", "etc/apt/apt.conf.d", "etc/apt/preferences.d",
                 "var/log/apt", "tmp"):  # fmt: skip
        (root / name).mkdir(parents=True)
    (root / "var/lib/dpkg/status").touch()
    made = package(folder.parent)
    # Nothing of the machine's own configuration, and nothing in its own root.
    config = root / "apt.conf"
    config.write_text(
        f'Dir "{root}"; Dir::State::status "{root}/var/lib/dpkg/status"; Dir::Etc::main "none";\n'
        'Dir::Etc::parts "none"; APT::Sandbox::User "root"; APT::Architecture "amd64";\n'
        f'DPkg::Options {{ "--root={root}"; "--force-script-chrootless"; }};\n'
    )
    began = time.monotonic()
    done = subprocess.run(
        ["apt-get", "-q", "-y", "install", str(made)],
        env={**os.environ, "APT_CONFIG": str(config)},
        capture_output=True,
        check=False,
    )
    passed = time.monotonic() - began
    if done.returncode or not (root / "usr/share/benchmark/1/1").exists():
        return f"apt-get install failed: {(done.stdout + done.stderr)[-500:]!r}"
    who = "no protection" if guard is None else guard.name
    return f"apt-get install of {PACKED} files took {passed:.1f} s ({who})"


def built(guard: Guard | None, folder: Path) -> str:
    project = folder / "project"
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir()
    for number in range(SOURCES):
        (project / f"part{number}.c").write_text(
            f"#include <stdio.h>\n#include <stdlib.h>\nint part{number}(int x)"
            f' {{ char text[20]; snprintf(text, 20, "%d", x); return atoi(text) + {number}; }}\n'
        )
    began = time.monotonic()
    commands = [["gcc", "-c", f"part{number}.c"] for number in range(SOURCES)]
    for command in commands:
        subprocess.run(command, cwd=project, check=True)
    who = "no protection" if guard is None else guard.name
    return f"{SOURCES} files compiled in {time.monotonic() - began:.1f} s ({who})"


MEASURES = {"setup": setup, "open": opened, "miss": missed, "hang": hung, "kill": killed}
"""What is measured with protection only."""
WORK = {"build": built, "install": installed}
"""What is measured without, too."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("-d", "--database", type=Path, required=True)
    parser.add_argument("--directories", type=int, default=100_000)
    parser.add_argument("--only", default="setup,open,miss,hang,build,install,kill")
    parser.add_argument("--peer", default="/usr/sbin/clamonacc")
    parser.add_argument("--tmpfs", action="store_true")
    arguments = parser.parse_args()
    if os.geteuid():
        sys.exit("needs root")
    # In this order: what is killed last is not needed any more.
    wanted = [case for case in arguments.only.split(",") if case in {*MEASURES, *WORK}]
    programs = [("nacre, fast", ()), ("nacre, strict", ("--strict",))]
    if Path(arguments.peer).exists():
        programs.append(("clamonacc", ()))
    with tempfile.TemporaryDirectory(prefix="nacre-onaccess-") as name:
        root = Path(name)
        root.chmod(0o755)
        with disk(root / "disk", tmpfs=arguments.tmpfs) as place:
            run(arguments, wanted, programs, place, root)


def run(
    arguments: argparse.Namespace,
    wanted: list[str],
    programs: list[tuple[str, tuple[str, ...]]],
    place: Path,
    root: Path,
) -> None:
    folder = place / "protected"
    folder.mkdir()
    for case, measure in WORK.items():
        if case in wanted:
            print(measure(None, folder))
    if "setup" in wanted:
        tree(folder, arguments.directories)
        print(walked(folder))
    for number, (program, words) in enumerate(programs):
        work = root / f"work-{number}"
        work.mkdir()
        with Guard(program, folder, work, arguments.database, arguments.peer, words) as guard:
            for case in wanted:
                text = WORK[case](guard, folder) if case in WORK else MEASURES[case](guard)
                print(f"{program}: {text}", flush=True)
        for path in folder.glob("new-*"):
            shutil.rmtree(path)


if __name__ == "__main__":
    main()
