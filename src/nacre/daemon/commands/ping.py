"""PING: somebody is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.daemon.exchange import Rules

if TYPE_CHECKING:
    from nacre.daemon.exchange import Exchange

RULES = Rules(b"PING", in_session=True)


async def run(exchange: Exchange) -> None:
    """Answer."""
    await exchange.answer(b"PONG")
