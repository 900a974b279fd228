"""Card and social security numbers in plain text, for those who must not keep any.

A card number has blanks or hyphens between its digits or none, an issuer's prefix, that issuer's
length and a right check digit (ISO/IEC 7812). A social security number is written 000-00-0000 or,
when asked for, without hyphens. Counts are ClamAV's, and so is that text is looked at in pieces of
8191 bytes: a number across two of them is not seen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from nacre.model.event import Finding
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap
    from nacre.model.options import ScanOptions

_CARDS: Final = "Heuristics.Structured.CreditCardNumber"
_SECURITY: Final = "Heuristics.Structured.SSN"
_PIECE: Final = 8191

_CARD: Final = re.compile(rb"(?<![0-9])(?=([0-6][0-9 -]{0,24}))")
_PREFIX: Final = 6
_MOST_BETWEEN: Final = 8
"""Blanks and hyphens in one card number."""
_TOO_MANY: Final = re.compile(rb"(?:[0-9]*[ -]){9}")
_SHORTEST: Final = 13
_LONGEST: Final = 16
_DOUBLED: Final = bytes.maketrans(b"0123456789", b"0246813579")
"""Digit sums of twice the digit."""

_WITH_HYPHENS: Final = re.compile(
    rb"(?s)(?<![0-9])(?=.{3}-..-.{4}(?![0-9]))([0-9]{1,3})-\s*([0-9]{1,2})-\s*([0-9]{1,4})"
)
"""As ClamAV reads it: the hyphens are in their places, but parts may be short."""
_STRIPPED: Final = re.compile(rb"(?<![0-9])([0-9]{3})([0-9]{2})([0-9]{4})(?![0-9])")
_LAST_AREA: Final = 772
_NO_AREAS: Final = frozenset({0, 666})


class _Issuer(NamedTuple):
    first: int
    last: int
    """Of the prefixes of six digits."""
    shortest: int
    longest: int
    credit: bool = True


_ISSUERS: Final = (
    _Issuer(100000, 199999, 13, 15, credit=False),  # UATP
    _Issuer(222100, 272099, 16, 16),
    _Issuer(300000, 305999, 14, 16),
    _Issuer(309500, 309599, 14, 16),
    _Issuer(340000, 349999, 15, 15),
    _Issuer(352800, 358999, 16, 16),
    _Issuer(360000, 369999, 14, 16),
    _Issuer(370000, 379999, 15, 15),
    _Issuer(380000, 399999, 16, 16),
    _Issuer(400000, 499999, 16, 16),
    _Issuer(500000, 509999, 16, 16, credit=False),  # Maestro
    _Issuer(510000, 559999, 16, 16),
    _Issuer(601100, 601199, 16, 16),
    _Issuer(622126, 622926, 16, 16),
    _Issuer(624000, 626999, 16, 16),
    _Issuer(628200, 628899, 16, 16),
    _Issuer(644000, 659999, 16, 16),
)


class StructuredCheck:
    """Counts card and social security numbers."""

    TYPES: ClassVar = frozenset({FileType.TEXT_ASCII})
    OPTION: ClassVar = "structured_data_detection"
    ALERTS: ClassVar = (_CARDS, _SECURITY)

    def check(self, data: Fmap, options: ScanOptions, budget: Budget) -> Iterator[Finding]:
        """Yield a finding for each kind of which there are enough; no further once there are."""
        patterns = [_WITH_HYPHENS] * options.structured_ssn_normal
        patterns += [_STRIPPED] * options.structured_ssn_stripped
        cards = numbers = 0
        for at in range(0, len(data), _PIECE):
            budget.check_time()
            piece = data.read(at, _PIECE)
            cards += _cards(piece, options)
            numbers += sum(_security_numbers(pattern, piece) for pattern in patterns)
            enough = False
            if numbers >= options.structured_ssn_count and patterns:
                yield Finding(_SECURITY)
                enough = True
            if cards >= options.structured_cc_count:
                yield Finding(_CARDS)
                enough = True
            if enough:
                return


def _cards(text: bytes, options: ScanOptions) -> int:
    count = free = 0
    for found in _CARD.finditer(text):
        if found.start() >= free and _is_card(found[1], options):
            count += 1
            free = found.start() + _LONGEST  # ClamAV goes on there, wherever the number ends
    return count


def _is_card(text: bytes, options: ScanOptions) -> bool:
    """Whether a card number begins `text`, which is all digits, blanks and hyphens there are."""
    if many := _TOO_MANY.match(text):
        text = text[: many.end() - 1]
    digits = text.translate(None, b" -")[:_LONGEST]
    if len(digits) < _SHORTEST:
        return False
    prefix = int(digits[:_PREFIX])
    for issuer in _ISSUERS:
        if issuer.first <= prefix <= issuer.last and len(digits) >= issuer.shortest:
            counted = issuer.credit or not options.structured_cc_only
            size = min(len(digits), issuer.longest)
            return counted and _is_right(digits[:size]) and _is_alone(text, size)
    return False


def _is_alone(text: bytes, size: int) -> bool:
    """Whether no further digit stands right behind the number's last, its `size`th."""
    ends = [at + 1 for at, byte in enumerate(text) if byte in b"0123456789"]
    return not text[ends[size - 1] : ends[size - 1] + 1].isdigit()


def _is_right(number: bytes) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812 annex B)."""
    odd, even = number[-1::-2], number[-2::-2].translate(_DOUBLED)
    return (sum(odd) + sum(even) - ord("0") * len(number)) % 10 == 0


def _security_numbers(pattern: re.Pattern[bytes], text: bytes) -> int:
    count = 0
    for found in pattern.finditer(text):
        area, group, serial = map(int, found.groups())
        count += 0 < area <= _LAST_AREA and area not in _NO_AREAS and group > 0 and serial > 0
    return count
