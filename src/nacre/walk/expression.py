r"""POSIX extended regular expressions over bytes.

`compile_expression` is the only door: what it returns can be exchanged. Now it translates to `re`:
bracket expressions with their classes, bounds, `\<` and `\>`; `.` matches every byte, `$` only the
end. Refused, as by ClamAV: nothing to repeat, a repeated repetition, an empty alternative, an open
bracket.
"""

from __future__ import annotations

import re
from typing import Protocol

from nacre.model.errors import ConfigError

MAX_BOUND = 255
"""RE_DUP_MAX of POSIX."""

_CLASSES = {
    b"alnum": rb"a-zA-Z0-9",
    b"alpha": rb"a-zA-Z",
    b"blank": rb" \t",
    b"cntrl": rb"\x00-\x1f\x7f",
    b"digit": rb"0-9",
    b"graph": rb"\x21-\x7e",
    b"lower": rb"a-z",
    b"print": rb"\x20-\x7e",
    b"punct": rb"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e",
    b"space": rb"\x09-\x0d\x20",
    b"upper": rb"A-Z",
    b"xdigit": rb"0-9A-Fa-f",
}
_PLAIN = {b"^": rb"\A", b"$": rb"\Z", b".": b"."}
_BOUND = re.compile(rb"\{([0-9]+)(?:(,)([0-9]*))?\}")


class Expression(Protocol):
    """A compiled expression."""

    def search(self, data: bytes) -> bool:
        """True when it matches anywhere in `data`."""


class _Translated:
    __slots__ = ("_search",)

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        self._search = pattern.search

    def search(self, data: bytes) -> bool:
        return self._search(data) is not None


def compile_expression(pattern: bytes) -> Expression:
    """The expression that `pattern` writes; raises ConfigError."""
    try:
        return _Translated(re.compile(_Translator(pattern).run(), re.DOTALL))
    except (_MalformedError, re.error, OverflowError, RecursionError) as error:
        shown = pattern.decode("utf-8", "backslashreplace")
        raise ConfigError(f"regular expression '{shown}' is ignored: {error}") from None


class _MalformedError(ValueError):
    """The pattern is no extended regular expression."""


class _Translator:
    """One pass from left to right; `_repeatable` says whether a `*` may follow."""

    def __init__(self, pattern: bytes) -> None:
        self._pattern = pattern
        self._at = 0
        self._out: list[bytes] = []
        self._repeatable = False
        self._branch_empty = True
        self._depth = 0

    def run(self) -> bytes:
        if not self._pattern:
            raise _MalformedError("it is empty")
        while self._at < len(self._pattern):
            self._step(self._pattern[self._at : self._at + 1])
        if self._depth:
            raise _MalformedError("parentheses not balanced")
        if self._branch_empty:
            raise _MalformedError("an alternative is empty")
        return b"".join(self._out)

    def _step(self, char: bytes) -> None:
        match char:
            case b"(":
                self._open()
            case b")" if self._depth:
                self._close()
            case b"|":
                self._alternate()
            case b"*" | b"+" | b"?":
                self._repeat(char)
            case b"{" if self._bound():
                pass
            case b"[":
                self._bracket()
            case b"\\":
                self._escape()
            case _:
                self._emit(_PLAIN.get(char) or re.escape(char), repeatable=char not in b"^$")

    def _emit(self, text: bytes, *, width: int = 1, repeatable: bool = True) -> None:
        self._out.append(text)
        self._at += width
        self._repeatable = repeatable
        self._branch_empty = False

    def _open(self) -> None:
        self._depth += 1
        self._emit(b"(?:", repeatable=False)
        self._branch_empty = not self._pattern.startswith(b")", self._at)

    def _close(self) -> None:
        if self._branch_empty:
            raise _MalformedError("an alternative is empty")
        self._depth -= 1
        self._emit(b")")

    def _alternate(self) -> None:
        if self._branch_empty:
            raise _MalformedError("an alternative is empty")
        self._emit(b"|", repeatable=False)
        self._branch_empty = True

    def _repeat(self, operator: bytes, width: int = 1) -> None:
        if not self._repeatable:
            raise _MalformedError("nothing to repeat")
        self._emit(operator, width=width, repeatable=False)

    def _bound(self) -> bool:
        """Take a bound such as ``{2,3}``; False when the brace stands for itself."""
        rest = self._pattern[self._at + 1 : self._at + 2]
        if not rest.isdigit():
            return False
        found = _BOUND.match(self._pattern, self._at)
        if found is None:
            raise _MalformedError("invalid repetition count")
        low = _count(found[1])
        high = (_count(found[3]) if found[3] else None) if found[2] else low
        if low > MAX_BOUND or (high is not None and not low <= high <= MAX_BOUND):
            raise _MalformedError("invalid repetition count")
        text = b"{%d,%s}" % (low, b"" if high is None else b"%d" % high)
        self._repeat(text, len(found[0]))
        return True

    def _escape(self) -> None:
        char = self._pattern[self._at + 1 : self._at + 2]
        if not char:
            raise _MalformedError("it ends in a backslash")
        if char == b"<":
            self._emit(rb"\b(?=\w)", width=2, repeatable=False)
        elif char == b">":
            self._emit(rb"\b(?<=\w)", width=2, repeatable=False)
        else:
            self._emit(re.escape(char), width=2)

    def _bracket(self) -> None:
        body = self._at + 1
        negated = self._pattern.startswith(b"^", body)
        end, items = _bracket_items(self._pattern, body + negated)
        text = b"[" + (b"^" if negated else b"") + b"".join(items) + b"]"
        self._emit(text, width=end - self._at)


def _count(digits: bytes) -> int:
    """The number, or one over the limit when it is long: int() is quadratic."""
    return int(digits[-3:]) if not digits[:-3].strip(b"0") else MAX_BOUND + 1


def _bracket_items(pattern: bytes, at: int) -> tuple[int, list[bytes]]:
    """What stands between the brackets, as `re` writes it, and where the bracket ends."""
    items: list[bytes] = []
    while True:
        char = pattern[at : at + 1]
        if not char:
            raise _MalformedError("brackets not balanced")
        if char == b"]" and items:
            return at + 1, items
        if pattern.startswith(b"[:", at):
            at, item = _class(pattern, at)
            items.append(item)
            continue
        at, low = _element(pattern, at)
        if pattern.startswith(b"-", at) and pattern[at + 1 : at + 2] not in {b"", b"]"}:
            at, high = _element(pattern, at + 1)
            if high < low:
                raise _MalformedError("invalid range")
            items.append(_byte(low) + b"-" + _byte(high))
        else:
            items.append(_byte(low))


def _class(pattern: bytes, at: int) -> tuple[int, bytes]:
    end = pattern.find(b":]", at + 2)
    name = pattern[at + 2 : end] if end >= 0 else b""
    if name not in _CLASSES:
        raise _MalformedError("unknown character class")
    return end + 2, _CLASSES[name]


def _element(pattern: bytes, at: int) -> tuple[int, int]:
    """One byte, plain or as ``[.x.]`` or ``[=x=]``."""
    for opening, closing in ((b"[.", b".]"), (b"[=", b"=]")):
        if pattern.startswith(opening, at):
            if pattern[at + 3 : at + 5] != closing:
                raise _MalformedError("unknown collating element")
            return at + 5, pattern[at + 2]
    return at + 1, pattern[at]


def _byte(value: int) -> bytes:
    return b"\\x%02x" % value
