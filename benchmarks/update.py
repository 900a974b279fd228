"""What a daily change of a large database costs: from the cdiff to a clamd that has reloaded.

    python benchmarks/update.py -d DATABASE [--lines 5000] [--keep FOLDER]

Wraps the loose files of DATABASE as signed containers (`daily` has the lists of hashes, `main` the
rest), with the key of the tests, serves them on the loopback, brings a folder up to date and starts
a clamd on it. Then the mirror offers the next version: a cdiff that takes out and puts in LINES
lines. Printed is the time from the request for the cdiff to the answer of RELOAD and to the first
scan with the new signatures, and the most memory that any process of the update, and all of them
together, held at a time (without the pages of files).
"""

from __future__ import annotations

import argparse
import hashlib
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY / "tests"))

import feeds  # noqa: E402 - what the tests make databases with
import webserver  # noqa: E402
from nacre.cvd.header import Header  # noqa: E402
from nacre.cvd.signer import Owner  # noqa: E402
from nacre.cvd.write import build  # noqa: E402

DAILY = (".hsb", ".mdb", ".hdb")
MAIN = (".ldb", ".ndb", ".fp")
HEAD = "14 Nov 2023 22-13 +0000"
NEW = "Win.Malware.New"
PROGRAM = f"""
import sys
sys.path.insert(0, {str(REPOSITORY / "tests")!r})
import feeds
from nacre.cli import freshclam
sys.exit(freshclam.main(sys.argv[1:], feeds.KEYS))
"""


def wrap(database: Path, folder: Path) -> None:
    """Containers of the loose files in `database`."""
    for name, suffixes in (("daily", DAILY), ("main", MAIN)):
        members = folder / name
        members.mkdir()
        (members / "COPYING").write_bytes(b"for measuring only\n")
        count = 0
        for suffix in suffixes:
            with (members / f"{name}{suffix}").open("wb") as out:
                for path in sorted(database.glob(f"*{suffix}")):
                    data = path.read_bytes()
                    count += data.count(b"\n")
                    out.write(data)
        header = Header(HEAD, 1, count, 90, "X", "X", "bench", feeds.BUILT)
        build(members, name, folder / f"{name}.cvd", header, Owner(feeds.PRIVATE))


def change(folder: Path, count: int) -> bytes:
    """Offer the next version of daily; the content of a file that one of its new lines finds."""
    members = folder / "daily"
    path = members / "daily.hsb"
    lines = path.read_bytes().splitlines(keepends=True)
    chosen = sorted(random.Random(1).sample(range(len(lines)), count))
    evil = b"what the new version finds"
    digest = hashlib.sha256(evil).hexdigest()
    fresh = [b"%s:%d:%s-0:73\n" % (digest.encode(), len(evil), NEW.encode())]
    fresh += [
        b"%064x:%d:%s-%d:73\n" % (random.getrandbits(256), number + 1000, NEW.encode(), number)
        for number in range(1, count)
    ]
    script = b"OPEN daily.hsb\n"
    script += b"".join(b"DEL %d %s\n" % (at + 1, lines[at].partition(b":")[0]) for at in chosen)
    script += b"".join(b"ADD " + line for line in fresh) + b"CLOSE\n"
    for at in reversed(chosen):
        del lines[at]
    path.write_bytes(b"".join(lines + fresh))
    old = (members / "daily.info").read_bytes().splitlines()
    total = int(old[0].split(b":")[3])
    text = Header(HEAD, 2, total, 90, "X", "X", "bench", feeds.BUILT).line() + "\n"
    for line in old[1:-1]:
        name, size, digest = line.decode().split(":")
        if name == path.name:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = str(path.stat().st_size)
        text += f"{name}:{size}:{digest}\n"
    signed = Owner(feeds.PRIVATE).info(hashlib.sha256(text.encode()).digest())
    text += f"DSIG:{signed}\n"
    script += b"UNLINK daily.info\nOPEN daily.info\n"
    script += b"".join(b"ADD " + line.encode() + b"\n" for line in text.splitlines()) + b"CLOSE\n"
    feeds.cdiff(folder / "daily-2.cdiff", 2, script)
    header = Header(HEAD, 2, total, 90, "0" * 32, "X", "bench", feeds.BUILT)
    with (folder / "daily.cvd").open("r+b") as file:  # only its header is asked for
        file.write(header.line("0" * 32).encode().ljust(512))
    return evil


