"""Parameters of header fields of mail: ``; name=value``, quoted or not, with comments in brackets.

Spec: RFC 2045 5.1, RFC 2231 (split and encoded parameters), RFC 2047 (encoded words, which mail
programs accept in file names against the rules).
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_PARAMETERS: Final = 256

_QUOTED: Final = re.compile(rb'"((?:[^"\\]|\\.)*)(?:"|$)', re.DOTALL)
_TOKEN: Final = re.compile(rb'[^;\s"()]*')
_NAME: Final = re.compile(rb"[^=;\s()]{1,100}")
_SPLIT_NAME: Final = re.compile(rb"(.+?)(?:\*([0-9]{1,3}))?(\*?)\Z")
_WORD: Final = re.compile(rb"=\?([^?\s]{1,40})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN_WORDS: Final = re.compile(rb"(?<=\?=)\s+(?==\?)")
_CHARSET: Final = re.compile(
    r"(us-)?ascii|utf-?(7|8|16|16le|16be)|iso-?8859-?\d{1,2}|windows-?125\d|cp\d{3,4}|koi8-[ru]"
    r"|gb2312|gbk|gb18030|big5|euc-(jp|kr)|shift[_-]?jis|iso-2022-(jp|kr)|ks_c_5601-1987",
    re.IGNORECASE,
)
"""Character sets of mail; Python has more, not all of which are fit for strangers."""
_PERCENT: Final = re.compile(rb"%([0-9a-fA-F]{2})")


def without_comments(value: bytes) -> bytes:
    """The value without what stands in brackets, outside quotes."""
    if b"(" not in value:
        return value
    out = bytearray()
    depth = 0
    quoted = False
    for byte in value:
        char = chr(byte)
        if char == '"' and not depth:
            quoted = not quoted
        elif not quoted and char == "(":
            depth += 1
        elif not quoted and char == ")" and depth:
            depth -= 1
            continue
        if not depth:
            out.append(byte)
    return bytes(out)


def parameters(value: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Parameters with lower-case names, those in pieces put together and behind the others.

    Pieces of which one is missing give two: up to the gap, and all that are there.
    """
    plain: dict[bytes, bytes] = {}
    pieces: dict[bytes, dict[int, bytes]] = {}
    for name, text in raw_parameters(without_comments(value)):
        split = _SPLIT_NAME.match(name.lower())
        if split is None:
            continue
        if not split[2] and not split[3]:
            plain.setdefault(split[1], text)
            continue
        number = int(split[2] or 0)
        # Only the first piece of an encoded one begins with character set and language.
        piece = _percent(text if number else text.split(b"'", 2)[-1]) if split[3] else text
        pieces.setdefault(split[1], {}).setdefault(number, piece)
    for name, text in plain.items():
        yield name, decoded_words(text)
    for name, parts in pieces.items():
        numbers = sorted(parts)
        unbroken = [number for at, number in enumerate(numbers) if number == at]
        if 0 < len(unbroken) < len(numbers):
            yield name, decoded_words(b"".join(parts[number] for number in unbroken))
        yield name, decoded_words(b"".join(parts[number] for number in numbers))


def raw_parameters(value: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names and values as they stand, quotes and what they protect taken off."""
    at = value.find(b";")
    count = 0
    while 0 <= at < len(value) and count < MOST_PARAMETERS:
        count += 1
        while at < len(value) and value[at : at + 1] in b"; \t\r\n":
            at += 1
        name = _NAME.match(value, at)
        if name is None:
            at = value.find(b";", at + 1)
            continue
        at = name.end()
        while value[at : at + 1] in (b" ", b"\t"):
            at += 1
        if value[at : at + 1] != b"=":
            continue
        at += 1
        while value[at : at + 1] in (b" ", b"\t"):
            at += 1
        quoted = _QUOTED.match(value, at)
        if quoted is not None:
            yield name[0], re.sub(rb"\\(.)", rb"\1", quoted[1], flags=re.DOTALL)
            at = quoted.end()
        else:
            token = _TOKEN.match(value, at)
            yield name[0], token[0] if token else b""
            at = token.end() if token else len(value)
        at = value.find(b";", at)


def _percent(text: bytes) -> bytes:
    return _PERCENT.sub(lambda code: bytes((int(code[1], 16),)), text)


def decoded_words(text: bytes) -> bytes:
    """The text with encoded words decoded to UTF-8 where their character set is known."""
    return _WORD.sub(_word, _BETWEEN_WORDS.sub(b"", text))


def _word(word: re.Match[bytes]) -> bytes:
    charset = word[1].partition(b"*")[0].decode("ascii", "replace")
    if word[2] in b"qQ":
        raw = binascii.a2b_qp(word[3].replace(b"_", b" "))
    else:
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", word[3])
        letters = letters[:-1] if len(letters) % 4 == 1 else letters
        raw = binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
    if not _CHARSET.fullmatch(charset):
        return raw
    try:
        return raw.decode(charset, "replace").encode("utf-8", "replace")
    except (LookupError, ValueError):
        return raw
