"""ZOO archives, written from zoo.h and zoo(1), for no packaged program writes them.

LZW as zoo has it; what is packed with its other method comes from an archive of LHA, whose lh5 is
the same.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

TAG = 0xFDC4A7DC
STORED, LZW, LZH = range(3)
CLEAR, END, FIRST = 256, 257, 258


class File(NamedTuple):
    name: bytes
    method: int
    packed: bytes
    content: bytes
    long_name: bytes = b""
    folder: bytes = b""
    deleted: bool = False


def crc16(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


def lzw(data: bytes, widest: int = 13) -> bytes:
    """Codes of 9 to 13 bits, the least significant bit first; starts over when they are used up."""
    bits: list[str] = []
    width = 9

    def put(code: int) -> None:
        bits.append(f"{code:0{width}b}"[::-1])

    put(CLEAR)
    strings = {bytes((byte,)): byte for byte in range(256)}
    following, held = FIRST, b""
    for byte in data:
        longer = held + bytes((byte,))
        if longer in strings:
            held = longer
            continue
        put(strings[held])
        if following < 1 << widest:
            strings[longer] = following
            following += 1
            # The decoder is one string behind.
            if following - 1 >= 1 << width and width < widest:
                width += 1
        else:
            put(CLEAR)
            strings = {bytes((byte,)): byte for byte in range(256)}
            following, width = FIRST, 9
        held = bytes((byte,))
    if held:
        put(strings[held])
        if following < 1 << widest and following >= 1 << width and width < widest:
            width += 1
    put(END)
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    return bytes(int(text[at : at + 8][::-1], 2) for at in range(0, len(text), 8))


def entry(file: File, following: int, start: int) -> bytes:
    rest = b""
    if file.long_name or file.folder:
        names = [name + b"\0" if name else b"" for name in (file.long_name, file.folder)]
        rest = bytes((len(names[0]), len(names[1]))) + b"".join(names)
    head = struct.pack(
        "<IBBIIHHHIIBBBBIH13s",
        TAG, 2, file.method, following, start, 0x5A7A, 0x4321, crc16(file.content),
        len(file.content), len(file.packed), 2, 0, file.deleted, 0, 0, 0, file.name,
    )  # fmt: skip
    whole = head + struct.pack("<Hb", len(rest), 127) + bytes(2) + rest
    crc = crc16(whole)
    return whole[:54] + struct.pack("<H", crc) + whole[56:]


def zoo(files: list[File]) -> bytes:
    """An archive of `files`."""
    start = 42
    out = b"ZOO 2.10 Archive.\x1a\0\0" + struct.pack(
        "<IiiBBBIHB", TAG, start, -start, 2, 0, 1, 0, 0, 0
    )
    for file in files:
        size = len(entry(file, 0, 0))
        place = len(out) + size
        out += entry(file, place + len(file.packed), place) + file.packed
    return out + struct.pack("<IBB", TAG, 2, 0) + bytes(50)
