"""Section and import hashes of programs, made by hand and real."""

from __future__ import annotations

import hashlib
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compat.pair import only
from nacre.executables import Program
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from compat.pair import Pair

from executables.portable import DEFAULT, PAGE, Pe, Section, importing

END = 0x2000
FAR = Section(address=0xFF00_3000, offset=0x400)
MISSING = Section(address=0xFF00_3000, offset=END)
KINDS = ("md5", "sha1", "sha256")
MOST = 16
"""Real programs that are looked at."""


def digest(kind: str, data: bytes) -> str:
    return hashlib.new(kind, data, usedforsecurity=False).hexdigest()


def lines_about(label: str, data: bytes) -> Iterator[tuple[str, str]]:
    """Signatures of each part, in every form, and near misses of each."""
    program = Program(Fmap.from_bytes(data), FileType.MSEXE)
    for number, section in enumerate(program.sections):
        part = data[section.place.offset :][: section.place.size]
        if not part:
            continue
        kind = KINDS[number % 3]
        name = f"{label}.{number}.{kind}"
        yield "a.mdb", f"{len(part)}:{digest(kind, part)}:{name}.sized"
        yield "a.msb", f"*:{digest(kind, part).upper()}:{name}.any:73"
        other = KINDS[(number + 1) % 3]
        yield "a.mdu", f"{len(part)}:{digest(other, part)}:PUA.{name}"
        yield "a.mdb", f"{len(part) + 1}:{digest(kind, part)}:{name}.longer"
        yield "a.mdb", f"{len(part)}:{digest(kind, part[:-1])}:{name}.other"
    text = program.import_text()
    if text:
        for kind in KINDS:
            yield "a.imp", f"{digest(kind, text)}:{len(text)}:{label}.import.{kind}"
            yield "a.imp", f"{digest(kind, text)}:*:{label}.import.{kind}.any"
            yield "a.imp", f"{digest(kind, text)}:{len(text) - 1}:{label}.import.{kind}.shorter"


