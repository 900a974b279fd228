"""Rules that are not in the database: matched elsewhere, told to the engine as names.

The full YARA language needs a compiler that the scanner's process must not hold. Whoever has one
hands the engine something that answers for the bytes of one layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nacre.model.fmap import Fmap


class RuleAnswer(NamedTuple):
    """What rules say of one layer."""

    names: Sequence[str] = ()
    """Indicators, as the user will read them."""
    problem: str | None = None
    """Why the layer was not, or not fully, matched."""


class RuleMatcher(Protocol):
    """Matches the raw bytes of layers; any number of threads may ask at once."""

    def match(self, data: Fmap, seconds: float) -> RuleAnswer:
        """What the rules find in `data`; `seconds` is what is left of the scan. Never raises."""
