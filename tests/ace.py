"""ACE archives, written from Lemke's paper and from what acefile reads; no free program makes them.

acefile reads all of them (samples/archive/ace). LZ77 with copies, the filters before it and the
choice of codes are real; of sound and pictures the symbols are given, and what they mean is left to
the decoder.
"""

from __future__ import annotations

import heapq
import struct
import zlib
from collections import Counter
from dataclasses import dataclass

STORED, LZ77, BLOCKED = range(3)
(
    MODE_LZ77,
    MODE_DELTA,
    MODE_EXE,
    MODE_SOUND_8,
    MODE_SOUND_16,
    MODE_SOUND_32A,
    MODE_SOUND_32B,
    MODE_PICTURE,
) = range(8)
SOLID, ENCRYPTED, IN_NEXT = 1 << 15, 1 << 14, 1 << 13
CHANGE = 283
_SYMBOLS, _LENGTHS, _SOUNDS = 284, 255, 289
_BLOCK = 30_000


@dataclass(frozen=True)
class File:
    name: str
    content: bytes
    method: int = STORED
    packed: bytes | None = None
    flags: int = 0
    attributes: int = 0x20


class Bits:
    """Bits, most significant first, in little-endian double words."""

    def __init__(self) -> None:
        self._text: list[str] = []

    def put(self, value: int, count: int) -> None:
        if count:
            self._text.append(format(value, f"0{count}b"))

    def golomb_rice(self, value: int, remainder: int) -> None:
        """A number by its lower bits, and ones for the rest."""
        self.put(value & (1 << remainder) - 1, remainder)
        self._text.append("1" * (value >> remainder) + "0")

    def finish(self) -> bytes:
        text = "".join(self._text)
        text += "0" * (-len(text) % 32)
        words = (int(text[at : at + 32], 2) for at in range(0, len(text), 32))
        return b"".join(struct.pack("<I", word) for word in words)


def archive(files: list[File], flags: int = 0) -> bytes:
    out = _header(struct.pack("<BH7s4BI8x", 0, 0x100 | flags, b"**ACE**", 20, 20, 2, 0, 0))
    for one in files:
        packed = one.content if one.packed is None else one.packed
        name = one.name.encode()
        head = struct.pack("<BHII", 1, 1 | one.flags, len(packed), len(one.content))
        crc = ~zlib.crc32(one.content) & 0xFFFFFFFF
        head += struct.pack(
            "<IIIBBHHH", 0x3A210000, one.attributes, crc, one.method, 3, 5, 0, len(name)
        )
        out += _header(head + name) + packed
    return out


def _header(fields: bytes) -> bytes:
    return struct.pack("<HH", ~zlib.crc32(fields) & 0xFFFF, len(fields)) + fields


def lz77(content: bytes, before: bytes = b"") -> bytes:
    """What ACE 1.0 makes of it, behind `before` in a solid archive."""
    bits = Bits()
    write_symbols(bits, tokens(content, before))
    return bits.finish()


def blocked(pieces: list[tuple[tuple[int, ...], bytes]]) -> bytes:
    """Pieces of a mode with its parameters: that of LZ77, the distances, or the filter for code."""
    symbols: list[tuple[int, ...]] = []
    history = b""
    position = last = 0
    for mode, piece in pieces:
        if mode[0] == MODE_DELTA:
            changed, last = _differences(piece, mode[1], last)
            symbols.append((CHANGE, MODE_DELTA, mode[1], len(piece)))
        elif mode[0] == MODE_EXE:
            changed = _counted(piece, position, wide=bool(mode[1]))
            symbols.append((CHANGE, *mode))
        else:
            changed = piece
            symbols.append((CHANGE, MODE_LZ77))
        symbols += tokens(changed, history)
        history += changed
        position += len(piece)
    bits = Bits()
    write_symbols(bits, symbols)
    return bits.finish()


def tokens(content: bytes, before: bytes = b"") -> list[tuple[int, ...]]:
    """Literals, and copies as a length and a distance."""
    data = before + content
    seen: dict[bytes, int] = {}
    for at in range(max(0, len(before) - 3)):
        seen[data[at : at + 4]] = at
    out: list[tuple[int, ...]] = []
    at = len(before)
    while at < len(data):
        found = seen.get(data[at : at + 4], -1)
        length = 0
        if found >= 0 and at - found <= 1 << 22:
            while (
                length < 257
                and at + length < len(data)
                and data[found + length] == data[at + length]
            ):
                length += 1
        if length >= 5:
            out.append((length, at - found))
        else:
            out.append((data[at],))
            length = 1
        for step in range(length):
            seen[data[at + step : at + step + 4]] = at + step
        at += length
    return out


def write_symbols(bits: Bits, symbols: list[tuple[int, ...]]) -> None:
    """Blocks of symbols, each behind its codes."""
    history = [0, 0, 0, 0]
    coded: list[tuple[int, int | None, list[tuple[int, int]]]] = []
    for one in symbols:
        if one[0] == CHANGE:
            coded.append((CHANGE, None, _mode(one[1:])))
        elif len(one) == 1:
            coded.append((one[0], None, []))
        else:
            length, distance = one[0], one[1] - 1
            if distance in history:
                back = history.index(distance)
                history.insert(0, history.pop(back))
                coded.append((256 + back, length - (3 if back > 1 else 2), []))
            else:
                history = [distance, *history[:3]]
                width = distance.bit_length()
                least = 2 if distance < 256 else 3 if distance < 8192 else 4
                low = [(distance & (1 << width - 1) - 1, width - 1)] if width > 1 else []
                coded.append((260 + width, length - least, low))
    for start in range(0, len(coded), _BLOCK):
        block = coded[start : start + _BLOCK]
        main = write_tree(bits, Counter(symbol for symbol, _, _ in block), _SYMBOLS, 11)
        lengths = Counter(length for _, length, _ in block if length is not None)
        others = write_tree(bits, lengths, _LENGTHS, 11)
        bits.put(len(block), 15)
        for symbol, copied, extra in block:
            bits.put(*main[symbol])
            for value, count in extra:
                bits.put(value, count)
            if copied is not None:
                bits.put(*others[copied])


