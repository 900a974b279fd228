"""A writer of 7z archives, after 7zFormat.txt: what no packer writes, and what lies."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass


def number(value: int) -> bytes:
    """A number in the format's variable length; long ones in all nine bytes."""
    return bytes([value]) if value < 0x80 else b"\xff" + value.to_bytes(8, "little")


@dataclass(frozen=True)
class Coder:
    method: bytes
    properties: bytes = b""
    inputs: int = 1
    outputs: int = 1

    def encoded(self) -> bytes:
        plain = self.inputs == self.outputs == 1
        flags = len(self.method) | (0 if plain else 0x10) | (0x20 if self.properties else 0)
        out = bytes([flags]) + self.method
        out += b"" if plain else number(self.inputs) + number(self.outputs)
        return out + (number(len(self.properties)) + self.properties if self.properties else b"")


def folder(coders: list[Coder], bonds: list[tuple[int, int]], packed: list[int]) -> bytes:
    out = number(len(coders)) + b"".join(coder.encoded() for coder in coders)
    out += b"".join(number(into) + number(coder) for into, coder in bonds)
    return out + b"".join(map(number, packed))


def streams(folders: list[bytes], sizes: list[int], packed: list[int], parts: bytes = b"") -> bytes:
    """Streams information: the folders, output sizes of all coders, sizes of the packed streams."""
    out = b"\x06" + number(0) + number(len(packed)) + b"\x09" + b"".join(map(number, packed))
    out += b"\0\x07\x0b" + number(len(folders)) + b"\0" + b"".join(folders)
    return out + b"\x0c" + b"".join(map(number, sizes)) + b"\0" + parts + b"\0"


def files(names: list[str], more: bytes = b"") -> bytes:
    raw = b"\0" + b"".join(name.encode("utf-16-le") + b"\0\0" for name in names)
    return b"\x05" + number(len(names)) + b"\x11" + number(len(raw)) + raw + more + b"\0"


def archive(data: bytes, header: bytes) -> bytes:
    start = struct.pack("<QQI", len(data), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + data + header


def simple(method: bytes, packed: bytes, size: int, properties: bytes = b"") -> bytes:
    """One file of one coder."""
    folders = [folder([Coder(method, properties)], [], [])]
    header = b"\x01\x04" + streams(folders, [size], [len(packed)]) + files(["file"]) + b"\0"
    return archive(packed, header)
