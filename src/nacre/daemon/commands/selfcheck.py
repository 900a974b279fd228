"""SELFCHECK (ClamAV 1.5): load the database again if it has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.daemon.exchange import Rules
from nacre.protocol.answer import UNAVAILABLE

if TYPE_CHECKING:
    from nacre.daemon.exchange import Exchange

RULES = Rules(b"SELFCHECK")


async def run(exchange: Exchange) -> None:
    """Look, and say what comes of it."""
    server = exchange.server
    if not server.serving.selfcheck:
        await exchange.answer(UNAVAILABLE)
    elif await server.self_check():
        await exchange.answer(b"RELOADING")
    else:
        await exchange.answer(b"DBUPTODATE")
