"""Examining the databases on disk while the daemon runs, in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacre.output.escape import printable

if TYPE_CHECKING:
    from pathlib import Path

    from nacre.output.journal import Journal

SECONDS = 1800.0
"""That an examination may take."""
_MAX_SAID = 64 << 10


@dataclass(slots=True)
class Examiner:
    """Looks at the bytes of the databases in `folder`, one look at a time."""

    folder: Path
    journal: Journal
    _busy: bool = False

    async def look(self) -> None:
        """Have it examined, unless that is going on; says what is found."""
        if self._busy:
            return
        self._busy = True
        try:
            await self._look()
        finally:
            self._busy = False

    async def _look(self) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "nacre.updater.examination",
                str(self.folder),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            self.journal.warning(f"SelfCheck: databases are not examined: {error.strerror}")
            return
        try:
            said, _ = await asyncio.wait_for(process.communicate(), SECONDS)
        except TimeoutError:
            self.journal.warning(f"SelfCheck: databases not examined within {SECONDS:.0f} s")
            return
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
        for line in said[:_MAX_SAID].decode("utf-8", "replace").splitlines():
            self.journal.error(f"SelfCheck: {printable(line)}")
