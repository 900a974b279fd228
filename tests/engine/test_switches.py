"""What a database may switch off: in a zip, in gzip, in a page, in text, on a disk, of pictures."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from making import binary, ndb, zipped
from test_pictures import HASH, PICTURE

if TYPE_CHECKING:
    from making import Build

OVERLAPPING = Path(__file__).parents[2] / "samples" / "filesystem" / "mbr" / "overlap.in"
BODY = binary(b"marker inside")
PAGE = b"<html><body>MARKER  Inside<b>x</b></body></html>"
TEXT = b"some MARKER   Inside text\n"
SIGNATURES = {
    "a.ndb": ndb(Raw="marker inside", Upper="MARKER  Inside", Text=(7, "marker inside")),
    "a.ldb": "Regex;Engine:81-255,Target:0;0&1;6d61726b6572;0/marker\\sinside/\n",
}


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("", ("Raw Regex", "Raw Regex", "Raw Regex", "Raw Regex Text")),
        ("ARCHIVE:0xfffffffd", ("", "Raw Regex", "Raw Regex", "Raw Regex Text")),
        ("ARCHIVE:0xfffffffb", ("Raw Regex", "", "Raw Regex", "Raw Regex Text")),
        ("DOCUMENT:0xfffffffe", ("Raw Regex", "Raw Regex", "", "Raw Regex Text")),
        ("DOCUMENT:0xffffffef", ("Raw Regex", "Raw Regex", "Raw Regex Upper", "Raw Regex Text")),
        ("DOCUMENT:0x0", ("Raw Regex", "Raw Regex", "Upper", "")),
        ("PCRE:0x0", ("Raw", "Raw", "Raw", "Raw Text")),
    ],
)
def test_parts_of_the_engine_are_switched_off(
    build: Build, setting: str, expected: tuple[str, ...]
) -> None:
    scanner = build({**SIGNATURES, "daily.cfg": f"{setting}\n"}, all_match=True)
    contents = (zipped({"m": BODY}), gzip.compress(BODY), PAGE, TEXT)
    for content, names in zip(contents, expected, strict=True):
        alerts = scanner.scan_bytes(content).alerts
        assert {alert.name.removesuffix(".UNOFFICIAL") for alert in alerts} == {*names.split()}


@pytest.mark.parametrize(
    ("setting", "alerts"), [("", 1), ("OTHER:0xfffffdff", 0), ("OTHER:0x200", 1)]
)
def test_overlapping_partitions_alert_unless_switched_off(
    build: Build, setting: str, alerts: int
) -> None:
    files = {"a.ndb": ndb(None_1="nothing"), "daily.cfg": f"{setting}\n"}
    scanner = build(files, all_match=True, alert_partition_intersection=True)
    assert len(scanner.scan_bytes(OVERLAPPING.read_bytes()).alerts) == alerts


@pytest.mark.parametrize(("setting", "alerts"), [("", 1), ("OTHER:0xffffbfff", 0)])
def test_pictures_are_not_compared_when_switched_off(
    build: Build, setting: str, alerts: int
) -> None:
    line = f"Picture;Engine:51-255,Target:5;0;fuzzy_img#{HASH}\n"
    scanner = build({"a.ldb": line, "daily.cfg": f"{setting}\n"})
    assert len(scanner.scan_bytes(PICTURE).alerts) == alerts
