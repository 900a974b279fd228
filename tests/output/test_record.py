from __future__ import annotations

import base64
import json
import os
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nacre.model.filetype import FileType
from nacre.model.verdict import Alert, Incident, Report, Strength, Verdict
from nacre.output.record import dumps, result_record
from nacre.output.result import ExitCode, Result, Status, Tally

_ALERT = Report(
    Verdict.STRONG, (Alert("A", Strength.STRONG, ("in", "m"), FileType.ZIP, 3),), size=5
)
_CLEAN = Report(Verdict.NOTHING_FOUND, size=7, bytes_scanned=9)
_PARTLY = Report(Verdict.NOTHING_FOUND, incidents=(Incident("encrypted", ("m",)),))


def _restored(record: dict[str, Any], field: str) -> bytes:
    exact = record.get(f"{field}_base64")
    return str(record[field]).encode() if exact is None else base64.b64decode(exact)


@given(st.binary(min_size=1))
def test_paths_survive_strict_json(path: bytes) -> None:
    line = dumps(result_record(Result(path, _CLEAN)))
    assert "\n" not in line
    record = json.loads(line.encode("ascii"))
    record["path"].encode("utf-8")  # no lone surrogates: every JSON reader takes it
    assert _restored(record, "path") == path


@given(st.lists(st.binary(min_size=1), max_size=3))
def test_member_names_survive(names: list[bytes]) -> None:
    member = tuple(os.fsdecode(name) for name in names)
    report = Report(Verdict.NOTHING_FOUND, incidents=(Incident("encrypted", member),))
    record = json.loads(dumps(result_record(Result(b"x", report))))["incidents"][0]
    exact = record.get("member_base64")
    restored = (
        [base64.b64decode(item) for item in exact]
        if exact is not None
        else [item.encode() for item in record["member"]]
    )
    assert restored == names


def test_an_alert_says_where_it_is() -> None:
    record = result_record(Result(b"f", _ALERT))
    assert record["status"] == "alert"
    assert record["alerts"] == [
        {
            "name": "A", "strength": "Strong", "member": ["in", "m"],
            "file_type": "CL_TYPE_ZIP", "depth": 3,
        }
    ]  # fmt: skip


def test_the_status_of_a_file() -> None:
    assert Result(b"f", _ALERT).status is Status.ALERT
    assert Result(b"f", _CLEAN).status is Status.CLEAN
    assert Result(b"f", _PARTLY).status is Status.INCOMPLETE
    assert Result(b"f", reason="died", lost=True).status is Status.INCOMPLETE
    assert Result(b"f", reason="Permission denied").status is Status.ERROR


def test_alert_wins_over_error_over_incomplete() -> None:
    tally = Tally()
    assert tally.exit_code(accept_incomplete=False) is ExitCode.CLEAN
    tally.add(Result(b"f", _PARTLY))
    assert tally.exit_code(accept_incomplete=False) is ExitCode.INCOMPLETE
    assert tally.exit_code(accept_incomplete=True) is ExitCode.CLEAN
    tally.add(Result(b"f", reason="gone"))
    assert tally.exit_code(accept_incomplete=True) is ExitCode.ERROR
    tally.add(Result(b"f", _ALERT))
    assert tally.exit_code(accept_incomplete=False) is ExitCode.ALERT
    assert (tally.files, tally.bytes, tally.errors) == (2, 5, 1)


def test_what_cannot_be_left_is_an_error_of_a_scanned_file() -> None:
    tally = Tally()
    tally.add(Result(b"f", _CLEAN, trouble="No space left on device"))
    assert (tally.files, tally.errors) == (1, 1)
    assert tally.exit_code(accept_incomplete=True) is ExitCode.ERROR
