"""Word documents and Excel workbooks of 1997 to 2003 that a password protects, in RC4.

Layout: a version, then a salt and a proof of the password (RC4 with 40 bits and MD5), or flags, a
header that says how long the key is, salt and proof (CryptoAPI: RC4 with up to 128 bits and SHA-1).
A stream is encrypted in blocks, each with a key of its own.
Spec: MS-OFFCRYPTO 2.3.5 and 2.3.6.
"""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.codecs import cipher
from nacre.model.errors import Corrupt, Unsupported
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_PLAIN: Final = (1, 1)
_CRYPTO_API_MINOR: Final = 2
_HEADER: Final = struct.Struct("<8xI4xI12x")
_HEADER_SIZES: Final = range(_HEADER.size, 4096)
_RC4: Final = 0x6801
_BITS: Final = range(40, 129)
_SHORT: Final = 5
"""Bytes of a key with 40 bits."""
_SALT_SIZE: Final = 16
_VERIFIER_SIZE: Final = 16
_SHA1_SIZE: Final = 20
_REPEATED: Final = 16
_EVERY: Final = 256


class Protection(NamedTuple):
    """What is said of the password; `key_size` is 0 in the older form."""

    key_size: int
    salt: bytes
    verifier: bytes
    verifier_hash: bytes

    def keys(self, password: str) -> Keys | None:
        """What gives the keys; None when the password is wrong."""
        text = password.encode("utf-16-le")
        if self.key_size:
            keys = Keys(
                self.key_size, hashlib.sha1(self.salt + text, usedforsecurity=False).digest()
            )
        else:
            short = _md5(text)[:_SHORT]
            keys = Keys(0, _md5((short + self.salt) * _REPEATED)[:_SHORT])
        plain = cipher.rc4(keys.of_block(0), self.verifier + self.verifier_hash)
        verifier, proof = plain[:_VERIFIER_SIZE], plain[_VERIFIER_SIZE:]
        return keys if keys.digest(verifier) == proof else None


class Keys(NamedTuple):
    """The keys of a stream's blocks."""

    size: int
    secret: bytes

    def digest(self, data: bytes) -> bytes:
        """The digest that this form of encryption uses."""
        return hashlib.sha1(data, usedforsecurity=False).digest() if self.size else _md5(data)

    def of_block(self, number: int) -> bytes:
        """The key of one block."""
        digest = self.digest(self.secret + number.to_bytes(4, "little"))
        if self.size == _SHORT:
            return digest[:_SHORT].ljust(16, b"\0")
        return digest[: self.size] if self.size else digest

    def decrypt(self, data: bytes, block: int, budget: Budget) -> Iterator[bytes]:
        """The plain bytes of a stream, one block of `block` bytes after the other."""
        for number, at in enumerate(range(0, len(data), block)):
            if number % _EVERY == 0:
                budget.check_time()
            yield cipher.rc4(self.of_block(number), data[at : at + block])


def protection(header: Fmap) -> Protection:
    """Read the header of an encryption.

    Raises:
        FormatError: it is damaged, or nothing that is known here.
    """
    reader = Reader(header)
    version = reader.u16le(), reader.u16le()
    if version == _PLAIN:
        salt, verifier = reader.take(_SALT_SIZE), reader.take(_VERIFIER_SIZE)
        return Protection(0, salt, verifier, reader.take(_VERIFIER_SIZE))
    if version[1] != _CRYPTO_API_MINOR:
        raise Unsupported(f"encryption of version {version[0]}.{version[1]} is not known")
    reader.take(4)
    size = reader.u32le()
    if size not in _HEADER_SIZES:
        raise Corrupt("an encryption header of no size it can have")
    algorithm, bits = _HEADER.unpack_from(reader.take(size))
    bits = bits or _BITS.start
    if algorithm != _RC4 or bits not in _BITS:
        raise Unsupported(f"encryption with cipher {algorithm:#x} is not known")
    if reader.u32le() != _SALT_SIZE:
        raise Corrupt("a salt of no size it can have")
    salt, verifier = reader.take(_SALT_SIZE), reader.take(_VERIFIER_SIZE)
    reader.take(4)
    return Protection(bits // 8, salt, verifier, reader.take(_SHA1_SIZE))


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()
