"""Old and rare methods of ZIP, encrypted members, parts of split archives."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

import pkzip
from nacre.formats.archive.zip import ZipHandler
from nacre.model.budget import Budget
from nacre.model.event import Child, Event, Finding, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

SAMPLES = Path(__file__).parents[2] / "samples/archive/zip"
TEXTS = (
    b"a",
    b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" * 40,
    bytes(range(256)) * 5,
    b"".join(b"line %d\n" % (number * number % 997) for number in range(700)),
)


def events(data: bytes, *passwords: bytes, limits: Limits | None = None) -> list[Event]:
    budget = Budget(limits or Limits(), passwords={FileType.ZIP: passwords})
    found = ZipHandler().extract(Fmap.from_bytes(data), budget)
    return [event for event in found if isinstance(event, Child | Finding | Problem)]


def contents(found: list[Event]) -> list[bytes]:
    return [event.data.read(0, 1 << 20) for event in found if isinstance(event, Child)]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("most_codes", [280, 300, 8192])
def test_shrink(text: bytes, most_codes: int) -> None:
    found = events(pkzip.archive(text, pkzip.shrink(text, most_codes), 1))
    assert contents(found) == [text]
    assert len(found) == 1


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_reduce(text: bytes, factor: int) -> None:
    found = events(pkzip.archive(text, pkzip.reduce(text, factor), factor + 1))
    assert contents(found) == [text]
    assert len(found) == 1


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("large_window", [False, True])
@pytest.mark.parametrize("literal_tree", [False, True])
def test_implode(text: bytes, large_window: bool, literal_tree: bool) -> None:  # noqa: FBT001
    packed = pkzip.implode(text, large_window=large_window, literal_tree=literal_tree)
    flags = pkzip.implode_flags(large_window=large_window, literal_tree=literal_tree)
    found = events(pkzip.archive(text, packed, 6, flags))
    assert contents(found) == [text]
    assert len(found) == 1


@pytest.mark.parametrize(
    "case", ["shrink", "reduce-4", "implode-8k-3", "dcl-ascii-4k", "7zip-ppmd"]
)
def test_content_before_the_end_of_the_data_is_kept(case: str) -> None:
    data = (SAMPLES / f"{case}.in").read_bytes()
    whole = contents(events(data))[0]
    (packed,) = struct.unpack_from("<I", data, 18)
    found = events(data[: 37 + packed * 9 // 10])
    (part,) = contents(found)
    assert 0 < len(part) < len(whole)
    assert whole.startswith(part)
    assert isinstance(found[-1], Problem)


def test_a_directory_that_gives_another_size_is_believed_too() -> None:
    text = b"sixteen letters." * 8
    data = bytearray(pkzip.archive(text, pkzip.shrink(text), 1))
    struct.pack_into("<I", data, 22, 16)
    assert contents(events(bytes(data))) == [text[:16], text]


def test_the_output_is_bounded() -> None:
    text = bytes(100_000)
    packed = pkzip.implode(text[:2000], large_window=True, literal_tree=True)
    data = pkzip.archive(text[:2000], packed, 6, 6)
    found = events(data, limits=Limits(max_file_size=500))
    assert contents(found) == [text[:500]]


@pytest.mark.parametrize("case", ["encrypted", "aes"])
@pytest.mark.parametrize("passwords", [(b"secret",), (b"wrong", b"secret")])
def test_a_password_opens(case: str, passwords: tuple[bytes, ...]) -> None:
    found = events((SAMPLES / f"{case}.in").read_bytes(), *passwords)
    assert found[0] == Finding("Heuristics.Encrypted.Zip", "alert_encrypted_archive")
    assert contents(found) == contents(events((SAMPLES / "deflate.in").read_bytes()))[:1]
    assert len(found) == 1 + 1


@pytest.mark.parametrize("case", ["encrypted", "aes"])
@pytest.mark.parametrize("passwords", [(), tuple(b"wrong%d" % number for number in range(600))])
def test_wrong_passwords_open_nothing(case: str, passwords: tuple[bytes, ...]) -> None:
    found = events((SAMPLES / f"{case}.in").read_bytes(), *passwords)
    assert [type(event) for event in found] == [Finding, Problem]


def test_passwords_for_other_archives_are_not_tried() -> None:
    data = (SAMPLES / "encrypted.in").read_bytes()
    budget = Budget(Limits(), passwords={FileType.RAR: (b"secret",)})
    found = ZipHandler().extract(Fmap.from_bytes(data), budget)
    assert not any(isinstance(event, Child) for event in found)


def split(parts: int) -> list[bytes]:
    """A stored archive of four members, cut as `zip -s` does: no header crosses a border."""
    texts = [bytes((number,)) * 100 for number in b"abcd"]
    members = [pkzip.archive(text, text, 0, name=b"%c" % text[0]) for text in texts]
    size = 30 + 1 + 100
    locals_ = [member[:size] for member in members]
    per_part = len(locals_) // parts
    files = [b"".join(locals_[at : at + per_part]) for at in range(0, len(locals_), per_part)]
    files[0] = b"PK\7\10" + files[0]
    directory = b""
    for number, member in enumerate(members):
        entry = bytearray(member[size:-22])
        struct.pack_into("<H", entry, 34, number // per_part)
        offset = number % per_part * size + 4 * (number < per_part)
        struct.pack_into("<I", entry, 42, offset)
        directory += entry
    last = parts - 1
    start = len(files[last])
    files[last] += directory + struct.pack(
        "<4s4H2IH", b"PK\5\6", last, last, 4, 4, len(directory), start, 0
    )
    return files


def test_the_first_part_of_a_split_archive() -> None:
    found = events(split(2)[0])
    assert contents(found) == [b"a" * 100, b"b" * 100]
    assert found[0] == Problem("the other parts of the split archive are missing")


def test_the_last_part_of_a_split_archive() -> None:
    found = events(split(4)[-1])
    assert contents(found) == [b"d" * 100]


def test_members_in_other_parts_are_told() -> None:
    last = bytearray(split(2)[-1])
    found = events(bytes(last[131:]))  # one member less than the directory says
    assert contents(found) == [b"d" * 100]
    assert any(isinstance(event, Problem) for event in found)
