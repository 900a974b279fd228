"""QUIT: end the daemon, when what was begun is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.daemon.exchange import Rules
from nacre.protocol.answer import UNAVAILABLE

if TYPE_CHECKING:
    from nacre.daemon.exchange import Exchange

RULES = Rules(b"QUIT")


async def run(exchange: Exchange) -> None:
    """Do it, or say that it is not allowed."""
    if exchange.server.serving.shutdown:
        exchange.server.stop()
    else:
        await exchange.answer(UNAVAILABLE)
