"""Writers of the methods of PKZIP before deflate, from APPNOTE.TXT 5.1 to 5.3, and a ZIP for them.

`python tests/pkzip.py FOLDER` writes one archive of each. They favour every form that the methods
have over small output.
"""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path

_CONTROL, _FIRST_FREE, _CODES = 256, 257, 1 << 13
_ESCAPE = 144


class Bits:
    """Bits, each byte's least significant first."""

    def __init__(self) -> None:
        self._number = 0
        self._count = 0

    def put(self, value: int, width: int) -> None:
        self._number |= value << self._count
        self._count += width

    def put_code(self, code: int, width: int) -> None:
        """A code, its most significant bit first."""
        for at in reversed(range(width)):
            self.put(code >> at & 1, 1)

    def bytes(self) -> bytes:
        return self._number.to_bytes((self._count + 7) // 8, "little")


def shrink(content: bytes, most_codes: int = _CODES) -> bytes:
    """Method 1; a table that is full, at `most_codes`, is cleared of its leaves."""
    bits, width = Bits(), 9
    table: dict[int, tuple[int, int]] = {}
    known: dict[tuple[int, int], int] = {}

    def put(code: int) -> None:
        nonlocal width
        while code >> width:
            bits.put(_CONTROL, width)
            bits.put(1, width)
            width += 1
        bits.put(code, width)

    def meant() -> dict[tuple[int, int], int]:
        """Codes by what they stand for; one whose shorter string was cleared stands for nothing."""
        alive = {code: entry for code, entry in table.items() if entry[0] != code}
        return {
            entry: code for code, entry in alive.items() if entry[0] < _CONTROL or entry[0] in alive
        }

    current = content[0]
    for byte in content[1:]:
        if (current, byte) in known:
            current = known[current, byte]
            continue
        put(current)
        if len(table) == most_codes - _FIRST_FREE:
            bits.put(_CONTROL, width)
            bits.put(2, width)
            inner = {prefix for prefix, _ in table.values()}
            table = {code: entry for code, entry in table.items() if code in inner}
        free = next((code for code in range(_FIRST_FREE, most_codes) if code not in table), None)
        if free is not None:  # else all of them are inner ones
            table[free] = current, byte
        known = meant()
        current = byte
    put(current)
    return bits.bytes()


def reduce(content: bytes, factor: int) -> bytes:
    """Methods 2 to 5, of factors 1 to 4, with the followers that occur most."""
    plain = _runs(content, factor)
    following: list[dict[int, int]] = [{} for _ in range(256)]
    for before, byte in zip(b"\0" + plain, plain, strict=False):
        following[before][byte] = following[before].get(byte, 0) + 1
    sets = [sorted(counts, key=lambda byte: -counts[byte])[:32] for counts in following]
    sets[0] = sets[0][:1]
    bits = Bits()
    for followers in reversed(sets):
        bits.put(len(followers), 6)
        for byte in followers:
            bits.put(byte, 8)
    before = 0
    for byte in plain:
        followers = sets[before]
        if byte in followers:
            bits.put(0, 1)
            bits.put(followers.index(byte), max(1, (len(followers) - 1).bit_length()))
        else:
            if followers:
                bits.put(1, 1)
            bits.put(byte, 8)
        before = byte
    return bits.bytes()


def _runs(content: bytes, factor: int) -> bytes:
    """Copies of what came before, as escape, lengths and distance."""
    out, at = bytearray(), 0
    longest = 0xFF >> factor
    while at < len(content):
        distance, length = _copy(content, at, 256 << factor, longest + 255 + 3)
        if length > 3:
            high, low = divmod(distance - 1, 256)
            short = min(length - 3, longest)
            out += bytes((_ESCAPE, high << 8 - factor | short))
            if short == longest:
                out.append(length - 3 - longest)
            out.append(low)
            if out[-2 - (short == longest)] == 0:
                raise ValueError("a copy that reads as an escape")
            at += length
        else:
            out.append(content[at])
            if content[at] == _ESCAPE:
                out.append(0)
            at += 1
    return bytes(out)


def _copy(content: bytes, at: int, reach: int, longest: int) -> tuple[int, int]:
    best = 0, 0
    for distance in range(1, min(reach, at) + 1):
        length = 0
        while (
            length < longest
            and at + length < len(content)
            and content[at + length] == content[at + length - distance]
        ):
            length += 1
        if length > best[1]:
            best = distance, length
    return best


def implode(content: bytes, *, large_window: bool, literal_tree: bool) -> bytes:
    """Method 6, with trees whose codes differ in length."""
    trees = [_lengths(256)] * literal_tree + [_lengths(64)] * 2
    bits = Bits()
    for lengths in trees:
        runs = _packed(lengths)
        bits.put(len(runs) - 1, 8)
        for run in runs:
            bits.put(run, 8)
    coded = [_codes(lengths) for lengths in trees]
    low = 7 if large_window else 6
    shortest = 3 if literal_tree else 2
    at = 0
    while at < len(content):
        distance, length = _copy(content, at, 64 << low, 63 + 255 + shortest)
        if length >= shortest:
            bits.put(0, 1)
            bits.put((distance - 1) & ((1 << low) - 1), low)
            bits.put_code(*coded[-1][(distance - 1) >> low])
            bits.put_code(*coded[-2][min(length - shortest, 63)])
            if length - shortest >= 63:
                bits.put(length - shortest - 63, 8)
            at += length
        else:
            bits.put(1, 1)
            if literal_tree:
                bits.put_code(*coded[0][content[at]])
            else:
                bits.put(content[at], 8)
            at += 1
    return bits.bytes()


def _lengths(count: int) -> list[int]:
    """Lengths of codes that use up all codes: some short, some long."""
    width = count.bit_length() - 1
    # One code twice as short takes as much room as two give up that are twice as long.
    return [width, width - 1, width + 1, width + 1, *[width] * (count - 4)]


def _packed(lengths: list[int]) -> list[int]:
    runs: list[list[int]] = []
    for length in lengths:
        if runs and runs[-1][0] == length and runs[-1][1] < 16:
            runs[-1][1] += 1
        else:
            runs.append([length, 1])
    return [count - 1 << 4 | length - 1 for length, count in runs]


def _codes(lengths: list[int]) -> list[tuple[int, int]]:
    """Code and width of each symbol, as the specification makes them: from the longest code up."""
    order = sorted(range(len(lengths)), key=lambda symbol: (lengths[symbol], symbol))
    codes, code, step, before = [(0, 0)] * len(lengths), 0, 0, 0
    for symbol in reversed(order):
        code += step
        if lengths[symbol] != before:
            before = lengths[symbol]
            step = 1 << 16 - before
        codes[symbol] = code >> 16 - before, before
    return codes


def archive(
    content: bytes, packed: bytes, method: int, flags: int = 0, name: bytes = b"one.txt"
) -> bytes:
    """A ZIP of one member."""
    fields = struct.pack(
        "<4H3I2H", flags, method, 0, 0x21, zlib.crc32(content), len(packed), len(content),
        len(name), 0,
    )  # fmt: skip
    local = struct.pack("<4sH", b"PK\3\4", 20) + fields + name + packed
    entry = struct.pack("<4sHH", b"PK\1\2", 20, 20) + fields + struct.pack("<3H2I", 0, 0, 0, 0, 0)
    entry += name
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(entry), len(local), 0)
    return local + entry + end


def implode_flags(*, large_window: bool, literal_tree: bool) -> int:
    return large_window << 1 | literal_tree << 2


def samples() -> dict[str, bytes]:
    """One archive of each method."""
    text = b"".join(b"one.txt, line %d of forty, \x90\0\n" % number for number in range(40))
    made = {"shrink": archive(text, shrink(text, 300), 1)}
    for factor in (1, 4):
        made[f"reduce-{factor}"] = archive(text, reduce(text, factor), factor + 1)
    for large_window, literal_tree in ((False, False), (True, True)):
        packed = implode(text, large_window=large_window, literal_tree=literal_tree)
        flags = implode_flags(large_window=large_window, literal_tree=literal_tree)
        made[f"implode-{8 if large_window else 4}k-{2 + literal_tree}"] = archive(
            text, packed, 6, flags
        )
    return made


if __name__ == "__main__":
    for case, data in samples().items():
        (Path(sys.argv[1]) / f"{case}.in").write_bytes(data)
