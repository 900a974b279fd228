"""InstallShield: lists, streams, cabinets of every kind, and what they may say that is not so."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from formats import installshield_files as files
from nacre.formats.executable.pe import PeHandler
from nacre.formats.installer.installshield import InstallshieldHandler
from nacre.formats.installer.shield_cabinet import ShieldCabinetHandler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt, Truncated
from nacre.model.event import Child, Event, Member, Problem
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

if TYPE_CHECKING:
    from nacre.formats.base import Handler

PROGRAM = (Path(__file__).parents[2] / "samples/executable/pe/32-bit.in").read_bytes()
ONE = b"".join(b"one, line %d of a file\n" % number for number in range(200))
TWO = b"".join(b"two, line %d of a file\n" % (number * 7 % 200) for number in range(150))
VERSIONS = [5, 6, 11, 17, 20]


def events(handler: Handler, data: bytes, limits: Limits | None = None) -> list[Event]:
    budget = Budget(limits or Limits())
    budget.charge(len(data))
    found: list[Event] = []
    for event in handler.extract(Fmap.from_bytes(data), budget):
        if isinstance(event, Child):
            budget.charge(len(event.data))
        found.append(event)
    return found


def contents(found: list[Event]) -> dict[bytes, bytes]:
    return {event.name: event.data.read(0, 1 << 20) for event in found if isinstance(event, Child)}


def reasons(found: list[Event]) -> list[str]:
    return [event.reason for event in found if isinstance(event, Problem)]


def kinds() -> list[files.Stored]:
    old = files.Stored(
        "old", ONE, files.deflated(ONE[:999], ended=False) + files.deflated(ONE[999:])
    )
    unended = files.Stored("unended", TWO, files.chunks(TWO, ended=False))
    return [
        files.stored("one", ONE),
        files.stored("plain", TWO, 0),
        files.stored("disguised", ONE, files.COMPRESSED | files.DISGUISED),
        files.stored("disguised-plain", TWO, files.DISGUISED),
        files.stored("invalid", TWO, files.INVALID),
        old,
        unended,
    ]


EXPECTED = {
    b"one": ONE, b"plain": TWO, b"disguised": ONE, b"disguised-plain": TWO, b"old": ONE,
    b"unended": TWO,
}  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
def test_a_cabinet_with_its_descriptor(version: int) -> None:
    found = events(ShieldCabinetHandler(), files.cabinet(version, kinds()))
    assert contents(found) == EXPECTED
    assert not reasons(found)


@pytest.mark.skipif(shutil.which("unshield") is None, reason="asks unshield")
@pytest.mark.parametrize("version", VERSIONS)
def test_unshield_reads_the_same(version: int, tmp_path: Path) -> None:
    (tmp_path / "data1.cab").write_bytes(files.cabinet(version, kinds()[:4]))
    command = ["unshield", "-d", "out", "x", "data1.cab"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    got = {file.name.encode(): file.read_bytes() for file in (tmp_path / "out/group").iterdir()}
    assert got == {name: EXPECTED[name] for name in list(EXPECTED)[:4]}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_list_with_cabinets_in_volumes(version: int) -> None:
    split = files.stored("split", ONE, files.COMPRESSED | files.SPLIT)
    split_plain = files.stored("split-plain", TWO, files.SPLIT | files.DISGUISED, 2)
    header, volumes = files.set_of(
        version, [files.stored("one", ONE), split, split_plain, files.stored("last", TWO, 4, 3)]
    )
    members = {b"Data1.hdr": header, b"setup.inx": TWO}
    members |= {b"data%d.cab" % number: data for number, data in enumerate(volumes, 1)}
    data = PROGRAM + b"".join(files.entry(*member) for member in members.items())
    found = events(PeHandler(), data)
    assert contents(found) == {
        b"setup.inx": TWO, b"one": ONE, b"split": ONE, b"split-plain": TWO, b"last": TWO,
    }  # fmt: skip
    assert not reasons(found)
    told = [event for event in found if isinstance(event, Member)]
    assert [member.name for member in told] == list(members)
    assert [member.position for member in told] == list(range(5))


def test_what_is_behind_a_program_need_not_be_a_list() -> None:
    for behind in (b"", b"\0\0\0\0", b"text\n" * 50, b"a\0b\0c\0+5\0five.", b"\0b\0c\0005\0five."):
        assert not events(PeHandler(), PROGRAM + behind)


def test_a_list_that_is_cut() -> None:
    found = events(PeHandler(), PROGRAM + files.entry(b"a", ONE) + files.entry(b"b", TWO)[:-9])
    assert contents(found) == {b"a": ONE, b"b": TWO[:-9]}
    assert reasons(found) == [f"b: {len(TWO)} bytes promised, {len(TWO) - 9} present"]


def test_a_damaged_cabinet_in_a_list_is_reported() -> None:
    header, volumes = files.set_of(6, [files.stored("one", ONE)])
    listed = files.entry(b"data1.hdr", header[:-60]) + files.entry(b"data1.cab", volumes[0])
    assert reasons(events(PeHandler(), PROGRAM + listed)) == ["data: 0 of 1 files are in the table"]


def test_volumes_that_are_missing_are_no_problem_of_a_cabinet_alone() -> None:
    header, _ = files.set_of(6, [files.stored("one", ONE, 4, 2)])
    assert not events(ShieldCabinetHandler(), header)


@pytest.mark.parametrize("flags", [0, 2, 4, 6])
def test_streams(flags: int) -> None:
    data = files.streams((b"Setup.ini", ONE * 20), (b"a", TWO), flags=flags)
    if not flags:  # nothing is laid over
        data = struct.pack("<14sH30x", b"InstallShield", 1)
        data += struct.pack("<260sI4xI40x", b"Setup.ini", 0, len(ONE)) + ONE
        assert contents(events(InstallshieldHandler(), data)) == {b"Setup.ini": ONE}
        return
    found = events(InstallshieldHandler(), data)
    assert contents(found) == {b"Setup.ini": ONE * 20, b"a": TWO}
    assert not reasons(found)


def test_streams_that_are_cut() -> None:
    data = files.streams((b"one", ONE), (b"two", TWO))
    found = events(InstallshieldHandler(), data[:-20])
    assert contents(found)[b"one"] == ONE
    assert TWO.startswith(contents(found)[b"two"])
    assert len(reasons(found)) == 2
    found = events(InstallshieldHandler(), data[: 46 + 100])
    assert reasons(found) == ["0 of 2 files present"]
    with pytest.raises(Corrupt):
        events(InstallshieldHandler(), b"InstallShuuld" + bytes(600))
    with pytest.raises(Truncated):
        events(InstallshieldHandler(), data[:20])


def test_a_stream_over_the_limit_does_not_hide_the_next() -> None:
    data = files.streams((b"one", ONE), (b"two", b"short"))
    found = events(InstallshieldHandler(), data, Limits(max_file_size=2000))
    assert contents(found) == {b"two": b"short"}
    assert [event.limit for event in found if isinstance(event, Problem)] == ["MaxFileSize"]


def test_files_that_share_their_data_are_not_decoded_for_ever() -> None:
    many = [files.stored(f"file {number}", ONE * 20) for number in range(300)]
    for file in many[1:]:
        file.data = b""
    data = bytearray(files.cabinet(6, many))
    first = many[0]
    row = data.find(struct.pack("<H3Q", 4, len(first.content), len(first.data), first.offset))
    place = data[row + 2 : row + 26]
    for number in range(300):
        data[row + number * 87 + 2 : row + number * 87 + 26] = place
    with pytest.raises(Corrupt, match="share"):
        events(ShieldCabinetHandler(), bytes(data))
