"""Compiled scripts of AutoIt: the text of tokens as ClamAV has it, and damaged ones."""

from __future__ import annotations

import struct

import pytest

from formats import autoit_files as files
from formats.autoit_files import text, tokens
from nacre.codecs import autoit
from nacre.formats.installer.autoit import AutoitHandler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt, Truncated
from nacre.model.event import Child, Event, Problem
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

LINES = b"".join(b"line %d of a file\n" % (number * 7 % 100) for number in range(200))


def events(data: bytes, limits: Limits | None = None) -> list[Event]:
    budget = Budget(limits or Limits())
    budget.charge(len(data))
    found: list[Event] = []
    for event in AutoitHandler().extract(Fmap.from_bytes(data), budget):
        if isinstance(event, Child):
            budget.charge(len(event.data))
        found.append(event)
    return found


def contents(found: list[Event]) -> list[tuple[bytes, bytes]]:
    return [
        (event.name, event.data.read(0, 1 << 20)) for event in found if isinstance(event, Child)
    ]


def reasons(found: list[Event]) -> list[str]:
    return [event.reason for event in found if isinstance(event, Problem)]


def told(script: bytes) -> tuple[bytes, str]:
    decoded = autoit.script_text(Fmap.from_bytes(script), Budget(Limits()))
    return decoded.data.read(0, len(decoded.data)), decoded.status


@pytest.mark.parametrize("form", [5, 6])
def test_files_of_both_forms(form: int) -> None:
    data = files.compiled(
        form,
        files.member(form, "a.txt", "C:\\a.txt", LINES),
        files.member(form, "b.txt", "C:\\b.txt", LINES, packed=False),
        files.member(form, ">AUTOIT SCRIPT<", "c.au3", bytes(5000)),
        files.member(form, "empty", "empty", b"", packed=False),
        files.member(form, "last", "d", b"d"),
    )
    found = events(data)
    names = [b"C:\\a.txt", b"C:\\b.txt", b"c.au3", b"d"]
    assert contents(found) == list(zip(names, [LINES, LINES, bytes(5000), b"d"], strict=True))
    assert not reasons(found)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (text(0x30, "LOCAL") + text(0x33, "A") + b"\x41\x05\7\0\0\0", b"LOCAL $A = 0x00000007 "),
        (text(0x31, "F") + b"\x47" + text(0x36, 'a"b') + b"\x48", b'F ( "a"b" ) '),
        (text(0x34, "F") + b"\x47" + text(0x32, "CRLF") + b"\x48", b"F( @CRLF ) "),
        (text(0x33, "O") + text(0x35, "Name") + text(0x37, "#pre"), b"$O .Name #pre "),
        (b"\0\1\0\0\0\1\1\0\0\0", b"AND ACOS "),
        (b"\x10" + struct.pack("<q", 1 << 40), b"0x0000010000000000 "),
        (b"\x10" + struct.pack("<q", -2), b"0xfffffffefffffffe "),
        (b"\x20" + struct.pack("<d", 1 / 3), b"0.333333 "),
        (b"\x20" + struct.pack("<d", 1e100), b"1e+100 "),
        (text(0x36, "tschüß Ж"), b'"tsch\xfc\xdf \x16" '),
        (text(0x36, "ЖЖЖЖa"), b'"\x16\x04\x16\x04\x16" '),
        (text(0x36, "ЖЖЖЖЖaaaaaЖЖЖЖ"), b'"\x16\x16\x16\x16\x16aaaaa\x16\x16\x16\x16" '),
        (bytes(range(0x40, 0x59)), b", = > < <> >= <= ( ) + - / * & [ ] == ^ += -= /= *= &= ? : "),
    ],
)
def test_tokens_as_clamav_1_4_6_shows_them(line: bytes, shown: bytes) -> None:
    assert told(tokens(line)) == (shown + b"\n", "done")


def test_a_script_is_shown_up_to_its_damage() -> None:
    good = text(0x30, "A")
    assert told(tokens(good, b"", good)) == (b"A \n\nA \n", "done")
    for unknown in (b"\x60", b"\x02", b"\0\xff\0\0\0", b"\1\xff\xff\xff\xff"):
        assert told(tokens(good, good + unknown + good)) == (b"A \nA ", "corrupt")
    assert told(tokens(good, good)[:-3]) == (b"A \n", "truncated")
    assert told(struct.pack("<I", 9) + tokens(good)[4:]) == (b"A \n", "truncated")
    assert told(struct.pack("<I", 1) + tokens(good, good)[4:]) == (b"A \n", "done")
    assert told(b"") == (b"", "truncated")


def test_the_script_of_the_newer_form_becomes_text() -> None:
    script = tokens(text(0x30, "EXIT"))
    found = events(files.compiled(6, files.member(6, files.SCRIPT, "x", script)))
    assert contents(found) == [(b"x", b"EXIT \n")]
    found = events(files.compiled(5, files.member(5, files.SCRIPT, "x", b"Exit")))
    assert contents(found) == [(b"x", b"Exit")]


def test_limits() -> None:
    script = tokens(*[b"\1\0\0\0\0" * 20] * 100)
    members = [files.member(6, files.SCRIPT, "x", script), files.member(6, "y", "y", b"short")]
    found = events(files.compiled(6, *members), Limits(max_file_size=6000))
    assert contents(found) == [(b"y", b"short")]
    assert [event.limit for event in found if isinstance(event, Problem)] == ["MaxFileSize"]


def test_damage_is_told_and_what_was_before_it_is_scanned() -> None:
    one, two = files.member(6, "a", "a", LINES), files.member(6, "b", "b", LINES)
    data = files.compiled(6, one, two)
    found = events(data[:-100])
    assert contents(found)[0] == (b"a", LINES)
    assert LINES.startswith(contents(found)[1][1])
    assert len(reasons(found)) == 3
    found = events(files.compiled(6, one, b"\0" * 20))
    assert reasons(found) == ["no mark at the end of the members"]
    with pytest.raises(Corrupt, match="characters"):
        events(files.compiled(6, one[:4] + b"\xff" * 60))
    with pytest.raises(Truncated):
        events(data[:60])
    with pytest.raises(Corrupt, match="header"):
        events(bytes(100))


def test_a_layer_that_only_contains_a_script_is_left_to_the_search() -> None:
    assert not events(bytes(100) + files.compiled(6, files.member(6, "a", "a", LINES)))
