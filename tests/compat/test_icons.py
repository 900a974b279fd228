"""Icons of programs: which are looked at, how alike they must be, what groups a signature names."""

from __future__ import annotations

import gzip
import random
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from compat.icons import SIDES, described, made_programs, near_misses, real_programs
from compat.pair import CLEAN, Pair, only
from executables.resources import GROUP, ICON, Bitmap, Leaf, group, with_icons, with_resources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Lines = list[tuple[str, str]]

BLOCK = "Engine:51-255,Target:1"
NOISE = [
    Bitmap(32, 32, 24, random.Random(seed).randbytes(3072)).build()  # noqa: S311 - repeatable
    for seed in range(4)
]


def asking(name: str, groups: str) -> tuple[str, str]:
    """A signature that is true for any program with icons of `groups`."""
    return ("x.ldb", f"{name};{BLOCK},{groups};0;4d5a")


def lines_about(descriptions: Mapping[str, Sequence[str]], most: int) -> Lines:
    """Near misses of up to `most` descriptions, each asked for by a signature of its own."""
    texts = sorted({text for some in descriptions.values() for text in some if text[:2] in SIDES})
    random.Random(7).shuffle(texts)  # noqa: S311 - repeatable
    lines: Lines = []
    for number, text in enumerate(texts[:most]):
        for step, near in enumerate(near_misses(number, text, 6)):
            lines.append(("x.idb", f"n:{number}:{step}:{near}"))
            groups = f"IconGroup1:{number},IconGroup2:{step}"
            lines.append(asking(f"Icon-{number}.{step}", groups))
        lines.append(asking(f"Any-{number}", f"IconGroup1:{number}"))
    return lines


def some_and_some_not(found: Mapping[str, frozenset[str]], lines: Lines) -> None:
    """The comparison would be of no use otherwise."""
    seen = set().union(*found.values())
    asked = {line.partition(";")[0] for file, line in lines if file == "x.ldb"}
    assert len(asked) // 5 < len(seen) < len(asked)


def test_real_programs(pair: Pair, tmp_path: Path) -> None:
    files = {f"{number}": path.read_bytes() for number, path in enumerate(real_programs(60))}
    if len(files) < 5:
        pytest.skip("no programs with icons here; wine, nsis and mingw-w64 have some")
    descriptions = described(pair.peer, tmp_path, files)
    lines = lines_about(descriptions, 40)
    some_and_some_not(pair.agree(lines, files, "--allmatch"), lines)


@pytest.mark.parametrize("seed", [1, 2])
def test_made_programs(pair: Pair, tmp_path: Path, seed: int) -> None:
    files = made_programs(seed, 40)
    descriptions = described(pair.peer, tmp_path, files)
    lines = lines_about(descriptions, 50)
    some_and_some_not(pair.agree(lines, files, "--allmatch"), lines)


def test_programs_of_a_real_resource_compiler(pair: Pair, tmp_path: Path) -> None:
    tools = [shutil.which(tool) for tool in
             ("convert", "i686-w64-mingw32-windres", "i686-w64-mingw32-gcc")]  # fmt: skip
    if None in tools:
        pytest.skip("ImageMagick and mingw-w64 make the program and are not installed")
    convert, windres, compiler = map(str, tools)
    sizes = "16,24,32,48,64,256"
    picture = ["-size", "256x256", "plasma:red-blue", "-swirl", "180", "-seed", "3"]
    resize = ["-define", f"icon:auto-resize={sizes}", str(tmp_path / "a.ico")]
    (tmp_path / "a.rc").write_text('1 ICON "a.ico"\n2 ICON "a.ico"\n')
    (tmp_path / "a.c").write_text("int main(void) { return 0; }\n")
    for command in (
        [convert, *picture, *resize],
        [windres, "a.rc", "r.o"],
        [compiler, "-o", "a.exe", "a.c", "r.o"],
    ):
        subprocess.run(command, cwd=tmp_path, check=True)
    files = {"a.exe": (tmp_path / "a.exe").read_bytes()}
    lines = lines_about(described(pair.peer, tmp_path, files), 8)
    some_and_some_not(pair.agree(lines, files, "--allmatch"), lines)


