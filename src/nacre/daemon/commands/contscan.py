"""CONTSCAN: a file, or all of a directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.daemon.exchange import Rules
from nacre.daemon.tree import scan_tree

if TYPE_CHECKING:
    from nacre.daemon.exchange import Exchange

RULES = Rules(b"CONTSCAN", argument=True)


async def run(exchange: Exchange) -> None:
    """Scan."""
    await scan_tree(exchange)
