"""Probes of a daemon and its databases, from near or from far: what `nacre check` measures."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

from nacre.feed import state as feed_state
from nacre.model.errors import ProtocolError
from nacre.monitor.drift import measure_drift
from nacre.monitor.last_scan import measure_scan
from nacre.monitor.measurement import Measurement, State
from nacre.output.version import age_in_days
from nacre.protocol.client import Kind
from nacre.transport.clamd import Address, Client, UnreachableError, ask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nacre.monitor.target import Target

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
_DAY = 86_400
_DATE = re.compile(r"/(\d+)/(\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})")
_SLOW = (1.0, 5.0)
"""Seconds of an answer: a warning, critical."""
_FAILED = (UnreachableError, OSError, ProtocolError)


def probe(target: Target) -> Iterator[Measurement]:
    """Measure everything that can be."""
    version = ""
    if target.address is not None:
        try:
            version = ask(target.address, b"VERSION", target.seconds).decode("utf-8", "replace")
        except _FAILED as error:
            yield Measurement("clamd", State.CRITICAL, f"clamd: {error}")
        else:
            yield _ping(target, target.address)
            yield _eicar(target, target.address)
    yield _age(target, version)
    if target.database is not None:
        yield from _update(target, target.database)
    if target.record is not None or target.mirror is not None:
        yield from measure_drift(target, version)
    if target.report is not None:
        yield measure_scan(target.report)


def _ping(target: Target, address: Address) -> Measurement:
    began = time.monotonic()
    try:
        answer = ask(address, b"PING", target.seconds)
    except _FAILED as error:
        return Measurement("reply", State.CRITICAL, f"clamd: {error}")
    took = time.monotonic() - began
    if answer != b"PONG":
        return Measurement("reply", State.CRITICAL, "clamd does not answer PING with PONG")
    said = f"clamd answers in {took * 1000:.1f} ms"
    return Measurement.judged("reply", said, took, "s", warning=_SLOW[0], critical=_SLOW[1])


def _eicar(target: Target, address: Address) -> Measurement:
    """Send the test file, which must be found."""
    reading, writing = os.pipe()
    began = time.monotonic()
    try:
        os.write(writing, EICAR)
        os.close(writing)
        with Client(address, timeout=target.seconds) as client:
            client.send_stream(reading)
            answer = client.answer()
    except _FAILED as error:
        return Measurement("eicar", State.CRITICAL, f"EICAR: {error}")
    finally:
        os.close(reading)
    took = time.monotonic() - began
    if answer is None or answer.kind is not Kind.FOUND:
        said = "no answer" if answer is None else answer.kind.value.decode()
        return Measurement("eicar", State.CRITICAL, f"EICAR was not found: {said}")
    said = f"EICAR found in {took * 1000:.1f} ms"
    return Measurement.judged("eicar", said, took, "s", warning=_SLOW[0], critical=_SLOW[1])


def _age(target: Target, version: str) -> Measurement:
    """Of the newest database: by its file, or by what clamd says of it."""
    age = None if target.database is None else age_in_days((str(target.database),))
    if age is None and (found := _DATE.search(version)) is not None:
        built = time.mktime(time.strptime(found[2], "%a %b %d %H:%M:%S %Y"))
        age = (time.time() - built) / _DAY
    if age is None:
        return Measurement("age", State.UNKNOWN, "the age of the databases is unknown")
    if age < -1:
        return Measurement("age", State.CRITICAL, "databases from the future: the clock is wrong")
    thresholds = {"warning": target.warning_days, "critical": target.critical_days}
    said = f"databases {max(0.0, age):.1f} days old"
    return Measurement.judged("age", said, max(0.0, age), "d", **thresholds)


def _update(target: Target, database: Path) -> Iterator[Measurement]:
    """When the updater last heard from a mirror; nothing where it is not ours."""
    try:
        state = feed_state.parse((database / ".nacre" / "state.json").read_bytes())
    except OSError:
        return
    if state.blocked(time.time()):
        until = time.strftime("%Y-%m-%d %H:%M", time.localtime(state.blocked_until))
        yield Measurement("blocked", State.WARNING, f"mirrors must not be asked before {until}")
    if not state.checked:
        yield Measurement("update", State.WARNING, "no mirror was ever reached")
        return
    days = max(0.0, (time.time() - state.checked) / _DAY)
    said = f"mirror asked {days:.1f} days ago"
    thresholds = {"warning": target.warning_days, "critical": target.critical_days}
    yield Measurement.judged("update", said, days, "d", **thresholds)
