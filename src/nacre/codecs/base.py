"""The one call behind every compression method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre import _native
from nacre._native import Decoded
from nacre.model.errors import NacreError

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

__all__ = ["Decoded", "run"]


def run(
    method: str,
    source: Fmap,
    budget: Budget,
    max_output: int | None = None,
    size: int | None = None,
) -> Decoded:
    """Decode at most `max_output` bytes (what one child may have, unless said) with `method`.

    Raises:
        NacreError: a decoder failed in a way it must not.
    """
    if max_output is None:
        max_output = budget.allowance()
    try:
        return _native.decode(
            method, source, max_output, budget.directory, budget.remaining_time(), size
        )
    except OSError as error:
        raise NacreError(f"{method}: temporary file: {error}") from error
    except BaseException as error:
        # PyO3 raises a panic as an exception that has no importable name.
        if type(error).__name__ == "PanicException":
            raise NacreError(f"{method}: the decoder panicked: {error}") from error
        raise
