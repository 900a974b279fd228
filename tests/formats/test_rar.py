"""RAR: all generations give the same, and what is lost is told."""

from __future__ import annotations

import resource
import struct
import zlib
from pathlib import Path

import pytest

from formats.rar_streams import number, with_stream
from nacre.codecs import rar
from nacre.formats.archive.rar import RarHandler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt, Encrypted, LimitExceeded
from nacre.model.event import Child, Event, Finding, Member, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

SAMPLES = Path(__file__).parents[2] / "samples/archive/rar"
GENERATIONS = ("rar13", "rar15", "rar20", "rar29", "rar40", "rar50", "rar70")


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.in").read_bytes()


def events(data: bytes, limits: Limits | None = None) -> list[Event]:
    budget = Budget(limits or Limits())
    found = []
    for event in RarHandler().extract(Fmap.from_bytes(data), budget):
        found.append(event)
        if isinstance(event, Child):
            budget.charge(len(event.data))
    return found


def contents(found: list[Event]) -> dict[bytes, bytes]:
    return {event.name: event.data.read(0, 1 << 20) for event in found if isinstance(event, Child)}


def problems(found: list[Event]) -> list[str]:
    return [event.reason for event in found if isinstance(event, Problem)]


def limits_told(found: list[Event]) -> list[str | None]:
    return [event.limit for event in found if isinstance(event, Problem)]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_generation_gives_the_same(generation: str) -> None:
    expected = contents(events(sample("rar50")))
    assert len(expected) == 4
    for name in (generation, f"{generation}-solid"):
        found = events(sample(name))
        assert contents(found) == expected
        assert not problems(found)
        members = [event for event in found if isinstance(event, Member)]
        assert [event.position for event in members] == [1, 2, 3, 4]
        assert [event.size for event in members] == [len(data) for data in expected.values()]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_member_too_large_hides_nothing_behind_it(generation: str) -> None:
    whole = contents(events(sample("rar50")))
    limits = Limits(max_file_size=2000)
    for name in (generation, f"{generation}-solid"):
        found = events(sample(name), limits)
        assert contents(found) == {k: v for k, v in whole.items() if len(v) <= 2000}
        assert limits_told(found) == ["MaxFileSize"]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_nothing_is_decoded_for_what_is_out_of_reach(generation: str) -> None:
    """The first member has 3339 bytes: neither it nor what stands on it can be had."""
    limits = Limits(max_file_size=2000, max_scan_size=3000)
    budget = Budget(limits)
    found = list(RarHandler().extract(Fmap.from_bytes(sample(f"{generation}-solid")), budget))
    assert contents(found) == {}
    assert limits_told(found)[0] == "MaxFileSize"
    assert len(problems(found)) == sum(isinstance(event, Member) for event in found)
    assert budget.shared_allowance() == Budget(limits).shared_allowance()


@pytest.mark.parametrize("generation", GENERATIONS)
def test_what_max_scan_size_cuts_off_is_told(generation: str) -> None:
    for name in (generation, f"{generation}-solid"):
        found = events(sample(name), Limits(max_file_size=0, max_scan_size=4000))
        assert 1 <= len(contents(found)) < 4
        assert "MaxScanSize" in limits_told(found)


def test_volumes() -> None:
    first = events(sample("rar50-volume1"))
    text = contents(events(sample("rar50")))[b"folder/a.txt"]
    found = contents(first)[b"big.txt"]
    assert found.startswith(text[:2000])
    assert problems(first) == ["big.txt: parts of it are in other volumes"]
    second = events(sample("rar50-volume2"))
    assert not contents(second)
    assert len(problems(second)) == 1


