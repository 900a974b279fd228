"""File names for people: whatever a name contains, a line stays one line and shows what is there."""

from __future__ import annotations

import os


def printable(name: str | bytes) -> str:
    r"""`name` with everything that does not print, and the backslash, as ``\xNN`` or ``\uNNNN``.

    Control and formatting characters (colours, right-to-left marks) could forge or hide a line; bytes that
    are not UTF-8 show as their value.
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
    if 0xDC80 <= code <= 0xDCFF:  # a byte that Python keeps as a lone surrogate
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
