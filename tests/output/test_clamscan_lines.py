from __future__ import annotations

import io
import os
import re
from typing import TYPE_CHECKING

import pytest

from nacre.model.errors import ConfigError
from nacre.model.filetype import FileType
from nacre.model.verdict import Alert, Incident, Report, Strength, Verdict
from nacre.output.clamscan import Printer, Style, Tally, open_log, print_summary

if TYPE_CHECKING:
    from pathlib import Path

CLEAN = Report(Verdict.NOTHING_FOUND, size=10_000, bytes_scanned=20_000)
NAME = "Test.Marker.UNOFFICIAL"


def alerting(*alerts: Alert) -> Report:
    return Report(Verdict.STRONG, alerts or (Alert(NAME, Strength.STRONG, depth=1),), size=4096)


class Terminal(io.BytesIO):
    def isatty(self) -> bool:
        return True


class Screen:
    def __init__(self, *, terminal: bool = False, **style: bool) -> None:
        self.out = Terminal() if terminal else io.BytesIO()
        self.err = io.BytesIO()
        self.log = io.BytesIO()
        self.printer = Printer(Style(**style), self.out, self.err, self.log)

    @property
    def texts(self) -> tuple[bytes, bytes, bytes]:
        return self.out.getvalue(), self.err.getvalue(), self.log.getvalue()


def tell_all(printer: Printer) -> None:
    printer.scanning(b"p")
    printer.ok(b"p")
    printer.found(b"q", alerting())
    printer.state(b"e", "Empty file")
    printer.excluded(b"x", "", "bin")
    printer.failed(b"f", "Access denied")
    printer.warning(b"w", "Can't access file")


def test_streams_and_log() -> None:
    screen = Screen()
    tell_all(screen.printer)
    out, err, log = screen.texts
    assert out == (
        b"p: OK\nq: Test.Marker.UNOFFICIAL FOUND\ne: Empty file\nx: Excluded\nf: Access denied\n"
    )
    assert err == b"WARNING: w: Can't access file\n"
    assert log == out.replace(b"p: OK\n", b"") + err


def test_verbose_says_what_comes_and_what_excluded() -> None:
    screen = Screen(verbose=True)
    tell_all(screen.printer)
    out = screen.texts[0]
    assert out.startswith(b"Scanning p\np: OK\n")
    assert b"x: Excluded (matches 'bin')\n" in out


def test_infected_and_suppressed() -> None:
    screen = Screen(infected=True)
    tell_all(screen.printer)
    out, err, log = screen.texts
    assert out == b"q: Test.Marker.UNOFFICIAL FOUND\n"
    assert err == b"WARNING: f: Access denied\nWARNING: w: Can't access file\n"
    assert log == out + b"WARNING: w: Can't access file\n"
    screen = Screen(suppress_ok_results=True)
    tell_all(screen.printer)
    assert b"OK" not in screen.texts[0]
    assert b"Empty file" in screen.texts[0]


def test_quiet_still_warns_and_still_logs() -> None:
    screen = Screen(quiet=True)
    tell_all(screen.printer)
    out, err, log = screen.texts
    assert out == b""
    assert err == b"WARNING: f: Access denied\nWARNING: w: Can't access file\n"
    assert b"q: Test.Marker.UNOFFICIAL FOUND\n" in log


def test_everything_to_standard_output_but_the_system_s_own_words() -> None:
    screen = Screen(stdout=True)
    screen.printer.system_error(b"n", "No such file or directory")
    screen.printer.warning(b"n", "Can't access file")
    out, err, log = screen.texts
    assert out == b"WARNING: n: Can't access file\n"
    assert err == b"n: No such file or directory\n"
    assert log == out


def test_names_are_bytes_and_escaped_on_a_terminal_only() -> None:
    path = b"\xff\n\x1b[31m"
    screen = Screen()
    screen.printer.ok(path)
    assert screen.texts[0] == path + b": OK\n"
    screen = Screen(terminal=True)
    screen.printer.ok(path)
    assert screen.texts[0] == b"\xff\\x0a\\x1b[31m: OK\n"


