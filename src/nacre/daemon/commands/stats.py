"""STATS: how busy the daemon is, in the order in which exporters read the numbers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from nacre.daemon.exchange import Rules
from nacre.daemon.statistics import Staff, stats
from nacre.protocol.answer import UNAVAILABLE

if TYPE_CHECKING:
    from nacre.daemon.exchange import Exchange

RULES = Rules(b"STATS", bare=False, in_session=True)


async def run(exchange: Exchange) -> None:
    """Answer."""
    server = exchange.server
    if not server.serving.stats:
        await exchange.answer(UNAVAILABLE)
        return
    crew, now = server.scanning.crew, time.monotonic()
    jobs = [(*job.label.partition("\0")[::2], now - job.began) for job in crew.jobs]
    serving = server.serving
    idle_timeout = int(serving.idle_timeout)
    staff = Staff(len(crew.processes), crew.idle, serving.max_threads, idle_timeout)
    text = stats(
        server.statistics,
        staff,
        [now - job.submitted for job in crew.waiting],
        [("STATS", 0.0, ""), *((verb, seconds, name) for verb, name, seconds in jobs)],
        server.scanning.loaded.image_bytes,
    )
    await exchange.answer(text)