def _mode(mode: tuple[int, ...]) -> list[tuple[int, int]]:
    widths = {MODE_DELTA: (8, 8, 17), MODE_EXE: (8, 8)}.get(mode[0], (8,))
    return list(zip(mode, widths, strict=True))


def sound(bits: Bits, channels: int, symbols: list[tuple[int, int]]) -> None:
    """Symbols, each with the code it is in: three for each channel."""
    for start in range(0, len(symbols), _BLOCK):
        block = symbols[start : start + _BLOCK]
        codes = []
        for number in range(3 * channels):
            counts = Counter(symbol for code, symbol in block if code == number)
            codes.append(write_tree(bits, counts, _SOUNDS, 10))
        bits.put(len(block), 15)
        for code, symbol in block:
            bits.put(*codes[code][symbol])


def write_tree(
    bits: Bits, counts: Counter[int], size: int, longest: int
) -> dict[int, tuple[int, int]]:
    """A code for the symbols that are counted, and what it is."""
    widths = [0] * (max(counts, default=0) + 1)
    for symbol, width in _widths(counts, longest).items():
        widths[symbol] = width
    assert len(widths) <= size + 1
    used = [width for width in widths if width]
    lower = min(used, default=1) - 1
    upper = max((width - lower for width in used), default=0) + 1
    assert upper < 16
    bits.put(len(widths) - 1, 9)
    bits.put(lower, 4)
    bits.put(upper, 4)
    width_width = max(1, upper.bit_length())
    for _ in range(upper + 1):
        bits.put(width_width, 3)
    width_codes = _codes([width_width] * (upper + 1), 7)
    stored = [width - lower if width else 0 for width in widths]
    steps = [(now - last) % upper for last, now in zip([0, *stored], stored, strict=False)]
    at = 0
    while at < len(steps):
        zeros = 0
        while zeros < 19 and steps[at + zeros : at + zeros + 1] == [0]:
            zeros += 1
        if zeros >= 4:
            bits.put(*width_codes[upper])
            bits.put(zeros - 4, 4)
        else:
            bits.put(*width_codes[steps[at]])
        at += zeros if zeros >= 4 else 1
    return _codes(widths, longest)


def _widths(counts: Counter[int], longest: int) -> dict[int, int]:
    """Widths of a Huffman code; equal ones where that is deeper than may be."""
    if len(counts) < 2:
        return dict.fromkeys(counts, 1)
    heap: list[tuple[int, int, tuple[int, ...]]] = [
        (count, symbol, (symbol,)) for symbol, count in counts.items()
    ]
    heapq.heapify(heap)
    widths = dict.fromkeys(counts, 0)
    while len(heap) > 1:
        first, second = heapq.heappop(heap), heapq.heappop(heap)
        for symbol in first[2] + second[2]:
            widths[symbol] += 1
        heapq.heappush(heap, (first[0] + second[0], first[1], first[2] + second[2]))
    if max(widths.values()) > longest:
        return dict.fromkeys(counts, (len(counts) - 1).bit_length())
    return widths


def _codes(widths: list[int], longest: int) -> dict[int, tuple[int, int]]:
    """The code of each symbol: shortest first, equal ones in the order of the format's sorting."""
    order = [(width, symbol) for symbol, width in enumerate(widths)]
    _sort(order, 0, len(order) - 1)
    order = [pair for pair in order if pair[0]] or [(1, order[0][1])]
    codes, place = {}, 0
    for width, symbol in reversed(order):
        codes[symbol] = (place >> longest - width, width)
        place += 1 << longest - width
    return codes


def _sort(order: list[tuple[int, int]], first: int, last: int) -> None:
    left, right, pivot = first, last, order[last][0]
    while True:
        while order[left][0] > pivot:
            left += 1
        while order[right][0] < pivot:
            right -= 1
        if left <= right:
            order[left], order[right] = order[right], order[left]
            left, right = left + 1, right - 1
        if left >= right:
            break
    for low, high in ((first, right), (left, last)):
        if low < high - 1:
            _sort(order, low, high)
        elif low < high and order[low][0] < order[high][0]:
            order[low], order[high] = order[high], order[low]


def _differences(piece: bytes, planes: int, last: int) -> tuple[bytes, int]:
    """Plane by plane what each byte is more than the one before, and the last byte."""
    assert len(piece) % planes == 0
    joined = b"".join(piece[plane::planes] for plane in range(planes))
    before = bytes((last,)) + joined
    steps = zip(before, joined, strict=False)
    return bytes((now - then) & 0xFF for then, now in steps), before[-1]


def _counted(code: bytes, position: int, *, wide: bool) -> bytes:
    out = bytearray(code)
    at = 0
    while at + 4 < len(out):
        size = 4 if out[at] == 0xE8 and wide else 2 if out[at] in (0xE8, 0xE9) else 0
        if size:
            number = int.from_bytes(out[at + 1 : at + 1 + size], "little") + position + at
            out[at + 1 : at + 1 + size] = (number % (1 << 8 * size)).to_bytes(size, "little")
        at += 1 + size
    return bytes(out)
