"""What tar archives may say and what is made of it."""

from __future__ import annotations

import pytest

from nacre.formats.archive.tar import TarHandler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt, LimitExceeded
from nacre.model.event import Child, Event, Problem
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

A, B, C = b"first content, " * 40, b"second content, " * 40, b"third content, " * 40
END = bytes(1024)


def padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 512)


def header(
    name: bytes,
    size: bytes,
    kind: bytes = b"0",
    *,
    magic: bytes = b"ustar\0" + b"00",
    checksum: bytes | None = None,
) -> bytes:
    block = bytearray(512)
    block[: len(name)] = name
    block[124 : 124 + len(size)] = size
    block[148:156] = b" " * 8
    block[156:157] = kind
    block[257 : 257 + len(magic)] = magic
    block[148:156] = b"%06o\0 " % sum(block) if checksum is None else checksum
    return bytes(block)


def member(content: bytes, name: bytes = b"name", kind: bytes = b"0", **fields: bytes) -> bytes:
    size = fields.pop("size", b"%011o\0" % len(content))
    return header(name, size, kind, **fields) + padded(content)


def events(data: bytes, limits: Limits | None = None) -> list[Event]:
    budget = Budget(limits or Limits())
    budget.charge(len(data))
    found: list[Event] = []
    for event in TarHandler().extract(Fmap.from_bytes(data), budget):
        if isinstance(event, Child):
            budget.charge(len(event.data))
        found.append(event)
    return found


def contents(data: bytes, limits: Limits | None = None) -> list[bytes]:
    return [
        event.data.read(0, len(event.data))
        for event in events(data, limits)
        if isinstance(event, Child)
    ]


@pytest.mark.parametrize("kind", [b"0", b"\0", b"7", b" ", b"M", b"D", b"Z", b"A", b"9"])
def test_regular_files_and_unknown_types(kind: bytes) -> None:
    assert contents(member(A, kind=kind) + member(B) + END) == [A, B]


@pytest.mark.parametrize("kind", [b"1", b"2", b"3", b"4", b"5", b"6", b"V", b"K", b"N", b"g"])
def test_what_is_no_file(kind: bytes) -> None:
    assert contents(member(A, kind=kind) + member(B) + END) == [B]


@pytest.mark.parametrize("size", [b"+%010o\0", b"\t%010o\0", b"\n +%o \0"])
def test_sizes_as_scanf_reads_them(size: bytes) -> None:
    assert contents(member(A, size=size % len(A)) + END) == [A]


@pytest.mark.parametrize("kind", [b"1", b"5"])
def test_a_link_or_folder_with_a_size_and_no_content(kind: bytes) -> None:
    assert contents(header(b"x", b"%011o\0" % 700, kind) + member(B) + END) == [B]


@pytest.mark.parametrize(
    "size",
    [
        b"%012o" % len(A),
        b"%11o " % len(A),
        b"%o" % len(A) + b"junk",
        b"\x80" + len(A).to_bytes(11, "big"),
    ],
)
def test_sizes_in_all_spellings(size: bytes) -> None:
    assert contents(member(A, size=size) + member(B) + END) == [A, B]


@pytest.mark.parametrize("size", [b"zzzz", b"-1", b"\xff" * 12])
def test_no_size_is_told_and_passed_over(size: bytes) -> None:
    found = events(member(A, size=size) + member(B) + END)
    assert found[0] == Problem("name: no size")
    assert [event.data.read(0, 9999) for event in found if isinstance(event, Child)] == [B]


@pytest.mark.parametrize("size", [b"77777777777\0", b"\x80" + b"\x7f" * 11, b"%011o\0" % 5000])
def test_a_size_beyond_the_end_hides_nothing(size: bytes) -> None:
    rest = padded(A) + member(B) + END
    assert contents(header(b"x", size) + rest) == [rest, B]