def test_groups(pair: Pair, tmp_path: Path) -> None:
    data = with_icons(NOISE[:3])
    first, second, _ = described(pair.peer, tmp_path, {"a": data})["a"]
    names = {
        "First": "IconGroup1:A",
        "Second": "IconGroup2:B",
        "Both": "IconGroup1:A,IconGroup2:B",
        "Swapped": "IconGroup1:B",
        "Other": "IconGroup1:A,IconGroup2:X",
        "Lower": "IconGroup1:a",
        "Empty": "IconGroup1:",
        "And": "IconGroup1:A,IconGroup2:",
        "Sections": "IconGroup1:A,NumberOfSections:2-2",
        "No": "IconGroup1:A,NumberOfSections:3-3",
        "Handled": "IconGroup1:X,HandlerType:CL_TYPE_MAIL",
    }
    signatures = [asking(name, groups) for name, groups in names.items()]
    signatures.append(("x.ldb", f"Absent;{BLOCK},IconGroup1:A;0=0;{'ab' * 9}"))
    signatures.append(("x.ldb", "Mail;Engine:51-255,Target:4;0;4d5a"))
    files = {
        "plain": data,
        "wide": with_icons(NOISE[:3], wide=True),
        "packed": gzip.compress(data, mtime=0),
        "embedded": b"\0\1\0\1" * 90 + data,
        "other": with_icons(NOISE[2:]),
        "none": with_resources([]),
    }
    for lines in (
        [f"n:A:B:{first}"],
        [f"n:A:C:{first}", f"n:D:B:{first}"],
        [f"n:A:C:{first}", f"n:D:B:{second}"],
        [f"n:A::{first}", f"n::B:{second}"],
        [f":::{first.upper()}"],
        [],
    ):
        found = pair.agree([*signatures, *(("x.idb", line) for line in lines)], files, "--allmatch")
        assert "Mail" in found["plain"]
        assert "No" not in found["plain"]
    some: Lines = [("x.idb", f"n:A:B:{first}"), asking("First", "IconGroup1:A")]
    assert pair.agree(some, files)["plain"] == only("First")
    off = [*some, ("daily.cfg", "PE:0xfffbffff")]
    assert set(pair.agree(off, files).values()) == {CLEAN}
    assert set(pair.agree([*some, ("x.ign2", "n")], files).values()) == {CLEAN}


def g(*numbers: int, name: int = 1, language: int = 0) -> Leaf:
    return Leaf(GROUP, name, group(numbers), language)


def i(number: int, picture: int, language: int = 0) -> Leaf:
    return Leaf(ICON, number, NOISE[picture], language)


ALL = [i(1, 0), i(2, 1), i(3, 2), i(4, 3)]
RESOURCES: Mapping[str, Sequence[Leaf]] = {
    "plain": [*ALL, g(1, 2, 3, 4)],
    "turned": [*ALL, g(4, 3, 2, 1)],
    "missing": [*ALL, g(1, 9, 3)],
    "twice": [*ALL, g(1, 1, 1, 2)],
    "groups": [*ALL, g(1), g(2, 3, name=2)],
    "named": [*ALL, g(1, name=1 << 31 | 0x7000), g(2, name=2)],
    "languages": [i(1, 0), i(1, 1, 7), g(1), g(1, language=7)],
    "group languages": [*ALL, g(1), g(2, language=7), g(3, language=8), g(4, name=2)],
    "same number": [i(1, 0), i(2, 1), i(1, 2), g(1)],
    "no group": ALL,
    "group first": [g(1, 2), *ALL],
    "two directories": [i(1, 0), g(1, 2), i(2, 1), g(2, 1)],
    "one group, two directories": [*ALL, g(1), Leaf(16, 1, b""), g(2)],
    "not adjacent": [*ALL, g(1), g(2, name=2), g(3)],
    "empty": [*ALL, Leaf(GROUP, 1, b""), g(2, name=2)],
    "head": [*ALL, Leaf(GROUP, 1, group([1, 2])[:6])],
    "cut": [*ALL, Leaf(GROUP, 1, group([1, 2, 3])[:-5])],
    "says none": [*ALL, Leaf(GROUP, 1, b"\0\0\1\0\0\0" + group([1])[6:])],
    "says more": [*ALL, Leaf(GROUP, 1, b"\0\0\1\0\x09\0" + group([1])[6:])],
    "cursor": [*ALL, Leaf(GROUP, 1, b"\1\0\2\0\1\0" + group([1])[6:])],
    "number 0": [i(0, 0), g(0)],
    "large number": [i(0x10001, 0), i(1, 1), g(1)],
}


