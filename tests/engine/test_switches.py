"""What a database may switch off: in a zip, in gzip, in a page, in text."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from making import binary, ndb, zipped

if TYPE_CHECKING:
    from making import Build

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
