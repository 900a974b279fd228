"""The standard security handler of PDF: from a password to the key of each stream and string.

Spec: ISO 32000-1, 7.6 (revisions 2 to 4: RC4 with 40 to 128 bits, AES-128), Adobe's supplement for
extension level 3 (revision 5) and ISO 32000-2, 7.6.4 (revision 6: AES-256). A candidate is tried
as user and as owner password. Only a password that proves right gives a key.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nacre.codecs import cipher
from nacre.parsers.pdf_syntax import Name, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nacre.codecs.cipher import Method
    from nacre.parsers.pdf_syntax import Dictionary, Value

_PADDING: Final = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
_IDENTITY: Final = b"Identity"
_AES_SALT: Final = b"sAlT"
_WITH_FILTERS: Final = 4
"""From this version on crypt filters say which cipher is used for what."""
_WITHOUT_OBJECT_KEYS: Final = 5
_METHODS: Final[dict[bytes, Method]] = {b"V2": "rc4", b"AESV2": "aes-cbc", b"AESV3": "aes-cbc"}
_HASHES: Final = (hashlib.sha256, hashlib.sha384, hashlib.sha512)
_LONGEST_PASSWORD: Final = 127
_ROUNDS: Final = 64
_MOST_ROUNDS: Final = 2048
"""A round goes on with a chance of 224 in 256 at most; this many do not happen."""
_VERSIONS: Final = range(1, 6)
_REVISIONS: Final = range(2, 7)
_KEY_LENGTHS: Final = range(5, 33)
_SHORT: Final = 32
_LONG: Final = 48


@dataclass(frozen=True, slots=True)
class Unlocked:
    """What decrypts the parts of one file."""

    key: bytes
    version: int
    filters: dict[bytes, Method | None]
    """Crypt filters by name; None leaves data as it is."""
    streams: Method | None
    strings: Method | None
    attachments: Method | None
    metadata: bool
    """Whether the metadata stream is encrypted."""

    def key_for(self, method: Method, number: int, generation: int) -> bytes:
        """The key of one object."""
        if self.version >= _WITHOUT_OBJECT_KEYS:
            return self.key
        place = number.to_bytes(8, "little")[:3] + generation.to_bytes(8, "little")[:2]
        salt = _AES_SALT if method == "aes-cbc" else b""
        digest = hashlib.md5(self.key + place + salt, usedforsecurity=False).digest()
        return digest[: min(len(self.key) + 5, 16)]

    def string(self, data: bytes, number: int, generation: int) -> bytes:
        """A string of one object, decrypted as far as it can be."""
        if self.strings is None:
            return data
        key = self.key_for(self.strings, number, generation)
        if self.strings == "rc4":
            return cipher.rc4(key, data)
        vector, blocks = data[:16], data[16 : len(data) // 16 * 16]
        if not blocks or len(key) not in (16, 32):
            return data
        plain = cipher.aes_decrypt(key, blocks, vector)
        return plain[: -plain[-1]] if 0 < plain[-1] <= len(vector) else plain


@dataclass(frozen=True, slots=True)
class _Standard:
    """The entries of an encryption dictionary."""

    version: int
    revision: int
    owner: bytes
    user: bytes
    owner_key: bytes
    user_key: bytes
    permissions: bytes
    length: int
    identifier: bytes
    metadata: bool


def unlock(
    dictionary: Dictionary, identifier: bytes, passwords: Iterable[bytes]
) -> Unlocked | None:
    """The keys of a file that one of `passwords` opens; None if none does."""
    standard = _standard(dictionary, identifier)
    if standard is None:
        return None
    for password in passwords:
        key = _key(standard, password)
        if key is not None:
            return _unlocked(dictionary, standard, key)
    return None


def _standard(dictionary: Dictionary, identifier: bytes) -> _Standard | None:
    version, revision = _number(dictionary, b"V", 0), _number(dictionary, b"R", 2)
    if version not in _VERSIONS or revision not in _REVISIONS:
        return None
    bits = _number(dictionary, b"Length", 40 if version < _WITH_FILTERS else 128)
    length = {1: 5, 4: 16, 5: 32}.get(version, bits // 8 if bits % 8 == 0 else 5)
    if length not in _KEY_LENGTHS:
        return None
    permissions = _number(dictionary, b"P", 0) & 0xFFFFFFFF
    return _Standard(
        version,
        revision,
        _bytes(dictionary, b"O"),
        _bytes(dictionary, b"U"),
        _bytes(dictionary, b"OE"),
        _bytes(dictionary, b"UE"),
        permissions.to_bytes(4, "little"),
        length,
        identifier,
        dictionary.get(b"EncryptMetadata") is not False,
    )


def _unlocked(dictionary: Dictionary, standard: _Standard, key: bytes) -> Unlocked:
    if standard.version < _WITH_FILTERS:
        return Unlocked(key, standard.version, {}, "rc4", "rc4", "rc4", metadata=True)
    filters: dict[bytes, Method | None] = {_IDENTITY: None}
    listed = dictionary.get(b"CF")
    for name, entry in listed.items() if isinstance(listed, dict) else ():
        kind = entry.get(b"CFM") if isinstance(entry, dict) else None
        filters[name] = _METHODS.get(kind) if isinstance(kind, Name) else None
    streams = filters.get(_name(dictionary, b"StmF"))
    strings = filters.get(_name(dictionary, b"StrF"))
    attachments = filters.get(_name(dictionary, b"EFF")) if b"EFF" in dictionary else streams
    return Unlocked(
        key, standard.version, filters, streams, strings, attachments, standard.metadata
    )


def _key(standard: _Standard, password: bytes) -> bytes | None:
    if standard.version >= _WITHOUT_OBJECT_KEYS:
        return _key_256(standard, password[:_LONGEST_PASSWORD])
    key = _user_key(standard, password)
    return key or _user_key(standard, _user_password(standard, password))


def _user_key(standard: _Standard, password: bytes) -> bytes | None:
    """Algorithm 2, checked with algorithm 4 or 5."""
    seed = (password + _PADDING)[:_SHORT] + standard.owner[:_SHORT] + standard.permissions
    seed += standard.identifier
    if standard.revision >= 4 and not standard.metadata:  # noqa: PLR2004 revisions are numbers
        seed += b"\xff\xff\xff\xff"
    length = standard.length
    key = _md5(seed)[:length]
    if standard.revision == 2:  # noqa: PLR2004
        return key if cipher.rc4(key, _PADDING) == standard.user[:_SHORT] else None
    for _ in range(50):
        key = _md5(key)[:length]
    proof = _md5(_PADDING + standard.identifier)
    for step in range(20):
        proof = cipher.rc4(bytes(byte ^ step for byte in key), proof)
    return key if proof == standard.user[:16] else None


def _user_password(standard: _Standard, owner: bytes) -> bytes:
    """The user password that an owner password gives (algorithm 7)."""
    key = _md5((owner + _PADDING)[:_SHORT])
    if standard.revision == 2:  # noqa: PLR2004
        return cipher.rc4(key[: standard.length], standard.owner[:_SHORT])
    for _ in range(50):
        key = _md5(key)
    password = standard.owner[:_SHORT]
    for step in reversed(range(20)):
        turned = bytes(byte ^ step for byte in key[: standard.length])
        password = cipher.rc4(turned, password)
    return password


def _key_256(standard: _Standard, password: bytes) -> bytes | None:
    """Algorithm 2.A: hash, validation salt and key salt stand in one string."""
    user, owner = standard.user[:_LONG], standard.owner[:_LONG]
    for proof, wrapped, extra in (
        (user, standard.user_key, b""),
        (owner, standard.owner_key, user),
    ):
        if len(proof) < _LONG or len(wrapped) < _SHORT:
            continue
        if _hash(standard, password, proof[32:40], extra) == proof[:_SHORT]:
            wrapping = _hash(standard, password, proof[40:48], extra)
            return cipher.aes_decrypt(wrapping, wrapped[:_SHORT])
    return None


def _hash(standard: _Standard, password: bytes, salt: bytes, extra: bytes) -> bytes:
    """Algorithm 2.B; before revision 6 only its first step."""
    digest = hashlib.sha256(password + salt + extra).digest()
    if standard.revision < 6:  # noqa: PLR2004
        return digest
    for number in range(_MOST_ROUNDS):
        block = (password + digest + extra) * _ROUNDS
        block = cipher.aes_encrypt(digest[:16], digest[16:32], block)
        digest = _HASHES[sum(block[:16]) % 3](block).digest()
        if number >= _ROUNDS - 1 and block[-1] <= number + 1 - _SHORT:
            break
    return digest[:_SHORT]


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _number(dictionary: Dictionary, key: bytes, default: int) -> int:
    value: Value = dictionary.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _bytes(dictionary: Dictionary, key: bytes) -> bytes:
    value: Value = dictionary.get(key)
    return value.value() if isinstance(value, Text) else b""


def _name(dictionary: Dictionary, key: bytes) -> bytes:
    value: Value = dictionary.get(key)
    return value if isinstance(value, Name) else _IDENTITY
