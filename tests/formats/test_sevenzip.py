"""7z: what samples cannot show, and headers that lie."""

from __future__ import annotations

import contextlib
import lzma
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.sevenzips import Coder, archive, files, folder, number, simple, streams
from nacre.formats.archive.sevenzip import SevenZipHandler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt, FormatError, LimitExceeded, Truncated, Unsupported
from nacre.model.event import Child, Event, Finding, Member, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits
from nacre.parsers.sevenzip_encryption import key_of, lock_of

SAMPLES = Path(__file__).parents[2] / "samples/archive/sevenzip"
LZMA2 = [{"id": lzma.FILTER_LZMA2, "preset": 0}]
WHOLE = {
    path.stem
    for path in SAMPLES.glob("*.in")
    if path.stem not in {"zstd", "nothing", "cut"}
    and not path.stem.startswith(("damaged", "encrypted"))
}


def events(data: bytes, limits: Limits | None = None) -> list[Event]:
    budget = Budget(limits or Limits())
    found = []
    for event in SevenZipHandler().extract(Fmap.from_bytes(data), budget):
        found.append(event)
        if isinstance(event, Child):
            budget.charge(len(event.data))
    return found


def contents(found: list[Event]) -> dict[bytes, bytes]:
    return {event.name: event.data.read(0, 1 << 20) for event in found if isinstance(event, Child)}


def problems(found: list[Event]) -> list[str]:
    return [event.reason for event in found if isinstance(event, Problem)]


def test_every_method_gives_the_same() -> None:
    expected = contents(events((SAMPLES / "copy.in").read_bytes()))
    assert len(expected) == 4
    assert len(WHOLE) == 20
    for name in WHOLE:
        found = events((SAMPLES / f"{name}.in").read_bytes())
        assert contents(found) == expected, name
        assert not problems(found), name


@pytest.mark.parametrize("name", ["encrypted", "encrypted-header"])
@pytest.mark.parametrize("passwords", [(b"secret",), (b"wrong", b"secret")])
def test_passwords_of_the_database_open(name: str, passwords: tuple[bytes, ...]) -> None:
    budget = Budget(Limits(), passwords={FileType.SEVENZIP: passwords})
    data = Fmap.from_bytes((SAMPLES / f"{name}.in").read_bytes())
    found = list(SevenZipHandler().extract(data, budget))
    assert contents(found) == contents(events((SAMPLES / "lzma2.in").read_bytes()))
    assert not problems(found)
    assert len([event for event in found if isinstance(event, Finding)]) == 1


@pytest.mark.parametrize("name", ["encrypted", "encrypted-header"])
def test_other_passwords_do_not(name: str) -> None:
    def outcome(*passwords: bytes) -> tuple[list[Event], str]:
        budget = Budget(Limits(), passwords={FileType.ANY: passwords})
        data = Fmap.from_bytes((SAMPLES / f"{name}.in").read_bytes())
        found: list[Event] = []
        try:
            found.extend(SevenZipHandler().extract(data, budget))
        except FormatError as error:
            return found, str(error)
        return found, ""

    assert outcome(b"wrong", "größer".encode()) == outcome()


@pytest.mark.parametrize("options", [("-mx=0",), ("-mx=9", "-mhe=on"), ("-m0=ppmd", "-ms=off")])
def test_real_archives_with_passwords(tmp_path: Path, options: tuple[str, ...]) -> None:
    if shutil.which("7zz") is None:
        pytest.skip("needs 7zz")
    texts = {b"one.txt": b"text " * 999 + b"\x01", b"two.txt": bytes(range(256)) * 16}
    for name, text in texts.items():
        (tmp_path / name.decode()).write_bytes(text)
    command = ["7zz", "a", "-pgr\u00f6\u00dfer", *options, "a.7z", "one.txt", "two.txt"]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    budget = Budget(Limits(), passwords={FileType.ANY: (b"x", "gr\u00f6\u00dfer".encode())})
    data = Fmap.from_bytes((tmp_path / "a.7z").read_bytes())
    found = list(SevenZipHandler().extract(data, budget))
    assert contents(found) == texts
    assert not problems(found)


def test_names_and_positions_as_clamav_counts_them() -> None:
    found = events((SAMPLES / "lzma2.in").read_bytes())
    members = {event.name: event.position for event in found if isinstance(event, Member)}
    names = {event.name for event in found if isinstance(event, Child)}
    assert "größe.txt".encode("latin-1") in members
    assert "größe.txt".encode() in names
    assert min(members.values()) > 0  # the folder, which is no member, is number 0


def three_in_one(middle: int) -> bytes:
    """A solid folder of three files."""
    parts = b"\x08\x0d" + number(3) + b"\x09" + number(10) + number(middle) + b"\0"
    body = b"first file" + bytes(middle) + b"third file"
    header = streams([folder([Coder(b"\0")], [], [])], [len(body)], [len(body)], parts)
    return archive(body, b"\x01\x04" + header + files(["a", "b", "c"]) + b"\0")


def test_a_file_too_large_hides_nothing_behind_it() -> None:
    found = events(three_in_one(5000), Limits(max_file_size=1000, max_scan_size=50_000))
    assert contents(found) == {b"a": b"first file", b"c": b"third file"}
    assert [event.limit for event in found if isinstance(event, Problem)] == ["MaxFileSize"]


def test_what_max_scan_size_cuts_off_is_told() -> None:
    found = events(three_in_one(40_000), Limits(max_file_size=0, max_scan_size=30_000))
    assert b"a" in contents(found)
    assert b"c" not in contents(found)
    assert "MaxScanSize" in {event.limit for event in found if isinstance(event, Problem)}


