"""Encrypted members of ZIP archives, opened with passwords that somebody gave us.

Layout: traditional encryption puts 12 bytes before the packed data, the last of which repeats a
byte of the checksum or of the time; WinZip's AES puts a salt and two bytes of the derived key
before it, ten bytes of a digest behind it, and method and key size into extra field 0x9901.
Spec: APPNOTE.TXT 6.1; WinZip, "AES Encryption Information" (AE-1, AE-2). The digest is not
compared. Strong encryption (APPNOTE 7) needs more than a password and stays closed.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.codecs import cipher
from nacre.parsers import zip as structure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap
    from nacre.parsers.zip import Local
    from nacre.parsers.zip_method import Unpacked

_AES_METHOD: Final = 99
_AES_FIELD: Final = 0x9901
_AES: Final = struct.Struct("<H2sBH")
_HEADER_SIZE: Final = 12
_VERIFIER_SIZE: Final = 2
_DIGEST_SIZE: Final = 10
_ROUNDS: Final = 1000
_STRENGTHS: Final = range(1, 4)  # keys of 128, 192 and 256 bits
_WITH_CHECKSUM: Final = 1
_PIECE: Final = 1 << 20


class Opened(NamedTuple):
    """A member's packed data after a password that may be right."""

    data: Fmap
    method: int
    crc: int
    """The checksum that the content must have; 0 when nobody says."""


def unlock(  # noqa: PLR0913, PLR0917 - what is said of the member comes from three places
    body: Fmap,
    local: Local,
    extra: bytes,
    crc: int,
    passwords: tuple[bytes, ...],
    budget: Budget,
) -> Iterator[Opened]:
    """What the passwords make of a member's data; one in 256 wrong ones is not noticed here."""
    if local.flags & structure.STRONG:
        return
    if local.method != _AES_METHOD:
        checks = structure.check_bytes(local, crc)
        for password in passwords:
            budget.check_time()
            head = cipher.zip_crypto(body.slice(0, _HEADER_SIZE), password, budget).data
            if head.read(_HEADER_SIZE - 1, 1)[:1] in checks:
                plain = cipher.zip_crypto(body, password, budget).data
                yield Opened(plain.slice(_HEADER_SIZE, len(plain)), local.method, crc)
        return
    raw = structure.extra_field(extra, _AES_FIELD)
    if len(raw) < _AES.size:
        return
    version, _vendor, strength, method = _AES.unpack_from(raw)
    if strength in _STRENGTHS:
        for password in passwords:
            budget.check_time()
            opened = _aes(body, 8 * strength + 8, password, budget)
            if opened is not None:
                yield Opened(opened, method, crc if version == _WITH_CHECKSUM else 0)


def _aes(body: Fmap, key_size: int, password: bytes, budget: Budget) -> Fmap | None:
    salt_size = key_size // 2
    start = salt_size + _VERIFIER_SIZE
    head = body.read(0, start)
    keys = hashlib.pbkdf2_hmac(
        "sha1", password, head[:salt_size], _ROUNDS, 2 * key_size + _VERIFIER_SIZE
    )
    if len(head) < start or keys[2 * key_size :] != head[salt_size:]:
        return None
    packed = body.slice(start, max(0, len(body) - start - _DIGEST_SIZE))
    return cipher.winzip_aes(packed, keys[:key_size], budget).data


def is_right(unpacked: Unpacked, crc: int, budget: Budget) -> bool:
    """True when the content is what a member is said to have, so that its password was right."""
    content, status, _ = unpacked
    if status != "done":
        return status == "limit"
    found = 0
    for at in range(0, len(content) if crc else 0, _PIECE):
        budget.check_time()
        found = zlib.crc32(content.read(at, _PIECE), found)
    return found == crc
