"""Images of virtual disks, written from their specifications, with blocks as small as wanted."""

from __future__ import annotations

import struct
from uuid import UUID

UNUSED = 0xFFFFFFFF
SECTOR = 512


def _blocks(content: bytes, block: int) -> list[bytes]:
    pieces = [content[at : at + block] for at in range(0, len(content), block)]
    return [piece.ljust(block, b"\0") if any(piece) else b"" for piece in pieces]


def vhd(content: bytes, block: int = 4096, kind: int = 3) -> bytes:
    """Virtual Hard Disk Image Format Specification."""
    size = len(content)
    footer = b"conectix" + struct.pack(">IIQ", 2, 0x10000, SECTOR) + bytes(16)
    footer += struct.pack(">QQII", size, size, 0, kind)
    footer = footer.ljust(SECTOR, b"\0")
    blocks = _blocks(content, block)
    header = b"cxsparse" + struct.pack(">QQIII", 2**64 - 1, 1536, 0x10000, len(blocks), block)
    table, data = [], b""
    first = 1536 + SECTOR * -(-4 * len(blocks) // SECTOR)
    for piece in blocks:
        table.append((first + len(data)) // SECTOR if piece else UNUSED)
        data += b"\xff" * SECTOR + piece if piece else b""
    places = struct.pack(f">{len(table)}I", *table).ljust(first - 1536, b"\xff")
    return footer + header.ljust(1024, b"\0") + places + data + footer


def vdi(content: bytes, block: int = 4096, kind: int = 1) -> bytes:
    """Header 1.1 of VirtualBox."""
    blocks = _blocks(content, block)
    table, data = [], b""
    for piece in blocks:
        table.append(len(data) // block if piece else UNUSED)
        data += piece
    head = b"<<< a disk >>>\n".ljust(64, b"\0") + b"\x7f\x10\xda\xbe"
    head += struct.pack("<HHII", 1, 1, 0x180, kind) + bytes(260)
    head += struct.pack("<II20x", 512, 1024)
    head += struct.pack("<QIII", len(content), block, 0, len(blocks))
    places = struct.pack(f"<{len(table)}I", *table)
    return head.ljust(512, b"\0") + places.ljust(512, b"\0") + data


def vhdx(content: bytes, block: int = 4096, *, parent: bool = False, log: bool = False) -> bytes:
    """MS-VHDX, but for where regions begin, and with one block to a mebibyte."""

    def guid(text: str) -> bytes:
        return UUID(text).bytes_le

    regions = (
        (guid("2dc27766-f623-4200-9d64-115e9bfd4a08"), 0x50000),
        (guid("8b7ca206-4790-4b9a-b8fe-575f050f886e"), 0x48000),
    )
    table = b"regi" + struct.pack("<III", 0, len(regions), 0)
    table += b"".join(kind + struct.pack("<QII", at, 0x8000, 1) for kind, at in regions)
    values = (
        (guid("caa16737-fa36-4d43-b3b6-33f0aa44e76b"), struct.pack("<II", block, 2 * parent)),
        (guid("2fa54224-cd1b-4876-b211-5dbed83bf4b8"), struct.pack("<Q", len(content))),
        (guid("8141bf1d-a96f-4709-ba47-f233a8faab5f"), struct.pack("<I", SECTOR)),
    )
    items, stored = b"metadata" + struct.pack("<HH20x", 0, len(values)), b""
    for kind, value in values:
        items += kind + struct.pack("<IIII", 0x1000 + len(stored), len(value), 4, 0)
        stored += value
    entries, data = [], b""
    for piece in _blocks(content, block):
        entries.append((1 << 20) + len(data) | 6 if piece else 2)
        data += piece.ljust(1 << 20, b"\0") if piece else b""
    image = bytearray(1 << 20)
    header = b"head" + struct.pack("<IQ32x", 0, 1) + b"\1" * 16 * log
    parts = (
        (0, b"vhdxfile"),
        (0x10000, header),
        (0x30000, table),
        (0x48000, items),
        (0x49000, stored),
        (0x50000, struct.pack(f"<{len(entries)}Q", *entries)),
    )
    for at, part in parts:
        image[at : at + len(part)] = part
    return (bytes(image) + data).rstrip(b"\0")


def main() -> None:
    """Write the samples of those that no tool makes small."""
    from pathlib import Path  # noqa: PLC0415 - of no use otherwise

    samples = Path(__file__).parents[2] / "samples" / "filesystem"
    content = b"the first block\n" * 256 + bytes(8192) + b"the last block\n" * 100
    images = {"vhd": vhd(content), "vdi": vdi(content), "vhdx": vhdx(content[4096:])}
    for name, image in images.items():
        (samples / name).mkdir(exist_ok=True)
        (samples / name / "growing.in").write_bytes(image)
        (samples / name / "cut.in").write_bytes(image[: image.rindex(b"the last block") - 99])


if __name__ == "__main__":
    main()
