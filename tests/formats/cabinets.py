"""Cabinets, written from [MS-CAB], and the two methods of theirs that no free program writes.

cabextract reads all of it, which `test_cab` asks it to.
"""

from __future__ import annotations

import heapq
import itertools
import struct
import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FRAME = 32 << 10
Token = int | tuple[int, int]
"""A literal, or length and distance of a match."""


@dataclass
class Folder:
    """Blocks, each packed data and the size of its content, and their files."""

    method: int
    blocks: list[tuple[bytes, int]]
    files: list[tuple[bytes, int]]
    """Names and sizes, one behind the other."""


def cabinet(
    folders: Sequence[Folder],
    *,
    flags: int = 0,
    head: bytes = b"",
    reserve: tuple[int, int] = (0, 0),
) -> bytes:
    """A whole cabinet.

    `head` is what stands behind the header's fixed part, `reserve` how many bytes more folders and
    blocks have.
    """
    files = b"".join(
        struct.pack("<IIHHHH", size, offset, number, 0x21, 0, 0x20) + name + b"\0"
        for number, folder in enumerate(folders)
        for (name, size), offset in zip(folder.files, _offsets(folder), strict=True)
    )
    files_at = 36 + len(head) + (8 + reserve[0]) * len(folders)
    at = files_at + len(files)
    listed, data = b"", b""
    for folder in folders:
        listed += struct.pack("<IHH", at + len(data), len(folder.blocks), folder.method)
        listed += bytes(reserve[0])
        for packed, size in folder.blocks:
            data += struct.pack("<IHH", 0, len(packed), size) + bytes(reserve[1]) + packed
    count = sum(len(folder.files) for folder in folders)
    size = at + len(data)
    header = struct.pack(
        "<4sIIIIIBB5H", b"MSCF", 0, size, 0, files_at, 0, 3, 1, len(folders), count, flags, 7, 0
    )
    return header + head + listed + files + data


def _offsets(folder: Folder) -> Iterator[int]:
    return itertools.accumulate((size for _, size in folder.files[:-1]), initial=0)


def frames(data: bytes) -> list[bytes]:
    return [data[at : at + FRAME] for at in range(0, len(data), FRAME)]


def stored(data: bytes) -> list[tuple[bytes, int]]:
    return [(frame, len(frame)) for frame in frames(data)]


def mszip(data: bytes) -> list[tuple[bytes, int]]:
    blocks, history = [], b""
    for frame in frames(data):
        packer = (
            zlib.compressobj(9, zlib.DEFLATED, -15, zdict=history)
            if history
            else zlib.compressobj(9, zlib.DEFLATED, -15)
        )
        blocks.append((b"CK" + packer.compress(frame) + packer.flush(), len(frame)))
        history = frame
    return blocks


