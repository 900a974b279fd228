"""Icon groups of logical signatures: which programs have an icon that they ask for."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from making import binary, zipped

from executables.resources import (
    GROUP,
    ICON,
    Bitmap,
    Leaf,
    group,
    with_icons,
    with_resources,
)
from nacre.database import Database
from nacre.model.limits import Limits

if TYPE_CHECKING:
    from pathlib import Path

    from making import Build

    from nacre.engine import Scanner

ICONS = [
    Bitmap(32, 32, 24, random.Random(seed).randbytes(3072)).build()  # noqa: S311 - repeatable
    for seed in range(3)
]
# What `clamscan --debug` of ClamAV 1.4.6 prints of them.
DESCRIBED = (
    "20a121208a0109149eb130079806028a80e118aa0111d00f04c91615c8080cb10307b51310b503157411076913166501013e000a43001745160022212056",
    "20a08090a9c911179bc00128440b0286e140d8780008cc090ecb1102ca0b17ae1112ae0108af16006b0210680503640a0f3d14003f000844000022212155",
    "20a690511a1a16139f6000178916067d20117811030ad00402cc0e03cb1614a3010aad1603b6090b7c0205690c026802134511124b09174d001722212154",
)
PROGRAM = with_icons(ICONS)


def ask(**groups: str) -> str:
    """A signature for each name, true for every program with icons of its groups."""
    return "".join(
        f"{name};Engine:51-255,Target:1,{block};0;4d5a\n" for name, block in groups.items()
    )


ONE = {
    "x.idb": f"icon:A:B:{DESCRIBED[0]}\n",
    "x.ldb": ask(First="IconGroup1:A", Second="IconGroup2:B", Both="IconGroup1:A,IconGroup2:B",
                 Other="IconGroup1:X", Half="IconGroup1:A,IconGroup2:X", Swapped="IconGroup1:B"),
}  # fmt: skip


def names(build: Build, files: dict[str, str], data: bytes, **options: bool) -> set[str]:
    report = build(files, all_match=True, **options).scan_bytes(data)
    assert not report.incidents
    return {alert.name.removesuffix(".UNOFFICIAL") for alert in report.alerts}


def test_a_program_with_the_icon_alerts(build: Build) -> None:
    scanner = build(ONE, all_match=True)
    for data in (
        PROGRAM,
        with_icons(ICONS, wide=True),
        zipped({"setup.exe": PROGRAM}),
        binary(b"before") + PROGRAM,
    ):
        found = {
            alert.name.removesuffix(".UNOFFICIAL") for alert in scanner.scan_bytes(data).alerts
        }
        assert found == {"First", "Second", "Both"}
    for data in (with_icons(ICONS[1:]), with_resources([]), binary(PROGRAM[2:])):
        assert not scanner.scan_bytes(data).alerts


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (f"i:A:C:{DESCRIBED[0]}\ni:D:B:{DESCRIBED[0]}\n", {"First", "Second"}),
        (f"i:A:C:{DESCRIBED[0]}\ni:D:B:{DESCRIBED[2]}\n", {"First", "Second"}),
        (f"i:A:B:{DESCRIBED[1].upper()}\n", {"First", "Second", "Both"}),
        (f"i:a:b:{DESCRIBED[0]}\n", set()),
        (f"i:X:A:{DESCRIBED[0]}\n", {"Other"}),
        # Two digits of a place, half of the description, and its side.
        (f"i:A:x:{DESCRIBED[0][:5]}00{DESCRIBED[0][7:]}\n", {"First"}),
        (f"i:A:x:{DESCRIBED[0][:62]}{DESCRIBED[1][62:]}\n", {"First"}),
        (f"i:A:x:{DESCRIBED[0][:44]}{'00' * 36}{DESCRIBED[0][116:]}\n", set()),
        ("i:A:B:18" + "0" * 122 + "\n", set()),
        ("", set()),
    ],
)
def test_one_line_must_fit(build: Build, lines: str, expected: set[str]) -> None:
    assert names(build, {"x.ldb": ONE["x.ldb"], "x.idb": lines or "#\n"}, PROGRAM) == expected


def test_icons_of_several_files_count(build: Build) -> None:
    files = {f"{n}.idb": f"i:{n}:x:{text}\n" for n, text in enumerate(DESCRIBED)}
    files["x.ldb"] = ask(**{f"Icon{number}": f"IconGroup1:{number}" for number in range(4)})
    assert names(build, files, PROGRAM) == {"Icon0", "Icon1", "Icon2"}
    # Named by an ignore list.
    assert names(build, {**files, "x.ign2": "i\n"}, PROGRAM) == set()


def test_a_handler_does_not_wait_for_icons(build: Build) -> None:
    files = {
        **ONE,
        "x.ldb": ask(Never="IconGroup1:X,HandlerType:CL_TYPE_MAIL")
        + "Mail;Engine:51-255,Target:4;0;4d5a\n",
    }
    assert names(build, files, PROGRAM) == {"Mail"}


def test_the_first_group_counts(build: Build) -> None:
    pictures = [Leaf(ICON, number, icon) for number, icon in enumerate(ICONS)]
    lines = "".join(f"i:{number}:x:{text}\n" for number, text in enumerate(DESCRIBED))
    files = {"x.idb": lines, "x.ldb": ask(A="IconGroup1:0", B="IconGroup1:1", C="IconGroup1:2")}
    for leaves, expected in (
        ([*pictures, Leaf(GROUP, 7, group([2, 0])), Leaf(GROUP, 8, group([1]))], {"A", "C"}),
        ([*pictures, Leaf(GROUP, 7, group([2, 9])), Leaf(GROUP, 7, group([1]), 5)], {"B", "C"}),
        ([*pictures, Leaf(GROUP, 7, group([2, 1])[:-1])], {"C"}),
        ([*pictures, Leaf(GROUP, 7, b"")], set()),
        (pictures, set()),
    ):
        assert names(build, files, with_resources(leaves)) == expected


def test_more_icons_than_allowed_are_missed(build: Build) -> None:
    lines = "".join(f"i:{number}:x:{text}\n" for number, text in enumerate(DESCRIBED))
    files = {"x.idb": lines, "x.ldb": ask(A="IconGroup1:0", B="IconGroup1:1", C="IconGroup1:2")}
    for most, expected in ((0, "A"), (1, "A"), (2, "AB"), (3, "ABC")):
        report = build(files, Limits(max_icons_pe=most), all_match=True).scan_bytes(PROGRAM)
        assert "".join(alert.name[0] for alert in report.alerts) == expected
        reasons = [incident.reason for incident in report.incidents]
        assert reasons == (["more icons than MaxIconsPE: not all were compared"] * (most < 3))


def test_a_number_of_very_many_pictures(build: Build) -> None:
    pictures = [Leaf(ICON, 1, b"none", language) for language in range(2000)]
    data = with_resources([*pictures, Leaf(GROUP, 1, group([1] * 60_000))])
    report = build(ONE, Limits(max_icons_pe=1 << 40)).scan_bytes(data)
    assert not report.alerts
    assert len(report.incidents) == 1


@given(
    cut=st.integers(0x600, len(PROGRAM)),
    changes=st.lists(
        st.tuples(st.integers(0x600, 0x800), st.binary(min_size=1, max_size=4)), max_size=6
    ),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged(scanner: Scanner, cut: int, changes: list[tuple[int, bytes]]) -> None:
    data = bytearray(PROGRAM)
    for at, change in changes:
        data[at : at + len(change)] = change
    scanner.scan_bytes(bytes(data[:cut]))


@pytest.fixture
def scanner(build: Build) -> Scanner:
    return build(ONE, all_match=True)


def test_nobody_asks_for_icons_in_vain(build: Build) -> None:
    """The rest of the signature is false, so that the icons left out are not missed."""
    lines = {**ONE, "x.ldb": f"A;Engine:51-255,Target:1,IconGroup1:A;0;{'ab' * 9}\n"}
    for files in (lines, {**lines, "x.ldb": ask(A="IconGroup1:none")}):
        report = build(files, Limits(max_icons_pe=1), all_match=True).scan_bytes(PROGRAM)
        assert not report.alerts
        assert not report.incidents


def test_a_database_switches_icons_off(build: Build) -> None:
    assert names(build, {**ONE, "daily.cfg": "PE:0xfffbffff\n"}, PROGRAM) == set()
    assert names(build, {**ONE, "daily.cfg": "PE:0x40000\n"}, PROGRAM)


def test_unofficial_icons_may_be_left_out(build: Build) -> None:
    assert names(build, ONE, PROGRAM, official_only=True) == set()


def test_a_bad_line_is_named_and_the_rest_loads(tmp_path: Path) -> None:
    (tmp_path / "x.idb").write_text(f"i:A:B:{DESCRIBED[0]}\ni:A:B:21{DESCRIBED[1][2:]}\n")
    database = Database.open([tmp_path])
    (file,) = (file for file in database.record.files if file.name.endswith(".idb"))
    assert [(bad.line, bad.reason) for bad in file.malformed] == [
        (2, "the side is not 10, 18 or 20")
    ]
    assert (file.signatures, file.status) == (1, "used")
