"""Programs to ask about: the samples, and what Debian's packages and Python bring along."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from nacre.executables import Program
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = Path(__file__).parents[3] / "samples" / "executable"
PLACES = (
    Path("/usr/share/nsis"),
    Path("/usr/i686-w64-mingw32"),
    Path("/usr/x86_64-w64-mingw32"),
    Path("/usr/lib/gcc"),
    Path("/usr/lib/x86_64-linux-gnu/wine"),
    Path(sys.prefix),
    Path(sys.base_prefix) / "lib",
    Path("/usr/lib/x86_64-linux-gnu/gconv"),
    Path("/usr/bin"),
)
LARGEST = 250_000
"""Bytes; see `Inside a section of a large program` in docs/design/differences.md."""
FROM_EACH = 6
_MOST = 0xFFFFFFFF

_MAGICS = {
    b"MZ": FileType.MSEXE,
    b"\x7fE": FileType.ELF,
    b"\xcf\xfa": FileType.MACHO,
    b"\xce\xfa": FileType.MACHO,
}


def type_of(data: bytes) -> FileType | None:
    """The type of a program; None for anything else."""
    return _MAGICS.get(data[:2])


def programs() -> Iterator[bytes]:
    """The programs, few from each place so that all kinds are there."""
    for folder in (SAMPLES, *PLACES):
        if folder.is_dir():
            yield from islice(_below(folder), FROM_EACH)


def _below(folder: Path) -> Iterator[bytes]:
    paths = [path for path in sorted(folder.rglob("*")) if _is_small_file(path)]
    # Of packed programs more is unpacked than the peer does; tests/compat/test_packed.py has them.
    paths = [path for path in paths if not path.name.startswith("upx-")]
    Random(str(folder)).shuffle(paths)  # noqa: S311 - a test's choice, repeatable
    for path in paths:
        with path.open("rb") as file:
            if type_of(file.read(2)) is None:
                continue
        yield path.read_bytes()


def _is_small_file(path: Path) -> bool:
    try:
        return path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST
    except OSError:
        return False


def damaged(data: bytes, random: Random) -> bytes:
    """A copy with some numbers of its headers changed, or cut."""
    copy = bytearray(data)
    headers = min(len(copy) - 8, 0x400)
    for _ in range(random.randint(1, 4)):
        place, width = random.randrange(4, headers), random.choice((1, 2, 4))
        value = random.choice((0, 1, 0xFF, 0x200, 0x1000, 0x7FFFFFFF, 0xFFFFFFFF))
        copy[place : place + width] = (value & (1 << 8 * width) - 1).to_bytes(width, "little")
    copy[:4] = data[:4]
    if random.random() < 0.3:
        del copy[random.randrange(0x40, len(copy)) :]
    return bytes(copy)


def reaches_far(data: bytes) -> bool:
    """True when ClamAV takes places for others: "Programs that reach beyond 4 GiB"."""
    file_type = type_of(data)
    if file_type is None:
        return False
    program = Program(Fmap.from_bytes(data), file_type)
    ends = (offset + size for offset, size in program.places)
    return max(program.entry_point or 0, *ends, 0) > _MOST


def is_deadly(data: bytes) -> bool:
    """True when `SL` makes the peer read beyond its list of no sections, which ends it."""
    file_type = type_of(data)
    if file_type is None:
        return False
    program = Program(Fmap.from_bytes(data), file_type)
    return program.fault is None and not program.sections
