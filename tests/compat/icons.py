"""Programs with icons, what the peer calls their icons, and signatures that ask for them."""

from __future__ import annotations

import random
import re
import subprocess
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from compat.program import QUIET
from executables.resources import Bitmap, with_icons
from nacre.executables import Program as Parsed
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from compat.program import Program

ROOTS = (
    "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows",
    "/usr/share/nsis",
    "/usr/lib/gcc/i686-w64-mingw32",
    "/usr/lib/gcc/x86_64-w64-mingw32",
)
_PROBE = "Probe;Engine:51-255,Target:1,IconGroup1:none;0;4d5a"
_ZERO = "none:none:none:20" + "0" * 122
_FILE = re.compile(r"Checking realpath of (\S+)")
_DESCRIBED = re.compile(r"IDB SIGNATURE: ICON_NAME:GROUP1:GROUP2:([0-9a-f]{124})")
_LARGEST = 4 << 20
SIDES = {"10", "18", "20"}
_PERCENT = 122


def real_programs(most: int) -> Iterator[Path]:
    """Programs on this machine that have icons."""
    paths = (path for root in ROOTS for path in sorted(Path(root).rglob("*.[de][lx][le]")))
    return islice((path for path in paths if _has_icons(path)), most)


def _has_icons(path: Path) -> bool:
    data = path.read_bytes()
    if len(data) > _LARGEST:
        return False
    return bool(Parsed(Fmap.from_bytes(data), FileType.MSEXE).icon_groups())


def described(peer: Program, folder: Path, files: Mapping[str, bytes]) -> dict[str, list[str]]:
    """How the peer describes the icons of each file."""
    database = folder / "probe"
    database.mkdir()
    (database / "x.ldb").write_text(_PROBE + "\n")
    (database / "x.idb").write_text(_ZERO + "\n")
    place = folder / "described"
    place.mkdir()
    for name, data in files.items():
        (place / name).write_bytes(data)
    argv = [*peer.argv, *QUIET, "--debug", f"--database={database}", str(place)]
    seen = subprocess.run(argv, capture_output=True, check=False).stderr.decode("latin-1")
    _, *parts = _FILE.split(seen)
    texts = zip(parts[::2], parts[1::2], strict=True)
    return {Path(path).name: _DESCRIBED.findall(text) for path, text in texts}


def made_programs(seed: int, count: int) -> dict[str, bytes]:
    """Programs with icons of every depth and size, noise and shapes, some of them cut."""
    chance = random.Random(seed)  # noqa: S311 - repeatable
    return {
        f"made-{number}": with_icons(
            [_icon(chance) for _ in range(chance.randint(1, 9))], wide=bool(number % 3 == 0)
        )
        for number in range(count)
    }


def _icon(chance: random.Random) -> bytes:
    bits = chance.choice((1, 4, 8, 16, 24, 32))
    width = chance.choice((15, 16, 17, 20, 24, 31, 32, 40, 48, 64, 72, 96, 128, 256))
    height = width if chance.random() < 0.7 else width * chance.randint(6, 14) // 10
    stride = (width * bits + 31) // 32 * 4
    rows = _rows(chance, width, height, bits, stride)
    colours = chance.choice((0, 0, 0, 1, 5, 999)) if bits <= 8 else 0
    palette = chance.randbytes(4 * min(colours or 1 << bits, 1 << bits)) if bits <= 8 else b""
    if chance.random() < 0.7:
        palette = b"".join(palette[at : at + 3] + b"\0" for at in range(0, len(palette), 4))
    mask = chance.choice((None, chance.randbytes((width + 31) // 32 * 4 * height)))
    header, compression = chance.choice((40, 40, 40, 39, 108, 124)), chance.choice((0, 0, 1, 2, 3))
    icon = Bitmap(
        width, height, bits, rows, palette, mask, header, colours, compression
    ).build()  # fmt: skip
    return icon[: chance.randrange(len(icon))] if chance.random() < 0.1 else icon


def _rows(chance: random.Random, width: int, height: int, bits: int, stride: int) -> bytes:
    if chance.random() < 0.3 or bits < 24:
        coarse = chance.choice((1, 4, 16))
        lines = [chance.randbytes(stride) for _ in range(height // coarse + 1)]
        return b"".join(lines[row // coarse] for row in range(height))
    size = bits // 8
    inside, outside = chance.randbytes(size), chance.choice((bytes(size), chance.randbytes(size)))
    x, y, reach = chance.randrange(width), chance.randrange(height), chance.randint(2, width)
    rows = bytearray()
    for row in range(height):
        line = b"".join(
            inside if (column - x) ** 2 + (row - y) ** 2 < reach**2 else outside
            for column in range(width)
        )
        rows += line.ljust(stride, b"\0")
    return bytes(rows)


def near_misses(seed: int, description: str, count: int) -> Iterator[str]:
    """Descriptions that differ in more and more of their fields, and one of another side."""
    chance = random.Random(seed)  # noqa: S311 - repeatable
    for number in range(count):
        text = _valid(description)
        for _ in range(number * 2):
            text = _changed(chance, text)
        yield text
    yield _valid(chance.choice(sorted(SIDES - {description[:2]})) + description[2:])


_COLOUR, _PLACE, _MEAN, _SHARE = "colour", "place", "mean", "share"
# Where each field begins and how many digits it has.
_FIELDS: Sequence[tuple[int, int, str]] = (
    *((2 + 7 * area, 3, _COLOUR) for area in range(6)),
    *((5 + 7 * area + 2 * axis, 2, _PLACE) for area in range(6) for axis in range(2)),
    *((44 + 6 * area, 2, _MEAN) for area in range(12)),
    *((46 + 6 * area + 2 * axis, 2, _PLACE) for area in range(12) for axis in range(2)),
    *((116 + 2 * share, 2, _SHARE) for share in range(4)),
)
_STEPS = {_COLOUR: 900, _PLACE: 4, _MEAN: 60, _SHARE: 12}


def _changed(chance: random.Random, text: str) -> str:
    at, digits, kind = chance.choice(_FIELDS)
    step = _STEPS[kind]
    value = max(0, int(text[at : at + digits], 16) + chance.randint(-step, step))
    return _valid(f"{text[:at]}{min(value, 16**digits - 1):0{digits}x}{text[at + digits :]}")


def _valid(text: str) -> str:
    """The description with what no icon can have brought down to what one may have."""
    side = int(text[:2], 16)
    most = {_COLOUR: 4072, _PLACE: side - side // 8, _MEAN: 255, _SHARE: 100}
    out, shares = text[:2], 0
    for at, digits, kind in sorted(_FIELDS):
        value = min(int(text[at : at + digits], 16), most[kind])
        if kind == _SHARE and at < _PERCENT:
            value = min(value, 103 - shares)
            shares += value
        out += f"{value:0{digits}x}"
    return out
