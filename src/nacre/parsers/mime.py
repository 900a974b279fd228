"""The header of a mail or of a part of one.

Layout: lines ``Name: value`` up to an empty one; a line that begins with a blank goes on with the
one before. A value may have parameters ``; name=value``, quoted or not, with comments in brackets.
Spec: RFC 5322 2.2, RFC 2045 5.1, RFC 2183, RFC 2231 (split and encoded parameters), RFC 2047
(encoded words, which mail programs accept in file names against the rules).
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.parsers.reader import ascii_decimal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.fmap import Fmap

LONGEST: Final = 256 << 10
"""Bytes of a header that are read, as in ClamAV."""
MOST_FIELDS: Final = 1024
MOST_PARAMETERS: Final = 256

_LONGEST_VALUE: Final = 16 << 10
_FIELD: Final = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_UNFOLD: Final = re.compile(rb"\r?\n(?=[ \t])")
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


class Fragment(NamedTuple):
    """Which piece of a message a ``message/partial`` is (RFC 2046 5.2.2)."""

    message: bytes
    """What all pieces of the message have in common."""
    number: int
    """From 1; 0 when the header does not say."""
    total: int
    """Pieces there are; 0 when the header does not say, as all but the last may."""


class Header(NamedTuple):
    """What a header says about the body behind it."""

    body: int
    """Where the body begins."""
    kind: bytes
    """Content type in lower case, such as ``multipart/mixed``; empty when there is none."""
    encoding: bytes
    """Content transfer encoding in lower case; empty when there is none."""
    boundaries: tuple[bytes, ...]
    """All boundaries that are named; more than one is an attack on somebody's parser."""
    name: bytes
    """File name, UTF-8; empty when there is none."""
    limit: str | None
    """The limit that kept some of the header from being read."""
    fragment: Fragment | None = None
    disposition: bytes = b""
    """``inline`` or ``attachment`` in lower case; empty when nothing is said."""


def header(data: Fmap, start: int, end: int, *, leading: bool = False) -> Header:
    """The header at `start`; it ends with an empty line, or before a line that is no field.

    `leading` passes over lines before the first field, as mail programs leave them in files.
    """
    last = min(start + LONGEST, end)
    for gap in (b"\n\n", b"\n\r\n"):  # so that only the header itself is taken apart
        at = data.find(gap, start, last)
        last = at + len(gap) if at >= 0 else last
    size, fields, limit = _extent(data.read(start, last - start), leading=leading)
    if size == LONGEST and start + size < end:
        limit = "EmailHeaderBytes"
    kind = encoding = name = disposition = b""
    boundaries: list[bytes] = []
    fragment = None
    for key, value in fields:
        if key == b"content-type":
            parameters = dict(_parameters(value))
            kind = kind or _first_word(value)
            fragment = fragment or _fragment(parameters)
            name = name or parameters.get(b"name", b"")
            boundaries += _boundaries(value, parameters)
        elif key == b"content-transfer-encoding":
            encoding = encoding or _first_word(value)
        elif key == b"content-disposition":
            disposition = disposition or _first_word(value)
            name = dict(_parameters(value)).get(b"filename", b"") or name
    boundaries = list(dict.fromkeys(boundaries))
    if kind != b"message/partial":
        fragment = None
    return Header(
        start + size, kind, encoding, tuple(boundaries), name, limit, fragment, disposition
    )


def _extent(text: bytes, *, leading: bool) -> tuple[int, list[tuple[bytes, bytes]], str | None]:
    """Size of the header with the empty line behind it, its fields, and a limit it exceeds."""
    size = 0
    fields: list[tuple[bytes, bytes]] = []
    current = bytearray()
    limit = None
    for line in text.splitlines(keepends=True):
        folded = line[:1] in (b" ", b"\t") and bool(line.strip()) and bool(current)
        if not line.strip(b"\r\n"):
            size += len(line)
            break
        if not folded:
            if not _FIELD.match(line) and not line.startswith((b"From ", b">From ")):
                if not leading or current or fields:
                    break  # no empty line before the body
                size += len(line)
                continue
            _add(fields, current)
            current = bytearray()
        size += len(line)
        if len(fields) >= MOST_FIELDS:
            limit = "EmailHeaders"
            continue
        current += line
    _add(fields, current)
    return size, fields, limit


def _add(fields: list[tuple[bytes, bytes]], raw: bytearray) -> None:
    field = _FIELD.match(raw)
    if field is not None and field[1].lower().startswith(b"content-"):
        value = _UNFOLD.sub(b"", bytes(raw[field.end() : field.end() + _LONGEST_VALUE])).strip()
        fields.append((field[1].lower(), value))
    elif raw:
        fields.append((b"", b""))


def _boundaries(value: bytes, parameters: dict[bytes, bytes]) -> Iterator[bytes]:
    """Each boundary named: put together, as it stands, and without quotes that are none."""
    texts = [parameters.get(b"boundary", b"")]
    raw = _raw_parameters(_without_comments(value))
    texts += (text for name, text in raw if name.lower() == b"boundary")
    for text in texts:
        if boundary := text.rstrip():
            yield boundary
            if bare := boundary.strip(b"'"):
                yield bare


def _fragment(parameters: dict[bytes, bytes]) -> Fragment:
    number, total = (ascii_decimal(parameters.get(name, b"")) for name in (b"number", b"total"))
    return Fragment(parameters.get(b"id", b""), number or 0, total or 0)


def _first_word(value: bytes) -> bytes:
    value = _without_comments(value)
    return value.partition(b";")[0].strip(b" \t\r\n\"'").lower()


def _without_comments(value: bytes) -> bytes:
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


def _parameters(value: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Parameters with lower-case names, split and encoded ones put together."""
    pieces: dict[bytes, dict[int, bytes]] = {}
    for name, text in _raw_parameters(_without_comments(value)):
        split = _SPLIT_NAME.match(name.lower())
        if split is None:
            continue
        number = int(split[2] or 0)
        # Only the first piece of an encoded one begins with character set and language.
        plain = _percent(text if number else text.split(b"'", 2)[-1]) if split[3] else text
        pieces.setdefault(split[1], {}).setdefault(number, plain)
    for name, parts in pieces.items():
        yield name, decoded_words(b"".join(parts[number] for number in sorted(parts)))


def _raw_parameters(value: bytes) -> Iterator[tuple[bytes, bytes]]:
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
