#!/usr/bin/env python3
"""Time nacre and ClamAV side by side: compile, start-up, memory, throughput, Python's share.

usage: compare.py -d DB CORPORA [--runs 3] [--only NAME ...] [--part MB]

CORPORA is what corpora.py made. The two commands take turns; figures are medians; throughput is net
of each command's own start-up (a scan of one tiny file). One process each; -j2 is measured with
`nacre scan`. The column cpu has the ratio in processor time, which another load hardly changes.
With --part ClamAV scans only so much of each corpus, drawn from all of it, and nacre both that part
and the whole: the ratio is that of the part. Without --only compiling comes first, and last what
one small file, and one small member of a zip, cost as a whole: what Python may cost is less.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import NamedTuple

MB = 1_000_000
SMALL = 5_000
"""Small files, and small members of a zip."""
BIN = Path(sys.prefix) / "bin"


class Cost(NamedTuple):
    """Of one command: wall and processor seconds, peak resident MiB of the largest process."""

    wall: float
    processor: float
    peak: float


Costs = dict[str, Cost]


def measure(argv: list[str]) -> Cost:
    """Run a command; ends the program on an error."""
    start = time.perf_counter()
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in {0, 1}:
        sys.exit(f"{argv}: exit code {os.waitstatus_to_exitcode(status)}")
    wall = time.perf_counter() - start
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def turns(commands: dict[str, list[str]], runs: int) -> Costs:
    """Medians of each command, run in turn."""
    samples: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, argv in commands.items():
            samples[name].append(measure(argv))
    return {
        name: Cost(*map(statistics.median, zip(*costs, strict=True)))
        for name, costs in samples.items()
    }


def corpus_size(folder: Path) -> tuple[int, int]:
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)


def part_of(folder: Path, most: int) -> list[Path]:
    """Files drawn from all of a corpus, the same ones every time, `most` bytes at the most."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    random.Random(1).shuffle(files)
    part, left = [], most
    for path in files:
        if path.stat().st_size <= left:
            part.append(path)
            left -= path.stat().st_size
    return part


def compile_row(database: str) -> None:
    with tempfile.TemporaryDirectory() as cache:
        env = {**os.environ, "XDG_CACHE_HOME": cache}
        copy = Path(cache) / "database"
        shutil.copytree(database, copy, ignore=shutil.ignore_patterns(".nacre"))
        start = time.perf_counter()
        process = subprocess.Popen(
            [BIN / "nacre", "db", "compile", str(copy)], env=env, stdout=subprocess.DEVNULL
        )
        _, _, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        images = [path.stat().st_size for path in Path(cache).rglob("*.image")]
    print(
        f"compile: {wall:.1f} s, peak {usage.ru_maxrss / 1024:.0f} MiB, "
        f"image {sum(images) / MB:.0f} MB"
    )


def make_small(folder: Path) -> dict[str, Path]:
    """Many small binary files, and a zip of as many."""
    rng = random.Random(1)
    files, archive = folder / "files", folder / "small.zip"
    files.mkdir()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as members:
        for number in range(SMALL):
            (files / f"{number}.bin").write_bytes(b"\0\1\0\1" + rng.randbytes(100))
            members.writestr(f"{number}.bin", b"\0\1\0\1" + rng.randbytes(100))
    return {"small file": files, "small member of a zip": archive}