@pytest.mark.parametrize("checksum", [b"000001\0 ", b"junkjunk", bytes(8)])
def test_a_damaged_header_costs_one_member(checksum: bytes) -> None:
    data = member(A) + member(B, checksum=checksum) + member(C) + END
    assert contents(data) == [A, C]
    assert events(data)[-1] == Problem("blocks passed over, being neither header nor content: 3")


def test_signed_checksums() -> None:
    block = header("ü".encode("latin-1"), b"%011o\0" % len(A))
    total = sum(block[:148]) + 256 + sum(block[156:]) - 256
    signed = block[:148] + b"%06o\0 " % total + block[156:]
    assert contents(signed + padded(A) + END) == [A]


def test_archives_joined_with_cat() -> None:
    assert contents(member(A) + END + member(B) + END) == [A, B]


def test_a_pax_size_counts_more_than_the_field() -> None:
    record = b"%d size=%d\n" % (len(b"12 size=600\n"), len(A))
    assert len(A) == 600
    pax = member(record, b"pax", b"x")
    assert contents(pax + member(A, size=b"0") + member(B) + END) == [A, B]


def test_names() -> None:
    long = b"n" * 300
    data = member(long + b"\0", b"././@LongLink", b"L") + member(A) + member(B, b"b") + END
    assert [event.name for event in events(data) if isinstance(event, Child)] == [long, b"b"]


def test_junk_is_no_tar() -> None:
    with pytest.raises(Corrupt):
        events(b"\xaa" * 5000)


def test_limits() -> None:
    data = member(A) + member(B, b"b") + END
    limits = Limits(max_file_size=len(A))
    budget = Budget(limits)
    found = list(TarHandler().extract(Fmap.from_bytes(data), budget))
    assert [event.name for event in found if isinstance(event, Child)] == [b"name"]
    assert [event.limit for event in found if isinstance(event, Problem)] == ["MaxFileSize"]
    assert contents(data, Limits(max_scan_size=len(data) + len(A))) == [A]
    with pytest.raises(LimitExceeded, match="MaxFiles"):
        events(data, Limits(max_files=2))


def test_a_sparse_file_too_large_to_expand_is_scanned_without_holes() -> None:
    block = bytearray(header(b"sparse", b"%011o\0" % len(A), b"S"))
    block[386:410] = b"%011o\0%011o\0" % (1 << 30, len(A))
    block[483:495] = b"%011o\0" % ((1 << 30) + len(A))
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    assert contents(bytes(block) + padded(A) + END) == [A]


def pax(record: bytes, size: bytes = b"%011o\0" % 512) -> bytes:
    return header(b"pax", size, b"x") + padded(b"%d %s\n" % (len(record) + 4, record))


@pytest.mark.parametrize("said", [b"3", b"0", b"99999"])
def test_a_pax_size_that_contradicts_the_header(said: bytes) -> None:
    record = pax(b"size=%s" % said)
    assert A in contents(record + member(A) + member(B) + END)
    assert B in contents(record + member(A) + member(B) + END)


def test_a_sparse_map_that_leaves_out_the_content() -> None:
    block = bytearray(header(b"sparse", b"%011o\0" % len(A), b"S"))
    block[386:410] = b"%011o\0%011o\0" % (0, 5)
    block[483:495] = b"%011o\0" % 5
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    assert contents(bytes(block) + padded(A) + END) == [A[:5], A]
    record = pax(b"GNU.sparse.size=%d" % len(A))
    assert contents(record + member(A) + END) == [bytes(len(A)), A]


def test_a_description_longer_than_the_archive_hides_no_member() -> None:
    data = pax(b"path=a", b"77777777777\0") + member(A) + END
    assert contents(data) == [A]
    assert any(isinstance(event, Problem) for event in events(data))


def test_what_is_behind_an_archive() -> None:
    other = padded(b"another file")
    assert contents(member(A) + END + other) == [A, other]
    assert contents(member(A) + END + other + member(B)) == [A, B, other + member(B)]
