"""Run a command and write how many KiB it had resident at its peak: ``peak.py FILE COMMAND ...``.

A process begins with the peak of the one that it was forked from, and pytest becomes large; so a
small one stands between.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def main() -> None:
    process = subprocess.Popen(sys.argv[2:])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    Path(sys.argv[1]).write_text(str(usage.ru_maxrss))
    # Of a signal as shells say it.
    sys.exit(process.returncode if process.returncode >= 0 else 128 - process.returncode)


if __name__ == "__main__":
    main()
