"""What is in a database, for people and for programs.

For programs it is one JSON object: ``schema`` (1), ``signatures``, ``image`` (``path``, null when
it is only in memory, and ``size`` in bytes), ``types`` and ``sources`` with their ``files``. A file
or type has its counts: ``signatures``, ``skipped`` and ``malformed``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.output.escape import printable
from nacre.output.quantity import size
from nacre.signatures import CONTAINERS, suffix_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nacre.database import Database, FileRecord, SourceRecord

SCHEMA = 1

_HEADS = ("signatures", "skipped", "malformed", "state")


@dataclass(slots=True)
class _Count:
    """Sums over the files of one type."""

    files: int = 0
    signatures: int = 0
    skipped: int = 0
    malformed: int = 0

    def add(self, file: FileRecord) -> None:
        self.files += 1
        self.signatures += file.signatures
        self.skipped += file.skipped
        self.malformed += file.malformed_count


def described(database: Database) -> Iterator[str]:
    """Lines about every file and every type."""
    sources = database.record.sources
    files = [file for source in sources for file in source.files]
    rows = [(printable(file.name), file.type, *_counts(file), _state(file)) for file in files]
    totals = [
        (kind, _files(count.files), *map(_number, _numbers(count).values()), state)
        for (kind, state), count in _by_type(sources).items()
    ]
    heads = ("", "", *_HEADS)
    columns = zip(*rows, *totals, heads, strict=True)
    widths = [max(len(cell) for cell in column) for column in columns]
    lines = iter(rows)
    last = None
    for source in sources:
        heading = _heading(source)
        if heading != last:
            yield heading
            yield _row(("file", "type", *_HEADS), widths)
        last = heading
        for _ in source.files:
            yield _row(next(lines), widths)
    yield "All together"
    yield _row(("type", "", *_HEADS), widths)
    for total in totals:
        yield _row(total, widths)
    yield f"{database.signatures:,} signatures in {place(database)}"


def place(database: Database) -> str:
    """Where the image is."""
    if database.path is None:
        return "memory: no folder for an image can be written"
    return f"{printable(str(database.path))} ({size(database.path.stat().st_size)})"


def to_json(database: Database) -> str:
    """All of it as JSON, on one line."""
    path = database.path
    return json.dumps(
        {
            "schema": SCHEMA,
            "signatures": database.signatures,
            "image": {
                "path": None if path is None else printable(str(path)),
                "size": None if path is None else path.stat().st_size,
            },
            "types": [
                {"type": kind, "state": state, "files": count.files, **_numbers(count)}
                for (kind, state), count in _by_type(database.record.sources).items()
            ],
            "sources": [_source(source) for source in database.record.sources],
        },
        separators=(",", ":"),
    )


def _source(source: SourceRecord) -> dict[str, object]:
    return {
        "path": printable(source.path),
        "size": source.size,
        "official": source.official,
        "version": source.version,
        "build_time": source.build_time,
        "level": source.level,
        "files": [
            {
                "name": printable(file.name),
                "type": file.type,
                "state": file.status,
                "pua": file.pua,
                "signatures": file.signatures,
                "skipped": file.skipped,
                "malformed": file.malformed_count,
            }
            for file in source.files
        ],
    }


def _numbers(count: _Count) -> dict[str, int]:
    return {
        "signatures": count.signatures,
        "skipped": count.skipped,
        "malformed": count.malformed,
    }


def _by_type(sources: Sequence[SourceRecord]) -> dict[tuple[str, str], _Count]:
    """Counts by type and state, largest first."""
    counts: defaultdict[tuple[str, str], _Count] = defaultdict(_Count)
    for source in sources:
        for file in source.files:
            counts[file.type, file.status].add(file)
    return dict(sorted(counts.items(), key=lambda item: (-item[1].signatures, item[0])))


def _counts(file: FileRecord) -> tuple[str, str, str]:
    return _number(file.signatures), _number(file.skipped), _number(file.malformed_count)


def _number(count: int) -> str:
    return f"{count:,}"


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _state(file: FileRecord) -> str:
    return f"{file.status} (PUA)" if file.pua else file.status


def _heading(source: SourceRecord) -> str:
    """A container, or the folder of a loose file."""
    origin = "official" if source.official else "unofficial"
    path = Path(source.path)
    if suffix_of(path.name) not in CONTAINERS:
        return f"{printable(str(path.parent))}: {origin} files"
    version = "" if source.version is None else f", version {source.version} of {source.build_time}"
    return f"{printable(source.path)}: {size(source.size)}, {origin}{version}"


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, kind, *numbers, state = cells
    counted = [f"{number:>{width}}" for number, width in zip(numbers, widths[2:5], strict=True)]
    return "  ".join([f"  {name:{widths[0]}}", f"{kind:{widths[1]}}", *counted, state]).rstrip()
