"""FILDES: scan the file whose descriptor follows."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from nacre.daemon.exchange import Input, Rules
from nacre.daemon.verdict import tell
from nacre.protocol import answer

if TYPE_CHECKING:
    from nacre.daemon.exchange import Exchange

RULES = Rules(b"FILDES", in_session=True, input=Input.DESCRIPTOR)


async def run(exchange: Exchange) -> None:
    """Scan, and answer as for a file called ``fd[N]``; the log has its path."""
    descriptor, exchange.descriptor = exchange.descriptor, -1
    name = b"fd[%d]" % descriptor
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        exchange.server.journal.line(f"{name.decode()}: Not a regular file. ERROR")
        await exchange.answer(answer.error(name, "Not a regular file"))
        return
    path = os.readlink(b"/proc/self/fd/%d" % descriptor)  # noqa: PTH115 - bytes
    outcome = await exchange.server.scan(descriptor, path, exchange.verb)
    await tell(exchange, name, outcome, logged=path)
