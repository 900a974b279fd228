from __future__ import annotations

import pytest

import media
from nacre.formats.registry import handler_for
from nacre.model.budget import Budget
from nacre.model.event import Child, Event, Finding
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

TYPES = {b"G": FileType.GIF, b"\xff": FileType.JPEG, b"\x89": FileType.PNG, b"R": FileType.RIFF}


def events(data: bytes) -> list[Event]:
    handler = handler_for(TYPES.get(data[:1], FileType.TIFF))
    assert handler
    return list(handler.extract(Fmap.from_bytes(data), Budget(Limits())))


def names(data: bytes) -> list[str]:
    return [event.name for event in events(data) if isinstance(event, Finding)]


@pytest.mark.parametrize("name", media.BROKEN)
def test_broken(name: str) -> None:
    data, fault = media.BROKEN[name]
    assert names(data) == [f"Heuristics.Broken.Media.{fault}"]


@pytest.mark.parametrize("name", media.WHOLE)
def test_whole(name: str) -> None:
    assert names(media.WHOLE[name]) == []


def test_a_comment_that_is_an_exploit() -> None:
    assert names(media.jpeg("jfif", "empty-comment")) == ["Heuristics.Exploit.W32.MS04-028"]


@pytest.mark.parametrize("big", [False, True])
def test_animated_cursors(big: bool) -> None:  # noqa: FBT001
    def cursor(size: int) -> bytes:
        return media.part(b"anih", bytes(size), big=big)

    inside = media.part(
        b"LIST", b"INFO" + media.part(b"INAM", b"abc", big=big) + cursor(99), big=big
    )
    assert names(media.riff(cursor(36), big=big)) == []
    for chunks in ([cursor(37)], [cursor(36), cursor(100)], [cursor(36), inside]):
        assert names(media.riff(*chunks, big=big)) == ["Heuristics.Exploit.W32.MS05-002"]
    assert names(media.riff(cursor(37), big=big).replace(b"ACON", b"WAVE")) == []


def test_what_is_behind_a_png_is_a_child() -> None:
    found = events(media.png(media.PIXELS, media.END) + b"something else")
    assert [child.data.read(0, 20) for child in found if isinstance(child, Child)] == [
        b"something else"
    ]
