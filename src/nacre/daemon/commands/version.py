"""VERSION: of ClamAV, and of the daily database where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.daemon.exchange import Rules
from nacre.protocol.answer import UNAVAILABLE

if TYPE_CHECKING:
    from nacre.daemon.exchange import Exchange

RULES = Rules(b"VERSION", in_session=True)


async def run(exchange: Exchange) -> None:
    """Answer."""
    server = exchange.server
    text = server.scanning.loaded.version.encode() if server.serving.version else UNAVAILABLE
    await exchange.answer(text)
