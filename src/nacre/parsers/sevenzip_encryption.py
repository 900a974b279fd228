"""Encrypted streams of 7z archives: AES-256 in CBC mode, with a key made of a password.

Properties of the coder: how often the password is hashed, as a power of two, and sizes of salt and
vector, then these. The key is the SHA-256 of salt, password and a number, one after the other for
all numbers. Source: 7zFormat.txt and Methods.txt of the LZMA SDK, and what 7-Zip writes.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.codecs import cipher
from nacre.model.errors import Corrupt, Unsupported
from nacre.model.fmap import Spool
from nacre.parsers.extents import append

if TYPE_CHECKING:
    from nacre.codecs.base import Decoded
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_PLAIN: Final = 0x3F
"""The password is the key."""
_MOST_POWER: Final = 24
_BLOCK: Final = 16
_KEY_SIZE: Final = 32
_IN_MEMORY: Final = 8 << 20
_HALF: Final = 1 << 16


class Lock(NamedTuple):
    """What a coder says of its key."""

    power: int
    salt: bytes
    vector: bytes


def lock_of(properties: bytes) -> Lock:
    """Read the properties of a coder; FormatError when they are none."""
    if not properties:
        raise Corrupt("encryption without properties")
    first, second = properties[0], properties[1] if len(properties) > 1 else 0
    salt_size = (first >> 7) + (second >> 4)
    vector_size = (first >> 6 & 1) + (second & 15)
    salt = properties[2 : 2 + salt_size]
    vector = properties[2 + salt_size : 2 + salt_size + vector_size]
    if len(salt) < salt_size or len(vector) < vector_size:
        raise Corrupt("encryption with its salt missing")
    power = first & _PLAIN
    if _MOST_POWER < power < _PLAIN:
        raise Unsupported(f"a password hashed 2^{power} times")
    return Lock(power, salt, vector.ljust(_BLOCK, b"\0"))


def key_of(lock: Lock, password: bytes, budget: Budget) -> bytes:
    """The key that `password`, in UTF-8, gives."""
    secret = lock.salt + password.decode("utf-8", "replace").encode("utf-16-le")
    if lock.power == _PLAIN:
        return secret[:_KEY_SIZE].ljust(_KEY_SIZE, b"\0")
    digest = hashlib.sha256()
    numbers = [number.to_bytes(2, "little") for number in range(min(_HALF, 1 << lock.power))]
    for high in range(max(1, (1 << lock.power) // _HALF)):
        budget.check_time()
        upper = high.to_bytes(6, "little")
        digest.update(secret + (upper + secret).join(numbers) + upper)
    return digest.digest()


def decrypt(source: Fmap, lock: Lock, key: bytes, budget: Budget, most: int) -> Decoded:
    """The plain bytes, `most` at most."""
    spool = Spool(budget.directory, _IN_MEMORY)
    spool.write(lock.vector)
    append(spool, source.slice(0, -(-most // _BLOCK) * _BLOCK), budget)
    # Another block behind, so that padding, of which 7z has none, is not taken from the content.
    spool.write(bytes(_BLOCK))
    return cipher.decrypt("aes-cbc", key, spool.finish(), budget, most)
