"""What `nacre check` prints: for Nagios and its kin, for programs, for Prometheus."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

from nacre.output.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from enum import IntEnum

_SECONDS = {"d": 86_400.0, "s": 1.0}


class Measured(Protocol):
    """What is printed of a measurement."""

    @property
    def name(self) -> str: ...
    @property
    def state(self) -> IntEnum: ...
    @property
    def said(self) -> str: ...
    @property
    def value(self) -> float | None: ...
    @property
    def unit(self) -> str: ...
    @property
    def warning(self) -> float | None: ...
    @property
    def critical(self) -> float | None: ...


def nagios(measurements: Sequence[Measured], worst: IntEnum, *, verbose: bool) -> Iterator[str]:
    """One line with performance data, what is wrong in front; with `verbose` one more for each."""
    wrong = [one for one in measurements if one.state]
    shown = "; ".join(_plain(one.said) for one in wrong or measurements)
    data = " ".join(_performance(one) for one in measurements if one.value is not None)
    yield f"NACRE {worst.name} - {shown}" + (f" | {data}" if data else "")
    if verbose:
        for one in measurements:
            yield f"{one.state.name}: {_plain(one.said)}"


def _plain(text: str) -> str:
    """Without the letter that begins performance data."""
    return printable(text).replace("|", "/")


def _performance(one: Measured) -> str:
    value = 0.0 if one.value is None else one.value
    unit = "" if one.unit == "d" else one.unit  # days are no unit of the convention
    limits = ";".join(
        "" if limit is None else f"{limit:g}" for limit in (one.warning, one.critical)
    )
    return f"{one.name}={value:.6g}{unit};{limits};0"


def to_json(measurements: Sequence[Measured], worst: IntEnum) -> str:
    """All of it."""
    rows = [
        {
            "name": one.name,
            "state": one.state.name.lower(),
            "said": one.said,
            "value": one.value,
            "unit": one.unit,
            "warning": one.warning,
            "critical": one.critical,
        }
        for one in measurements
    ]
    return json.dumps({"state": worst.name.lower(), "measurements": rows}, indent=2)


def prometheus(measurements: Sequence[Measured], worst: IntEnum) -> Iterator[str]:
    """The text format, for the textfile collector; times in seconds."""
    yield "# HELP nacre_check_state 0 ok, 1 warning, 2 critical, 3 unknown"
    yield "# TYPE nacre_check_state gauge"
    yield f'nacre_check_state{{check="all"}} {int(worst)}'
    for one in measurements:
        yield f'nacre_check_state{{check="{one.name}"}} {int(one.state)}'
    timed = [one for one in measurements if one.value is not None and one.unit in _SECONDS]
    if timed:
        yield "# HELP nacre_check_seconds what was measured, in seconds"
        yield "# TYPE nacre_check_seconds gauge"
    for one in timed:
        seconds = (one.value or 0.0) * _SECONDS[one.unit]
        yield f'nacre_check_seconds{{check="{one.name}"}} {seconds:.6f}'
