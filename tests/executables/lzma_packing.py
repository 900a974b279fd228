"""Packed programs made by hand, whose packers compress with LZMA: MEW 11 and NsPack 2.

Written from what public signatures of their loaders show and what is known of the layouts; the
loaders are there as far as they are recognised by, and run no more. That they are right is asked of
ClamAV, in tests/compat.

`python -m executables.lzma_packing FOLDER`, in tests, writes the samples.
"""

from __future__ import annotations

import lzma
import struct
import sys
from pathlib import Path

from executables.packing import BASE, PACKED, ROOM, Content, aplib
from executables.portable import PAGE, Pe, Section

_FLAGS = 0xE00000E0
_MEW_HEADER, _MEW_LOADER = 0x0C, 0x154
_MEW_CODE, _MEW_TABLES = PACKED + 0x800, PACKED + PAGE
_MEW_FIRST = bytes.fromhex(
    "8bdeadad50ad97b280a4b680ff1373f933c9ff13731633c0ff137321b68041b010ff1312c073fa753eaaebe0e8"
)
_MEW_SECOND = bytes.fromhex(
    "02f683d901750eff53fceb26acd1e8742f13c9eb1a9148c1e008acff53fc3d007d0000730a80fc05730683f87f77"
    "024141958bc5b600568bf72bf0f3a45eeb9bad85c07590"
)
_MEW_LAST = bytes.fromhex(
    "ad96ad9756ac3c0075fbff53f09556ad0fc8405974ec7907ac3c0075fb91405055ff53f4ab85c075e5c3"
)
_NSPACK = bytes.fromhex("9c60e8000000005db8070000002be88db5")
_NSPACK_JUMP = 0x27A


def stream(data: bytes, context: int = 3, literal: int = 0, position: int = 2) -> bytes:
    """`data` in LZMA without a header; such streams have an end mark, which nobody needs."""
    options = {"id": lzma.FILTER_LZMA1, "lc": context, "lp": literal, "pb": position}
    return lzma.compress(data, format=lzma.FORMAT_RAW, filters=[{**options, "dict_size": 1 << 20}])


def absolute(data: bytes, count: int) -> bytes:
    """Addresses of calls and jumps in the first `count` bytes as MEW writes them."""
    changed, at = bytearray(data), 0
    while at + 6 <= min(count, len(data) + 1):
        if changed[at] in {0xE8, 0xE9}:
            (distance,) = struct.unpack_from("<I", changed, at + 1)
            struct.pack_into(">I", changed, at + 1, distance + at + 1 & 0xFFFFFFFF)
            at += 4
        at += 1
    return bytes(changed)


def mew(content: Content, calls: int | None = None) -> bytes:
    """MEW 11 with LZMA; with `calls`, of one piece: in so many of its bytes calls are absolute."""
    code = (
        bytes.fromhex("558bec83ec4053ad") + (b"\x89" if calls is None else b"\x50") + b"\x45" * 20
    )
    blob = bytes.fromhex("33c941ff1313c9ff1372f8c3").ljust(0x18, b"\0")
    blob += struct.pack("<I", BASE + PACKED)
    data = BASE + PACKED + len(blob)
    blob += struct.pack("<3I", BASE + 0x12C, BASE + content.entry, BASE + _MEW_CODE)
    blob += aplib(code) + struct.pack("<I", 0)
    if calls is not None:
        blob += struct.pack("<I", calls)
    blob += struct.pack("<I", BASE + _MEW_TABLES)
    for target, piece in zip(content.targets(), content.pieces.values(), strict=True):
        packed = stream(absolute(piece, calls or 0), 4)
        blob += struct.pack("<4I", len(piece), target, len(packed), 0)[:13] + packed
    blob += bytes(4)
    loader = b"\xbe" + struct.pack("<I", data) + _MEW_FIRST
    loader += struct.pack("<i", PACKED - (_MEW_LOADER + len(loader) + 4)) + _MEW_SECOND
    loader += b"\xe8" + struct.pack("<i", _MEW_CODE - (_MEW_LOADER + len(loader) + 5)) + _MEW_LAST
    entry = PACKED + len(blob)
    blob += b"\xe9" + struct.pack("<i", _MEW_LOADER - entry - 5) + bytes(11)
    return _small_headers(blob, entry, loader)


