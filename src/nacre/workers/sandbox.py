"""The sandbox around a process that scans: what a file that takes it over can still do is little.

Three parts, each of use without the others (crates/host):

* **Landlock**: no file can be opened, run or removed; with `directory`, new files can be made
  there. No TCP, no abstract sockets, no signals to other processes.
* **seccomp**: only the system calls that scanning takes. No program can be run, no process or
  thread begun, no socket made but a pair, no path opened but a new file, no memory made executable.
* **rlimits**: core dumps, processes, descriptors, file size, and memory and processor time where
  asked; capabilities are dropped with them, and the process cannot be dumped.

What the kernel lacks is left out, and `enter` says what holds. A path that is opened fails with
PermissionError, and so does the import of a module that was not imported before: see
`nacre.workers.preload`. Landlock and seccomp confine the thread that enters, so enter before there
is another; descriptors that are open stay open.
"""

from __future__ import annotations

import os
from enum import Enum

from nacre import _native

_PARTS = ["landlock", "seccomp", "rlimits"]


class Level(Enum):
    """What is in force. The value is for users."""

    LANDLOCK = "landlock+seccomp+rlimits"
    SECCOMP = "seccomp+rlimits"
    FILES = "landlock+rlimits"
    RLIMITS = "rlimits"
    NONE = "none"


_LEVELS = list(Level)


class Sandbox:
    """What a scanning process may do: made once in the zygote, entered by each worker.

    Example:
        >>> sandbox = Sandbox(directory="/tmp", memory=1 << 30)
        >>> if not os.fork():
        ...     level = sandbox.enter()
    """

    def __init__(
        self,
        *,
        directory: str | None = None,
        named: bool = False,
        memory: int = 0,
        processor_seconds: int = 0,
    ) -> None:
        """Prepares all that does not depend on the process; never raises.

        Args:
            directory: where unnamed temporary files may be made (O_TMPFILE); None: nowhere. Without
                Landlock, anywhere.
            named: new files with names, and folders, may be made there too. None that exists can be
                opened again.
            memory: bytes of private memory on top of what the process has when it enters
                (RLIMIT_DATA); 0: no limit. Beyond, an allocation fails: MemoryError, or the end of
                the process in native code.
            processor_seconds: of the life of the process, which then ends by SIGXCPU; 0: no limit.
        """
        self._native = _native.Sandbox(directory, named, memory, processor_seconds, _PARTS)

    def enter(self) -> Level:
        """Confine this process for ever; never raises. Entering again changes nothing."""
        return _level(set(self._native.enter()))


def available() -> Level:
    """What this kernel offers, found out in a forked process; this one stays as it is."""
    pid = os.fork()
    if not pid:
        code = len(_LEVELS)
        try:
            code = _LEVELS.index(Sandbox().enter())
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return _LEVELS[code] if 0 <= code < len(_LEVELS) else Level.NONE


def _level(parts: set[str]) -> Level:
    """The first level of which every part holds."""
    return next(
        (level for level in _LEVELS if parts.issuperset(level.value.split("+"))), Level.NONE
    )