def test_all_matches_once_each_and_the_member() -> None:
    zip_in_zip = Alert(
        "B", Strength.STRONG, ("a.zip", "in/x"), depth=3, containers=(FileType.ZIP, FileType.ZIP)
    )
    screen = Screen(archive_verbose=True)
    screen.printer.found(b"z", alerting(Alert("A", Strength.STRONG), zip_in_zip, zip_in_zip))
    screen.printer.found(b"p", alerting())
    assert screen.texts[0] == (
        b"z: A FOUND\nz: B FOUND\nz!ZIP:a.zip!(2)ZIP:in/x: B FOUND\n"
        b"p: Test.Marker.UNOFFICIAL FOUND\np!(0): Test.Marker.UNOFFICIAL FOUND\n"
    )


def test_the_bell_rings_in_quiet_runs_too() -> None:
    screen = Screen(bell=True, quiet=True)
    screen.printer.found(b"p", alerting())
    assert screen.texts[:2] == (b"", b"\a")


def test_what_was_not_fully_scanned() -> None:
    screen = Screen()
    encrypted = Incident("encrypted", ("a.zip", "b"))
    screen.printer.incomplete(b"p", (encrypted, Incident("MaxFiles exceeded")))
    screen.printer.incomplete(b"q", (Incident("MaxScanTime exceeded"),))
    assert screen.texts[1] == (
        b"WARNING: p: not fully scanned: a.zip!b: encrypted (and 1 more)\n"
        b"WARNING: q: not fully scanned: MaxScanTime exceeded\n"
    )


def test_actions() -> None:
    screen = Screen()
    screen.printer.note(b"/r/p", b"/r/p", b"Removed.")
    screen.printer.note(b"p", b"/r/p", b"moved to '/q/p'")
    screen.printer.action_failed(b"p", b"/r/p", "move", b"/q/p", "No space left on device")
    screen.printer.action_failed(b"/p", b"/p", "remove", None, "Operation not permitted")
    assert screen.texts[0] == b"/r/p: Removed.\np (real path: '/r/p'): moved to '/q/p'\n"
    assert screen.texts[1] == (
        b"ERROR: Can't move file 'p' (real path: '/r/p') to '/q/p': No space left on device\n"
        b"ERROR: Can't remove file '/p': Operation not permitted\n"
    )


SUMMARY = """
----------- SCAN SUMMARY -----------
Known viruses: 7
Engine version: 1.5.3
Scanned directories: 1
Scanned files: 2
Infected files: 1
Not fully scanned: 1
Total errors: 2
Not moved: 1
Data scanned: 0.02 MB
Data read: 0.01 MB (ratio 1.33:1)
Time: D sec (0 m 0 s)
Start Date: D
End Date:   D
"""


def test_summary() -> None:
    tally = Tally(signatures=7, directories=1, errors=2, failed=1, failed_label="Not moved")
    tally.count(CLEAN)
    tally.count(
        Report(Verdict.STRONG, alerting().alerts, (Incident("x"),), size=4097, bytes_scanned=100)
    )
    screen = Screen()
    print_summary(screen.printer, tally, "1.5.3")
    text = screen.texts[0].decode()
    assert re.sub(r"(?m)(Date: +|Time: )[0-9:. ]*[0-9]( sec)?", r"\1D\2", text) == SUMMARY
    assert re.search(r"Start Date: \d{4}:\d\d:\d\d \d\d:\d\d:\d\d\n", text)


def test_exit_codes() -> None:
    assert Tally().exit_code == 0
    assert Tally(errors=1).exit_code == 2
    assert Tally(failure=True).exit_code == 2
    assert Tally(errors=1, infected=1).exit_code == 1
    assert Tally(incomplete=1).exit_code == 0


def test_log_file(tmp_path: Path) -> None:
    file = tmp_path / "log"
    for _ in range(2):
        with open_log(str(file)) as log:
            log.write(b"line\n")
    assert file.read_bytes() == (b"\n" + b"-" * 79 + b"\n\nline\n") * 2
    assert file.stat().st_mode & 0o777 & ~0o640 == 0


def test_the_log_is_never_a_link_nor_a_directory(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    with pytest.raises(ConfigError, match=r"link: Too many levels of symbolic links"):
        open_log(str(tmp_path / "link"))
    with pytest.raises(ConfigError, match=r"Is a directory"):
        open_log(str(tmp_path))
    with pytest.raises(ConfigError, match=r"/no/x: No such file or directory"):
        open_log(str(tmp_path / "no/x"))
    assert not os.path.lexists(tmp_path / "target")
