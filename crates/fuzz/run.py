"""Run the fuzz targets: build them, give each the samples it may begin with, and so many seconds.

    python crates/fuzz/run.py [--seconds 60] [--jobs 2] [TARGET ...]

Needs cargo-fuzz (``cargo install cargo-fuzz``). What is found stays in crates/fuzz/artifacts, what
was learnt in crates/fuzz/corpus. Exit code 1 when a target crashed, took 20 s for one input, or
more than 1 GiB.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "samples"
HEAD = b"\0\0\x10\0"
"""What decoders take from the front: a size, and a parameter."""
DECODERS = {
    "gzip": "compression/gzip", "bzip2": "compression/bzip2", "xz": "compression/xz",
    "zstd": "compression/zstd", "lz4": "compression/lz4", "lzip": "compression/lzip",
    "lzop": "compression/lzop", "compress": "compression/compress", "brotli": "compression/brotli",
    "lzma_alone": "compression/lzma", "lzss": "compression/szdd", "kwaj_lzh": "compression/kwaj",
    "html": "text/html", "ace": "archive/ace",
}  # fmt: skip
"""Targets whose seeds are files with a head before them."""
PLAIN = {
    "rar": "archive/rar", "picture": "media", "pe": "executable/pe", "elf": "executable/elf",
    "macho": "executable/macho", "universal": "executable/universal", "unpack": "executable",
    "text": "text",
}  # fmt: skip
LINES = {
    "ndb_line": b"Name:1:EP+0,9:4142??43{2-5}(44|45)46*4748:51:255",
    "db_line": b"Name=4142??43{2-5}(44|45)46*4748",
    "ldb_line": b"Name;Engine:51-255,Target:1;0&(1|2)>3,2;4142;4344::iw;/ab+c/i;0(>0=10#dw2#<5)",
    "hash_line": b"44d88612fea8a8f36de82e1278abb02f:68:Name:51:255",
    "cdb_line": b"Name:CL_TYPE_ZIP:10-20:^a.*b$:*:1-2:0:1:*::51",
    "ftm_line": b"0:0:504b0304:Name:CL_TYPE_ANY:CL_TYPE_ZIP:51:255",
    "certificate_line": b"Name;1;"
    + b"a" * 40
    + b";"
    + b"b" * 40
    + b";"
    + b"c" * 64
    + b";010001;1;0;1;;",
    "idb_line": b"Name:GROUP1:GROUP2:" + b"a" * 124,
    "pattern": b"41??4?{2-5}(44|45|4647)[1-3]*!(48|49)4a(B)(L)(W)4c",
    "ere": b"^(a|b[^c-e]){2,5}.*[[:alpha:]]$\nab",
}
"""Targets whose seed is a line."""


PALETTES = 8
"""Depths up to this one have a palette."""


def _icons() -> dict[str, bytes]:
    """Resources with a picture of 32 points by 32, in each depth, behind it its mask."""
    icons = {}
    for depth in (1, 4, 8, 16, 24, 32):
        head = struct.pack("<IiiHHIIiiII", 40, 32, 64, 1, depth, 0, 0, 0, 0, 0, 0)
        palette = bytes(range(256)) * 4 if depth <= PALETTES else b""
        rows = bytes((index * 7) & 0xFF for index in range(32 * 4 * depth))
        icons[f"depth-{depth}"] = head + palette[: 4 << depth] + rows + bytes(128)
    return icons


def _images() -> dict[str, bytes]:
    """A compiled database of one line of each kind, where nacre is installed."""
    nacre = Path(sys.executable).with_name("nacre")
    if not nacre.exists():
        return {}
    with tempfile.TemporaryDirectory() as folder:
        for target, line in LINES.items():
            kind = target.removesuffix("_line")
            if kind not in {"pattern", "ere", "idb", "ftm"}:
                (Path(folder) / f"x.{'hdb' if kind == 'hash' else kind}").write_bytes(line + b"\n")
        quiet = subprocess.DEVNULL
        subprocess.run([nacre, "db", "compile", folder], check=True, stdout=quiet, stderr=quiet)
        return {image.name: image.read_bytes() for image in Path(folder).rglob("*.image")}


def _databases() -> dict[str, bytes]:
    """Layers behind lines of each kind, as the target `scan` takes them apart."""
    lines = {
        "n": LINES["ndb_line"], "d": LINES["db_line"], "l": LINES["ldb_line"],
        "c": LINES["cdb_line"], "f": LINES["ftm_line"], "I": LINES["idb_line"],
        "h": b"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03:6:Name",
        "s": b"6:b1946ac92492d2347c6235b4d2611184:Name",
        "x": b"Other",
        "y": b'rule a { strings: $a = "abc" wide nocase $b = { 41 [1-3] (42|43) } $c = /a+b/ '
        b"condition: $a or #b > 1 or $c at 3 or for any i in (1..3): (uint16(i) == 0x4142) }",
    }  # fmt: skip
    layer = b"\n\n" + bytes(range(32, 127)) * 20 + b"hello\n"
    whole = b"\n".join(kind.encode() + line for kind, line in lines.items())
    alone = {kind: b"\1" + kind.encode() + line + layer for kind, line in lines.items()}
    return {**alone, "all": b"\0" + whole + layer}


MADE = {"icon": _icons, "image": _images, "scan": _databases}
"""Targets whose seeds are made."""


def targets() -> list[str]:
    """The names of all, in order."""
    return sorted(path.stem for path in (HERE / "fuzz_targets").glob("*.rs"))


def seed(target: str) -> Path:
    """A folder of inputs to begin with."""
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    head = HEAD if target in DECODERS else b""
    place = DECODERS.get(target) or PLAIN.get(target)
    for file in sorted((SAMPLES / place).rglob("*.in")) if place else ():
        name = "-".join(file.relative_to(SAMPLES).parts)
        (folder / name).write_bytes(head + file.read_bytes())
    if target in LINES:
        (folder / "line").write_bytes(LINES[target])
    for name, data in MADE[target]().items() if target in MADE else ():
        (folder / name).write_bytes(data)
    return folder


def run(target: str, seconds: int, programs: Path) -> bool:
    """Run one; true when nothing was found."""
    artifacts = HERE / "artifacts" / target
    artifacts.mkdir(parents=True, exist_ok=True)
    limits = ["-timeout=20", "-rss_limit_mb=1024", "-max_len=131072", f"-max_total_time={seconds}"]
    done = subprocess.run(
        [programs / target, seed(target), f"-artifact_prefix={artifacts}/", *limits],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    said = done.stdout.decode("utf-8", "replace")
    counts = re.findall(r"^#(\d+)", said, re.MULTILINE)
    coverage = re.findall(r"cov: (\d+)", said)
    runs, reached = (found[-1] if found else "0" for found in (counts, coverage))
    verdict = "ok" if done.returncode == 0 else f"FAILED ({done.returncode})"
    print(f"{target:18} {int(runs):10,} inputs, {int(reached):6,} places: {verdict}", flush=True)
    if done.returncode:
        print("\n".join(said.splitlines()[-30:]), flush=True)
    return done.returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    arguments = parser.parse_args()
    if shutil.which("cargo-fuzz") is None:
        sys.exit("fuzz: cargo-fuzz is not installed: cargo install cargo-fuzz")
    chosen = arguments.targets or targets()
    unknown = sorted(set(chosen) - set(targets()))
    if unknown:
        sys.exit(f"fuzz: no target {', '.join(unknown)}")
    environment = {
        **os.environ,
        "RUSTC_BOOTSTRAP": "1",
    }  # its flags are those of a nightly compiler
    build = ["cargo", "fuzz", "build", "--fuzz-dir", str(HERE), "-s", "none"]
    subprocess.run(build, check=True, env=environment)
    target = Path(os.environ.get("CARGO_TARGET_DIR", HERE / "target"))
    (programs,) = target.glob("*/release")
    with ThreadPoolExecutor(arguments.jobs) as pool:
        one = partial(run, seconds=arguments.seconds, programs=programs)
        results = list(pool.map(one, chosen))
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
