"""What a monitoring system asks of a host: measurements with thresholds.

Convention: Monitoring Plugins Development Guidelines (exit codes, one line, performance data).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Self


class State(IntEnum):
    """The exit codes of the convention."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3

    @property
    def gravity(self) -> int:
        """What is worse: critical, then unknown, then a warning."""
        return {State.OK: 0, State.WARNING: 1, State.UNKNOWN: 2, State.CRITICAL: 3}[self]


@dataclass(frozen=True, slots=True)
class Measurement:
    """One thing that was looked at."""

    name: str
    state: State
    said: str
    value: float | None = None
    unit: str = ""
    """Of the value: s for seconds, d for days, empty for a count."""
    warning: float | None = None
    """The value from which on it is one."""
    critical: float | None = None

    @classmethod
    def judged(  # noqa: PLR0913 - what a row has
        cls, name: str, said: str, value: float, unit: str, *, warning: float, critical: float
    ) -> Self:
        """A measurement whose state its thresholds decide."""
        state = State.OK
        if value >= warning:
            state = State.WARNING
        if value >= critical:
            state = State.CRITICAL
        return cls(name, state, said, value, unit, warning, critical)


def worst(measurements: tuple[Measurement, ...]) -> State:
    """The state of all together."""
    return max((one.state for one in measurements), key=lambda state: state.gravity)
