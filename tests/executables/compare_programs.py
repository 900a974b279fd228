#!/usr/bin/env python3
"""Compare what nacre, pefile and LIEF say about programs, and count where they agree.

usage: compare_programs.py [--copies N] [--seed N] [--jobs N] [--show N] [--largest BYTES] PATH ...

PATH is a file or a folder, `-` a list of files on standard input. Of every program its N damaged
copies are compared as well: cut, or with bytes of the headers changed. `pip install pefile lief`;
what is not installed is left out. Exit code 1 when anything differs without a reason.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections import Counter
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a script

from executables import as_lief, as_pefile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from executables.fact import Fact

    Comparison = tuple[str, Callable[[bytes], Iterator[Fact]]]

COMPARISONS: dict[bytes, tuple[Comparison, ...]] = {
    b"MZ": (("pefile", as_pefile.facts),),
    b"\x7fE": (("lief", as_lief.elf_facts),),
    b"\xcf\xfa": (("lief", as_lief.macho_facts),),
    b"\xce\xfa": (("lief", as_lief.macho_facts),),
    b"\xfe\xed": (("lief", as_lief.macho_facts),),
    b"\xca\xfe": (("lief", as_lief.universal_facts),),
}
"""By the first two bytes: the parser to ask, and how."""
WHOLE: dict[bytes, tuple[Comparison, ...]] = {b"MZ": (("lief", as_lief.digest_facts),)}
"""Asked only about programs that are not damaged."""
NAMES = {b"MZ": "pe", b"\x7fE": "elf", b"\xca\xfe": "universal"}
INSTALLED = {name for name in ("pefile", "lief") if importlib.util.find_spec(name)}


class Outcome(NamedTuple):
    """One fact about one file."""

    kind: str
    parser: str
    what: str
    outcome: str
    about: str
    """The reason, or what either says."""


def variants(data: bytes, copies: int, random: Random) -> Iterator[bytes]:
    """The file itself, then cut and changed copies in turn."""
    yield data
    for number in range(copies):
        copy = bytearray(data)
        if number % 3 == 0:
            del copy[random.randrange(0x200, max(len(data), 0x201)) :]
        else:
            for _ in range(number % 3):
                place = random.randrange(4, min(len(copy), 0x400))
                copy[place] ^= 1 << random.randrange(8)
        yield bytes(copy)


def kind_of(path: Path) -> str:
    """What a program is called in the report."""
    with path.open("rb") as file:
        return NAMES.get(file.read(2), "mach-o")


def outcomes(data: bytes, *, whole: bool) -> Iterator[Outcome]:
    """All facts about `data` by all parsers that are installed."""
    magic = data[:2]
    for parser, facts in (*COMPARISONS.get(magic, ()), *(WHOLE.get(magic, ()) if whole else ())):
        if parser not in INSTALLED:
            continue
        for fact in facts(data):
            about = fact.reason
            if fact.outcome == "differed":
                about = fact.difference()
            kind = NAMES.get(magic, "mach-o")
            yield Outcome(kind, parser, fact.what, fact.outcome, about)


def compare(path: Path, copies: int = 0, seed: int = 1) -> list[tuple[int, Outcome]]:
    """The facts about a file and its copies, with the number of the copy."""
    random = Random(f"{seed} {path.name}")  # noqa: S311 - repeatable
    return [
        (number, outcome)
        for number, data in enumerate(variants(path.read_bytes(), copies, random))
        for outcome in outcomes(data, whole=number == 0)
    ]


def programs(paths: list[str], largest: int) -> Iterator[Path]:
    """Files among `paths` that begin as programs do, each content's path once."""
    seen = set()
    for path in _files(paths):
        try:
            status = path.stat()
            with path.open("rb") as file:
                magic = file.read(2)
        except OSError:
            continue
        if (status.st_dev, status.st_ino) not in seen and 64 <= status.st_size <= largest:
            seen.add((status.st_dev, status.st_ino))
            if magic in COMPARISONS:
                yield path


def _files(paths: list[str]) -> Iterator[Path]:
    for word in paths:
        if word == "-":
            yield from (Path(line.rstrip("\n")) for line in sys.stdin)
        elif Path(word).is_dir():
            yield from (path for path in sorted(Path(word).rglob("*")) if path.is_file())
        else:
            yield Path(word)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--copies", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--show", type=int, default=20)
    parser.add_argument("--largest", type=int, default=16 << 20)
    parser.add_argument("path", nargs="+")
    args = parser.parse_args()
    if not INSTALLED:
        sys.exit("neither pefile nor lief is installed (pip install pefile lief)")
    if "lief" in INSTALLED:
        importlib.import_module("lief").logging.disable()
    files = list(programs(args.path, args.largest))
    table: Counter[tuple[str, str, str, str]] = Counter()
    reasons: Counter[tuple[str, str, str]] = Counter()
    shown = 0
    with Pool(args.jobs) as pool:
        work = pool.imap(partial(compare, copies=args.copies, seed=args.seed), files)
        for path, found in zip(files, work, strict=True):
            for copy, (kind, by, what, outcome, about) in found:
                table[kind, by, what, outcome] += 1
                if outcome == "explained":
                    reasons[kind, what, about] += 1
                elif outcome == "differed" and shown < args.show:
                    shown += 1
                    sys.stdout.write(f"{path} copy {copy}: {what}: {about}\n")
    report(len(files), args.copies, table, reasons)
    return any(outcome == "differed" for *_, outcome in table)


def report(
    files: int,
    copies: int,
    table: Counter[tuple[str, str, str, str]],
    reasons: Counter[tuple[str, str, str]],
) -> None:
    lines = [f"{files} programs, and {copies} damaged copies of each"]
    lines.append(f"{'':9} {'asked':7} {'fact':16} {'agreed':>8} {'explained':>9} {'differed':>8}")
    for kind, by, what in dict.fromkeys(key[:3] for key in table):
        counts = [table[kind, by, what, outcome] for outcome in ("agreed", "explained", "differed")]
        lines.append(f"{kind:9} {by:7} {what:16} {counts[0]:8} {counts[1]:9} {counts[2]:8}")
    for (kind, what, reason), count in reasons.most_common():
        lines.append(f"explained {count}: {kind}, {what}: {reason}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
