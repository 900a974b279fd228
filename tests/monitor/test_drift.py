from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest

import feeds
import webserver
from mirroring import free_port, serving
from nacre.cli.main import nacre
from nacre.feed.listing import Entry, Listing
from nacre.mirror.tree import Tree
from nacre.monitor.drift import measure_drift
from nacre.monitor.last_scan import measure_scan
from nacre.monitor.measurement import State
from nacre.monitor.target import Target

if TYPE_CHECKING:
    from pathlib import Path

    from nacre.monitor.measurement import Measurement

pytestmark = pytest.mark.enable_socket


def listing(folder: Path, version: int, age: float = 0.0) -> None:
    made = int(time.time() - age)
    entry = Entry(version, f"daily-{version}.cvd", 1, "0" * 64)
    text = Listing(made, made + 3600, {"daily": entry}).text()
    (folder / "listing.txt").write_bytes(text)


def drift(
    folder: Path | None, *, record: str | None = None, mirror: str | None = None, version: str = ""
) -> dict[str, Measurement]:
    target = Target(None, folder, 1, 1, 5, record, mirror, (2, 5))
    found = measure_drift(target, version)
    return {one.name: one for one in found}


@pytest.mark.parametrize(
    ("version", "state"),
    [(10, State.OK), (11, State.OK), (12, State.WARNING), (15, State.CRITICAL)],
)
def test_databases_behind_the_mirror(tmp_path: Path, version: int, state: State) -> None:
    feeds.database(tmp_path / "daily.cvd", 10)
    (tmp_path / "served").mkdir()
    listing(tmp_path / "served", version)
    with webserver.serving(tmp_path / "served") as server:
        found = drift(tmp_path, mirror=server.url)
    assert (found["behind"].state, found["behind"].value) == (state, version - 10)
    assert found["mirror"].state is State.OK


def test_what_clamd_says_counts_where_there_is_no_folder(tmp_path: Path) -> None:
    listing(tmp_path, 27_003)
    with webserver.serving(tmp_path) as server:
        found = drift(None, mirror=server.url, version="ClamAV 1.4.6/27000/Thu Nov 26 2026")
    assert found["behind"].value == 3
    assert found["behind"].said == "databases: daily 3 versions behind the mirror"


def test_a_mirror_that_does_not_keep_its_promise(tmp_path: Path) -> None:
    feeds.database(tmp_path / "daily.cvd", 10)
    listing(tmp_path, 10, age=7200)
    with webserver.serving(tmp_path) as server:
        found = drift(tmp_path, mirror=server.url)
        assert found["mirror"].state is State.WARNING
        assert "later than it promised" in found["mirror"].said
    assert drift(tmp_path, mirror=server.url)["mirror"].state is State.CRITICAL  # it is gone


def test_a_mirror_behind_the_dns(tmp_path: Path) -> None:
    pytest.importorskip("granian", reason="the extra `server` is not installed")
    feeds.database(tmp_path / "daily.cvd", 10)
    (tmp_path / "served").mkdir()
    (tmp_path / "source").mkdir()
    listing(tmp_path / "served", 11)
    listing(tmp_path / "source", 16)
    port = free_port()
    words = ("--zone", "cvd.example.org", "--dns-port", str(port))
    with serving(Tree(tmp_path / "source"), *words), webserver.serving(tmp_path / "served") as old:
        record = f"current.cvd.example.org@127.0.0.1:{port}"
        found = drift(tmp_path, record=record, mirror=old.url)
    assert (found["behind"].value, found["behind"].state) == (6, State.CRITICAL)
    assert (found["drift"].value, found["drift"].state) == (5, State.CRITICAL)
    assert found["drift"].said == "the mirror: daily 5 versions behind the DNS"


def test_no_answer_is_told(tmp_path: Path) -> None:
    feeds.database(tmp_path / "daily.cvd", 10)
    record = f"current.cvd.example.org@127.0.0.1:{free_port()}"
    assert drift(tmp_path, record=record)["dns"].state is State.UNKNOWN


@pytest.mark.parametrize(
    ("changes", "days", "state", "said"),
    [
        ({}, 0, State.OK, "last scan 0.0 days ago"),
        ({}, 9, State.WARNING, "last scan 9.0 days ago"),
        ({}, 16, State.CRITICAL, "last scan 16.0 days ago"),
        ({"alerts": 2}, 0, State.CRITICAL, "last scan 0.0 days ago, alerts: 2"),
        ({"incomplete": 1}, 0, State.WARNING, "last scan 0.0 days ago, not fully scanned: 1"),
        ({"interrupted": True}, 0, State.WARNING, "last scan 0.0 days ago, interrupted"),
    ],
)
def test_the_last_scan(
    tmp_path: Path, changes: dict[str, object], days: int, state: State, said: str
) -> None:
    report = tmp_path / "report"
    summary = {"type": "summary", "alerts": 0, "incomplete": 0, "errors": 0, "interrupted": False}
    report.write_text('{"type":"result"}\n' + json.dumps(summary | changes) + "\n")
    when = time.time() - days * 86_400
    os.utime(report, (when, when))
    found = measure_scan(report)
    assert (found.state, found.said) == (state, said)


@pytest.mark.parametrize("text", ["", '{"type":"result"}\n', "not json\n", "[1]\n", "\0" * 100])
def test_a_scan_that_did_not_end(tmp_path: Path, text: str) -> None:
    (tmp_path / "report").write_text(text)
    assert measure_scan(tmp_path / "report").state is State.WARNING
    assert measure_scan(tmp_path / "nothing").state is State.UNKNOWN


def test_what_nacre_scan_writes_is_understood(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("harmless")
    (tmp_path / "x.ndb").write_text("X:0:*:0123456789abcdef\n")
    nacre(["scan", "--format", "jsonl", "-d", str(tmp_path / "x.ndb"), str(tmp_path / "file")])
    (tmp_path / "report").write_text(capsys.readouterr().out)
    (tmp_path / "data").mkdir()
    feeds.database(tmp_path / "data/daily.cvd", 10)
    words = ["check", "-d", str(tmp_path / "data"), "--config-file", str(tmp_path / "none")]
    nacre([*words, "--report", str(tmp_path / "report"), "--format", "json"])
    rows = json.loads(capsys.readouterr().out)["measurements"]
    assert [row["state"] for row in rows if row["name"] == "scan"] == ["ok"]
