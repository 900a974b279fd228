"""Policy: which indicators become alerts, what ends a scan, what allow-lists forgive."""

from __future__ import annotations

from making import Build, binary, ldb, md5_line, ndb, zipped

from nacre.model.limits import Limits
from nacre.model.verdict import Report, Strength, Verdict

SIGNATURES = {"x.ndb": ndb(Evil="EVIL", Other="OTHER", PUA_X="PUAX", PUA_Y="PUAY", Weak_W="WEAK")}
EVIL = binary(b"..EVIL..")


def names(report: Report) -> list[str]:
    return [alert.name.removesuffix(".UNOFFICIAL") for alert in report.alerts]


def test_a_strong_indicator_ends_the_scan(build: Build) -> None:
    inner = zipped({"first": EVIL, "second": binary(b"OTHER")})
    report = build(SIGNATURES).scan_bytes(zipped({"in.zip": inner, "third": EVIL}))
    assert names(report) == ["Evil"]
    assert report.verdict is Verdict.STRONG
    assert report.alerts[0].member == ("in.zip", "first")
    assert report.alerts[0].depth == 3
    assert report.layers == 3


def test_all_match_collects_everything(build: Build) -> None:
    data = zipped({"a": binary(b"PUAX"), "b": EVIL, "c": binary(b"OTHER EVIL")})
    report = build(SIGNATURES, all_match=True).scan_bytes(data)
    assert sorted(set(names(report))) == ["Evil", "Other", "PUA.X"]
    assert names(report)[-1] == "PUA.X", "potentially unwanted ones come last"
    assert {alert.member for alert in report.alerts} == {("a",), ("b",), ("c",)}


def test_unwanted_waits_for_something_stronger(build: Build) -> None:
    scanner = build(SIGNATURES)
    only = scanner.scan_bytes(zipped({"a": binary(b"PUAX"), "b": binary(b"PUAY")}))
    assert (names(only), only.verdict) == (["PUA.X"], Verdict.PUA)
    both = scanner.scan_bytes(zipped({"a": binary(b"PUAX"), "b": EVIL}))
    assert (names(both), both.verdict) == (["Evil"], Verdict.STRONG)
    same = scanner.scan_bytes(binary(b"PUAX EVIL"))
    assert names(same) == ["Evil"]


def test_heuristic_precedence_lets_the_first_win(build: Build) -> None:
    scanner = build(SIGNATURES, heuristic_scan_precedence=True)
    report = scanner.scan_bytes(zipped({"a": binary(b"PUAX"), "b": EVIL}))
    assert names(report) == ["PUA.X"]
    assert report.alerts[0].strength is Strength.STRONG


def test_weak_indicators_are_never_reported(build: Build) -> None:
    report = build(SIGNATURES, all_match=True).scan_bytes(binary(b"WEAK"))
    assert (report.alerts, report.verdict) == ((), Verdict.NOTHING_FOUND)


def test_an_allow_list_forgives_the_file_and_all_inside(build: Build) -> None:
    archive = zipped({"in.zip": zipped({"a": EVIL})})
    scanner = build(SIGNATURES | {"x.fp": md5_line("known", archive)})
    report = scanner.scan_bytes(archive)
    assert (report.alerts, report.verdict) == ((), Verdict.TRUSTED)
    assert names(scanner.scan_bytes(EVIL)) == ["Evil"]


def test_an_allow_list_forgives_one_branch_only(build: Build) -> None:
    scanner = build(SIGNATURES | {"x.fp": md5_line("known", EVIL)})
    clean = scanner.scan_bytes(zipped({"a": EVIL, "b": binary(b"nothing")}))
    assert (clean.alerts, clean.verdict) == ((), Verdict.NOTHING_FOUND)
    report = scanner.scan_bytes(zipped({"a": EVIL, "b": binary(b"OTHER")}))
    assert names(report) == ["Other"]
    inner = zipped({"x": EVIL, "y": binary(b"OTHER")})
    scanner = build(SIGNATURES | {"x.fp": md5_line("known", inner)})
    assert names(scanner.scan_bytes(zipped({"i": inner}))) == []
    assert names(scanner.scan_bytes(zipped({"i": inner, "z": EVIL}))) == ["Evil"]


def test_an_allow_list_forgives_limits_too(build: Build) -> None:
    archive = zipped({"a": EVIL})
    limits = Limits(max_files=1)
    alerting = build(SIGNATURES, limits, alert_exceeds_max=True)
    assert names(alerting.scan_bytes(archive)) == ["Heuristics.Limits.Exceeded.MaxFiles"]
    trusting = build(
        SIGNATURES | {"x.fp": md5_line("known", archive)}, limits, alert_exceeds_max=True
    )
    report = trusting.scan_bytes(archive)
    assert (report.verdict, report.incidents) == (Verdict.TRUSTED, ())


def test_conditions_on_the_container(build: Build) -> None:
    scanner = build(
        {
            "x.ldb": ldb("InZip", "Target:0,Container:CL_TYPE_ZIP", "MARK")
            + ldb("Top", "Target:0,Container:CL_TYPE_ANY", "MARK")
            + ldb("Deep", "Target:0,Intermediates:CL_TYPE_ZIP>CL_TYPE_ZIP", "MARK")
        },
        all_match=True,
    )
    data = binary(b"MARK")
    assert set(names(scanner.scan_bytes(data))) == {"Top"}
    assert set(names(scanner.scan_bytes(zipped({"a": data})))) == {"InZip"}
    nested = zipped({"i": zipped({"a": data})})
    assert set(names(scanner.scan_bytes(nested))) == {"InZip", "Deep"}


def test_a_handler_type_opens_the_same_bytes_as_another_type(build: Build) -> None:
    retype = ldb("Retype", "Target:0,HandlerType:CL_TYPE_HTML", "handle-me")
    scanner = build({"x.ldb": retype, "x.ndb": ndb(Page=(3, "<b>evil"))})
    data = binary(b"handle-me <P><B>EVIL</B></P>")
    assert names(scanner.scan_bytes(data)) == ["Page"]
