"""Signed programs and catalogs, as a scan meets them."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from making import Build, ndb, zipped

from nacre.database import Database
from nacre.engine import Scanner
from nacre.model.options import ScanOptions
from nacre.model.verdict import Report, Verdict

if TYPE_CHECKING:
    import pytest

SAMPLES = Path(__file__).parents[1] / "trust" / "samples"
SIGNED = (SAMPLES / "signed64.exe").read_bytes()
P32 = (SAMPLES / "p32.exe").read_bytes()
LINES = {line.partition(";")[0]: line for line in (SAMPLES / "x.crb").read_text().splitlines()}
ROOT = LINES["root"] + "\n"
BODY = {"x.ndb": ndb(Found="This program")}


def blocking(*names: str, prefix: str = "Block.") -> str:
    """Lines that block the certificates of these names."""
    rests = {name: LINES[name].split(";", 2)[2] for name in names}
    return "".join(f"{prefix}{name};0;{rest}\n" for name, rest in rests.items())


def names(report: Report) -> list[str]:
    return [alert.name.removesuffix(".UNOFFICIAL") for alert in report.alerts]


def twice(data: bytes) -> bytes:
    """An archive with two members of the same bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in ("a", "b", "c"):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def test_a_trusted_program_is_not_scanned(build: Build) -> None:
    report = build({**BODY, "x.crb": ROOT}).scan_bytes(SIGNED)
    assert report.verdict is Verdict.TRUSTED
    assert not report.alerts


def test_without_rules_a_signature_means_nothing(build: Build) -> None:
    assert names(build(BODY).scan_bytes(SIGNED)) == ["Found"]
    scanner = build({**BODY, "x.crb": LINES["stamp"] + "\n"})
    assert names(scanner.scan_bytes(SIGNED)) == ["Found"]


def test_blocked_certificates_alert_under_plain_names(build: Build) -> None:
    files = {**BODY, "x.crb": blocking("leaf", "middle")}
    assert [alert.name for alert in build(files).scan_bytes(SIGNED).alerts] == ["Block.leaf"]
    every = build(files, all_match=True).scan_bytes(SIGNED)
    assert names(every) == ["Block.leaf", "Block.middle", "Found"]


def test_blocked_and_trusted(build: Build) -> None:
    files = {**BODY, "x.crb": ROOT + blocking("leaf")}
    report = build(files, all_match=True).scan_bytes(SIGNED)
    assert names(report) == ["Block.leaf"]
    assert report.verdict is Verdict.STRONG
    unwanted = {**BODY, "x.crb": ROOT + blocking("leaf", prefix="PUA.Cert.")}
    report = build(unwanted).scan_bytes(SIGNED)
    assert names(report) == ["PUA.Cert.leaf"]
    assert report.verdict is Verdict.PUA


def test_what_was_reported_is_never_clean_in_the_cache(build: Build) -> None:
    files = {**BODY, "x.crb": ROOT + blocking("leaf")}
    scanner = build(files, all_match=True)
    data = twice(SIGNED)
    for _ in range(3):
        assert names(scanner.scan_bytes(data)).count("Block.leaf") == 3


def test_inside_archives(build: Build) -> None:
    files = {**BODY, "x.crb": ROOT}
    report = build(files).scan_bytes(zipped({"a": SIGNED, "b": SIGNED, "c": SIGNED}))
    assert not report.alerts
    report = build(files).scan_bytes(zipped({"a": SIGNED, "b": P32}))
    assert names(report) == ["Found"]
    assert report.alerts[0].member == ("b",)


def test_no_certificates(build: Build, tmp_path: Path) -> None:
    files = {**BODY, "x.crb": ROOT + blocking("leaf")}
    assert names(build(files, disable_cert_check=True).scan_bytes(SIGNED)) == ["Found"]
    scanner = _with_catalog(tmp_path, disable_cert_check=True)
    assert names(scanner.scan_bytes(P32)) == ["Found"]


def test_catalogs(build: Build, tmp_path: Path) -> None:
    scanner = _with_catalog(tmp_path)
    for name in ("p32.exe", "p64.exe", "signed64.exe"):
        assert not scanner.scan_bytes((SAMPLES / name).read_bytes()).alerts
    assert not scanner.scan_bytes(zipped({"a": P32})).alerts
    assert names(scanner.scan_bytes(P32[:-1] + b"\1")) == ["Found"]
    assert names(build(BODY).scan_bytes(P32)) == ["Found"]


def test_a_catalog_without_its_rules_names_nothing(tmp_path: Path) -> None:
    scanner = _with_catalog(tmp_path, rules="")
    assert names(scanner.scan_bytes(P32)) == ["Found"]


def test_only_official_rules_count(build: Build) -> None:
    files = {**BODY, "x.crb": blocking("leaf")}
    assert not build(files, official_only=True).scan_bytes(SIGNED).alerts


def test_the_dump_needs_no_rules(build: Build, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        build(BODY, dump_certificates=True).scan_bytes(SIGNED)
    shown = [record.message for record in caplog.records]
    assert shown.count("cert:") == 2
    assert f"  subject: {LINES['leaf'].split(';')[2]}" in shown


def test_records(tmp_path: Path) -> None:
    _with_catalog(tmp_path)
    record = Database.open([tmp_path / "signatures"]).record
    counts = {file.name: (file.signatures, file.counted) for file in record.files}
    assert counts["x.cat"] == (3, False)
    assert counts["x.crb"] == (5, False)


def _with_catalog(folder: Path, rules: str | None = None, **options: Any) -> Scanner:
    signatures = folder / "signatures"
    signatures.mkdir()
    (signatures / "x.ndb").write_text(BODY["x.ndb"])
    (signatures / "x.cat").write_bytes((SAMPLES / "x.cat").read_bytes())
    lines = (SAMPLES / "x.crb").read_text() if rules is None else rules
    (signatures / "x.crb").write_text(lines)
    database = Database.open([signatures], strict=True)
    return Scanner(database, ScanOptions(strict=True, **options))


def test_nothing_is_loaded_for_programs_without_signature(tmp_path: Path) -> None:
    (tmp_path / "x.crb").write_text(ROOT)
    (tmp_path / "x.ndb").write_text(BODY["x.ndb"])
    code = (
        "import sys; from nacre.database import Database; from nacre.engine import Scanner;"
        f"scanner = Scanner(Database.open([{str(tmp_path)!r}]));"
        f"print(len(scanner.scan_path({str(SAMPLES / 'p32.exe')!r}).alerts));"
        "print([name for name in sys.modules if name.startswith('nacre.trust.')])"
    )
    Database.open([tmp_path])  # compiled here: compiling catalogs needs it all
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split("\n")[:2] == ["1", "[]"]
