"""The screen of clamdtop."""

from __future__ import annotations

from nacre.output.clamdtop import KEYS, Look, View, Watched, once, screen
from nacre.protocol.statistics import Snapshot, Task


def _watched(**values: object) -> Watched:
    snapshot = Snapshot(state="VALID PRIMARY", live=4, idle=2, most=4, queue=7, **values)  # type: ignore[arg-type]
    return Watched("/run/clamd.ctl", "ClamAV 1.5.3", snapshot, most=9)


def test_one_daemon() -> None:
    daemon = _watched(tasks=(Task("SCAN", 61.5, "/a"), Task("INSTREAM", 4000, "b")))
    assert once([daemon], "12:00:00") == [
        " clamdtop  12:00:00",
        " No Daemon                     State   Threads           Queue  Most    Memory",
        "  1 /run/clamd.ctl             VALID   █████·····    2/4     7     9      0.0M",
        "      ClamAV 1.5.3",
        "",
        " No Command            Since  File",
        "  1 INSTREAM         1:06:40  b",
        "  1 SCAN              1:01.5  /a",
    ]


def test_names_cannot_move_the_cursor() -> None:
    daemon = _watched(tasks=(Task("SC\x1b[2J", 1, "/a\x1b[31m\nx"),), own={"a": "\x07"})
    text = "\n".join(once([daemon], "12:00:00"))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\\x1b[31m\\x0ax" in text


def test_it_fits() -> None:
    tasks = tuple(Task("SCAN", 1, "x" * 500) for _ in range(100))
    lines = screen(View([_watched(tasks=tasks)]), "12:00:00", 60, 12)
    assert len(lines) == 12
    assert max(len(text) for text, _ in lines) == 60
    assert lines[-1][0] == " … 95 more"


def test_wide_letters_take_two_columns() -> None:
    daemon = _watched(tasks=(Task("SCAN", 1, "/" + "猫" * 200), Task("SCAN", 1, "e\u0301" * 200)))
    lines = [text for text, _ in screen(View([daemon]), "12:00:00", 60, 20)]
    wide = next(text for text in lines if "猫" in text)
    assert len(wide) + wide.count("猫") in {59, 60}
    combined = next(text for text in lines if "\u0301" in text)
    assert len(combined) - combined.count("\u0301") == 60


def test_what_is_wrong_stands_out() -> None:
    daemons = [Watched("gone", trouble="Connection refused"), _watched()]
    lines = screen(View(daemons), "12:00:00", 100, 50)
    assert [look for text, look in lines if "refused" in text] == [Look.BAD]
    assert any("/run/clamd.ctl" in text for text, _ in lines)
    alone = screen(View(daemons, chosen=1, keys=True), "12:00:00", 100, 50)
    assert not any("/run/clamd.ctl" in text for text, _ in alone)
    assert all(any(key in text for text, _ in alone) for key in KEYS)