def small_rows(peer: list[str], ours: list[str], base: Costs, runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for what, target in make_small(Path(folder)).items():
            costs = turns({"peer": [*peer, str(target)], "ours": [*ours, str(target)]}, runs)
            each = {name: (costs[name].wall - base[name].wall) / SMALL * 1e6 for name in costs}
            print(f"{what}: peer {each['peer']:.0f} us, ours {each['ours']:.0f} us")


def corpus_row(
    corpus: Path,
    commands: dict[str, list[str]],
    base: Costs,
    runs: int,
) -> None:
    costs = turns(commands, runs)
    twice = (costs["j1"].wall - base["scan"].wall) / net(costs["j2"].wall, base["scan"].wall)
    row(Scanned(corpus.name, *corpus_size(corpus)), costs, base, f"{twice:6.2f}")


def net(seconds: float, start: float) -> float:
    return max(seconds - start, 1e-9)


def part_row(
    corpus: Path,
    most: int,
    programs: dict[str, list[str]],
    base: Costs,
    runs: int,
) -> None:
    part = part_of(corpus, most)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listed:
        listed.writelines(f"{path}\n" for path in part)
        listed.flush()
        commands = {name: [*argv, f"--file-list={listed.name}"] for name, argv in programs.items()}
        costs = turns(commands, runs)
    size = sum(path.stat().st_size for path in part)
    row(Scanned(f"{corpus.name} part", len(part), size), costs, base, f"{'':6}")


class Scanned(NamedTuple):
    """What a row of the table is about."""

    label: str
    files: int
    size: int


def row(
    scanned: Scanned,
    costs: Costs,
    base: Costs,
    twice: str,
) -> None:
    megabytes = scanned.size / MB
    rate = megabytes / net(costs["ours"].wall, base["ours"].wall)
    peer, ratio, processor = f"{'-':>10}", f"{'-':>7}", f"{'-':>7}"
    if "peer" in costs:
        walls = [net(costs[name].wall, base[name].wall) for name in ("peer", "ours")]
        peer, ratio = f"{megabytes / walls[0]:10.2f}", f"{walls[0] / walls[1]:7.1f}"
        used = [net(costs[name].processor, base[name].processor) for name in ("peer", "ours")]
        processor = f"{used[0] / used[1]:7.1f}"
    print(
        f"{scanned.label:10} {scanned.files:6} {megabytes:7.1f} {peer} {rate:10.1f} "
        f"{ratio} {processor} {twice} {costs['ours'].peak:9.0f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-d", "--database", required=True)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--peer", default="/usr/bin/clamscan")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=None)
    parser.add_argument("--part", type=float, default=0, help="MB of a corpus that ClamAV scans")
    args = parser.parse_args()
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} CPUs, "
        f"Python {platform.python_version()}"
    )
    if not args.only:
        compile_row(args.database)
    common = ["--no-summary", "-r", "--bytecode=no", "-d", args.database]
    peer, ours = [args.peer, *common], [str(BIN / "clamscan"), *common]
    parallel = [str(BIN / "nacre"), "scan", "--no-progress", "-d", args.database]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as tiny:
        tiny.write("hello nacre\n")
        tiny.flush()
        commands = {
            "peer": [*peer, tiny.name],
            "ours": [*ours, tiny.name],
            "scan": [*parallel, "-j1", tiny.name],
        }
        measure(commands["ours"])  # compiles once, and warms the page cache
        base = turns(commands, args.runs)
    for name in ("peer", "ours"):
        print(f"start-up {name}: {base[name].wall:.3f} s, peak {base[name].peak:.0f} MiB")
    print(
        f"{'corpus':10} {'files':>6} {'MB':>7} {'peer MB/s':>10} {'ours MB/s':>10} "
        f"{'ratio':>7} {'cpu':>7} {'j2/j1':>6} {'peak MiB':>9}"
    )
    for corpus in sorted(path for path in args.corpora.iterdir() if path.is_dir()):
        if args.only and corpus.name not in args.only:
            continue
        commands = {
            "peer": [*peer, str(corpus)],
            "ours": [*ours, str(corpus)],
            "j1": [*parallel, "-j1", str(corpus)],
            "j2": [*parallel, "-j2", str(corpus)],
        }
        if args.part:
            del commands["peer"]
            part_row(corpus, int(args.part * MB), {"peer": peer, "ours": ours}, base, args.runs)
        corpus_row(corpus, commands, base, args.runs)
    if not args.only:
        small_rows(peer, ours, base, args.runs)


if __name__ == "__main__":
    main()
