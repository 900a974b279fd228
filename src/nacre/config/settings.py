"""What the user set, and the defaults for everything else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nacre.config.option import Kind, Option, Program, Value
from nacre.config.table import options_of
from nacre.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was set."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Settings:
    """Values by key. Asking for a key the program does not have is an error of ours: KeyError."""

    values: Mapping[str, Value | tuple[str, ...] | None]
    given: frozenset[str] = field(default_factory=frozenset)
    """Keys the user set."""
    places: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    """For keys that a file set: where, one for each value."""

    def flag(self, key: str) -> bool:
        """The value of a boolean option."""
        return bool(self.values[key])

    def number(self, key: str) -> int:
        """The value of a number or size; 0 where it has neither value nor default."""
        value = self.values[key]
        return value if isinstance(value, int) else 0

    def text(self, key: str) -> str | None:
        """The value of a string, or None."""
        value = self.values[key]
        return value if isinstance(value, str) else None

    def texts(self, key: str) -> tuple[str, ...]:
        """All values of an option that may repeat."""
        value = self.values[key]
        return value if isinstance(value, tuple) else ()

    def over(self, weaker: Settings) -> Settings:
        """These settings, and those of `weaker` where the user set nothing here."""
        values = {**weaker.values, **self.values}
        values.update((key, weaker.values[key]) for key in weaker.given - self.given)
        places = {key: weaker.places[key] for key in weaker.places if key not in self.given}
        return Settings(values, self.given | weaker.given, {**places, **self.places})

    def wrong(self, key: str, reason: str, number: int = 0) -> ConfigError:
        """An error about the value of `key`, the one of that number, with file and line."""
        places = self.places.get(key, ())
        if number >= len(places):
            return ConfigError(reason)
        return ConfigError(reason, places[number].file, places[number].line)


class Collector:
    """Gathers values on their way to `Settings`.

    The first value of an option stays, as in ClamAV, unless it may repeat.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._options = tuple(options_of(program))
        self._single: dict[str, Value] = {}
        self._multiple: dict[str, list[str]] = {}
        self._places: dict[str, list[Place]] = {}

    def add(self, option: Option, value: Value, place: Place | None = None) -> bool:
        """Note that the user set `option` to `value`, in a file at `place`; whether it counts."""
        if not option.multiple:
            if option.key in self._single:
                return False
            self._single[option.key] = value
        else:
            self._multiple.setdefault(option.key, []).append(str(value))
        if place is not None:
            self._places.setdefault(option.key, []).append(place)
        return True

    def settings(self) -> Settings:
        """Everything gathered, over the defaults."""
        given = frozenset((*self._single, *self._multiple))
        values: dict[str, Value | tuple[str, ...] | None] = dict(_defaults(self._options))
        values.update(self._single)
        values.update((key, tuple(texts)) for key, texts in self._multiple.items())
        return Settings(values, given, {key: tuple(all_) for key, all_ in self._places.items()})


def _defaults(options: Iterable[Option]) -> Iterable[tuple[str, Value | tuple[str, ...] | None]]:
    for option in options:
        if option.multiple:
            yield option.key, ()
        elif option.kind is Kind.BOOL:
            yield option.key, bool(option.default)
        else:
            yield option.key, option.default