class Watch(threading.Thread):
    """Looks at the memory of a process and those below it, ten times a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.one = self.all = 0
        """Most bytes of one process, and of all together."""
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.1):
            sizes = [pss(pid) for pid in below(self.pid)]
            self.one = max(self.one, *sizes)
            self.all = max(self.all, sum(sizes))


def below(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return [pid]
    return [pid, *(each for child in text.split() for each in below(int(child)))]


def pss(pid: int) -> int:
    """Proportional size without the pages of files, which the kernel takes back when it wants."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    sizes = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    return sum(int(sizes.get(key, "0 kB").split()[0]) for key in ("Pss_Anon", "Pss_Shmem")) << 10


def scan(socket: Path, path: Path) -> bool:
    command = ["clamdscan", "-c", str(socket.with_name("clamd.conf")), "--no-summary", str(path)]
    done = subprocess.run([*program(*command)], capture_output=True, text=True, check=False)
    return NEW in done.stdout


def program(name: str, *words: str) -> list[str]:
    code = f"import sys; from nacre.cli.main import {name}; sys.exit({name}())"
    return [sys.executable, "-c", code, *words]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("-d", "--database", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=5000)
    parser.add_argument("--keep", type=Path, help="where the containers are, or are made")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nacre-update-") as name:
        work = Path(name)
        work.chmod(0o755)
        served = arguments.keep or work / "served"
        if not (served / "daily.cvd").exists():
            served.mkdir(exist_ok=True)
            wrap(arguments.database, served)
        elif (served / "daily-2.cdiff").exists():
            sys.exit(f"{served} was used before: remove it")
        measure(served, work, arguments.lines)


def measure(served: Path, work: Path, lines: int) -> None:
    folder, socket = work / "databases", work / "clamd.socket"
    folder.mkdir()
    clamd = work / "clamd.conf"
    clamd.write_text(
        f"LocalSocket {socket}\nDatabaseDirectory {folder}\nForeground yes\nSelfCheck 0\n"
    )
    config = work / "freshclam.conf"
    with webserver.serving(served) as mirror:
        config.write_text(
            f"DatabaseDirectory {folder}\nDatabaseOwner root\nDatabaseMirror {mirror.url}\n"
            f"DNSDatabaseInfo no\nExcludeDatabase bytecode\nNotifyClamd {clamd}\nMaxAttempts 1\n"
        )
        update = [sys.executable, "-c", PROGRAM, f"--config-file={config}"]
        subprocess.run(update, stdout=subprocess.DEVNULL, check=True)
        with subprocess.Popen(program("clamd", "-c", str(clamd))) as daemon:
            try:
                while not socket.exists():
                    time.sleep(0.05)
                report(served, work, mirror, update, lines)
            finally:
                daemon.terminate()


def report(
    served: Path, work: Path, mirror: webserver.Mirror, update: list[str], lines: int
) -> None:
    evil = work / "evil"
    evil.write_bytes(change(served, lines))
    evil.chmod(0o644)
    began: list[float] = []
    step = (served / "daily-2.cdiff").read_bytes()

    def answer(request: object) -> None:
        began.append(time.monotonic())
        webserver.body(step)(request)  # type: ignore[arg-type]

    mirror.special["/daily-2.cdiff"] = answer
    with subprocess.Popen(update, stdout=subprocess.PIPE, text=True) as process:
        watch = Watch(process.pid)
        watch.start()
        for line in process.stdout or ():
            passed = f"{time.monotonic() - began[0]:6.1f} s" if began else " " * 8
            sys.stdout.write(f"{passed}  {line}")
            sys.stdout.flush()
            if "successfully notified" in line:
                while not scan(work / "clamd.socket", evil):
                    time.sleep(0.01)
                found = time.monotonic() - began[0]
        watch.ended.set()
    total = sum(path.stat().st_size for path in (work / "databases").glob("*.c[lv]d"))
    print(f"{lines} lines changed in {total >> 20} MiB of containers")
    print(f"until the update had ended:     {time.monotonic() - began[0]:.1f} s")
    print(f"until the new signatures found: {found:.1f} s")
    print(f"memory: {watch.one >> 20} MiB in one process, {watch.all >> 20} MiB in all")


if __name__ == "__main__":
    main()
