"""Databases in these tests live in their own folders; images never go to the user's cache."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from nacre import matching
from nacre.database import native
from nacre.model.errors import DatabaseError

if TYPE_CHECKING:
    from pathlib import Path


class PlainBuilder:
    """Stands in for the native builder where the extension has none: counts lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files: list[tuple[str, list[bytes]]] = []

    def begin(self, name: str, *_: object) -> None:
        self._files.append((name, []))

    def feed(self, chunk: bytes) -> None:
        self._files[-1][1].append(chunk)

    def end(self) -> None:
        pass

    def report(self) -> list[native.SourceReport]:
        return [self._report(name, b"".join(chunks)) for name, chunks in self._files]

    def finish(self, metadata: bytes) -> None:
        with self._path.open("xb") as file:
            file.write(json.dumps({"metadata": metadata.decode()}).encode())

    def _report(self, name: str, content: bytes) -> native.SourceReport:
        lines = list(enumerate(content.splitlines(), 1))
        bad = [(number, "too few fields") for number, line in lines if b":" not in line]
        return name, len(lines) - len(bad), 0, bad


class PlainImage:
    def __init__(self, path: Path) -> None:
        if path.stat().st_mode & 0o022:
            raise DatabaseError("others can write to it")
        try:
            self._metadata = json.loads(path.read_bytes())["metadata"].encode()
        except (ValueError, KeyError) as error:
            raise DatabaseError("not a signature image") from error

    def metadata(self) -> bytes:
        return bytes(self._metadata)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder of this test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "nacre"


@pytest.fixture(autouse=True)
def builds(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every image that was compiled."""
    made: list[Path] = []
    plain = not hasattr(matching, "ImageBuilder")
    original = native.new_builder

    def counted(path: Path) -> Any:
        made.append(path)
        return PlainBuilder(path) if plain else original(path)

    monkeypatch.setattr(native, "new_builder", counted)
    if plain:
        monkeypatch.setattr(native, "open_image", PlainImage)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A database folder with one signature."""
    made = tmp_path / "db"
    made.mkdir(mode=0o755)
    (made / "a.hdb").write_text("d23e77e8c92f3b7555c772646cdbba96:5:A\n")
    return made
