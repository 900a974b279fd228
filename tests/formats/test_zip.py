"""What ZIP archives may say and what is made of it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass, field

import pytest

from nacre.formats.archive.zip import ZipHandler
from nacre.model import event as told
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt, LimitExceeded
from nacre.model.event import Child, Event, Finding, Problem
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits


@dataclass
class Member:
    """One member; the fields of its headers may contradict it and each other."""

    content: bytes
    name: bytes = b"member"
    deflated: bool = True
    local: dict[str, int] = field(default_factory=dict)
    central: dict[str, int] = field(default_factory=dict)
    listed: bool = True

    @property
    def packed(self) -> bytes:
        if not self.deflated:
            return self.content
        squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return squeezer.compress(self.content) + squeezer.flush()

    def fields(self, lies: dict[str, int]) -> list[int]:
        truth = {
            "flags": 0,
            "method": 8 if self.deflated else 0,
            "packed": len(self.packed),
            "size": len(self.content),
        }
        return list({**truth, **lies}.values())


def archive(*members: Member, directory: bool = True) -> bytes:
    body, entries = b"", []
    for member in members:
        if member.listed:
            flags, method, packed, size = member.fields(member.central)
            entries.append(
                struct.pack("<4s4xHH8xII", b"PK\1\2", flags, method, packed, size)
                + struct.pack("<H12xI", len(member.name), len(body))
                + member.name
            )
        flags, method, packed, size = member.fields(member.local)
        body += struct.pack("<4sHHH8xII", b"PK\3\4", 20, flags, method, packed, size)
        body += struct.pack("<HH", len(member.name), 0) + member.name + member.packed
    listing = b"".join(entries)
    end = struct.pack("<4s4xHHIIH", b"PK\5\6", *[len(entries)] * 2, len(listing), len(body), 0)
    return body + listing + end if directory else body


def events(data: bytes, limits: Limits | None = None) -> list[Event]:
    """All but what the headers say of the members."""
    budget = Budget(limits or Limits())
    budget.charge(len(data))
    found: list[Event] = []
    for event in ZipHandler().extract(Fmap.from_bytes(data), budget):
        if isinstance(event, Child):
            budget.charge(len(event.data))
        if not isinstance(event, told.Member):
            found.append(event)
    return found


def members(data: bytes) -> list[told.Member]:
    found = ZipHandler().extract(Fmap.from_bytes(data), Budget(Limits()))
    return [event for event in found if isinstance(event, told.Member)]


def contents(data: bytes, limits: Limits | None = None) -> list[bytes]:
    return [
        event.data.read(0, len(event.data))
        for event in events(data, limits)
        if isinstance(event, Child)
    ]


A, B = b"first content, " * 20, b"second content, " * 20


@pytest.mark.parametrize("deflated", [True, False])
@pytest.mark.parametrize("field_name", ["packed", "size"])
@pytest.mark.parametrize("value", [0, 3, 10**6, 0xFFFF_FFFE])
@pytest.mark.parametrize("where", ["local", "central"])
def test_a_lying_size_hides_nothing(
    where: str, value: int, field_name: str, *, deflated: bool
) -> None:
    lies = {where: {field_name: value}}
    data = archive(Member(A, deflated=deflated, **lies), Member(B))  # type: ignore[arg-type]
    found = contents(data)
    assert any(content.startswith(A) for content in found)
    assert B in found


@pytest.mark.parametrize("deflated", [True, False])
@pytest.mark.parametrize("where", ["local", "central"])
def test_where_the_methods_differ_both_are_tried(where: str, *, deflated: bool) -> None:
    lies = {where: {"method": 0 if deflated else 8}}
    assert A in contents(archive(Member(A, deflated=deflated, **lies)))  # type: ignore[arg-type]


def test_deflated_but_called_stored_is_read_both_ways() -> None:
    member = Member(A, local={"method": 0}, central={"method": 0})
    assert contents(archive(member)) == [member.packed, A]


def test_members_that_the_directory_leaves_out() -> None:
    data = archive(Member(A, listed=False), Member(B), Member(b"third one", listed=False))
    assert contents(data) == [A, B, b"third one"]


def test_no_directory_at_all() -> None:
    assert contents(archive(Member(A), Member(B, deflated=False), directory=False)) == [A, B]


def test_a_member_is_told_by_both_headers_where_they_differ() -> None:
    lying = Member(A, b"lying", local={"flags": 1, "size": 7}, central={"packed": 9})
    hidden = Member(b"hidden", b"unlisted", deflated=False, listed=False)
    data = archive(Member(B, b"true"), lying, hidden)
    packed = len(lying.packed)
    assert members(data) == [
        told.Member(b"true", len(Member(B).packed), len(B), 1),
        told.Member(b"lying", 9, len(A), 2),
        told.Member(b"lying", packed, 7, 2, encrypted=True),
        told.Member(b"unlisted", 6, 6, 0),
    ]


def test_members_are_told_before_their_content() -> None:
    found = ZipHandler().extract(Fmap.from_bytes(archive(Member(A), Member(B))), Budget(Limits()))
    assert [type(event) for event in found] == [told.Member, told.Member, Child, Child]


def test_two_archives_in_one_file() -> None:
    assert contents(archive(Member(A)) + archive(Member(B))) == [A, B]


def test_an_end_record_in_the_comment() -> None:
    data = archive(Member(A))
    fake = struct.pack("<4s18x", b"PK\5\6")
    assert contents(data[:-2] + struct.pack("<H", len(fake)) + fake) == [A]


def test_stored_with_descriptor_and_no_directory() -> None:
    sizeless = {"flags": 8, "packed": 0, "size": 0}
    data = b"".join(
        archive(Member(content, deflated=False, local=sizeless), directory=False)
        + struct.pack("<4sIII", b"PK\7\x08", 0, len(content), len(content))
        for content in (A, B)
    )
    assert contents(data) == [A, B]


def test_encrypted_is_told_by_the_local_header_only() -> None:
    data = archive(Member(A, local={"flags": 1}), Member(A, local={"flags": 1}), Member(B))
    assert events(data)[:2] == [
        Finding("Heuristics.Encrypted.Zip", "alert_encrypted_archive"),
        Problem("encrypted members, such as member"),
    ]
    assert contents(data) == [B]
    assert contents(archive(Member(A, central={"flags": 1}))) == [A]


@pytest.mark.parametrize("lie", [{"flags": 1}, {"method": 4660}])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_checksum_shows_what_a_member_is(lie: dict[str, int], method: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as writer:
        writer.writestr("member", A)
    data = bytearray(out.getvalue())
    at = {"flags": (6, 8), "method": (8, 10)}
    for name, value in lie.items():
        struct.pack_into("<H", data, at[name][0], value)
        struct.pack_into("<H", data, data.find(b"PK\1\2") + at[name][1], value)
    assert contents(bytes(data)) == [A]
    assert not [event for event in events(bytes(data)) if isinstance(event, Problem)]
    struct.pack_into("<I", data, 14, 1)
    struct.pack_into("<I", data, data.find(b"PK\1\2") + 16, 1)
    assert [event for event in events(bytes(data)) if isinstance(event, Problem)]


def test_an_unknown_method_is_named() -> None:
    data = archive(Member(A, local={"method": 97}, central={"method": 97}))
    assert events(data) == [Problem("member: method 97 (wavpack) is not decoded")]


def test_of_what_is_a_member_by_chance_nothing_is_told() -> None:
    """Bytes of programs that look like a header have names that nobody gives."""

    def strange(name: bytes) -> Member:
        return Member(A, name, local={"method": 97}, central={"method": 97})

    told = Problem("\x01\x00\\x9d: method 97 (wavpack) is not decoded")
    assert events(archive(strange(b"\1\0\x9d"))) == [told]
    others = (strange(b"\1\0\x9d"), strange(b"\x1b$B"), Member(B))
    found = events(b"program" + archive(*others, directory=False))
    assert found[0] == Problem("\x1b$B: method 97 (wavpack) is not decoded")
    assert [type(event) for event in found] == [Problem, Child]
    assert events(archive(strange(b"\1"), directory=False)) != []  # the layer is one


def overlapping(count: int, by: int) -> bytes:
    lies = {"packed": 100 + by}
    return archive(*[Member(bytes(100), deflated=False, local=lies)] * count)


@pytest.mark.parametrize(("count", "by"), [(6, 50), (40, 2)])
def test_some_overlap_is_taken_as_it_is(count: int, by: int) -> None:
    assert len(contents(overlapping(count, by))) >= count


@pytest.mark.parametrize(("count", "by"), [(7, 50), (7, 3)])
def test_more_overlap_is_a_finding_and_the_end(count: int, by: int) -> None:
    found = []
    with pytest.raises(Corrupt):
        found.extend(events(overlapping(count, by)))
    data = Fmap.from_bytes(overlapping(count, by))
    extraction = ZipHandler().extract(data, Budget(Limits()))
    first = next(event for event in extraction if not isinstance(event, told.Member))
    assert first == Finding("Heuristics.Zip.OverlappingFiles", "heuristic_alerts")


def test_many_entries_for_one_member_are_one_child() -> None:
    data = bytearray(archive(Member(A)))
    start, end = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    entry = data[start:end]
    data[start:] = entry * 3000 + struct.pack(
        "<4s4xHHIIH", b"PK\5\6", 3000, 3000, 3000 * len(entry), start, 0
    )
    assert contents(bytes(data)) == [A]


@pytest.mark.parametrize("deflated", [True, False])
def test_a_member_over_max_file_size_is_cut_there(*, deflated: bool) -> None:
    limits = Limits(max_file_size=5000)
    data = archive(Member(bytes(4990) + A, deflated=deflated), Member(B))
    if not deflated:  # the archive itself would be over the limit, but the engine sees to that
        limits = Limits(max_file_size=5000, max_scan_size=0)
    budget = Budget(limits)
    found = list(ZipHandler().extract(Fmap.from_bytes(data), budget))
    assert [len(event.data) for event in found if isinstance(event, Child)] == [5000, len(B)]
    assert Problem("member: cut at MaxFileSize, 5000 bytes scanned") in found


def test_a_member_over_what_max_scan_size_leaves_is_skipped() -> None:
    data = archive(Member(bytes(5000)), Member(B))
    size = len(data) + len(B)
    assert contents(data, Limits(max_scan_size=size)) == [B]
    assert contents(data, Limits(max_scan_size=size + 5000)) == [bytes(5000), B]
    assert Problem("member: more than MaxScanSize leaves", "MaxScanSize") in events(
        data, Limits(max_scan_size=size)
    )


def test_max_files_ends_the_archive() -> None:
    data = archive(*[Member(A)] * 5)
    with pytest.raises(LimitExceeded, match="MaxFiles"):
        events(data, Limits(max_files=3))


def test_decoding_in_vain_has_an_end() -> None:
    # Each of fifty members is one byte too large, which shows only at its end.
    data = archive(*[Member(bytes(1 << 20))] * 50, Member(A))
    budget = Budget(Limits(max_scan_size=(1 << 20) - 1))
    found = list(ZipHandler().extract(Fmap.from_bytes(data), budget))
    assert [event.data.read(0, 9999) for event in found if isinstance(event, Child)] == [A]
    assert [event.limit for event in found if isinstance(event, Problem)] == ["MaxScanSize"] * 50
    assert budget.allowance() == 16 << 10


def test_broken_members_do_not_fill_the_report() -> None:
    data = archive(*[Member(A, local={"method": 98}, central={"method": 98})] * 500)
    assert len(events(data)) == 101


def test_directory_entries_are_bounded() -> None:
    data = archive(*[Member(b"", deflated=False)] * 100)
    found = events(data, Limits(max_files=4))
    assert Problem("only the first 80 members were looked at", "MaxFiles") in found


def test_headers_without_entries_are_bounded() -> None:
    data = archive(*[Member(b"", deflated=False)] * 100, directory=False)
    found = events(data, Limits(max_files=4))
    assert found == [Problem("only the first 80 members were looked at", "MaxFiles")]


def test_offsets_beyond_any_file() -> None:
    extra = struct.pack("<HHQQQ", 1, 24, 2**64 - 1, 2**64 - 1, 2**64 - 1)
    entry = struct.pack("<4s16xIIHH10xI", b"PK\1\2", *[2**32 - 1] * 2, 0, len(extra), 2**32 - 1)
    end64 = struct.pack("<4s28xQQQ", b"PK\6\6", 1, len(entry + extra), 0)
    locator = struct.pack("<4s4xQ4x", b"PK\6\7", len(entry + extra))
    end = struct.pack("<4s4xHHIIH", b"PK\5\6", 1, 1, 2**32 - 1, 2**32 - 1, 0)
    assert events(entry + extra + end64 + locator + end) == [
        Problem("1 directory entries point to no member")
    ]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_what_zipfile_writes(method: int) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as target:
        target.mkdir("folder")
        for number in range(200):
            target.writestr(f"folder/{number}", str(number) * 50)
    expected = [(str(number) * 50).encode() for number in range(200)]
    assert contents(file.getvalue()) == expected


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("layout", ["<3I", "<I2Q"])
def test_stored_with_a_descriptor_that_only_it_has_sizes_in(layout: str, *, marked: bool) -> None:
    content = b"stored content, " * 9
    lies = {"flags": 8, "packed": 0, "size": 0}
    whole = archive(Member(content, deflated=False, local=lies, central=lies))
    end = whole.index(b"PK\1\2")
    descriptor = struct.pack(layout, zlib.crc32(content), len(content), len(content))
    behind = (b"PK\7\x08" if marked else b"") + descriptor
    assert contents(whole[:end] + behind) == [content]
    tail = bytearray(whole[end:])
    struct.pack_into("<I", tail, tail.index(b"PK\5\6") + 16, end + len(behind))
    assert contents(whole[:end] + behind + tail) == [content]


def test_a_stream_without_its_last_byte() -> None:
    content = bytes(range(256)) * 9
    one = Member(content)
    data = archive(one, Member(b"another"), directory=False)
    data = data[:14] + struct.pack("<I", zlib.crc32(content)) + data[18:]
    end = 36 + len(one.packed)
    cut = data[:18] + struct.pack("<I", len(one.packed) - 1) + data[22 : end - 1] + data[end:]
    assert contents(cut) == [content, b"another"]


def test_a_first_header_that_does_not_look_like_one() -> None:
    for lie in ({}, {"method": 0x1234}):
        data = bytearray(archive(Member(A, local=lie), directory=False))
        data[4] = 200  # the version
        assert contents(bytes(data)) == ([] if lie else [A])
        assert bool(problems(bytes(data))) == bool(lie)


def test_an_entry_of_a_member_that_is_cut_in_front_is_told() -> None:
    data = archive(Member(b"one"), Member(b"two"))
    assert any("point to no member" in reason for reason in problems(data[1:]))
    second = data.index(b"PK\3\4", 4)
    assert contents(data[second:]) == [b"two"]
    assert not problems(data[second:])


def problems(data: bytes) -> list[str]:
    return [event.reason for event in events(data) if isinstance(event, Problem)]
