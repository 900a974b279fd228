"""RELOAD: load the database again, beside what goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.daemon.exchange import Rules
from nacre.protocol.answer import UNAVAILABLE

if TYPE_CHECKING:
    from nacre.daemon.exchange import Exchange

RULES = Rules(b"RELOAD")


async def run(exchange: Exchange) -> None:
    """Begin, and do not wait for the end."""
    if not exchange.server.serving.reload:
        await exchange.answer(UNAVAILABLE)
        return
    exchange.server.reload()
    await exchange.answer(b"RELOADING")
