"""INSTREAM: scan what follows in chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.daemon.exchange import Input, Rules
from nacre.daemon.verdict import tell

if TYPE_CHECKING:
    from nacre.daemon.exchange import Exchange

RULES = Rules(b"INSTREAM", bare=False, in_session=True, input=Input.STREAM)


async def run(exchange: Exchange) -> None:
    """Scan, and answer as for a file called ``stream``."""
    if exchange.buffer is None:
        return
    descriptor, held = exchange.buffer.detach()
    server = exchange.server
    try:
        outcome = await server.scan(descriptor, b"stream", exchange.verb)
    finally:
        server.memory.used -= held
    logged = f"instream({exchange.connection.name})".encode()
    await tell(exchange, b"stream", outcome, logged=logged)
