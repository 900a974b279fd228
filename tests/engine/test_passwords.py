"""Passwords of `.pwdb` databases open archives, in ClamAV's order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nacre.database import Database
from nacre.engine.passwords import passwords_of
from nacre.model.budget import Budget
from nacre.model.filetype import FileType
from nacre.model.limits import Limits
from nacre.model.switches import Switch, Switches

if TYPE_CHECKING:
    from making import Build

SAMPLES = Path(__file__).parents[2] / "samples/archive/zip"
LINE = "n;Engine:51-255;0;secret\n"


@pytest.mark.parametrize("case", ["encrypted", "aes"])
def test_what_a_password_opens_is_scanned(build: Build, case: str) -> None:
    data = (SAMPLES / f"{case}.in").read_bytes()
    inside = {"a.ndb": f"Inside:0:*:{b'of one'.hex()}\n"}
    without = build(inside).scan_bytes(data)
    assert without.incomplete
    assert not without.alerts
    report = build(inside | {"a.pwdb": LINE}).scan_bytes(data)
    assert not report.incomplete
    assert [alert.name for alert in report.alerts] == ["Inside.UNOFFICIAL"]


def test_the_alert_stays(build: Build) -> None:
    data = (SAMPLES / "encrypted.in").read_bytes()
    scanner = build({"a.pwdb": LINE}, alert_encrypted_archive=True)
    assert [alert.name for alert in scanner.scan_bytes(data).alerts] == ["Heuristics.Encrypted.Zip"]


def test_order_and_containers(tmp_path: Path) -> None:
    (tmp_path / "a.pwdb").write_text(
        "a;Engine:51-255;0;first\n"
        "b;Engine:51-255,Container:CL_TYPE_RAR;0;rar\n"
        "c;Engine:51-255,Container:CL_TYPE_ZIP;1;7a6970\n"
        "d;Engine:51-255,Container:CL_TYPE_ANY;0;last\n"
    )
    image = Database.open([tmp_path]).image
    assert passwords_of(image, Switches(), official_only=False) == {
        FileType.ANY: (b"last", b"first"),
        FileType.ZIP: (b"last", b"zip", b"first"),
        FileType.RAR: (b"last", b"rar", b"first"),
    }
    assert passwords_of(image, Switches(), official_only=True) == {}
    off = Switches(frozenset({Switch.PASSWORDS}))
    assert passwords_of(image, off, official_only=False) == {}


def test_types_without_their_own_get_those_for_any() -> None:
    budget = Budget(Limits(), passwords={FileType.ANY: (b"a",), FileType.ZIP: (b"z", b"a")})
    assert budget.passwords_for(FileType.SEVENZIP) == (b"a",)
    assert budget.passwords_for(FileType.ZIP) == (b"z", b"a")
    assert Budget(Limits()).passwords_for(FileType.ZIP) == ()
