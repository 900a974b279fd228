#!/usr/bin/env python3
"""Make the corpora that compare.py scans, from what a Debian machine has.

usage: corpora.py FOLDER

FOLDER/elf      programs and libraries
FOLDER/pe       Windows programs and libraries: Debian's packages libwine and mingw-w64 hold many
FOLDER/text     scripts, sources and documents
FOLDER/archive  zip and tar.gz files made of both with the real tools

100 to 250 MB each where the machine has as much; files are hard links where possible. The choice is
deterministic: sorted paths, first come.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MB = 1_000_000
LIMIT = 200 * MB
LARGEST = 12 * MB
ARCHIVE_PIECE = 2 * MB


def files(*roots: str) -> Iterator[Path]:
    """Regular files below the roots, sorted."""
    for root in roots:
        for path in sorted(Path(root).rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path


def is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def is_pe(path: Path) -> bool:
    with path.open("rb") as file:
        return path.suffix in {".exe", ".dll"} and file.read(2) == b"MZ"


def is_text(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(1024)
    return bool(head) and b"\0" not in head and path.suffix not in {".gz", ".pyc"}


def collect(into: Path, candidates: Iterator[Path]) -> None:
    """Link or copy candidates until the corpus is large enough."""
    into.mkdir(parents=True)
    total = 0
    for number, path in enumerate(candidates):
        size = path.stat().st_size
        if not 6 <= size <= LARGEST:
            continue
        target = into / f"{number % 64:02}" / f"{number}-{path.name}"
        target.parent.mkdir(exist_ok=True)
        try:
            os.link(path, target)
        except OSError:
            shutil.copyfile(path, target)
        total += size
        if total > LIMIT:
            return


def pack(into: Path, source: Path) -> None:
    """Archives of about two MB of content each, zip and tar.gz in turn."""
    into.mkdir(parents=True)
    batch: list[Path] = []
    size = number = 0
    for path in files(str(source)):
        batch.append(path.relative_to(source))
        size += path.stat().st_size
        if size < ARCHIVE_PIECE:
            continue
        names = "\n".join(map(str, batch)).encode()
        kinds = (
            ["zip", "-q", "-@", f"{into}/{number}.zip"],
            ["tar", "czf", f"{into}/{number}.tar.gz", "-T", "-"],
        )
        subprocess.run(kinds[number % 2], input=names, cwd=source, check=True)
        batch, size, number = [], 0, number + 1


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    roots = (
        "/usr/share/doc",
        "/usr/lib/python3",
        "/usr/share/perl",
        "/usr/include",
        "/usr/share/vim",
        sys.prefix,
    )
    collect(
        folder / "elf",
        (p for p in files("/usr/bin", "/usr/lib/x86_64-linux-gnu", "/usr/lib/gcc") if is_elf(p)),
    )
    collect(folder / "pe", (p for p in files("/usr/lib") if is_pe(p)))
    collect(folder / "text", (p for p in files(*roots) if is_text(p)))
    for kind in ("text", "elf"):
        pack(folder / "archive" / kind, folder / kind)
    for corpus in sorted(folder.iterdir()):
        sizes = [path.stat().st_size for path in files(str(corpus))]
        print(f"{corpus}: {len(sizes)} files, {sum(sizes) / MB:.1f} MB")


if __name__ == "__main__":
    main()
