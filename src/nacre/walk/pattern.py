"""Patterns that include and exclude paths: POSIX extended regular expressions, not anchored.

ClamAV's rules: files are matched by their real path, directories by the path of the walk. A pattern
that ends in `/` is matched against the path with a `/` at its end, so that `bin/` means whatever
ends in `bin`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacre.model.errors import ConfigError
from nacre.walk.expression import compile_expression

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nacre.matching import Ere


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern of the user's."""

    text: str
    expression: Ere

    def matches(self, path: bytes) -> bool:
        """True when it matches somewhere in `path`."""
        if self.text.endswith("/") and not path.endswith(b"/"):
            path += b"/"
        return self.expression.matches(path)


@dataclass(frozen=True, slots=True)
class Filter:
    """Patterns for files, or those for directories."""

    exclude: tuple[Pattern, ...] = ()
    include: tuple[Pattern, ...] | None = None
    """None: everything. No pattern at all in the tuple: nothing."""

    @property
    def idle(self) -> bool:
        """True when it lets everything pass."""
        return not self.exclude and self.include is None

    def verdict(self, path: bytes) -> tuple[bool, str | None]:
        """Whether `path` is left out, and by which pattern; None: no pattern includes it."""
        for pattern in self.exclude:
            if pattern.matches(path):
                return True, pattern.text
        if self.include is None:
            return False, None
        return not any(pattern.matches(path) for pattern in self.include), None


def make_filter(
    exclude: Sequence[str], include: Sequence[str]
) -> tuple[Filter, tuple[ConfigError, ...]]:
    """A filter of what compiles, and an error for each pattern that does not.

    A pattern that does not compile matches nothing, as in ClamAV: the caller decides what to say.
    """
    excluding, bad_exclude = _compile(exclude)
    including, bad_include = _compile(include)
    return (
        Filter(tuple(excluding), tuple(including) if include else None),
        (*bad_exclude, *bad_include),
    )


def _compile(texts: Iterable[str]) -> tuple[list[Pattern], list[ConfigError]]:
    patterns: list[Pattern] = []
    errors: list[ConfigError] = []
    for text in texts:
        try:
            patterns.append(Pattern(text, compile_expression(os.fsencode(text))))
        except ConfigError as error:
            errors.append(error)
    return patterns, errors
