"""A writer of encrypted Office documents (MS-OFFCRYPTO), for tests."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

from nacre.codecs import cipher

if TYPE_CHECKING:
    from compound import Tree

SALT = bytes(range(16))
VERIFIER = bytes(range(100, 116))
PASSWORD = "VelvetSweatshop"  # noqa: S105 everybody knows it


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data).digest()  # noqa: S324 what the format has


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data).digest()  # noqa: S324 the same


def _header(algorithm: int, digest: int, bits: int, provider: int) -> bytes:
    fields = struct.pack("<8I", 0x24, 0, algorithm, digest, bits, provider, 0, 0)
    return fields + "Provider\0".encode("utf-16-le")


def _blocks(key: bytes, data: bytes) -> bytes:
    data = data.ljust(-(-len(data) // 16) * 16, b"\0")
    return b"".join(
        cipher.aes_encrypt(key, bytes(16), data[at : at + 16]) for at in range(0, len(data), 16)
    )


def standard(document: bytes, password: str = PASSWORD, bits: int = 128) -> Tree:
    """The streams of standard encryption with AES."""
    digest = _sha1(SALT + password.encode("utf-16-le"))
    for number in range(50_000):
        digest = _sha1(struct.pack("<I", number) + digest)
    digest = _sha1(digest + bytes(4)).ljust(64, b"\0")
    key = b"".join(_sha1(bytes(byte ^ mask for byte in digest)) for mask in (0x36, 0x5C))
    key = key[: bits // 8]
    header = _header({128: 0x660E, 192: 0x660F, 256: 0x6610}[bits], 0x8004, bits, 24)
    info = struct.pack("<HHII", 4, 2, 0x24, len(header)) + header
    info += struct.pack("<I", 16) + SALT + _blocks(key, VERIFIER)
    info += struct.pack("<I", 20) + _blocks(key, _sha1(VERIFIER).ljust(32, b"\0"))
    package = struct.pack("<Q", len(document)) + _blocks(key, document)
    return {"EncryptionInfo": info, "EncryptedPackage": package}


class Rc4:
    """RC4 with 40 bits and MD5, or of CryptoAPI where `bits` are said."""

    def __init__(self, password: str = PASSWORD, bits: int = 0) -> None:
        self.bits = bits
        text = password.encode("utf-16-le")
        self.secret = _sha1(SALT + text) if bits else _md5((_md5(text)[:5] + SALT) * 16)[:5]

    def _key(self, block: int) -> bytes:
        seed = self.secret + struct.pack("<I", block)
        if self.bits == 40:
            return _sha1(seed)[:5] + bytes(11)
        return _sha1(seed)[: self.bits // 8] if self.bits else _md5(seed)

    def header(self) -> bytes:
        """What is said of the password."""
        digest = _sha1 if self.bits else _md5
        proof = cipher.rc4(self._key(0), VERIFIER + digest(VERIFIER))
        if not self.bits:
            return struct.pack("<HH", 1, 1) + SALT + proof
        header = _header(0x6801, 0x8004, self.bits, 1)
        head = struct.pack("<HHII", 2, 2, 4, len(header)) + header + struct.pack("<I", 16) + SALT
        return head + proof[:16] + struct.pack("<I", 20) + proof[16:]

    def block(self, number: int, data: bytes) -> bytes:
        """Data with the key of one block."""
        return cipher.rc4(self._key(number), data)

    def stream(self, data: bytes, block: int) -> bytes:
        """A stream of which all is encrypted."""
        return b"".join(
            cipher.rc4(self._key(number), data[at : at + block])
            for number, at in enumerate(range(0, len(data), block))
        )


def record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


BEGIN = record(0x809, struct.pack("<HH12x", 0x600, 5))


def rc4_workbook(records: list[tuple[int, bytes]], lock: Rc4) -> bytes:
    """The stream of a workbook; of sheets the place stays plain."""
    head = BEGIN + record(0x2F, struct.pack("<H", 1) + lock.header())
    plain = head + b"".join(record(kind, data) for kind, data in records)
    mixed = lock.stream(plain, 1024)
    out = bytearray(plain)
    at = len(head)
    for kind, data in records:
        start = at + 4 + (4 if kind == 0x85 else 0)
        at += 4 + len(data)
        if kind != 0x809:
            out[start:at] = mixed[start:at]
    return bytes(out)


def _around(byte: int, count: int) -> int:
    return (byte << count | byte >> 8 - count) & 0xFF


def xor_workbook(
    records: list[tuple[int, bytes]], key: int, verifier: int, password: bytes
) -> bytes:
    """The same in XOR obfuscation (method 1) with the key and the verifier of the password."""
    padding = bytes.fromhex("bbffffbaffffb98000be0f00bf0f00")
    turn = [
        byte ^ (key >> 8 * (at & 1) & 0xFF) for at, byte in enumerate((password + padding)[:16])
    ]
    array = [_around(byte, 7) for byte in turn]
    out = bytearray(BEGIN + record(0x2F, struct.pack("<3H", 0, key, verifier)))
    for kind, data in records:
        out += struct.pack("<HH", kind, len(data))
        end = len(out) + len(data)
        plain = 4 if kind == 0x85 else len(data) if kind == 0x809 else 0
        out += data[:plain] + bytes(
            _around(byte, 5) ^ array[(end + place) % 16]
            for place, byte in enumerate(data[plain:], plain)
        )
    return bytes(out)


def word(text: bytes, table: bytes, lock: Rc4) -> Tree:
    """A Word document whose streams are encrypted."""
    header = lock.header()
    fib = struct.pack("<H8xHHI", 0xA5EC, 0x300, 0, len(header)).ljust(68, b"\0")
    mixed = lock.stream(fib + text, 512)
    second = header + lock.stream(header + table, 512)[len(header) :]
    return {"WordDocument": fib + mixed[68:], "1Table": second}


def art(kind: int, data: bytes, head: int = 0) -> bytes:
    """A record of PowerPoint; `head` is version and instance."""
    return struct.pack("<HHI", head, kind, len(data)) + data


def presentation(objects: list[bytes], lock: Rc4) -> Tree:
    """A PowerPoint presentation whose objects, whole records, are encrypted (MS-PPT 2.3.7)."""
    stream, places = b"", []
    for number, plain in enumerate([*objects, art(0x2F14, lock.header(), 0xF)], 1):
        places.append(len(stream))
        stream += lock.block(number, plain) if number <= len(objects) else plain
    directory = len(stream)
    stream += art(0x1772, struct.pack(f"<I{len(places)}I", 1 | len(places) << 20, *places))
    edit = len(stream)
    count = len(places)
    stream += art(
        0x0FF5, struct.pack("<I2H4I2HI", 256, 0, 0x300, 0, directory, 1, count, 1, 0, count)
    )
    user = struct.pack("<3I2H2BH", 20, 0xF3D1C4DF, edit, 4, 0x3F4, 3, 0, 0) + b"user"
    user += struct.pack("<I", 8)
    return {"Current User": art(0x0FF6, user), "PowerPoint Document": stream}