def test_which_icons_are_looked_at(pair: Pair, tmp_path: Path) -> None:
    texts = described(pair.peer, tmp_path, {"a": with_icons(NOISE)})["a"]
    lines = [("x.idb", f"n:{number}:x:{text}") for number, text in enumerate(texts)]
    lines += [asking(f"Icon-{number}", f"IconGroup1:{number}") for number in range(len(texts))]
    files = {name: with_resources(leaves) for name, leaves in RESOURCES.items()}
    files |= dict(_stating(RESOURCES["plain"]))
    for most in ("", "0", "1", "2", "3", "100"):
        found = pair.agree(lines, files, "--allmatch", *([f"--max-iconspe={most}"] if most else []))
    assert len(found["plain"]) == 4


def _stating(leaves: Sequence[Leaf]) -> list[tuple[str, bytes]]:
    """The size of the group as its resource states it."""
    whole = with_resources(leaves)
    size = len(leaves[-1].data)
    at = whole.index(size.to_bytes(4, "little") + bytes(8))
    sizes = (
        0,
        6,
        7,
        20,
        33,
        34,
        47,
        48,
        61,
        62,
        63,
        100,
        200,
        5000,
        1 << 20,
        1 << 31,
        (1 << 32) - 1,
    )
    cases = [(f"size {size}", at, size) for size in sizes]
    cases.append(("nowhere", at - 4, 0x900000))
    return [
        (name, whole[:place] + value.to_bytes(4, "little") + whole[place + 4 :])
        for name, place, value in cases
    ]


ZERO = "20" + "0" * 122
LINES = (
    *("", "#x", "n:a:b:20", f"n:a:b:{ZERO}", f":::{ZERO}", f" n:a:b:{ZERO}", f"n:a:{ZERO}"),
    *(f"n:a:b:{ZERO}:", f"n:a:b:{ZERO}0", f"n:a:b:{ZERO[1:]}", f"n:a:b: {ZERO[1:]}"),
)
# Digits in the place of others of a description.
FIELDS = """
    0:10 0:18 0:1c 0:zz 2:fe81c1c 2:fe90000 37:fe90000 2:0001d00 37:000001d 110:ff1c1c 110:001d00
    116:67000064 116:68000000 116:23232200 116:00000065
"""


def test_lines_load_alike(pair: Pair) -> None:
    lines = list(LINES)
    for field in FIELDS.split():
        at, _, digits = field.partition(":")
        end = int(at) + len(digits)
        lines.append(f"n:a:b:{ZERO[: int(at)]}{digits}{ZERO[end:]}")
    for line in lines:
        pair.agree([("x.idb", line)], {"any": b"nothing at all"})
        pair.agree([("x.idb", line), ("x.ign2", "n")], {"any": b"nothing at all"})
    for count in (256, 257):
        for form in ("n:{}:b:", "n:a:{}:"):
            groups = [("x.idb", form.format(number) + ZERO) for number in range(count)]
            pair.agree(groups, {"any": b"nothing at all"})


def test_icons_of_several_files(pair: Pair, tmp_path: Path) -> None:
    """ClamAV keeps those of one file (differences.md)."""
    data = with_icons(NOISE[:2])
    texts = described(pair.peer, tmp_path, {"a": data})["a"]
    lines = [(f"{number}.idb", f"n:{number}:x:{text}") for number, text in enumerate(texts)]
    lines += [asking(f"Icon-{number}", f"IconGroup1:{number}") for number in range(2)]
    ((theirs, mine),) = pair.both(lines, {"a": data}, "--allmatch").values()
    assert mine == only("Icon-0", "Icon-1")
    assert len(theirs) == 1
