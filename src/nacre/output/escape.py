"""File names for people: whatever a name contains, a line stays one line and shows it."""

from __future__ import annotations

import os

_UNDECODED = 0xDC80
"""Where Python keeps the bytes 80 to FF that are not UTF-8, as lone surrogates."""
_FORMS = (("\\x%02x", 1 << 8), ("\\u%04x", 1 << 16), ("\\U%08x", 1 << 32))


def printable(name: str | bytes) -> str:
    r"""`name` with everything that does not print, and the backslash, as ``\xNN`` or ``\uNNNN``.

    Control and formatting characters (colours, right-to-left marks) could forge or hide a line;
    bytes that are not UTF-8 show as their value.
    """
    text = os.fsdecode(name) if isinstance(name, bytes) else name
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(_escape(char) for char in text)


def _escape(char: str) -> str:
    if char == "\\":
        return "\\\\"
    if char.isprintable():
        return char
    code = ord(char)
    if _UNDECODED <= code < _UNDECODED + 128:
        return f"\\x{code - _UNDECODED + 128:02x}"
    return next(text % code for text, end in _FORMS if code < end)
