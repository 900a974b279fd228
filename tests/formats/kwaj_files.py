"""KWAJ files, written from what is known of the format; no program that is left writes them.

libmspack, which knows them too, reads all of it.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter

from formats.cabinets import BitWriter, Token, code_lengths, codes, tokens

HEADER = 14


def kwaj(method: int, packed: bytes, *, size: int | None = None, name: bytes = b"") -> bytes:
    fields = b"" if size is None else struct.pack("<I", size)
    fields += name + b"\0" if name else b""
    flags = (size is not None) | (8 if name else 0)
    start = HEADER + len(fields)
    return b"KWAJ\x88\xf0\x27\xd1" + struct.pack("<3H", method, start, flags) + fields + packed


def turned(data: bytes) -> bytes:
    return bytes(byte ^ 0xFF for byte in data)


def mszip(data: bytes) -> bytes:
    out, history = b"", b""
    for at in range(0, len(data), 32 << 10):
        frame = data[at : at + (32 << 10)]
        packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=history)
        block = b"CK" + packer.compress(frame) + packer.flush()
        out += struct.pack("<H", len(block)) + block
        history = frame
    return out + b"\0\0"


def lzss(data: bytes, start: int = 4096 - 18) -> bytes:
    """LZSS over a ring of 4096 bytes, begun at `start`."""
    out = bytearray()
    group: list[bytes] = []
    flags = at = 0
    for token in tokens(data, 4096 - 18, 18):
        if isinstance(token, int):
            flags |= 1 << len(group)
            group.append(bytes((token,)))
            at += 1
        else:
            length, distance = token
            place = (start + at - distance) % 4096
            group.append(bytes((place & 0xFF, place >> 4 & 0xF0 | length - 3)))
            at += length
        if len(group) == 8:
            out += bytes((flags,)) + b"".join(group)
            flags, group = 0, []
    if group:
        out += bytes((flags,)) + b"".join(group)
    return bytes(out)


def lzh(data: bytes, forms: tuple[int, ...] = (0, 1, 2, 3, 3)) -> bytes:
    """Matches of 3 to 17 bytes, runs of literals, five codes with lengths told in `forms`."""
    events = _events(list(tokens(data, 4000, 17)))
    counts: list[Counter[int]] = [Counter() for _ in range(5)]
    for code, symbol, _, _ in events:
        counts[code][symbol] += 1
    sizes = (16, 16, 32, 64, 256)
    lengths = [
        [size.bit_length() - 1] * size if form == 0 else code_lengths(count, size, 15)
        for count, size, form in zip(counts, sizes, forms, strict=True)
    ]
    bits = BitWriter(8)
    for form in (*forms, 0):
        bits.put(form, 4)
    for form, told in zip(forms, lengths, strict=True):
        _put_lengths(bits, form, told)
    tables = [codes(told) for told in lengths]
    for code, symbol, plain, count in events:
        bits.put(*tables[code][symbol])
        bits.put(plain, count)
    bits.align()
    return bytes(bits.out)


def _events(stream: list[Token]) -> list[tuple[int, int, int, int]]:
    """Code, symbol, and bits as they are with their count."""
    events: list[tuple[int, int, int, int]] = []
    at, after_run = 0, 0
    while at < len(stream):
        token = stream[at]
        if not isinstance(token, int):
            length, distance = token
            events.append((after_run, length - 2, 0, 0))
            events.append((3, distance >> 6, distance & 63, 6))
            after_run = 0
            at += 1
            continue
        run = [byte for byte in stream[at : at + 32] if isinstance(byte, int)]
        end = next(
            (n for n, byte in enumerate(stream[at : at + 32]) if not isinstance(byte, int)),
            len(run),
        )
        run = run[:end]
        events.append((after_run, 0, 0, 0))
        events.append((2, len(run) - 1, 0, 0))
        events += [(4, byte, 0, 0) for byte in run]
        after_run = 0 if len(run) == 32 else 1
        at += len(run)
    return events


def _put_lengths(bits: BitWriter, form: int, lengths: list[int]) -> None:
    if form == 0:
        return
    before = 0
    for number, length in enumerate(lengths):
        if form == 3 or number == 0:
            bits.put(length, 4)
        elif form == 1:
            if length == before:
                bits.put(0, 1)
            elif length == before + 1:
                bits.put(0b10, 2)
            else:
                bits.put(0b11, 2)
                bits.put(length, 4)
        elif -1 <= length - before <= 1:
            bits.put(length - before + 1, 2)
        else:
            bits.put(3, 2)
            bits.put(length, 4)
        before = length
