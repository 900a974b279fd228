"""An outcome to answer and log, in the words of ClamAV."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nacre.protocol import answer

if TYPE_CHECKING:
    from nacre.daemon.exchange import Exchange
    from nacre.daemon.server import Server
    from nacre.workers.scanning import Outcome


async def tell(
    exchange: Exchange, name: bytes, outcome: Outcome, *, logged: bytes | None = None
) -> None:
    """Answer for one object called `name`, and log it as `logged`."""
    note(exchange.server, name if logged is None else logged, outcome)
    for line in lines(name, outcome, all_match=False):
        await exchange.answer(line)
    if not outcome.reason and not outcome.alerts:
        await exchange.answer(answer.ok(name))


def lines(name: bytes, outcome: Outcome, *, all_match: bool) -> list[bytes]:
    """What is answered for something in a directory: nothing when it is clean."""
    if outcome.reason:
        return [answer.error(name, outcome.reason)]
    alerts = outcome.alerts if all_match else outcome.alerts[:1]
    return [answer.found(name, alert) for alert in alerts]


def note(server: Server, name: bytes, outcome: Outcome) -> None:
    """Log an outcome, and have the event program run for what alerts."""
    shown = os.fsdecode(name)
    journal = server.journal
    if outcome.report is None:
        journal.line(f"{shown}: {outcome.reason} ERROR")
        return
    extra = f"({outcome.digest}:{outcome.report.size})" if outcome.digest else ""
    for alert in outcome.alerts:
        journal.line(f"{shown}: {alert}{extra} FOUND")
    if outcome.report.incidents:
        first = outcome.report.incidents[0]
        place = "!".join(first.member)
        reason = f"{place}: {first.reason}" if place else first.reason
        journal.warning(f"{shown}: not fully scanned: {reason}")
    if outcome.trouble:
        journal.warning(f"{shown}: {outcome.trouble}")
    if outcome.alerts:
        server.event(name, outcome.alerts[0])
    else:
        journal.clean(f"{shown}: OK")
