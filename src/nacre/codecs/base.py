"""The calls behind every compression method and cipher."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, TypeVar

from nacre import _native
from nacre._native import Decoded
from nacre.model.errors import NacreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

__all__ = ["Decoded", "guarded", "piece", "run"]

_T = TypeVar("_T")
_PIECE: Final = struct.Struct("<2I")


def piece(packed: bytes, size: int) -> bytes:
    """One piece of a stream that its container cut, for a decoder that must know where.

    `size` is that of its content, 0 where nobody says.
    """
    return _PIECE.pack(len(packed), size) + packed


def run(
    method: str,
    source: Fmap,
    budget: Budget,
    max_output: int | None = None,
    size: int | None = None,
    *parameters: int,
) -> Decoded:
    """Decode at most `max_output` bytes (what one child may have, unless said) with `method`.

    `size` is that of the output, `parameters` what else the method must know.

    Raises:
        NacreError: a decoder failed in a way it must not.
    """
    if max_output is None:
        max_output = budget.allowance()
    output = max_output
    return guarded(
        method,
        lambda: _native.decode(
            method,
            source,
            output,
            budget.directory,
            budget.remaining_time(),
            size,
            list(parameters),
        ),
    )


def guarded(method: str, call: Callable[[], _T]) -> _T:
    """What `call` gives, its errors in our words.

    Raises:
        NacreError: a decoder failed in a way it must not.
    """
    try:
        return call()
    except OSError as error:
        raise NacreError(f"{method}: temporary file: {error}") from error
    except BaseException as error:
        # PyO3 raises a panic as an exception that has no importable name.
        if type(error).__name__ == "PanicException":
            raise NacreError(f"{method}: the decoder panicked: {error}") from error
        raise
