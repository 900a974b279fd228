"""Rights.

The user that clamd becomes may do what it must.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.monitor.finding import Finding, fine, note, problem, warning
from nacre.monitor.host import Host, may

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(host: Host) -> Iterator[Finding]:
    """Folders that must be writable, and files that cannot be scanned."""
    settings = host.settings
    if settings is None:
        yield note("without a clamd.conf there is no user to look at")
        return
    user = host.user()
    if user is None:
        yield warning(
            "clamd runs as whoever starts it", "User clamav in clamd.conf makes it less powerful"
        )
        return
    wrong = False
    for key, name in (("temporary_directory", "TemporaryDirectory"), ("log_file", "LogFile")):
        configured = settings.text(key)
        if configured is None:
            continue
        path = Path(configured)
        # The log is opened by root and given away; what must be writable is the folder to rotate.
        if key == "log_file":
            if not path.parent.is_dir():
                wrong = True
                yield problem(f"{name} {path}: there is no {path.parent}", "make that folder")
        elif not may(user, path, 3):
            wrong = True
            yield problem(
                f"{user.pw_name} cannot write to {name} {path}", f"chown {user.pw_name} {path}"
            )
    if user.pw_uid == 0:
        yield warning("clamd runs as root", "User clamav in clamd.conf makes it less powerful")
    elif not wrong:
        groups = len(os.getgrouplist(user.pw_name, user.pw_gid)) - 1
        more = f" and {groups} more groups" if groups else ""
        yield fine(f"clamd runs as {user.pw_name}{more}; what it cannot read needs --fdpass")
