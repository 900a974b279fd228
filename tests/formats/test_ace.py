"""ACE archives: what the encoder writes is read, and what headers may say."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ace
from nacre.filetype.own import own_type
from nacre.formats.archive.ace import AceHandler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt, FormatError, LimitExceeded
from nacre.model.event import Child, Member, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

if TYPE_CHECKING:
    from nacre.model.event import Event

TEXT = b"".join(b"line %d of a text, and the same again; " % (number % 40) for number in range(900))
CODE = bytes(range(256)) * 30 + b"\xe8\x10\0\0\0\x90\xe9\x20\0\x90" * 400 + bytes(40_000)


def events(data: bytes, limits: Limits | None = None) -> list[Event]:
    return list(AceHandler().extract(Fmap.from_bytes(data), Budget(limits or Limits())))


def contents(found: list[Event]) -> list[bytes]:
    return [one.data.read(0, len(one.data)) for one in found if isinstance(one, Child)]


def reasons(found: list[Event]) -> list[str]:
    return [one.reason for one in found if isinstance(one, Problem)]


FILES = {
    "stored": ace.File("a", TEXT),
    "lz77": ace.File("a", TEXT + CODE, ace.LZ77, ace.lz77(TEXT + CODE)),
    "exe": ace.File(
        "a", TEXT + CODE + TEXT, ace.BLOCKED,
        ace.blocked([((0,), TEXT), ((ace.MODE_EXE, 1), CODE), ((0,), TEXT)]),
    ),
    "short-exe": ace.File("a", CODE, ace.BLOCKED, ace.blocked([((ace.MODE_EXE, 0), CODE)])),
    "delta": ace.File(
        "a", CODE[:9000] + TEXT[:1200], ace.BLOCKED,
        ace.blocked([((ace.MODE_DELTA, 3), CODE[:9000]), ((ace.MODE_DELTA, 4), TEXT[:1200])]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_methods_are_decoded(name: str) -> None:
    data = ace.archive([FILES[name]])
    assert own_type(Fmap.from_bytes(data)) is FileType.ACE
    found = events(data)
    assert reasons(found) == []
    assert contents(found) == [FILES[name].content]


def test_members_of_a_solid_archive_stand_on_those_before() -> None:
    last = ace.lz77(TEXT + CODE, TEXT + CODE)
    files = [
        ace.File("one", TEXT, ace.LZ77, ace.lz77(TEXT)),
        ace.File("two", CODE),
        ace.File("three", TEXT + CODE, ace.LZ77, last),
    ]
    found = events(ace.archive(files, ace.SOLID))
    assert reasons(found) == []
    assert contents(found) == [TEXT, CODE, TEXT + CODE]
    assert "three: the compressed data is damaged" in reasons(events(ace.archive(files)))[0]


def test_one_that_is_too_large_is_decoded_for_those_behind_it() -> None:
    last = ace.lz77(TEXT[:5000], TEXT)
    files = [
        ace.File("one", TEXT, ace.LZ77, ace.lz77(TEXT)),
        ace.File("two", TEXT[:5000], ace.LZ77, last),
    ]
    found = events(ace.archive(files, ace.SOLID), Limits(max_file_size=6000))
    assert contents(found) == [TEXT[:5000]]
    assert [one.limit for one in found if isinstance(one, Problem)] == ["MaxFileSize"]


def test_what_is_behind_a_damaged_member_of_a_solid_archive_is_told() -> None:
    packed = bytearray(ace.lz77(TEXT))
    packed[-len(packed) // 3 :] = bytes(len(packed) // 3)
    files = [
        ace.File("one", TEXT, ace.LZ77, bytes(packed[: len(packed) // 2])),
        ace.File("two", TEXT),
    ]
    told = reasons(events(ace.archive(files, ace.SOLID)))
    assert "one: the compressed data ends early" in told[0]
    assert told[1] == "two: what it stands on is not here"


def test_limits_hold() -> None:
    large = ace.archive([ace.File("a", bytes(300_000), ace.LZ77, ace.lz77(bytes(300_000)))])
    assert len(large) < 6000
    found = events(large, Limits(max_file_size=100_000))
    assert contents(found) == []
    assert "MaxFileSize" in reasons(found)[0]


def test_behind_a_program_the_checksum_decides() -> None:
    data = ace.archive([ace.File("a", TEXT)])
    program = b"MZ" + bytes(500) + b"**ACE**" + bytes(100)
    assert own_type(Fmap.from_bytes(program + data)) is FileType.ACE
    assert contents(events(program + data)) == [TEXT]
    assert own_type(Fmap.from_bytes(program)) is None
    with pytest.raises(Corrupt):
        events(program)


def test_lying_modes_end() -> None:
    for mode in ((9,), (ace.MODE_DELTA, 0, 100), (ace.MODE_DELTA, 9, 5), (ace.MODE_SOUND_8,)):
        bits = ace.Bits()
        ace.write_symbols(bits, [(ace.CHANGE, *mode)])
        found = events(ace.archive([ace.File("a", TEXT, ace.BLOCKED, bits.finish())]))
        assert contents(found) == []
        assert "after 0 bytes" in reasons(found)[0]
    bits = ace.Bits()
    ace.write_symbols(bits, [(ace.CHANGE, ace.MODE_PICTURE)])
    bits.golomb_rice(1 << 21, 12)
    bits.golomb_rice(1, 2)
    found = events(ace.archive([ace.File("a", TEXT, ace.BLOCKED, bits.finish())]))
    assert "after 0 bytes" in reasons(found)[0]


@given(st.data())
def test_any_bytes_end(draw: st.DataObject) -> None:
    name = draw.draw(st.sampled_from(["lz77", "exe", "delta"]))
    packed = bytearray(FILES[name].packed or b"")
    for _ in range(draw.draw(st.integers(0, 8))):
        packed[draw.draw(st.integers(0, len(packed) - 1))] = draw.draw(st.integers(0, 255))
    method = FILES[name].method
    data = ace.archive([ace.File("a", FILES[name].content, method, bytes(packed))])
    with contextlib.suppress(FormatError, LimitExceeded):
        found = events(data[: draw.draw(st.integers(0, len(data)))])
        assert sum(isinstance(one, Member) for one in found) <= 1
