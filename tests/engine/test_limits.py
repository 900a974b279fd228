"""Limits end layers, not scans; nothing that was left out goes unsaid."""

from __future__ import annotations

import bz2
import gzip
import io
import tarfile
import time

import pytest
from making import Build, binary, ndb, zipped

from nacre.model.limits import Limits
from nacre.model.verdict import Report, Verdict

SIGNATURES = {"x.ndb": ndb(Evil="EVIL")}
EVIL = binary(b"..EVIL..")
PREFIX = "Heuristics.Limits.Exceeded."


def found(report: Report) -> list[str]:
    return [alert.name.removesuffix(".UNOFFICIAL").removeprefix(PREFIX) for alert in report.alerts]


def limits_of(report: Report) -> list[str | None]:
    return [incident.limit for incident in report.incidents]


def tarred(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


@pytest.mark.parametrize("size", range(8))
def test_five_bytes_are_not_looked_at(build: Build, size: int) -> None:
    report = build({"x.ndb": ndb(Zeros="\0\0\0")}).scan_bytes(bytes(size))
    assert bool(report.alerts) == (size > 5)
    assert report.layers == (size > 5)


def test_max_scan_size_is_exact(build: Build) -> None:
    data = zipped({"m": EVIL})
    total = len(data) + len(EVIL)
    assert found(build(SIGNATURES, Limits(max_scan_size=total)).scan_bytes(data)) == ["Evil"]
    report = build(SIGNATURES, Limits(max_scan_size=total - 1)).scan_bytes(data)
    assert (found(report), limits_of(report)) == ([], ["MaxScanSize"])
    assert report.incomplete
    assert report.verdict is Verdict.NOTHING_FOUND


def test_max_files_counts_the_outermost(build: Build) -> None:
    data = zipped({"a": binary(b"first"), "b": EVIL})
    assert found(build(SIGNATURES, Limits(max_files=3)).scan_bytes(data)) == ["Evil"]
    assert limits_of(build(SIGNATURES, Limits(max_files=2)).scan_bytes(data)) == ["MaxFiles"]


def test_max_recursion_counts_the_outermost(build: Build) -> None:
    data = EVIL
    for _ in range(3):
        data = zipped({"in": data})
    assert found(build(SIGNATURES, Limits(max_recursion=4)).scan_bytes(data)) == ["Evil"]
    assert limits_of(build(SIGNATURES, Limits(max_recursion=3)).scan_bytes(data)) == [
        "MaxRecursion"
    ]


def test_views_of_html_are_levels_of_recursion(build: Build) -> None:
    signatures = {"x.ndb": ndb(Page=(3, "<b>evil"))}
    data = b"<html><b>Evil</b></html>"
    assert found(build(signatures, Limits(max_recursion=2)).scan_bytes(data)) == ["Page"]
    assert "MaxRecursion" in limits_of(build(signatures, Limits(max_recursion=1)).scan_bytes(data))


def test_a_layer_that_is_skipped_does_not_hide_the_next(build: Build) -> None:
    data = tarred(big=binary(b"q" * 30_000), small=EVIL)
    limits = Limits(max_file_size=len(data), max_scan_size=len(data) + 20_000)
    report = build(SIGNATURES, limits).scan_bytes(data)
    assert found(report) == ["Evil"]


def test_an_outermost_file_over_the_limit_is_not_scanned(build: Build) -> None:
    data = binary(b"EVIL" + bytes(1000))
    assert found(build(SIGNATURES, Limits(max_file_size=len(data))).scan_bytes(data)) == ["Evil"]
    report = build(SIGNATURES, Limits(max_file_size=len(data) - 1)).scan_bytes(data)
    assert (found(report), limits_of(report), report.layers) == ([], ["MaxFileSize"], 0)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_alerts_only_when_asked_for(build: Build, pack: object) -> None:
    data = pack(binary(b"q" * 5000))  # type: ignore[operator]
    limits = Limits(max_file_size=1000)
    assert found(build(SIGNATURES, limits).scan_bytes(data)) == []
    report = build(SIGNATURES, limits, alert_exceeds_max=True).scan_bytes(data)
    assert (found(report), report.verdict) == (["MaxFileSize"], Verdict.PUA)


def test_only_the_first_limit_alerts_and_a_strong_name_wins(build: Build) -> None:
    data = tarred(big=binary(b"q" * 30_000), deep=zipped({"i": binary(b"deeper")}), small=EVIL)
    limits = Limits(max_file_size=len(data), max_scan_size=len(data) + 20_000, max_recursion=2)
    report = build(SIGNATURES, limits, alert_exceeds_max=True).scan_bytes(data)
    assert found(report) == ["Evil"]
    report = build(SIGNATURES, limits, alert_exceeds_max=True, all_match=True).scan_bytes(data)
    assert sorted(set(found(report))) == ["Evil", "MaxScanSize"]
    assert {"MaxScanSize", "MaxRecursion"} <= set(limits_of(report))
    report = build(
        SIGNATURES, limits, alert_exceeds_max=True, heuristic_scan_precedence=True
    ).scan_bytes(data)
    assert found(report) == ["MaxScanSize"]


def test_the_time_limit_ends_the_scan_and_says_so(build: Build) -> None:
    inner = zipped({f"m{number}": binary(b"%d" % number * 20_000) for number in range(40)})
    data = zipped({f"z{number}": inner + b"%d" % number for number in range(200)})
    scanner = build(SIGNATURES, Limits(max_scan_time=50), alert_exceeds_max=True, cache_size=0)
    started = time.monotonic()
    report = scanner.scan_bytes(data)
    assert time.monotonic() - started < 20
    assert found(report) == ["MaxScanTime"]
    assert limits_of(report)[-1] == "MaxScanTime"


def test_damage_is_said_and_what_is_left_is_scanned(build: Build) -> None:
    whole = gzip.compress(EVIL + bytes(range(256)) * 400)
    report = build(SIGNATURES).scan_bytes(whole[:-100])
    assert found(report) == ["Evil"]
    report = build(SIGNATURES).scan_bytes(gzip.compress(bytes(range(256)) * 400)[:-100])
    assert report.incomplete
    assert report.incidents[0].limit is None
