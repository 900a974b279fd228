"""Writes compiled scripts of AutoIt, for which no free program exists."""

from __future__ import annotations

import struct

from nacre.codecs import autoit
from nacre.model.budget import Budget
from nacre.model.limits import Limits

SCRIPT = ">>>AUTOIT SCRIPT<<<"
DIGEST = bytes(range(16))
_MAGIC = bytes.fromhex("a3484bbe986c4aa9994c530a86d6487d")
_KEYS = {
    5: (0x16FA, 0x29BC, 0xA25E, 0x29AC, 0xF25E, 0x45AA, 0x22AF + sum(DIGEST)),
    6: (0x18EE, 0xADBC, 0xB33F, 0xF820, 0xF479, 0x87BC, 0x2477),
}


def _cipher(form: int, key: int, data: bytes) -> bytes:
    """The ciphers are their own inverse."""
    return autoit.decipher_text(data, Budget(Limits()), key, newer=form == 6)


def squeeze(form: int, data: bytes) -> bytes:
    """LZSS with the longest repetition of what came within the last 100 bytes."""
    literal, repetition = ("0", "1") if form == 5 else ("1", "0")
    bits, at = [], 0
    while at < len(data):
        length, distance = max(
            ((_same(data, at, distance), distance) for distance in range(1, min(at, 100) + 1)),
            default=(0, 0),
        )
        if length < 3:
            bits.append(f"{literal}{data[at]:08b}")
            at += 1
        else:
            bits.append(f"{repetition}{distance:015b}{_length(length - 3)}")
            at += length
    text = "".join(bits)
    text += "0" * (32 + -len(text) % 8)  # ClamAV's decoder wants to see more than it takes
    return b"EA0%d" % form + struct.pack(">I", len(data)) + _bytes(text)


def _bytes(bits: str) -> bytes:
    return int(bits or "0", 2).to_bytes(len(bits) // 8, "big")


def _same(data: bytes, at: int, distance: int) -> int:
    length = 0
    while at + length < len(data) and data[at + length] == data[at + length - distance]:
        length += 1
    return length


def _length(more: int) -> str:
    bits = ""
    for width in (2, 3, 5, 8):
        full = (1 << width) - 1
        if more < full:
            return f"{bits}{more:0{width}b}"
        bits, more = f"{bits}{full:0{width}b}", more - full
    while more >= 255:
        bits, more = f"{bits}{255:08b}", more - 255
    return f"{bits}{more:08b}"


def member(form: int, kind: str, path: str, data: bytes, *, packed: bool = True) -> bytes:
    mark, kind_length, kind_key, path_length, path_key, size_key, data_key = _KEYS[form]
    written = _cipher(form, mark, b"FILE")
    for text, length_key, key in ((kind, kind_length, kind_key), (path, path_length, path_key)):
        raw = text.encode("utf-16-le" if form == 6 else "latin-1")
        written += struct.pack("<I", len(text) ^ length_key)
        written += _cipher(form, key + len(text), raw)
    stored = squeeze(form, data) if packed else data
    written += struct.pack("<B3I16x", packed, len(stored) ^ size_key, len(data) ^ size_key, 0)
    return written + _cipher(form, data_key, stored)


def compiled(form: int, *members: bytes) -> bytes:
    mark = b"AU3!EA0%d" % form
    return _MAGIC + mark + DIGEST + b"".join(members) + mark


def text(code: int, characters: str) -> bytes:
    """A token with a text, its length laid over each character."""
    size = len(characters)
    units = [ord(character) ^ size for character in characters]
    return struct.pack(f"<BI{size}H", code, size, *units)


def tokens(*lines: bytes) -> bytes:
    return struct.pack("<I", len(lines)) + b"".join(line + b"\x7f" for line in lines)
