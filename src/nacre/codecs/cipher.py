"""Ciphers: those of ZIP, and of documents RC4 and AES in CBC mode.

None has a checksum of the plain bytes: nothing here says that a key was right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from nacre import _native
from nacre.codecs.base import Decoded, guarded

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

Method: TypeAlias = Literal["rc4", "aes-cbc"]

_NO_VECTOR = bytes(16)


def zip_crypto(source: Fmap, password: bytes, budget: Budget) -> Decoded:
    """Decrypt with PKWARE's traditional cipher (APPNOTE 6.1)."""
    return _decrypt("zipcrypto", password, source, budget, len(source))


def winzip_aes(source: Fmap, key: bytes, budget: Budget) -> Decoded:
    """Decrypt with AES in WinZip's counter mode; the key has 16, 24 or 32 bytes."""
    return _decrypt("winzip-aes", key, source, budget, len(source))


def decrypt(method: Method, key: bytes, source: Fmap, budget: Budget, max_output: int) -> Decoded:
    """Decrypt a stream of a document; one of AES has its vector in front and padding behind."""
    return _decrypt(method, key, source, budget, max_output)


def _decrypt(cipher: str, key: bytes, source: Fmap, budget: Budget, max_output: int) -> Decoded:
    return guarded(
        cipher,
        lambda: _native.decrypt(
            cipher, key, source, max_output, budget.directory, budget.remaining_time()
        ),
    )


def rc4(key: bytes, data: bytes) -> bytes:
    """Few bytes, encrypted or decrypted."""
    return _native.crypt_bytes("rc4", key, b"", data)


def aes_encrypt(key: bytes, vector: bytes, blocks: bytes) -> bytes:
    """A few whole blocks, encrypted."""
    return _native.crypt_bytes("aes-cbc-encrypt", key, vector, blocks)


def aes_decrypt(key: bytes, blocks: bytes, vector: bytes = _NO_VECTOR) -> bytes:
    """A few whole blocks, decrypted; padding stays."""
    return _native.crypt_bytes("aes-cbc", key, vector, blocks)


def aes_decrypt_blocks(key: bytes, blocks: bytes) -> bytes:
    """Whole blocks, each decrypted by itself (ECB)."""
    chained = int.from_bytes(aes_decrypt(key, blocks), "little")
    before = int.from_bytes(_NO_VECTOR + blocks[: -len(_NO_VECTOR)], "little")
    return (chained ^ before).to_bytes(len(blocks), "little")
