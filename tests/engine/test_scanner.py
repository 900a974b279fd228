"""The public interface, with real files."""

from __future__ import annotations

import io
import os
import threading
from typing import TYPE_CHECKING

import pytest
from making import Build, binary, ndb, zipped

from nacre.model.errors import ScanError
from nacre.model.filetype import FileType
from nacre.model.verdict import Verdict

if TYPE_CHECKING:
    from pathlib import Path

SIGNATURES = {"x.ndb": ndb(Evil="EVIL")}
EVIL = binary(b"..EVIL..")


def test_every_way_in_gives_the_same_report(build: Build, tmp_path: Path) -> None:
    scanner = build(SIGNATURES, cache_size=0)
    data = zipped({"m": EVIL})
    path = tmp_path / "file"
    path.write_bytes(data)
    report = scanner.scan_bytes(data)
    assert report.verdict is Verdict.STRONG
    assert report.file_type is FileType.ZIP
    assert report.size == len(data)
    assert scanner.scan_path(path) == report
    assert scanner.scan_path(os.fsencode(path)) == report
    assert scanner.scan_bytes(memoryview(data)) == report
    assert scanner.scan_stream(io.BytesIO(data)) == report
    with path.open("rb") as file:
        file.seek(7)
        assert scanner.scan_fd(file.fileno()) == report
        assert file.tell() == 7


def test_large_files_and_streams(build: Build, tmp_path: Path) -> None:
    scanner = build(SIGNATURES)
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.write(binary(b""))
        file.truncate(20 << 20)
        file.seek(0, os.SEEK_END)
        file.write(b"EVIL")
    assert scanner.scan_path(path).alerts
    with path.open("rb") as file:
        assert scanner.scan_stream(file).alerts


def test_what_cannot_be_scanned(build: Build, tmp_path: Path) -> None:
    scanner = build(SIGNATURES)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path, reason in (
        (tmp_path / "missing", "No such file or directory"),
        (tmp_path, "not a regular file"),
        (fifo, "not a regular file"),
        ("nul\0byte", "null byte"),
    ):
        with pytest.raises(ScanError, match=reason):
            scanner.scan_path(path)


def test_a_file_that_shrinks_is_said_to(build: Build, tmp_path: Path) -> None:
    path = tmp_path / "shrinks"
    path.write_bytes(bytes(20 << 20))
    fd = os.open(path, os.O_RDONLY)
    try:
        from nacre.model.fmap import Fmap  # noqa: PLC0415 - what scan_fd does, with a pause in it

        data = Fmap.from_fd(fd, 20 << 20)
        os.truncate(path, 5 << 20)
        report = build(SIGNATURES).scan(data)
    finally:
        os.close(fd)
    assert "file changed while being scanned" in [incident.reason for incident in report.incidents]


def test_threads_may_share_a_scanner(build: Build) -> None:
    scanner = build(SIGNATURES)
    evil, clean = zipped({"m": EVIL}), zipped({"m": binary(b"nothing")})
    wrong: list[object] = []

    def work() -> None:
        for _ in range(200):
            wrong.extend(scanner.scan_bytes(clean).alerts)
            wrong.extend([] if scanner.scan_bytes(evil).alerts else ["missed"])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_an_empty_database_finds_nothing(build: Build) -> None:
    # Every verdict comes from the image: no signature, no alert, whatever the content.
    eicar = bytes.fromhex(
        "58354f2150254041505b345c505a58353428505e2937434329377d2445494341522d"
        "5354414e444152442d414e544956495255532d544553542d46494c452124482b482a"
    )
    scanner = build({"x.ndb": ndb(Never="no such content anywhere")}, all_match=True)
    assert not scanner.scan_bytes(eicar).alerts
    assert not scanner.scan_bytes(zipped({"eicar.com": eicar})).alerts
