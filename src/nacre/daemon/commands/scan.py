"""SCAN: a file, or a directory up to the first file that alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.daemon.exchange import Rules
from nacre.daemon.tree import scan_tree

if TYPE_CHECKING:
    from nacre.daemon.exchange import Exchange

RULES = Rules(b"SCAN", argument=True, in_session=True)


async def run(exchange: Exchange) -> None:
    """Scan."""
    await scan_tree(exchange, stop_at_alert=True)
