"""MULTISCAN: a file, or all of a directory, with all workers there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.daemon.exchange import Rules
from nacre.daemon.tree import scan_tree

if TYPE_CHECKING:
    from nacre.daemon.exchange import Exchange

RULES = Rules(b"MULTISCAN", argument=True)


async def run(exchange: Exchange) -> None:
    """Scan; what alerts is told in the order in which it is found."""
    await scan_tree(exchange, in_order=False)
