"""ALLMATCHSCAN: as SCAN, with every signature that matches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.daemon.exchange import Rules
from nacre.daemon.tree import scan_tree
from nacre.protocol import answer

if TYPE_CHECKING:
    from nacre.daemon.exchange import Exchange

RULES = Rules(b"ALLMATCHSCAN", argument=True, bare=False)


async def run(exchange: Exchange) -> None:
    """Scan."""
    if exchange.server.serving.all_match:
        await scan_tree(exchange, stop_at_alert=True, all_match=True)
        return
    reason = "ALLMATCHSCAN command disabled by clamd configuration."
    await exchange.answer(answer.error(exchange.argument, reason))
