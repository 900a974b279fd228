"""Shell archives: the forms of here-documents."""

from __future__ import annotations

import base64
import binascii

import pytest

from nacre.filetype import own_type
from nacre.formats.archive.shar import SharHandler
from nacre.model.budget import Budget
from nacre.model.event import Child, Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits


def events(data: bytes, limits: Limits | None = None) -> list[Event]:
    return list(SharHandler().extract(Fmap.from_bytes(data), Budget(limits or Limits())))


def contents(found: list[Event]) -> list[tuple[bytes, bytes]]:
    return [(event.name, event.data.read(0, 99_999)) for event in found if isinstance(event, Child)]


def problems(found: list[Event]) -> list[str]:
    return [event.reason for event in found if isinstance(event, Problem)]


@pytest.mark.parametrize(
    "script",
    [
        b"cat > name << \\EOF\none\ntwo\nEOF\n",
        b"cat >name <<'EOF'\none\ntwo\nEOF\n",
        b'cat << "EOF" > "name"\none\ntwo\nEOF\n',
        b"cat <<-EOF > name\n\tone\n\t\ttwo\n\tEOF\n",
        b"sed 's/^X//' >name <<'!'\nXone\nXtwo\n!\n",
        b'sed "s/^-//" >name <<\\==\n-one\n-two\n==\n',
        b"sed -e 's/^@//' > 'name' << 'End-of-file'\n@one\ntwo\nEnd-of-file\n",
        b"sed 's/^X//' << 'S' 2> /dev/null > 'name' &&\nXone\nXtwo\nS\n",
        b"uudecode << EOF\nbegin 644 name\n" + binascii.b2a_uu(b"one\ntwo\n") + b"`\nend\nEOF\n",
        b"uudecode << EOF\nbegin-base64 644 name\n"
        + base64.encodebytes(b"one\ntwo\n")
        + b"====\nEOF\n",
    ],
)
def test_forms(script: bytes) -> None:
    assert contents(events(script)) == [(b"name", b"one\ntwo\n")]


def test_no_file() -> None:
    for script in (b"md5sum -c << EOF\nx\nEOF\n", b"# cat > name << EOF\n", b"x=$((1<<2))\n", b""):
        assert not events(script)


def test_what_ends_too_early_is_told_of() -> None:
    found = events(b"cat > name << EOF\none\n")
    assert (contents(found), problems(found)) == (
        [(b"name", b"one\n")],
        ["name: its last line is missing"],
    )


def test_what_looks_like_a_file_does_not_hide_the_next_one() -> None:
    found = events(b"x=$((1 <<y)) > z\n" + b"cat > name << EOF\none\nEOF\n")
    assert (b"name", b"one\n") in contents(found)
    found = events(b"cat > name << EOF\n" * 2 + b"x << y\n" * 100)
    assert problems(found)[-1] == "too many files without a last line"


def test_a_last_line_within_a_long_one_is_none() -> None:
    body = b"x" * (8 << 10) + b"EOF\nEO\n"
    found = events(b"cat > name << EOF\n" + body + b"EOF\n")
    assert contents(found) == [(b"name", body)]


def test_a_file_over_the_limit_is_told_of_and_left() -> None:
    found = events(b"cat > name << EOF\n" + b"line\n" * 1000 + b"EOF\n", Limits(max_file_size=100))
    assert not contents(found)
    assert [event.limit for event in found if isinstance(event, Problem)] == ["MaxFileSize"]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"#! /bin/sh\n# This is a shell archive.  Remove anything before\n", FileType.SHAR),
        (b"Subject: x\n\n: This is a SHAR archive.  Extract with sh\n", FileType.SHAR),
        (b"#!/bin/sh\necho a shell archive\n", None),
        (b"This is a shell archive\n", None),
    ],
)
def test_by_what_they_say(data: bytes, found: FileType | None) -> None:
    assert own_type(Fmap.from_bytes(data)) is found
