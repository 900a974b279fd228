"""ARC archives with the crunchings of versions before 5 (methods 5 to 7), which no program writes.

Written from R. A. Freed's notes on ARC files; what arc, nomarch and unar make of it is asked in
tests/compat/test_crunched.py.
"""

from __future__ import annotations

import struct

from zoo import crc16

CRUNCHED = (5, 6, 7)
END = b"\x1a\0"
_PLACES = 1 << 12
_NOTHING = 0xFFFF
_RUN = 0x90
_LONGEST_RUN = 255
_SHORTEST_RUN = 4


def runs(data: bytes) -> bytes:
    """Bytes that repeat as one, 90 and how many; 90 itself as 90 00."""
    out = bytearray()
    at = 0
    while at < len(data):
        byte, start = data[at], at
        while at < len(data) and data[at] == byte and at - start < _LONGEST_RUN:
            at += 1
        if byte == _RUN:
            out += bytes((_RUN, 0)) * (at - start)
        elif at - start >= _SHORTEST_RUN:
            out += bytes((byte, _RUN, at - start))
        else:
            out += data[start:at]
    return bytes(out)


class _Table:
    """The places of strings, which are their codes."""

    def __init__(self, *, product: bool) -> None:
        self.product = product
        self.codes: dict[tuple[int, int], int] = {}
        self.used: set[int] = set()
        self.following: dict[int, int] = {}
        for byte in range(256):
            self.add(_NOTHING, byte)

    def add(self, before: int, last: int) -> None:
        if len(self.used) == _PLACES:
            return
        place = self._hash(before, last)
        if place in self.used:
            while self.following.get(place):
                place = self.following[place]
            end, place = place, (place + 101) % _PLACES
            while place in self.used:
                place = (place + 1) % _PLACES
            self.following[end] = place
        self.used.add(place)
        self.codes[before, last] = place

    def _hash(self, before: int, last: int) -> int:
        total = (before + last) & 0xFFFF
        if self.product:
            return total * 15073 % _PLACES
        return ((total | 0x800) ** 2 >> 6) % _PLACES


def crunch(method: int, data: bytes) -> bytes:
    """Codes of 12 bits: method 5 without runs, 6 with them, 7 with another hash."""
    table = _Table(product=method == CRUNCHED[2])
    codes: list[int] = []
    held = _NOTHING
    for byte in data if method == CRUNCHED[0] else runs(data):
        longer = table.codes.get((held, byte))
        if longer is None:
            codes.append(held)
            table.add(held, byte)
            longer = table.codes[_NOTHING, byte]
        held = longer
    if held != _NOTHING:
        codes.append(held)
    text = "".join(f"{code:03x}" for code in codes)
    return bytes.fromhex(text + "0" * (len(text) % 2))


def member(method: int, name: bytes, packed: bytes, content: bytes) -> bytes:
    """A member with its header, of 20 January 1989."""
    sizes = (len(packed), 0x1234, 0x5678, crc16(content), len(content))
    return struct.pack("<BB13sIHHHI", 0x1A, method, name, *sizes) + packed


def crunched(files: dict[bytes, bytes], method: int) -> bytes:
    """An archive of files that are crunched by one method."""
    members = (member(method, name, crunch(method, data), data) for name, data in files.items())
    return b"".join(members) + END
