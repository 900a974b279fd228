"""The text of one value to its meaning, by ClamAV's rules.

Booleans are yes, no, true, false, 1 or 0 in any case. Numbers are ASCII digits only. Sizes are
numbers that may end in K, M or G. What does not fit into 63 bits is cut there, with a warning.
"""

from __future__ import annotations

from nacre.config.option import Kind, Option, Value

LARGEST = (1 << 63) - 1
MAX_DIGITS = 40
"""int() is quadratic in its digits; anything this long is over LARGEST already."""

_TRUE = frozenset({"yes", "true", "1"})
_FALSE = frozenset({"no", "false", "0"})
_UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


class BadValueError(ValueError):
    """The text is no value of the option's kind."""


class EmptyValueError(ValueError):
    """A string option was given an empty value."""


def parse(option: Option, text: str) -> tuple[Value, bool]:
    """The value `text` means for `option`, and whether it was cut to `LARGEST`.

    Raises BadValueError or EmptyValueError.
    """
    match option.kind:
        case Kind.BOOL:
            return _boolean(text), False
        case Kind.NUMBER:
            return _number(text, 1)
        case Kind.SIZE:
            unit = _UNITS.get(text[-1:].lower(), 1)
            return _number(text if unit == 1 else text[:-1], unit)
        case Kind.STRING:
            return _string(option, text), False


def _boolean(text: str) -> bool:
    word = text.lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise BadValueError(text)


def _number(text: str, unit: int) -> tuple[int, bool]:
    if not (text.isascii() and text.isdigit()):
        raise BadValueError(text)
    digits = text.lstrip("0") or "0"
    value = LARGEST + 1 if len(digits) > MAX_DIGITS else int(digits) * unit
    return (LARGEST, True) if value > LARGEST else (value, False)


def _string(option: Option, text: str) -> str:
    if not text:
        raise EmptyValueError
    if not option.choices:
        return text
    for choice in option.choices:
        if choice.lower() == text.lower():
            return choice
    raise BadValueError(text)