def test_folders_that_only_cost_spend_the_budget() -> None:
    bomb = lzma.compress(bytes(3_000_000), lzma.FORMAT_RAW, filters=LZMA2)
    one = folder([Coder(b"\x21", b"\x16")], [], [])
    sizes = b"\x09" + b"".join(number(2_999_990) for _ in range(40)) + b"\0"
    parts = b"\x08\x0d" + number(2) * 40 + sizes
    header = streams([one] * 40, [3_000_000] * 40, [len(bomb)] * 40, parts)
    data = archive(bomb * 40, b"\x01\x04" + header + files(["x"] * 80) + b"\0")
    budget = Budget(Limits(max_file_size=100_000, max_scan_size=9_000_000))
    list(SevenZipHandler().extract(Fmap.from_bytes(data), budget))
    assert budget.allowance_together() < 1_000_000


def test_methods_nobody_knows_are_told() -> None:
    assert problems(events(simple(b"\x04\xf7\x11\x02", b"brotli", 10))) == [
        "file and what is packed behind it: method 04f71102 is not decoded, 0 of 10 bytes present"
    ]


@pytest.mark.parametrize(
    "bad",
    [
        folder([Coder(b"\0")] * 3, [(1, 2), (2, 1)], []),  # coders that feed each other
        folder([Coder(b"\0")] * 2, [(0, 0)], []),  # one that feeds itself
        folder([Coder(b"\0", inputs=4)], [], [0, 1, 2, 2]),
        folder([Coder(b"\0")] * 2, [(0, 5)], []),
        folder([Coder(b"\0", outputs=2)], [], []),
        folder([Coder(b"\0")] * 33, [(n, n + 1) for n in range(32)], []),
        number(0),
        number(1 << 40),
    ],
)
def test_graphs_that_do_not_fit_together(bad: bytes) -> None:
    header = streams([bad], [10] * 4, [10] * 4)
    with pytest.raises(FormatError):
        events(archive(bytes(40), b"\x01\x04" + header + files(["file"]) + b"\0"))


def test_a_chain_of_coders_is_decoded() -> None:
    chain = folder([Coder(b"\0")] * 32, [(n, n + 1) for n in range(31)], [])
    header = streams([chain], [4] * 32, [4])
    found = events(archive(b"word", b"\x01\x04" + header + files(["file"]) + b"\0"))
    assert contents(found) == {b"file": b"word"}


@pytest.mark.parametrize("count", [1 << 20, 1 << 40, (1 << 63) + 1])
def test_counts_of_more_than_there_can_be(count: int) -> None:
    for header in (
        b"\x01\x05" + number(count) + b"\0\0",
        b"\x01\x04\x06\0" + number(count) + b"\x09\0",
        b"\x01\x04\x06\0\0\0\x07\x0b" + number(count) + b"\0",
        b"\x01\x02\x01" + number(count),
    ):
        with pytest.raises(FormatError):
            events(archive(b"", header))


@pytest.mark.parametrize("name", ["lzma2", "copy"])
def test_an_archive_whose_start_was_never_written(name: str) -> None:
    data = (SAMPLES / f"{name}.in").read_bytes()
    found = events(data[:8] + bytes(24) + data[32:])
    assert contents(found) == contents(events(data))
    assert contents(found)
    with pytest.raises(Truncated):
        events(data[:8] + bytes(24) + b"content")


def test_a_header_that_is_its_own_header() -> None:
    """A header that decodes to itself."""
    encoded = b""
    for _ in range(3):  # its size is in it
        encoded = b"\x17" + streams(
            [folder([Coder(b"\0")], [], [])], [len(encoded)], [len(encoded)]
        )
    with pytest.raises((Unsupported, Corrupt)):
        events(archive(encoded, encoded))


def test_unnamed_contents_are_scanned() -> None:
    header = streams([folder([Coder(b"\0")], [], [])], [4], [4])
    for rest in (b"\0", files([]) + b"\0"):
        assert contents(events(archive(b"word", b"\x01\x04" + header + rest))) == {b"": b"word"}


def test_a_damaged_list_of_files_costs_only_their_names() -> None:
    header = streams([folder([Coder(b"\0")], [], [])], [4], [4])
    data = archive(b"word", b"\x01\x04" + header + b"\x05\x7f")
    walk = SevenZipHandler().extract(Fmap.from_bytes(data), Budget(Limits()))
    member, child = next(walk), next(walk)
    assert isinstance(member, Member)
    assert contents([child]) == {b"": b"word"}
    with pytest.raises(FormatError):
        next(walk)


def test_many_files_are_not_all_told() -> None:
    header = b"\x01" + files(["x"] * 900, b"\x0e" + number(113) + b"\xff" * 113)
    found = events(archive(b"", header + b"\0"), Limits(max_files=5))
    assert problems(found) == ["only the first 100 members were looked at"]


def test_time_is_up() -> None:
    budget = Budget(Limits(max_scan_time=1))
    budget._deadline = 0.0  # long ago
    with pytest.raises(LimitExceeded):
        list(SevenZipHandler().extract(Fmap.from_bytes(three_in_one(10)), budget))


@given(st.binary(max_size=40), st.binary(max_size=8))
def test_any_properties_of_encryption(properties: bytes, password: bytes) -> None:
    with contextlib.suppress(FormatError):
        lock = lock_of(properties)
        assert len(key_of(lock._replace(power=lock.power % 8), password, Budget(Limits()))) == 32
