"""The ciphers of ZIP. Without a checksum of the plain bytes, nothing says that a key was right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre import _native
from nacre.model.errors import NacreError

if TYPE_CHECKING:
    from nacre.codecs.base import Decoded
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def zip_crypto(source: Fmap, password: bytes, budget: Budget) -> Decoded:
    """Decrypt with PKWARE's traditional cipher (APPNOTE 6.1)."""
    return _decrypt("zipcrypto", password, source, budget)


def winzip_aes(source: Fmap, key: bytes, budget: Budget) -> Decoded:
    """Decrypt with AES in WinZip's counter mode; the key has 16, 24 or 32 bytes."""
    return _decrypt("winzip-aes", key, source, budget)


def _decrypt(cipher: str, key: bytes, source: Fmap, budget: Budget) -> Decoded:
    try:
        return _native.decrypt(
            cipher, key, source, len(source), budget.directory, budget.remaining_time()
        )
    except OSError as error:
        raise NacreError(f"{cipher}: temporary file: {error}") from error
