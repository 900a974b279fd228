"""Packed programs made by hand, as the loaders of FSG and MEW would find them.

No sample of FSG can be had, so that the loaders are written down here byte by byte as far as they
are recognised by. What they unpack is made by a small aPLib compressor.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from executables.portable import PAGE, Pe, Section

BASE = 0x400000
ROOM = 0x4000
PACKED = PAGE + ROOM


class _Bits:
    """Tag bits, the highest first, with the bytes that lie between them."""

    def __init__(self, first: int) -> None:
        self.out = bytearray([first])
        self._tag = 0
        self._left = 0

    def bits(self, text: str) -> None:
        for bit in text:
            if not self._left:
                self._tag, self._left = len(self.out), 8
                self.out.append(0)
            self._left -= 1
            self.out[self._tag] |= int(bit) << self._left

    def gamma(self, number: int) -> None:
        digits = f"{number:b}"[1:]
        self.bits("1".join(digits) + "0")


def aplib(data: bytes) -> bytes:
    """`data` compressed with literals, matches and single bytes."""
    bits = _Bits(data[0])
    at, after_match = 1, False
    while at < len(data):
        distance, length = _match(data, at)
        if length >= 4:
            longer = 2 if distance < 128 or distance >= 32000 else int(distance >= 1280)
            bits.bits("10")
            bits.gamma((distance >> 8) + (2 if after_match else 3))
            bits.out.append(distance & 0xFF)
            bits.gamma(length - longer)
            at, after_match = at + length, True
            continue
        if data[at] == 0:
            bits.bits("1110000")
        else:
            bits.bits("0")
            bits.out.append(data[at])
        at, after_match = at + 1, False
    bits.bits("110")
    bits.out.append(0)
    return bytes(bits.out)


def _match(data: bytes, at: int) -> tuple[int, int]:
    best = (0, 0)
    for distance in range(1, min(at, 3000) + 1):
        length = 0
        while (
            at + length < len(data)
            and length < 200
            and data[at + length] == data[at + length - distance]
        ):
            length += 1
        if length > best[1]:
            best = (distance, length)
    return best


@dataclass(frozen=True, slots=True)
class Content:
    """What is packed: pieces of memory by their offset in the empty section."""

    pieces: dict[int, bytes] = field(default_factory=dict)
    entry: int = PAGE

    def streams(self) -> list[bytes]:
        return [aplib(piece) for piece in self.pieces.values()]

    def targets(self) -> list[int]:
        return [BASE + PAGE + offset for offset in self.pieces]


def _program(
    code: bytes, packed: bytes, entry: int, headers: bytes = b"", at: int = 0x1C0
) -> bytes:
    size = -(-(len(packed) + len(code)) // 0x200) * 0x200
    sections = (
        Section(virtual_size=ROOM, size=0, flags=0xC00000E0),
        Section(
            address=PACKED,
            virtual_size=-(-size // PAGE) * PAGE,
            size=size,
            flags=0xC00000E0,
            content=packed + code,
        ),
    )
    program = bytearray(Pe(sections=sections, entry=entry, subsystem=2).build())
    program[at : at + len(headers)] = headers
    return bytes(program)


_LOOP = bytes.fromhex("73f933c9ff13731633c0ff13731fb68041b010ff1312c073fa753caaebe0")


def fsg_2(content: Content) -> bytes:
    """FSG 2.0: registers of the loader in memory, one stream."""
    (piece,) = content.streams()
    (target,) = content.targets()
    place = BASE + PACKED
    functions = place + 0x40
    registers = struct.pack("<8I", target, place + 0x80, 0, 0, functions, 0x80, 0, 0x12FFC4)
    head = struct.pack("<I", place + 0x10).ljust(0x10, b"\0") + registers
    head = head.ljust(0x40, b"\0") + struct.pack("<4I", place, place, place, BASE + content.entry)
    packed = head.ljust(0x80, b"\0") + piece
    code = b"\x87\x25" + struct.pack("<I", place) + bytes.fromhex("619455a4b680ff13") + _LOOP
    return _program(code, packed, PACKED + len(packed))


def fsg_133(content: Content) -> bytes:
    """FSG 1.33: a list of addresses in the headers, each with one added."""
    first, *others = content.targets()
    place = BASE + PACKED
    *others, last = others
    numbers = [place, first, place, *(target + 1 for target in others), 0, last, 1]
    table = struct.pack(f"<{len(numbers)}I", *numbers)
    code = b"\xbe" + struct.pack("<I", BASE + 0x1A4)
    code += bytes.fromhex("ad93ad97ad5696b280a4b680ff13") + _LOOP
    packed = b"".join(content.streams())
    return _leaving(code, packed, content, b"\xfe\x0e\x0f\x84", (0x1A4, table))


def fsg_131(content: Content) -> bytes:
    """FSG 1.31: a list of page numbers in the headers."""
    first, *others = content.targets()
    table = b"".join(struct.pack("<H", (target >> 12) + 2) for target in others)
    table += struct.pack("<H", 2)
    packed = b"".join(content.streams())
    code = struct.pack("<BIBIBI", 0xBB, BASE + 0x1D0, 0xBF, first, 0xBE, BASE + PACKED)
    code += bytes.fromhex("53e80a00000002d275058a164612d2c3b280a46a025bff1424")
    return _leaving(code, packed, content, b"\xfe\x0f\x0f\x84", (0x1D0, table))


def _leaving(
    code: bytes, packed: bytes, content: Content, jump: bytes, table: tuple[int, bytes]
) -> bytes:
    """The loader `code` with its last `jump`, and a table in the headers."""
    code = code.ljust(0x9F, b"\x90") + jump
    entry = PACKED + len(packed)
    code += struct.pack("<i", content.entry - (entry + len(code) + 4))
    at, numbers = table
    return _program(code, packed, entry, numbers, at)


def mew(content: Content) -> bytes:
    """MEW 11: the loader in the headers, addresses between the streams."""
    loader = 0x200
    numbers = [BASE + loader - 0x20, BASE + content.entry]
    packed = struct.pack("<2I", *numbers)
    for target, stream in zip(content.targets(), content.streams(), strict=True):
        packed += struct.pack("<I", target) + stream
    packed += struct.pack("<I", 0)
    headers = b"\xbe" + struct.pack("<I", BASE + PACKED)
    headers += bytes.fromhex("8bdeadad50ad97b280a4b680ff13") + _LOOP
    entry = PACKED + len(packed)
    code = b"\xe9" + struct.pack("<i", loader - (entry + 5))
    return _program(code, packed, entry, headers, loader)