def test_stored_volumes_are_scanned_part_by_part() -> None:
    parts = [
        contents(events(sample(f"rar50-stored-volume{number}")))[b"noise"] for number in (1, 2)
    ]
    assert [len(part) > 300 for part in parts] == [True, True]
    whole = b"".join(parts)
    assert whole[: len(whole) // 2] == whole[len(whole) // 2 :]


@pytest.mark.parametrize("name", ["rar20-encrypted", "rar30-encrypted", "rar50-encrypted"])
def test_encrypted_members(name: str) -> None:
    found = events(sample(name))
    assert [event.name for event in found if isinstance(event, Finding)] == [
        "Heuristics.Encrypted.RAR"
    ]
    assert all(event.encrypted for event in found if isinstance(event, Member))
    assert problems(found) == ["encrypted members, such as folder/a.txt"]
    assert not contents(found)


@pytest.mark.parametrize("name", ["rar30-encrypted-headers", "rar50-encrypted-headers"])
def test_encrypted_headers(name: str) -> None:
    walk = RarHandler().extract(Fmap.from_bytes(sample(name)), Budget(Limits()))
    assert next(walk) == Finding("Heuristics.Encrypted.RAR", "alert_encrypted_archive")
    with pytest.raises(Encrypted):
        next(walk)


@pytest.mark.parametrize("name", ["rar40", "rar50"])
def test_every_cut_is_told(name: str) -> None:
    """Cut anywhere, what is there is scanned and the rest is told."""
    data = sample(name)
    whole = contents(events(data))
    most = 0
    for end in range(30, len(data) - 8, 41):
        try:
            found = events(data[:end])
        except Corrupt:
            assert end < 100  # before the first member
            continue
        if name == "rar50":  # only there the end has a mark
            assert problems(found), end
        most = max(most, len(contents(found)))
        for member, content in list(contents(found).items())[:-1]:
            assert content == whole[member]
    assert most >= 3


def with_wrong_checksum(name: str) -> bytes:
    """The first member's checksum changed, and that of the header made right again."""
    data = bytearray(sample(name))
    if name.startswith("rar13"):
        at = data.index(b"folder/a.txt") - 21
        data[at + 8] ^= 0xFF
        return bytes(data)
    at = data.index(b"folder/a.txt") - 32
    size = int.from_bytes(data[at + 5 : at + 7], "little")
    data[at + 16] ^= 0xFF
    data[at : at + 2] = zlib.crc32(data[at + 2 : at + size]).to_bytes(4, "little")[:2]
    return bytes(data)


@pytest.mark.parametrize(
    "name", ["rar13-solid", "rar15-solid", "rar20-solid", "rar29-solid", "rar40-solid"]
)
def test_a_wrong_checksum_ends_nothing(name: str) -> None:
    """Of a solid archive all others stand on the first member."""
    assert with_wrong_checksum(name) != sample(name)
    members = [event for event in events(with_wrong_checksum(name)) if isinstance(event, Member)]
    assert [member.crc for member in members][1:] == [
        event.crc for event in events(sample(name)) if isinstance(event, Member)
    ][1:]
    assert contents(events(with_wrong_checksum(name))) == contents(events(sample(name)))
    told = [
        event.reason for event in events(with_wrong_checksum(name)) if isinstance(event, Problem)
    ]
    assert ["another checksum" in reason for reason in told] == [True]


def block_starts(data: bytes | bytearray) -> list[int]:
    """Of RAR 1.5 to 4: where the headers begin, the mark left out."""
    starts, at = [], 7
    while at < len(data):
        starts.append(at)
        flags, size = struct.unpack_from("<HH", data, at + 3)
        at += size + (int.from_bytes(data[at + 7 : at + 11], "little") if flags & 0x8000 else 0)
    return starts


@pytest.mark.parametrize("name", ["rar15", "rar20-solid", "rar29", "rar40", "rar50", "rar70-solid"])
def test_headers_with_wrong_checksums_are_read(name: str) -> None:
    data = bytearray(sample(name))
    for at in [8] if name >= "rar50" else block_starts(data):
        data[at] ^= 0xFF
    assert data != sample(name)
    found = events(bytes(data))
    assert contents(found) == contents(events(sample(name)))
    assert not problems(found)


def test_owners_by_rar_2_for_unix_hide_nothing_behind_them() -> None:
    """Their checksum counts the names, which stand behind the header."""
    data = sample("rar20")
    second = block_starts(data)[2]
    head = struct.pack("<BHHIHBHH", 0x77, 0x8000, 18, 8, 0x101, 0, 4, 4)
    owner = zlib.crc32(head + b"rootroot").to_bytes(4, "little")[:2] + head + b"rootroot"
    found = events(data[:second] + owner + data[second:])
    assert contents(found) == contents(events(data))
    assert not problems(found)


def with_dictionary(data: bytes, power: int) -> bytes:
    """With a dictionary of 128 KiB times two to the `power` for the first member."""
    out = bytearray(data)
    at = 8
    while True:
        size, start = number(data, at + 4)
        kind, place = number(data, start)
        flags, place = number(data, place)
        _, place = number(data, place) if flags & 1 else (0, place)
        packed, place = number(data, place) if flags & 2 else (0, place)
        if kind == 2:
            break
        at = start + size + packed
    own_flags, place = number(data, place)
    _, place = number(data, place)
    _, place = number(data, place)
    place += 4 * bool(own_flags & 2) + 4 * bool(own_flags & 4)
    info, end = number(data, place)
    info = info & ~(0xF << 10) | power << 10
    assert end - place == 2
    out[place:end] = bytes([info & 0x7F | 0x80, info >> 7])
    out[at : at + 4] = zlib.crc32(out[at + 4 : start + size]).to_bytes(4, "little")
    return bytes(out)


def test_a_dictionary_larger_than_memory() -> None:
    """Up to 1 GiB the window grows with the content; a larger one is refused, and told."""
    whole = contents(events(sample("rar50")))
    assert contents(events(with_dictionary(sample("rar50"), 13))) == whole
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = events(with_dictionary(sample("rar50"), 15))  # 4 GiB
    assert problems(found) == [
        "folder/a.txt: the compressed data asks for too large a dictionary after 0 bytes"
    ]
    assert len(contents(found)) == 3
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10  # KiB


def test_more_headers_than_wanted_are_not_read() -> None:
    archive = rar.Rar(Fmap.from_bytes(sample("rar50")), Budget(Limits()), 3)
    assert 0 < len(archive.entries()) < 4
    assert archive.damaged_at


def test_time_is_up() -> None:
    budget = Budget(Limits(max_scan_time=1))
    budget._deadline = 0.0  # long ago
    with pytest.raises((LimitExceeded, Corrupt)):
        list(RarHandler().extract(Fmap.from_bytes(sample("rar50")), budget))


def events_with(data: bytes, *passwords: bytes) -> list[Event]:
    budget = Budget(Limits(), passwords={FileType.RAR: passwords})
    return list(RarHandler().extract(Fmap.from_bytes(data), budget))


ENCRYPTED = (
    "rar13-encrypted",
    "rar15-encrypted",
    "rar40-encrypted-solid",
    "rar40-encrypted-stored",
    "rar50-encrypted-solid",
    "rar50-encrypted-stored",
    "rar20-encrypted",
    "rar30-encrypted",
    "rar30-encrypted-headers",
    "rar50-encrypted",
    "rar50-encrypted-headers",
)


@pytest.mark.parametrize("name", ENCRYPTED)
def test_a_password_opens_what_is_encrypted(name: str) -> None:
    found = events_with(sample(name), b"wrong", b"secret")
    whole = contents(events(sample("rar50")))
    opened = contents(found)
    assert len(opened) == sum(isinstance(event, Member) for event in found) > 1
    assert opened == {member: whole[member] for member in opened}
    assert all(event.encrypted for event in found if isinstance(event, Member))
    assert not problems(found)
    assert sum(isinstance(event, Finding) for event in found) >= 1


def test_members_may_have_other_passwords() -> None:
    data = sample("rar50-two-passwords")
    for passwords in ((b"first", b"wrong", b"second"), (b"second", b"first")):
        found = events_with(data, *passwords)
        assert list(contents(found)) == [b"one.txt", b"two.txt"]
        assert not problems(found)
    one = events_with(data, b"wrong", b"second")
    assert list(contents(one)) == [b"two.txt"]
    assert len(problems(one)) == 1
    assert problems(one)[0].startswith("one.txt: ")


def test_a_damaged_member_does_not_hide_that_a_password_fits() -> None:
    data = bytearray(sample("rar50-two-passwords"))
    data[data.index(b"one.txt") + 110] ^= 1  # its data
    found = events_with(bytes(data), b"second", b"first")
    assert list(contents(found)) == [b"two.txt"]


@pytest.mark.parametrize("name", ENCRYPTED)
def test_wrong_passwords_change_nothing(name: str) -> None:
    walk = RarHandler().extract(Fmap.from_bytes(sample(name)), Budget(Limits()))
    if "headers" not in name:
        assert events_with(sample(name), b"wrong", b"\xff", b"") == list(walk)
        return
    with pytest.raises(Encrypted):
        events_with(sample(name), b"wrong", b"\xff", b"")


@pytest.mark.parametrize("name", [name for name in ENCRYPTED if "headers" not in name])
def test_damage_behind_the_right_password_is_told(name: str) -> None:
    """The first member is large and tries no password; what is lost of it is said."""
    data = bytearray(sample(name))
    first = next(event for event in events(bytes(data)) if isinstance(event, Member))
    data[data.index(first.name) + len(first.name) + 100] ^= 1
    found = events_with(bytes(data), b"secret")
    assert any("folder/a.txt" in problem for problem in problems(found))


@pytest.mark.parametrize("case", ["rar29", "rar40", "rar50", "rar70"])
def test_alternate_streams_come_behind_the_files(case: str) -> None:
    whole = contents(events(sample("rar50")))
    *others, (_, last) = whole.items()
    found = events(with_stream(sample(case)))
    name = others[-1][0] + (b":hidden.exe" if case in {"rar50", "rar70"} else b":")
    assert contents(found) == {**dict(others), name: last}
    assert not problems(found)
