"""What a service does with its own process: its account, its descriptors, its terminal."""

from __future__ import annotations

import contextlib
import os
import resource
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pwd
    from collections.abc import Callable


def become(account: pwd.struct_passwd) -> None:
    """Go on as this account, for good; as root nothing changes. Raises OSError."""
    if account.pw_uid:
        os.initgroups(account.pw_name, account.pw_gid)
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
        os.environ["HOME"] = account.pw_dir


def raise_descriptors() -> None:
    """Have as many as the system allows: a client, or a question, costs some."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def leave_terminal(failed: int) -> Callable[[], None]:
    """Become a daemon: a session of its own, and nothing open that is the caller's.

    Whoever started it gets exit code 0 when what is returned is called, or `failed` when the daemon
    has ended before.
    """
    started, ready = os.pipe()
    if os.fork():
        os.close(ready)
        os._exit(0 if os.read(started, 1) else failed)
    os.close(started)
    os.setsid()
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    os.close(null)

    def tell() -> None:
        os.write(ready, b"1")
        os.close(ready)

    return tell
