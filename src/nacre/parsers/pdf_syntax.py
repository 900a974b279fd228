"""Values as PDF writes them: names, strings, numbers, references, arrays, dictionaries.

Spec: ISO 32000-1, 7.2 and 7.3. Reads from bytes, leniently: what does not belong where it stands is
skipped, what the text ends inside of is closed. Nesting has a limit instead of recursion. Names
come decoded (``/A#42`` is `AB`); strings stay as written until somebody asks for their bytes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST: Final = 64
_MOST_TOKENS: Final = 500_000
_BLANK: Final = rb"[\0\t\n\f\r ]"
_REGULAR: Final = rb"[^\0\t\n\f\r ()<>\[\]{}/%]"
_TOKEN: Final = re.compile(
    rb"(?:" + _BLANK + rb"++|%[^\r\n]*+)*+"
    rb"(?:/(" + _REGULAR + rb"*+)|([-+]?[0-9]++(?!" + _REGULAR + rb"))|(<<)|(>>)|(\[)|(\])|(\()"
    rb"|<([^<>]*+)>?|(" + _REGULAR + rb"++)|(.))",
    re.DOTALL,
)
_REFERENCE: Final = re.compile(
    rb"([0-9]{1,18}+)" + _BLANK + rb"++([0-9]{1,18}+)" + _BLANK + rb"++R(?!" + _REGULAR + rb")"
)
_NAME, _INTEGER, _OPEN, _CLOSE, _ARRAY, _END_ARRAY, _STRING, _HEX, _WORD = range(1, 10)
_STRING_PART: Final = re.compile(rb"[()]|\\.", re.DOTALL)
_ESCAPED_BYTE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_ESCAPE: Final = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n|.))|\r\n?", re.DOTALL)
_ESCAPES: Final = {
    b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b"",
    b"\r\n": b"",
}  # fmt: skip
_NOT_HEX: Final = bytes(set(range(256)) - set(b"0123456789ABCDEFabcdef"))
_MOST_DIGITS: Final = 18
_UTF16: Final = {b"\xfe\xff": "utf-16-be", b"\xff\xfe": "utf-16-le"}
_UTF8: Final = b"\xef\xbb\xbf"


class Name(bytes):
    """A name, decoded and without its slash."""

    __slots__ = ()


class Word(bytes):
    """A keyword, or whatever else is none of the other things."""

    __slots__ = ()


class Reference(NamedTuple):
    """An indirect reference, such as ``7 0 R``."""

    number: int
    generation: int


class Text(NamedTuple):
    """A string as it is written, without its delimiters."""

    raw: bytes
    hexadecimal: bool

    def value(self) -> bytes:
        """The bytes it stands for."""
        if self.hexadecimal:
            digits = self.raw.translate(None, _NOT_HEX)
            return bytes.fromhex((digits + b"0" * (len(digits) & 1)).decode("ascii"))
        if b"\\" not in self.raw and b"\r" not in self.raw:
            return self.raw
        return _ESCAPE.sub(_unescaped, self.raw)


AGAIN: Final = b"\0again"
"""In a dictionary, a list of what names that it has twice or more often have besides: dictionaries
of second values, of third ones and so on. Readers do not agree which one counts."""

Dictionary: TypeAlias = "dict[bytes, Value]"
Value: TypeAlias = (
    "int | float | bool | Name | Word | Reference | Text | list[Value] | Dictionary | None"
)


class Parsed(NamedTuple):
    """A value and where the text goes on behind it; `whole` is false when the text ended first."""

    value: Value
    end: int
    whole: bool
    escaped: tuple[bytes, ...] = ()
    """Names that were written with ``#``, decoded."""


def parse(text: bytes, at: int = 0) -> Parsed:
    """The first value from `at` on."""
    return _Parser(text).value(at)


def decode_name(name: bytes) -> bytes:
    """A name without its escapes."""
    return _ESCAPED_BYTE.sub(lambda found: bytes((int(found[1], 16),)), name)


def readable(value: bytes) -> bytes:
    """A text string in UTF-8 (ISO 32000-1, 7.9.2); bytes that are none stay as they are."""
    codec = _UTF16.get(value[:2])
    if codec is not None:
        return value[2:].decode(codec, "replace").encode("utf-8", "replace")
    return value.removeprefix(_UTF8)


def readings(dictionary: Dictionary, names: frozenset[bytes]) -> Iterator[Dictionary]:
    """What readers may take a dictionary for that has some of `names` twice, first values first."""
    yield dictionary
    again = dictionary.get(AGAIN)
    for more in again if isinstance(again, list) else ():
        if isinstance(more, dict) and not names.isdisjoint(more):
            dictionary = {**dictionary, **more}
            yield dictionary