class BitWriter:
    """Bits, most significant first; as words whose low byte comes first, or as bytes."""

    def __init__(self, unit: int = 16) -> None:
        self.unit = unit
        self.out = bytearray()
        self.held = 0
        self.count = 0

    def put(self, value: int, count: int) -> None:
        self.held = self.held << count | value
        self.count += count
        while self.count >= self.unit:
            self.count -= self.unit
            word = self.held >> self.count
            self.held &= (1 << self.count) - 1
            self.out += word.to_bytes(self.unit // 8, "little")

    def align(self) -> None:
        if self.count:
            self.put(0, self.unit - self.count)


def tokens(
    data: bytes, window: int, most: int, *, near: Sequence[int] = (), frame: int = FRAME
) -> Iterator[Token]:
    """Greedy LZ77; no match goes over the end of a frame.

    `near` has the farthest distances of matches of 3 bytes, of 4, and so on.
    """
    shortest = 3
    places: dict[bytes, int] = {}
    at = 0
    while at < len(data):
        room = min(most, frame - at % frame, len(data) - at)
        key = data[at : at + shortest]
        before = places.get(key, -1)
        length = 0
        if before >= 0 and at - before <= window and room >= shortest:
            while length < room and data[before + length] == data[at + length]:
                length += 1
        reach = near[length - 3] if 0 <= length - 3 < len(near) else window
        step = length if length >= shortest and at - before <= reach else 1
        yield (length, at - before) if step > 1 else data[at]
        for place in range(at, at + step):
            places[data[place : place + shortest]] = place
        at += step


def code_lengths(counts: Counter[int], symbols: int, longest: int = 16) -> list[int]:
    """Huffman code lengths; two symbols at least, so that the code is complete."""
    if not counts:
        return [0] * symbols
    while len(counts) < 2:
        counts[next(symbol for symbol in range(symbols) if symbol not in counts)] = 1
    for flatten in range(20):
        heap: list[tuple[int, int, tuple[int, ...]]] = [
            (max(1, count >> flatten), symbol, (symbol,)) for symbol, count in counts.items()
        ]
        heapq.heapify(heap)
        lengths = [0] * symbols
        while len(heap) > 1:
            (a, _, first), (b, tie, second) = heapq.heappop(heap), heapq.heappop(heap)
            for symbol in first + second:
                lengths[symbol] += 1
            heapq.heappush(heap, (a + b, tie, first + second))
        if max(lengths) <= longest:
            return lengths
    raise AssertionError("no such code")


def codes(lengths: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Canonical code and its length, per symbol."""
    made, code, last = {}, 0, 0
    for length, symbol in sorted(
        (length, symbol) for symbol, length in enumerate(lengths) if length
    ):
        code <<= length - last
        made[symbol] = (code, length)
        code, last = code + 1, length
    return made


# LZX

PRETREE = [4] * 12 + [5] * 8


def lzx_slot(value: int) -> tuple[int, int, int]:
    """Slot of a formatted distance, its bits beyond, and their count."""
    if value < 4:
        return value, 0, 0
    if value >= 1 << 18:
        return 34 + (value >> 17), value & ((1 << 17) - 1), 17
    extra = value.bit_length() - 2
    return 2 * (extra + 1) + (value >> extra & 1), value & ((1 << extra) - 1), extra


@dataclass
class Lzx:
    """Writes an LZX stream, block by block."""

    window_bits: int = 16
    kinds: Sequence[str] = ("verbatim", "aligned", "uncompressed")
    block: int = 20_000
    reset: int = 0
    calls: int = 0
    starts: list[int] = field(default_factory=list)
    """Where each frame begins in the stream."""

    def pack(self, data: bytes) -> bytes:
        self.bits = BitWriter()
        slots = {20: 42, 21: 50}.get(self.window_bits, self.window_bits * 2)
        self.elements = 256 + 8 * slots
        kinds = itertools.cycle(self.kinds)
        interval = self.reset or len(data) or 1
        for start in range(0, len(data), interval):
            self.main, self.lengths, self.recent = [0] * self.elements, [0] * 249, [1, 1, 1]
            self.bits.put(1 if self.calls else 0, 1)
            if self.calls:
                self.bits.put(self.calls >> 16, 16)
                self.bits.put(self.calls & 0xFFFF, 16)
            part = translated(data[start : start + interval], self.calls)
            self._blocks(part, kinds)
        return bytes(self.bits.out)

    def _blocks(self, part: bytes, kinds: Iterator[str]) -> None:
        pending: list[Token] = []
        at = taken = 0
        for token in tokens(part, (1 << self.window_bits) - 3, 257):
            pending.append(token)
            taken += 1 if isinstance(token, int) else token[0]
            if taken >= self.block:
                self._block(next(kinds), pending, part[at : at + taken], at)
                at += taken
                pending, taken = [], 0
        if taken:
            self._block(next(kinds), pending, part[at : at + taken], at)
        self.bits.align()

    def _block(self, kind: str, pending: list[Token], data: bytes, at: int) -> None:
        number = {"verbatim": 1, "aligned": 2, "uncompressed": 3}[kind]
        self.bits.put(number, 3)
        self.bits.put(len(data), 24)
        if number == 3:
            self._uncompressed(data, at)
            return
        symbols = [self._symbol(token) for token in pending]
        if number == 2:
            low = Counter(bits & 7 for _, _, _, bits, extra in symbols if extra >= 3)
            aligned = code_lengths(low or Counter(range(8)), 8, 7)
            for length in aligned:
                self.bits.put(length, 3)
            aligned_codes = codes(aligned)
        main = code_lengths(Counter(symbol for symbol, *_ in symbols), self.elements)
        lengths = code_lengths(Counter(more for _, more, *_ in symbols if more is not None), 249)
        self._lengths(self.main[:256], main[:256])
        self._lengths(self.main[256:], main[256:])
        self._lengths(self.lengths, lengths)
        self.main, self.lengths = main, lengths
        main_codes, length_codes = codes(main), codes(lengths)
        for symbol, more, size, bits, extra in symbols:
            self.bits.put(*main_codes[symbol])
            if more is not None:
                self.bits.put(*length_codes[more])
            if number == 2 and extra >= 3:
                self.bits.put(bits >> 3, extra - 3)
                self.bits.put(*aligned_codes[bits & 7])
            else:
                self.bits.put(bits, extra)
            at += size
            self._frame(at)

    def _frame(self, at: int) -> None:
        if at % FRAME == 0:
            self.bits.align()
            self.starts.append(len(self.bits.out))

    def _uncompressed(self, data: bytes, at: int) -> None:
        self.bits.put(0, 1)
        self.bits.align()
        self.bits.out += struct.pack("<3I", *self.recent)
        first = -at % FRAME
        for place in range(first or FRAME, len(data), FRAME):
            self.starts.append(len(self.bits.out) + place)
        self.bits.out += data + bytes(len(data) % 2)
        if (at + len(data)) % FRAME == 0:
            self.starts.append(len(self.bits.out))

    def _symbol(self, token: Token) -> tuple[int, int | None, int, int, int]:
        """Main symbol, length symbol, size, bits of the distance and their count."""
        if isinstance(token, int):
            return token, None, 1, 0, 0
        length, distance = token
        if distance in self.recent:
            slot, bits, extra = self.recent.index(distance), 0, 0
            self.recent[0], self.recent[slot] = self.recent[slot], self.recent[0]
        else:
            slot, bits, extra = lzx_slot(distance + 2)
            self.recent = [distance, *self.recent[:2]]
        header = min(length - 2, 7)
        return 256 + slot * 8 + header, length - 9 if header == 7 else None, length, bits, extra

    def _lengths(self, before: Sequence[int], after: Sequence[int]) -> None:
        for length in PRETREE:
            self.bits.put(length, 4)
        pre = codes(PRETREE)
        at = 0
        while at < len(after):
            run = next((n for n in range(at, len(after)) if after[n] != after[at]), len(after)) - at
            if after[at] == 0 and run >= 20:
                run = min(run, 51)
                self.bits.put(*pre[18])
                self.bits.put(run - 20, 5)
            elif after[at] == 0 and run >= 4:
                run = min(run, 19)
                self.bits.put(*pre[17])
                self.bits.put(run - 4, 4)
            elif run >= 4:
                run = min(run, 5)
                self.bits.put(*pre[19])
                self.bits.put(run - 4, 1)
                self.bits.put(*pre[(before[at] - after[at]) % 17])
            else:
                run = 1
                self.bits.put(*pre[(before[at] - after[at]) % 17])
            at += run


def translated(data: bytes, size: int) -> bytes:
    """With the operands of calls made absolute, as an encoder does before packing."""
    out = bytearray()
    for number, frame in enumerate(frames(data) if size else [data]):
        made = bytearray(frame)
        at = 0
        while size and at < len(made) - 10:
            if made[at] != 0xE8:
                at += 1
                continue
            place = number * FRAME + at
            distance = int.from_bytes(made[at + 1 : at + 5], "little", signed=True)
            if -place <= distance < size:
                absolute = distance + place if distance < size - place else distance - size
                made[at + 1 : at + 5] = absolute.to_bytes(4, "little", signed=True)
            at += 5
        out += made
    return bytes(out)


def lzx_blocks(data: bytes, writer: Lzx) -> list[tuple[bytes, int]]:
    """One block per frame, cut where the frames begin."""
    packed = writer.pack(data)
    starts = [0, *sorted({start for start in writer.starts if 0 < start < len(packed)})]
    sizes = [len(frame) for frame in frames(data)]
    ends = [*starts[1 : len(sizes)], len(packed)]
    return [(packed[a:b], size) for a, b, size in zip(starts, ends, sizes, strict=False)]


# Quantum


class Model:
    """Adaptive frequencies, as the decoder keeps them."""

    def __init__(self, first: int, count: int) -> None:
        self.symbols = list(range(first, first + count))
        self.sums = [*range(count, -1, -1)]
        self.until_sort = 4

    def bounds(self, symbol: int) -> tuple[int, int, int]:
        """Upper and lower sum of a symbol and the total, before it becomes more frequent."""
        at = self.symbols.index(symbol)
        found = self.sums[at], self.sums[at + 1], self.sums[0]
        for place in range(at + 1):
            self.sums[place] += 8
        if self.sums[0] > 3800:
            self._age()
        return found

    def _age(self) -> None:
        count = len(self.symbols)
        self.until_sort -= 1
        if self.until_sort:
            for at in range(count - 1, -1, -1):
                self.sums[at] = max(self.sums[at] >> 1, self.sums[at + 1] + 1)
            return
        self.until_sort = 50
        pairs = [
            [(self.sums[at] - self.sums[at + 1] + 1) >> 1, self.symbols[at]] for at in range(count)
        ]
        for a in range(count):
            for b in range(a + 1, count):
                if pairs[a][0] < pairs[b][0]:
                    pairs[a], pairs[b] = pairs[b], pairs[a]
        self.symbols = [symbol for _, symbol in pairs]
        self.sums = [*itertools.accumulate((count for count, _ in reversed(pairs)), initial=0)][
            ::-1
        ]


class Arithmetic:
    """One frame: bits of the code, and bits between them that are written as they are."""

    def __init__(self) -> None:
        self.low, self.high, self.pending = 0, 0xFFFF, 0
        self.code: list[int] = []
        self.order: list[int | None] = []
        """A bit as it is, or None where the next bit of the code is read."""

    def symbol(self, model: Model, symbol: int) -> None:
        upper, lower, total = model.bounds(symbol)
        width = self.high - self.low + 1
        self.high = self.low + upper * width // total - 1
        self.low += lower * width // total
        while True:
            if (self.low ^ self.high) & 0x8000 == 0:
                self._bit(self.high >> 15)
            elif self.low & 0x4000 and not self.high & 0x4000:
                self.pending += 1
                self.low &= 0x3FFF
                self.high |= 0x4000
            else:
                return
            self.order.append(None)
            self.low = self.low << 1 & 0xFFFF
            self.high = (self.high << 1 | 1) & 0xFFFF

    def _bit(self, bit: int) -> None:
        self.code += [bit, *[1 - bit] * self.pending]
        self.pending = 0

    def plain(self, value: int, count: int) -> None:
        self.order += [value >> place & 1 for place in range(count - 1, -1, -1)]

    def finish(self) -> bytes:
        self.pending += 1
        self._bit(self.low >> 14 & 1)
        code = itertools.chain(self.code, itertools.repeat(0))
        bits = [next(code) for _ in range(16)]
        bits += [next(code) if bit is None else bit for bit in self.order]
        bits += [0] * (-len(bits) % 8)
        return bytes(int("".join(map(str, bits[at : at + 8])), 2) for at in range(0, len(bits), 8))


def _slot(value: int, step: int) -> tuple[int, int, int]:
    """The slot of a number: `step` slots to each width."""
    base = slot = 0
    while True:
        extra = max(0, slot // step - 1)
        if value < base + (1 << extra):
            return slot, value - base, extra
        base += 1 << extra
        slot += 1


def quantum(data: bytes, window_bits: int = 16) -> list[tuple[bytes, int]]:
    slots = window_bits * 2
    selector, lengths = Model(0, 7), Model(0, 27)
    literals = [Model(first, 64) for first in (0, 64, 128, 192)]
    places = [Model(0, min(slots, most)) for most in (24, 36, slots)]
    blocks = []
    stream = tokens(data, 1 << window_bits, 259, near=(1 << 12, 1 << 18))
    for frame in frames(data):
        coder, left = Arithmetic(), len(frame)
        while left:
            token = next(stream)
            if isinstance(token, int):
                coder.symbol(selector, token >> 6)
                coder.symbol(literals[token >> 6], token)
                left -= 1
                continue
            length, distance = token
            slot, bits, extra = _slot(distance - 1, 2)
            kind = min(length - 3, 2)
            coder.symbol(selector, 4 + kind)
            if kind == 2:
                number = length - 5
                if number == 254:
                    coder.symbol(lengths, 26)
                elif number < 6:
                    coder.symbol(lengths, number)
                else:
                    width = (number + 2).bit_length() - 3
                    part = number + 2 - (4 << width)
                    coder.symbol(lengths, 6 + 4 * (width - 1) + (part >> width))
                    coder.plain(part & ((1 << width) - 1), width)
            coder.symbol(places[kind], slot)
            coder.plain(bits, extra)
            left -= length
        blocks.append((coder.finish(), len(frame)))
    return blocks


def method(name: str, window_bits: int = 0) -> int:
    return ("stored", "mszip", "quantum", "lzx").index(name) | window_bits << 8


def packed(
    name: str, data: bytes, files: Iterable[tuple[bytes, int]], window_bits: int = 16
) -> Folder:
    """A folder of `data` by a method's name."""
    match name:
        case "stored":
            return Folder(0, stored(data), list(files))
        case "mszip":
            return Folder(1, mszip(data), list(files))
        case "quantum":
            return Folder(method(name, window_bits), quantum(data, window_bits), list(files))
    return Folder(method(name, window_bits), lzx_blocks(data, Lzx(window_bits)), list(files))
