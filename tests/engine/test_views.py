"""Which bytes which targets see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from making import Build, binary, md5_line, ndb, zipped

from nacre.model.limits import Limits

if TYPE_CHECKING:
    from nacre.model.verdict import Report

TEXT = b"Some   TEXT with\nwords\n"
PAGE = b"<html><b>Big</b> WORLD<script>var a='Script';</script></html>\n"


def found(report: Report) -> set[str]:
    return {alert.name.removesuffix(".UNOFFICIAL") for alert in report.alerts}


def test_text_is_matched_raw_and_normalised(build: Build) -> None:
    signatures = ndb(
        Raw="TEXT with", Lower="text with words", Text7=(7, "text with words"), Never=(7, "TEXT")
    )
    scanner = build({"x.ndb": signatures}, all_match=True)
    assert found(scanner.scan_bytes(TEXT)) == {"Raw", "Lower", "Text7"}


@pytest.mark.parametrize("options", [{"normalize": False}, {"scan_html": False}])
def test_normalising_can_be_switched_off(build: Build, options: dict[str, bool]) -> None:
    signatures = ndb(Raw="TEXT with", Text7=(7, "text with words"))
    scanner = build({"x.ndb": signatures}, all_match=True, **options)
    assert found(scanner.scan_bytes(TEXT)) == {"Raw"}
    raw = build({"x.ndb": ndb(Page=(3, "<b>Big</b>"))}, all_match=True, **options)
    assert found(raw.scan_bytes(PAGE)) == {"Page"}


def test_the_normalised_copy_has_no_hash(build: Build) -> None:
    copy = b"some text with words "
    assert not build({"x.hdb": md5_line("Copy", copy)}).scan_bytes(TEXT).alerts
    assert build({"x.hdb": md5_line("Raw", TEXT)}).scan_bytes(TEXT).alerts


def test_html_is_matched_in_its_copies_only(build: Build) -> None:
    signatures = ndb(
        Raw="<b>Big</b> WORLD", Copy="<b>big</b>world", Page=(3, "<b>big</b>world"),
        NoTags=(3, "big world"), Script=(7, "script"), NotText=(7, "big"),
    )  # fmt: skip
    scanner = build({"x.ndb": signatures}, all_match=True)
    assert found(scanner.scan_bytes(PAGE)) == {"Copy", "Page", "NoTags", "Script"}


def test_a_page_is_read_in_all_the_ways_that_programs_read_it(build: Build) -> None:
    """UTF-16 by both bytes and without zeros, data in tags as ClamAV and as browsers read it."""
    scanner = build({"x.ndb": ndb(Late=(7, "alert(1)"), Both=(3, "z\x0ey"))}, all_match=True)
    wide = f"<html>z\uff1ey{' ' * 1024}".encode("utf-16-le") + b"<script>Alert(1)</script>"
    assert found(scanner.scan_bytes(wide)) == {"Late", "Both"}
    hidden = b"<html><img src=data:,x><script>Alert(1)</script>"
    assert found(scanner.scan_bytes(hidden)) == {"Late"}


def test_a_zero_in_a_text_hides_neither_text_nor_page(build: Build) -> None:
    scanner = build({"x.ndb": ndb(Text=(7, "</b> word"), Page=(3, "</b>word"))}, all_match=True)
    text = b"\0x" + b"words " * 200 + b"<table><b>x</b> Word"
    assert found(scanner.scan_bytes(text)) == {"Text", "Page"}


def test_large_html_is_matched_raw_and_said_to_be_incomplete(build: Build) -> None:
    # ClamAV 1.4.6 matches nothing at all there.
    scanner = build({"x.ndb": ndb(Raw="WORLD")}, Limits(max_html_normalize=20))
    report = scanner.scan_bytes(PAGE)
    assert found(report) == {"Raw"}
    clean = build({"x.ndb": ndb(Other="xyz")}, Limits(max_html_normalize=20)).scan_bytes(PAGE)
    assert [incident.limit for incident in clean.incidents] == ["MaxHTMLNormalize"]


def test_large_text_is_matched_raw_only(build: Build) -> None:
    signatures = {"x.ndb": ndb(Raw="TEXT with", Text7=(7, "text with"))}
    scanner = build(signatures, Limits(max_script_normalize=10), all_match=True)
    report = scanner.scan_bytes(TEXT)
    assert found(report) == {"Raw"}
    assert [incident.limit for incident in report.incidents] == ["MaxScriptNormalize"]


def test_untyped_data_is_target_14_as_well(build: Build) -> None:
    data = binary(b"xx MARK FOURTEEN")
    scanner = build({"x.ndb": ndb(Any="MARK", Other=(14, "FOURTEEN"))}, all_match=True)
    assert [alert.name for alert in scanner.scan_bytes(data).alerts] == [
        "Any.UNOFFICIAL", "Other.UNOFFICIAL"
    ]  # fmt: skip
    assert not build({"x.ndb": ndb(Other=(14, "TEXT"))}).scan_bytes(TEXT).alerts


def test_an_archive_behind_a_text_is_opened(build: Build) -> None:
    scanner = build({"x.ndb": ndb(Evil="EVIL")})
    archive = zipped({"member": binary(b"..EVIL..")})
    report = scanner.scan_bytes(b"some text in front of it\n" + archive)
    assert found(report) == {"Evil"}
    assert report.alerts[0].member == ("member",)
    assert report.layers == 2, "an embedded archive is another look at bytes that were counted"
    clean = scanner.scan_bytes(b"a text that names PK\3\4 and PK\1\2 only by chance\n" * 3)
    assert not clean.incomplete
