"""Excel workbooks that a password protects.

Layout: the record FILEPASS among the first of the stream says how. Behind it the data of records
are encrypted, their headers are not, nor are records that Excel needs before it knows the password.
With RC4 (office_rc4.py) a key is for 1024 bytes of the stream, whatever is encrypted of them. XOR
obfuscation turns each byte and mixes it with one of 16, which the place of the record chooses.
Spec: MS-XLS 2.2.10 and 2.4.117; MS-OFFCRYPTO 2.3.7.2.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, TypeAlias

from nacre.model.errors import Truncated
from nacre.model.fmap import Fmap
from nacre.parsers import office_rc4

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nacre.model.budget import Budget

FILE_PASSWORD: Final = 0x2F
_HEADER: Final = struct.Struct("<HH")
_XOR: Final = 0
_SHEET: Final = 0x85
_SHEET_PLAIN: Final = 4
_NEVER: Final = frozenset(
    {0x09, 0x209, 0x409, 0x809, FILE_PASSWORD, 0xE1, 0x138, 0x194, 0x195, 0x196}
)
"""BOF, FILEPASS, INTERFACEHDR, RRDHEAD, USREXCL, FILELOCK, RRDINFO."""
_BLOCK: Final = 1024
_EVERY: Final = 1024

_FIRST_CODES: Final = (
    0xE1F0, 0x1D0F, 0xCC9C, 0x84C0, 0x110C, 0x0E10, 0xF1CE, 0x313E,
    0x1872, 0xE139, 0xD40F, 0x84F9, 0x280C, 0xA96A, 0x4EC3,
)  # fmt: skip
"""By the length of the password."""
_ROWS: Final = (
    0xAEFC, 0x7B61, 0x4563, 0x0375, 0xD849, 0x6F45, 0xEB23, 0x47D3,
    0xB861, 0x45A0, 0xAA51, 0x76B4, 0x3730, 0x3331, 0x1021,
)  # fmt: skip
"""By a character's place, the last character of the longest password first from the end."""
_POLYNOMIAL: Final = 0x1021
_PADDING: Final = bytes.fromhex("bbffffbaffffb98000be0f00bf0f00")
_LONGEST: Final = 15
_LATER: Final = 0xCE4B

Opener: TypeAlias = "Callable[[str], Decrypter | None]"
"""What makes of a password something that decrypts; None when it is wrong."""
Decrypter: TypeAlias = "Callable[[bytes, Budget], bytes]"
"""What decrypts a whole stream, of which FILEPASS stays as it is."""


def opener(file_password: bytes, *, wide: bool) -> Opener:
    """How the content of a FILEPASS record is asked; `wide` in a workbook of 1997 or later.

    Raises:
        FormatError: it is damaged, or nothing that is known here.
    """
    kind = _XOR
    if wide:
        if len(file_password) < 2:  # noqa: PLR2004
            raise Truncated("FILEPASS is cut")
        kind = int.from_bytes(file_password[:2], "little")
        file_password = file_password[2:]
    if kind == _XOR:
        if len(file_password) < _HEADER.size:
            raise Truncated("FILEPASS is cut")
        key, verifier = _HEADER.unpack_from(file_password)
        return lambda password: _obfuscated(password, key, verifier)
    protection = office_rc4.protection(Fmap.from_bytes(file_password))

    def opened(password: str) -> Decrypter | None:
        keys = protection.keys(password)
        return None if keys is None else lambda stream, budget: _rc4(stream, keys, budget)

    return opened


def _rc4(stream: bytes, keys: office_rc4.Keys, budget: Budget) -> bytes:
    plain = b"".join(keys.decrypt(stream, _BLOCK, budget))
    out = bytearray(stream)
    for _, _, start, end in _encrypted(stream, budget):
        out[start:end] = plain[start:end]
    del plain  # as large as the stream, as is what follows
    return bytes(out)


def _encrypted(stream: bytes, budget: Budget) -> Iterator[tuple[int, int, int, int]]:
    """Where records end, where their data begin, and from where to where these are encrypted."""
    at = count = 0
    behind = False
    while at + _HEADER.size <= len(stream):
        if count % _EVERY == 0:
            budget.check_time()
        count += 1
        kind, size = _HEADER.unpack_from(stream, at)
        at += _HEADER.size
        end = min(at + size, len(stream))
        if behind and kind not in _NEVER:
            yield at + size, at, min(at + _SHEET_PLAIN, end) if kind == _SHEET else at, end
        behind |= kind == FILE_PASSWORD
        at += size


def _obfuscated(password: str, key: int, verifier: int) -> Decrypter | None:
    """Method 1: only passwords of 15 characters at most, and only the lower byte of each."""
    text = bytes(ord(letter) & 0xFF or ord(letter) >> 8 & 0xFF for letter in password)
    if not 0 < len(text) <= _LONGEST or (_key(text), _verifier(text)) != (key, verifier):
        return None
    mixing = bytes(
        _turned(byte ^ (key >> 8 * (place & 1) & 0xFF), 1)
        for place, byte in enumerate((text + _PADDING)[:16])
    )
    tables = [bytes(_turned(byte ^ mixer, 5) for byte in range(256)) for mixer in mixing]
    return lambda stream, budget: _unmixed(stream, tables, budget)


def _unmixed(stream: bytes, tables: list[bytes], budget: Budget) -> bytes:
    out = bytearray(stream)
    for record_end, at, start, end in _encrypted(stream, budget):
        # The first byte of a record's data is mixed with the one that the record's end chooses.
        first = record_end + start - at
        for lane in range(min(16, end - start)):
            table = tables[(first + lane) % 16]
            out[start + lane : end : 16] = stream[start + lane : end : 16].translate(table)
    return bytes(out)


def _turned(byte: int, count: int) -> int:
    return (byte >> count | byte << 8 - count) & 0xFF


def _key(text: bytes) -> int:
    key = _FIRST_CODES[len(text) - 1]
    for row, byte in zip(reversed(_ROWS), reversed(text), strict=False):
        element = row
        for bit in range(7):
            if byte >> bit & 1:
                key ^= element
            element = element << 1 & 0xFFFF ^ _POLYNOMIAL * (element >> 15)
    return key


def _verifier(text: bytes) -> int:
    verifier = 0
    for byte in reversed(bytes([len(text)]) + text):
        verifier = (verifier >> 14 & 1 | verifier << 1 & 0x7FFF) ^ byte
    return verifier ^ _LATER
