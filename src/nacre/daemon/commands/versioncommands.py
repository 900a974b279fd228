"""VERSIONCOMMANDS: the version, and what can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.daemon.exchange import Rules
from nacre.protocol.answer import UNAVAILABLE

if TYPE_CHECKING:
    from nacre.daemon.exchange import Exchange

RULES = Rules(b"VERSIONCOMMANDS", bare=False, in_session=True)

_LISTED = (
    b"SCAN QUIT RELOAD SELFCHECK PING CONTSCAN VERSIONCOMMANDS VERSION END SHUTDOWN MULTISCAN"
    b" FILDES STATS IDSESSION INSTREAM DETSTATSCLEAR DETSTATS ALLMATCHSCAN"
)
"""In ClamAV's order."""


async def run(exchange: Exchange) -> None:
    """Answer."""
    server = exchange.server
    if not server.serving.version:
        await exchange.answer(UNAVAILABLE)
        return
    version = server.scanning.loaded.version.encode()
    await exchange.answer(version + b"| COMMANDS: " + _LISTED)
