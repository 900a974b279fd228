"""Where the lines of a daemon go."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

import pytest

PROGRAM = """
import sys, syslog
told = []
syslog.openlog = lambda *_: None
syslog.syslog = lambda level, text: told.append(text)
from nacre.output.journal import Journal, JournalStyle
journal = Journal(JournalStyle(foreground=True, log_syslog=sys.argv[1] == "syslog"))
journal.open()
journal.line("a line")
print(told, file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("syslog", "systemds", "shown"),
    [(True, True, False), (True, False, True), (False, True, True), (False, False, True)],
)
def test_the_journal_of_systemd_has_each_line_once(
    *, syslog: bool, systemds: bool, shown: bool
) -> None:
    with tempfile.TemporaryFile() as out:
        place = os.fstat(out.fileno())
        stream = f"{place.st_dev}:{place.st_ino if systemds else place.st_ino + 1}"
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, "syslog" if syslog else "none"],
            check=True,
            stdout=out,
            stderr=subprocess.PIPE,
            env={**os.environ, "JOURNAL_STREAM": stream},
        )
        out.seek(0)
        assert (out.read() == b"a line\n") == shown
    assert (b"a line" in done.stderr) == syslog
