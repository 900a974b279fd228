"""Writing DER, for what openssl has no command for."""

from __future__ import annotations

import time
from dataclasses import dataclass

NULL = b"\x05\x00"


def element(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def sequence(*parts: bytes) -> bytes:
    return element(0x30, *parts)


def set_of(*parts: bytes) -> bytes:
    return element(0x31, *parts)


def context(number: int, *parts: bytes) -> bytes:
    return element(0xA0 | number, *parts)


def integer(value: int) -> bytes:
    return element(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(value: bytes) -> bytes:
    return element(0x04, value)


def oid(dotted: str) -> bytes:
    first, second, *arcs = map(int, dotted.split("."))
    out = bytearray()
    for arc in (40 * first + second, *arcs):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        out += bytes(reversed(groups))
    return element(0x06, bytes(out))


def utc_time(seconds: int) -> bytes:
    return element(0x17, time.strftime("%y%m%d%H%M%SZ", time.gmtime(seconds)).encode())


def attribute(kind: str, *values: bytes) -> bytes:
    return sequence(oid(kind), set_of(*values))


@dataclass(frozen=True, slots=True)
class Part:
    """An element of what some tool wrote."""

    tag: int
    whole: bytes
    content: bytes

    def parts(self) -> list[Part]:
        return split(self.content)


def split(data: bytes) -> list[Part]:
    """The elements that `data` consists of."""
    parts, at = [], 0
    while at < len(data):
        part = first(data[at:])
        parts.append(part)
        at += len(part.whole)
    return parts


def first(data: bytes) -> Part:
    """The element that `data` begins with."""
    length, body = data[1], 2
    if length & 0x80:
        body += length & 0x7F
        length = int.from_bytes(data[2:body], "big")
    return Part(data[0], data[: body + length], data[body : body + length])