def _small_headers(blob: bytes, entry: int, loader: bytes) -> bytes:
    """A program whose PE headers begin in the DOS header, and end where the loader begins."""
    size = -(-len(blob) // 0x200) * 0x200
    sections = (
        Section(virtual_size=ROOM, offset=0, size=0, flags=_FLAGS),
        Section(address=PACKED, virtual_size=0x20 * PAGE, offset=0x200, size=size, flags=_FLAGS),
    )
    built = Pe(sections=sections, entry=entry, subsystem=2, headers=0x200).build()
    head = bytearray(b"MZ".ljust(_MEW_HEADER, b"\0") + built[64:])[:_MEW_LOADER]
    struct.pack_into("<I", head, 60, _MEW_HEADER)
    return bytes(head + loader).ljust(0x200, b"\0") + blob.ljust(size, b"\0")


def nspack(content: bytes, entry: int, *, behind_jump: bool = False, zero: bool = True) -> bytes:
    """NsPack 2 of memory that begins with `content`; the loader perhaps `behind_jump`."""
    packed = stream(content.ljust(ROOM, b"\0"), 4, 0, 1)
    head = struct.pack("<BIII", 4 + 45, 1 << 20, len(packed) + 13, ROOM)
    blob = bytes(32) + bytes(4 if zero else 0) + head + packed
    number = -(-len(blob) // 4) * 4
    loader = number + 0x40
    blob = blob.ljust(number, b"\0") + struct.pack("<i", 32 - loader)
    code = _NSPACK + struct.pack("<i", 0x54 - 0x40) + bytes.fromhex("668b066683f80074")
    code = code.ljust(_NSPACK_JUMP - 2, b"\x90") + bytes.fromhex("619de9")
    code += struct.pack("<i", entry - (PACKED + loader + len(code) + 4))
    blob = blob.ljust(loader, b"\0") + code
    begin = PACKED + loader
    if behind_jump:
        blob = b"\xe9" + struct.pack("<i", loader - 5) + blob[5:]
        begin = PACKED
    size = -(-len(blob) // 0x200) * 0x200
    sections = (
        Section(virtual_size=ROOM, size=0, flags=_FLAGS),
        Section(
            address=PACKED,
            virtual_size=-(-size // PAGE) * PAGE,
            size=size,
            flags=_FLAGS,
            content=blob,
        ),
    )
    return Pe(sections=sections, entry=begin, subsystem=2).build()


def overwritten(program: bytes, packed: bytes) -> bytes:
    """`program` with a stream that is garbage from its 40th byte on."""
    assert packed in program
    return program.replace(packed, packed[:40].ljust(len(packed), b"\xaa"))


TEXT = b"The quick brown fox packs five dozen programs. " * 4
CALLS = b"\xe8\x10\0\0\0between\xe9\xf0\xff\xff\xff" * 9
SAMPLES = {
    "mew-lzma": mew(Content({0: TEXT, PAGE: b"another section " * 3}, PAGE)),
    "mew-lzma-damaged": overwritten(mew(Content({0: TEXT}, PAGE)), stream(TEXT, 4)),
    "nspack": nspack(TEXT, PAGE),
    "nspack-damaged": overwritten(nspack(TEXT, PAGE), stream(TEXT.ljust(ROOM, b"\0"), 4, 0, 1)),
}

if __name__ == "__main__":
    for name, data in SAMPLES.items():
        (Path(sys.argv[1]) / f"{name}.in").write_bytes(data)
