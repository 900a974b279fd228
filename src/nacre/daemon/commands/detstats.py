"""DETSTATS: of a feature that ClamAV no longer has; accepted, without an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.daemon.exchange import Rules

if TYPE_CHECKING:
    from nacre.daemon.exchange import Exchange

RULES = Rules(b"DETSTATS")


async def run(exchange: Exchange) -> None:
    """Say nothing."""