def distinct(lines: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Of equal hashes it is not defined which name the peer reports."""
    seen = set()
    for file, line in lines:
        key = tuple(line.lower().split(":")[:2])
        if key not in seen:
            seen.add(key)
            yield file, line


def made() -> dict[str, bytes]:
    libraries: list[tuple[bytes, list[bytes | int]]] = [
        (b"KERNEL32.DLL", [b"Sleep", 7]),
        (b"ws2_32.dll", [1, 2, 3]),
        (b"some.thing.ocx", [b"A_b", b"c"]),
    ]

    def with_second(offset: int, size: int) -> bytes:
        second = Section(address=2 * PAGE, offset=offset, size=size)
        return Pe(sections=(Section(), second)).build()

    return {
        "imports32": importing(libraries).build(),
        "imports64": importing(libraries, wide=True).build(),
        "unaligned": with_second(offset=0x607, size=0x1FB),
        "cut": with_second(offset=0x600, size=0x3000)[:0x900],
        "beyond": with_second(offset=0x600, size=0x200)[:0x600],
        "twice": Pe(sections=(Section(), Section(address=2 * PAGE, offset=0x400))).build(),
        "none": with_second(offset=0x600, size=0),
        "wide": Pe(wide=True).build(),
        "fault": Pe(entry=0x10_0000).build(),
        "far": importing(libraries, further=(FAR,)).build(),
        "far and missing": importing(libraries, further=(MISSING,)).build()[:END],
        "missing, no entry point": Pe(sections=(*DEFAULT, MISSING), entry=0x10_0000).build()[:END],
    }


def real() -> dict[str, bytes]:
    places = sorted(Path(sysconfig.get_path("purelib")).rglob("*.exe"))
    if not places:
        pytest.skip("no Windows programs among the installed packages (pip install distlib)")
    contents = {place.read_bytes(): place.name for place in places}
    return {f"{number}{name}": data for number, (data, name) in enumerate(contents.items())}


@pytest.mark.parametrize("source", [made, real])
def test_parts_of_programs(pair: Pair, source: Callable[[], dict[str, bytes]]) -> None:
    files = dict(list(source().items())[:MOST])
    lines = list(distinct(line for name in files for line in lines_about(name, files[name])))
    found = pair.agree(lines, files, "--allmatch")
    assert sum(map(len, found.values())) > len(files)
    for options in ((), ("--allmatch", "--detect-pua"), ("--allmatch", "--scan-pe=no")):
        pair.agree(lines, files, *options)
    for setting in ("PE:0xffffffef", "PE:0xfff7ffff", "PE:0x0"):
        pair.agree([*lines, ("a.cfg", setting)], files, "--allmatch")


def test_parts_come_last_and_in_order(pair: Pair) -> None:
    """What a scan that stops at the first match reports; then without that signature, and on."""
    program = made()["imports32"]
    lines = {
        "Body-1": ("a.ndb", "Body-1:1:*:cccccccccccc"),
        "Whole-1": ("a.hdb", f"{digest('md5', program)}:{len(program)}:Whole-1"),
        "Logical-1": ("a.ldb", "Logical-1;Engine:51-255,Target:1;0;cccccccc"),
    }
    for file, line in lines_about("parts", program):
        name = line.split(":")[2]
        if not name.endswith((".longer", ".other", ".shorter")) and ".import.md5.any" not in name:
            lines[name] = (file, line)
    reported = []
    while names := pair.agree(lines.values(), {"program": program})["program"]:
        (name,) = names
        reported.append(name)
        del lines[name]
        if name == "parts.import.md5":
            break
    assert reported == [
        "Body-1",
        "Whole-1",
        "Logical-1",
        "parts.0.md5.sized",
        "parts.0.md5.any",
        "parts.1.sha1.sized",
        "parts.1.sha1.any",
        "parts.import.md5",
    ]


def test_imports_of_any_size_do_not_end_the_scan_of_the_peer(pair: Pair) -> None:
    """docs/design/differences.md, "Import hashes of any size"."""
    program = made()["imports32"]
    lines = [line for line in lines_about("parts", program) if line[1].endswith(".any")]
    ((peer, ours),) = pair.both(lines, {"program": program}).values()
    assert peer == only(*(f"parts.import.{kind}.any" for kind in KINDS))
    assert ours == only("parts.import.md5.any")


def test_an_ignored_or_trusted_section(pair: Pair) -> None:
    program = made()["wide"]
    lines = list(lines_about("parts", program))
    pair.agree([*lines, ("a.ign2", "parts.0.md5.sized")], {"program": program}, "--allmatch")
    trusted = ("a.fp", f"{digest('md5', program)}:{len(program)}:trusted")
    assert not pair.agree([*lines, trusted], {"program": program})["program"]


def test_sections_of_a_broken_program(pair: Pair) -> None:
    """docs/design/differences.md, "Sections of broken programs"."""
    program = Pe(file_alignment=0x100).build()
    lines = [line for line in lines_about("parts", program) if line[0] == "a.mdb"]
    files = {"program": program}
    sections = pair.agree(lines, files, "--allmatch")["program"]
    assert sections
    ((peer, ours),) = pair.both(lines, files, "--allmatch", "--alert-broken").values()
    assert peer == only("Heuristics.Broken.Executable")
    assert ours == peer | sections
    ((peer, ours),) = pair.both(lines, files, "--alert-broken").values()
    assert peer == only("Heuristics.Broken.Executable")
    assert ours == only("parts.0.md5.sized")


def test_the_libraries_that_count(pair: Pair) -> None:
    libraries: list[tuple[bytes, list[bytes | int]]] = [
        (b"lib%d.dll" % number, [b"f"]) for number in range(1100)
    ]
    lines = []
    for count in (1023, 1024, 1025, 1100):
        text = b",".join(b"lib%d.f" % number for number in range(count))
        lines.append(("a.imp", f"{digest('md5', text)}:{len(text)}:of{count}"))
    program = importing(libraries).build() + bytes(512)
    assert pair.agree(lines, {"program": program}, "--allmatch")["program"] == only("of1024")