def dictionaries(value: Value) -> Iterator[Dictionary]:
    """All dictionaries of a value, outermost first."""
    queue: list[Value] = [value]
    for item in queue:  # grows while it is walked
        if isinstance(item, dict):
            yield item
            queue.extend(inner for inner in item.values() if isinstance(inner, dict | list))
        elif isinstance(item, list):
            queue.extend(inner for inner in item if isinstance(inner, dict | list))


class _Parser:
    """Reads one value with a stack of the containers it is in."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._stack: list[list[Value]] = []
        self._kinds: list[int] = []
        self._too_deep = 0
        """Containers that are open, but not read as such: what they hold goes one level up."""
        self._escaped: list[bytes] = []

    def value(self, at: int) -> Parsed:
        for _ in range(_MOST_TOKENS):
            found = _TOKEN.match(self._text, at)
            if found is None:
                break
            at = found.end()
            kind = found.lastindex or 0
            if kind in (_OPEN, _ARRAY):
                self._open(kind)
                continue
            if kind in (_CLOSE, _END_ARRAY):
                if self._too_deep or not self._stack:
                    self._too_deep = max(0, self._too_deep - 1)
                    continue
                item: Value = self._close()
            elif kind == _STRING:
                item, at = self._string(at)
                if at < 0:
                    break
            else:
                item = self._plain(kind, found[kind])
            if not self._stack:
                return self._alone(item, at, found.start(kind))
            self._put(item)
        return self._unfinished()

    def _alone(self, item: Value, at: int, start: int) -> Parsed:
        """A value that is in no other; where a number stands a reference may begin."""
        reference = _REFERENCE.match(self._text, start) if isinstance(item, int) else None
        if reference is not None:
            item, at = Reference(int(reference[1]), int(reference[2])), reference.end()
        return Parsed(item, at, whole=True, escaped=tuple(self._escaped))

    def _open(self, kind: int) -> None:
        if len(self._stack) == _DEEPEST:
            self._too_deep += 1
            return
        self._stack.append([])
        self._kinds.append(kind)

    def _plain(self, kind: int, token: bytes) -> Value:
        if kind == _NAME:
            if b"#" in token:
                name = decode_name(token)
                self._escaped.append(name)
                return Name(name)
            return Name(token)
        if kind == _INTEGER:
            return int(token[:_MOST_DIGITS])
        if kind == _HEX:
            return Text(token, hexadecimal=True)
        return _CONSTANTS.get(token) if token in _CONSTANTS else Word(token)

    def _put(self, item: Value) -> None:
        top = self._stack[-1]
        if isinstance(item, Word):
            if item == b"R" and len(top) > 1:
                generation, number = top[-1], top[-2]
                if isinstance(number, int) and isinstance(generation, int):
                    top[-2:] = [Reference(number, generation)]
                return
            if item in (b"obj", b"endobj", b"stream", b"endstream"):
                return
        top.append(item)

    def _close(self) -> Value:
        items = self._stack.pop()
        return _dictionary(items) if self._kinds.pop() == _OPEN else items

    def _string(self, start: int) -> tuple[Value, int]:
        depth = 1
        for part in _STRING_PART.finditer(self._text, start):
            byte = part[0]
            depth += (byte == b"(") - (byte == b")")
            if depth == 0:
                return Text(self._text[start : part.start()], hexadecimal=False), part.end()
        return None, -1

    def _unfinished(self) -> Parsed:
        item: Value = None
        while self._stack:
            item = self._close()
            if self._stack:
                self._put(item)
        return Parsed(item, len(self._text), whole=False, escaped=tuple(self._escaped))


_CONSTANTS: Final[dict[bytes, Value]] = {b"true": True, b"false": False, b"null": None}


def _dictionary(items: list[Value]) -> Dictionary:
    """Pairs of a name and a value; of several with one name the first counts, see `AGAIN`."""
    result: Dictionary = {}
    again: list[Value] = []
    times: dict[bytes, int] = {}
    key: bytes | None = None
    for item in items:
        if key is None:
            key = item if isinstance(item, Name) else None
        else:
            if key not in result:
                result[key] = item
            else:
                number = times[key] = times.get(key, -1) + 1
                if number == len(again):
                    again.append({})
                more = again[number]
                if isinstance(more, dict):
                    more[key] = item
            key = None
    if again:
        result[AGAIN] = again
    return result


def _unescaped(found: re.Match[bytes]) -> bytes:
    if found[1] is not None:
        return bytes((int(found[1], 8) & 0xFF,))
    if found[2] is not None:
        return _ESCAPES.get(found[2], found[2])
    return b"\n"
