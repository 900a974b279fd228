"""What the answer of a mirror means."""

from __future__ import annotations

import email.utils
import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FORBIDDEN_SECONDS = 24 * 3600
LATER_SECONDS = 4 * 3600
"""How long a mirror is left alone that does not say how long."""
MOST_SECONDS = 7 * 24 * 3600
"""No mirror keeps a host without updates for longer."""

_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)


class Meaning(Enum):
    """What follows from an answer."""

    CONTENT = auto()
    UNCHANGED = auto()
    MISSING = auto()
    FORBIDDEN = auto()
    LATER = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was understood."""

    meaning: Meaning
    wait: int = 0
    """Seconds for which nothing more may be asked."""


_KNOWN = {
    200: Meaning.CONTENT,
    206: Meaning.CONTENT,
    304: Meaning.UNCHANGED,
    404: Meaning.MISSING,
    410: Meaning.MISSING,
}


def understood(status: int, headers: Mapping[str, str], now: float) -> Answer:
    """The meaning of an HTTP status; `headers` have names in lower case."""
    if status == 403:  # noqa: PLR2004 - RFC 9110
        return Answer(Meaning.FORBIDDEN, FORBIDDEN_SECONDS)
    if status == 429:  # noqa: PLR2004 - RFC 6585
        return Answer(Meaning.LATER, _retry_after(headers.get("retry-after", ""), now))
    return Answer(_KNOWN.get(status, Meaning.FAILED))


def _retry_after(text: str, now: float) -> int:
    """Seconds to wait: a number of them or a date (RFC 9110, 10.2.3)."""
    if _SECONDS.fullmatch(text.strip()):
        wait = int(text)
    else:
        try:
            wait = int(email.utils.parsedate_to_datetime(text).timestamp() - now)
        except (ValueError, TypeError, OverflowError):
            wait = 0
    return min(wait, MOST_SECONDS) if wait > 0 else LATER_SECONDS
