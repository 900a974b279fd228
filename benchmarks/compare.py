#!/usr/bin/env python3
"""Time nacre and ClamAV side by side: compile, start-up, memory, throughput, Python's share.

usage: compare.py -d DB CORPORA [--runs 3] [--only NAME ...]

CORPORA is what corpora.py made. The two commands take turns; figures are medians; throughput is net
of each command's own start-up (a scan of one tiny file). One process each; -j2 is measured with
`nacre scan`. Last comes what one small file, and one small member of a zip, cost as a whole: what
Python may cost is less.
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

MB = 1_000_000
SMALL = 5_000
"""Small files, and small members of a zip."""
BIN = Path(sys.prefix) / "bin"


def measure(argv: list[str]) -> tuple[float, float]:
    """Wall seconds and peak resident MiB of the largest process; ends the program on an error."""
    start = time.perf_counter()
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in {0, 1}:
        sys.exit(f"{argv}: exit code {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def turns(commands: dict[str, list[str]], runs: int) -> dict[str, tuple[float, float]]:
    """Median wall and peak of each command, run in turn."""
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, argv in commands.items():
            samples[name].append(measure(argv))
    return {
        name: (statistics.median(s[0] for s in runs_), statistics.median(s[1] for s in runs_))
        for name, runs_ in samples.items()
    }


def corpus_size(folder: Path) -> tuple[int, int]:
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)


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


def small_rows(
    peer: list[str], ours: list[str], base: dict[str, tuple[float, float]], runs: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for what, target in make_small(Path(folder)).items():
            walls = turns({"peer": [*peer, str(target)], "ours": [*ours, str(target)]}, runs)
            each = {name: (walls[name][0] - base[name][0]) / SMALL * 1e6 for name in walls}
            print(f"{what}: peer {each['peer']:.0f} us, ours {each['ours']:.0f} us")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-d", "--database", required=True)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--peer", default="/usr/bin/clamscan")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=None)
    args = parser.parse_args()
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} CPUs, "
        f"Python {platform.python_version()}"
    )
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
        print(f"start-up {name}: {base[name][0]:.3f} s, peak {base[name][1]:.0f} MiB")
    print(
        f"{'corpus':10} {'files':>6} {'MB':>7} {'peer MB/s':>10} {'ours MB/s':>10} "
        f"{'ratio':>7} {'j2/j1':>6} {'peak MiB':>9}"
    )
    for corpus in sorted(path for path in args.corpora.iterdir() if path.is_dir()):
        if args.only and corpus.name not in args.only:
            continue
        count, size = corpus_size(corpus)
        target = str(corpus)
        commands = {
            "peer": [*peer, target],
            "ours": [*ours, target],
            "j1": [*parallel, "-j1", target],
            "j2": [*parallel, "-j2", target],
        }
        walls = turns(commands, args.runs)
        rate = {
            name: size / MB / max(walls[name][0] - base[name][0], 1e-9) for name in ("peer", "ours")
        }
        twice = (walls["j1"][0] - base["scan"][0]) / max(walls["j2"][0] - base["scan"][0], 1e-9)
        print(
            f"{corpus.name:10} {count:6} {size / MB:7.1f} {rate['peer']:10.1f} "
            f"{rate['ours']:10.1f} "
            f"{rate['ours'] / rate['peer']:7.1f} {twice:6.2f} {walls['ours'][1]:9.0f}",
            flush=True,
        )
    small_rows(peer, ours, base, args.runs)


if __name__ == "__main__":
    main()
