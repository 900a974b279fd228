"""Office documents in XML that a password protects.

Layout: a compound file with two streams. ``EncryptionInfo`` says how a password becomes a key, in a
structure (standard encryption) or in XML (agile encryption); ``EncryptedPackage`` is the size of
the document and the document, a zip archive, in AES.
Spec: MS-OFFCRYPTO 2.3.4. Extensible encryption, which needs more than a password, and ciphers other
than AES are not known here. Of the work that a file asks for per password only so much is done.
"""

from __future__ import annotations

import binascii
import hashlib
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from nacre.codecs import cipher
from nacre.model.errors import Corrupt, Unsupported
from nacre.model.fmap import Fmap, Spool
from nacre.parsers.reader import Reader, ascii_decimal
from nacre.parsers.xml import ExpatError, parser

if TYPE_CHECKING:
    from collections.abc import Callable

    from nacre.model.budget import Budget

_LARGEST: Final = 64 << 10
_AGILE: Final = (4, 4)
_STANDARD_MINOR: Final = 2
_FLAGS_SIZE: Final = 4
_HEADER: Final = struct.Struct("<8xI4xI12x")
_HEADER_SIZES: Final = range(_HEADER.size, 4096)
_AES_IDS: Final = frozenset({0x660E, 0x660F, 0x6610})
_KEY_BITS: Final = frozenset({128, 192, 256})
_SALT_SIZE: Final = 16
_VERIFIER_SIZE: Final = 16
_VERIFIER_HASH_SIZE: Final = 32
_BLOCK: Final = 16
_SEGMENT: Final = 4096
_PIECE: Final = 64 << 10
_SIZE_SIZE: Final = 8
_MEMORY: Final = 8 << 20
_ROUNDS: Final = 50_000
_MOST_ROUNDS: Final = 1_000_000
"""Office asks for 100,000; this many take about a second."""
_EVERY: Final = 4096
_HASHES: Final = {
    "SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA384": hashlib.sha384,
    "SHA512": hashlib.sha512, "MD5": hashlib.md5,
}  # fmt: skip
_FILLING: Final = b"\x36"
_INNER: Final = 0x36
_OUTER: Final = 0x5C
_MIXED: Final = 64
_FOR_INPUT: Final = bytes.fromhex("fea7d2763b4b9e79")
_FOR_VALUE: Final = bytes.fromhex("d7aa0f6d3061344e")
_FOR_KEY: Final = bytes.fromhex("146e0be7abacd0d6")


def spun(algorithm: str, first: bytes, rounds: int, budget: Budget) -> bytes:
    """The digest of `first`, and `rounds` times that of a number and the digest before it."""
    new = _HASHES[algorithm]
    digest = new(first).digest()
    for number in range(rounds):
        if number % _EVERY == 0:
            budget.check_time()
        digest = new(number.to_bytes(4, "little") + digest).digest()
    return digest


@dataclass(frozen=True, slots=True)
class Standard:
    """Standard encryption: AES block by block, a key from SHA-1."""

    key_size: int
    salt: bytes
    verifier: bytes
    verifier_hash: bytes

    def key(self, password: str, budget: Budget) -> bytes | None:
        """The document's key; None when the password is wrong."""
        digest = spun("SHA1", self.salt + password.encode("utf-16-le"), _ROUNDS, budget)
        digest = _sha1(digest + bytes(4))
        key = (_mixed(digest, _INNER) + _mixed(digest, _OUTER))[: self.key_size]
        proof = _sha1(cipher.aes_decrypt_blocks(key, self.verifier))
        return key if cipher.aes_decrypt_blocks(key, self.verifier_hash)[:20] == proof else None

    def document(self, key: bytes, package: Fmap, budget: Budget) -> Fmap:
        """What the package holds."""
        return _decrypted(
            package, _PIECE, lambda _, piece: cipher.aes_decrypt_blocks(key, piece), budget
        )


@dataclass(frozen=True, slots=True)
class _Parameters:
    """The attributes that the document's and the password's part have in common."""

    algorithm: str
    key_size: int
    salt: bytes

    def digest(self, *parts: bytes) -> bytes:
        return _HASHES[self.algorithm](b"".join(parts)).digest()


@dataclass(frozen=True, slots=True)
class Agile:
    """Agile encryption: AES in CBC mode, in segments."""

    data: _Parameters
    password: _Parameters
    rounds: int
    verifier: bytes
    verifier_hash: bytes
    wrapped_key: bytes

    def key(self, password: str, budget: Budget) -> bytes | None:
        """The document's key; None when the password is wrong."""
        own = self.password
        digest = spun(own.algorithm, own.salt + password.encode("utf-16-le"), self.rounds, budget)

        def opened(data: bytes, purpose: bytes) -> bytes:
            key = _fitted(own.digest(digest, purpose), own.key_size)
            return cipher.aes_decrypt(key, data, _fitted(own.salt, _BLOCK))

        proof = own.digest(opened(self.verifier, _FOR_INPUT)[: len(own.salt)])
        if opened(self.verifier_hash, _FOR_VALUE)[: len(proof)] != proof:
            return None
        return opened(self.wrapped_key, _FOR_KEY)[: self.data.key_size]

    def document(self, key: bytes, package: Fmap, budget: Budget) -> Fmap:
        """What the package holds."""

        def segment(number: int, piece: bytes) -> bytes:
            vector = self.data.digest(self.data.salt, number.to_bytes(4, "little"))
            return cipher.aes_decrypt(key, piece, _fitted(vector, _BLOCK))

        return _decrypted(package, _SEGMENT, segment, budget)


Encryption: TypeAlias = Standard | Agile


def encryption(info: Fmap) -> Encryption:
    """Read ``EncryptionInfo``.

    Raises:
        FormatError: it is damaged, or nothing that is known here.
    """
    reader = Reader(info)
    version = reader.u16le(), reader.u16le()
    reader.take(_FLAGS_SIZE)
    if version == _AGILE:
        return _agile(info.slice(_FLAGS_SIZE * 2, _LARGEST))
    if version[1] == _STANDARD_MINOR:
        return _standard(reader)
    raise Unsupported(f"encryption of version {version[0]}.{version[1]} is not known")


def size_of(package: Fmap) -> int:
    """What the package says of its document's size."""
    return int.from_bytes(package.read(0, _SIZE_SIZE), "little")


def _standard(reader: Reader) -> Standard:
    size = reader.u32le()
    if size not in _HEADER_SIZES:
        raise Corrupt("an encryption header of no size it can have")
    algorithm, bits = _HEADER.unpack_from(reader.take(size))
    if algorithm not in _AES_IDS or bits not in _KEY_BITS:
        raise Unsupported(f"encryption with cipher {algorithm:#x} is not known")
    if reader.u32le() != _SALT_SIZE:
        raise Corrupt("a salt of no size it can have")
    salt, verifier = reader.take(_SALT_SIZE), reader.take(_VERIFIER_SIZE)
    reader.take(4)
    return Standard(bits // 8, salt, verifier, reader.take(_VERIFIER_HASH_SIZE))


def _agile(text: Fmap) -> Agile:
    """The first part about the data, and the first one about a password."""
    found: dict[str, dict[str, str]] = {}

    def started(name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "keyData" or (kind == "encryptedKey" and "spinCount" in attributes):
            found.setdefault(kind, attributes)

    reader = parser(text)
    reader.StartElementHandler = started
    try:
        reader.Parse(text.read(0, len(text)), True)  # noqa: FBT003 - a C function
    except ExpatError as error:
        raise Corrupt(f"the encryption's XML: {error}") from None
    if len(found) < 2:  # noqa: PLR2004
        raise Unsupported("no encryption with a password")
    key = found["encryptedKey"]
    rounds = _number(key, "spinCount")
    if rounds > _MOST_ROUNDS:
        raise Unsupported(f"{rounds} rounds for a key are too many")
    return Agile(
        _parameters(found["keyData"]),
        _parameters(key),
        rounds,
        *(
            _blocks(key, name)
            for name in ("encryptedVerifierHashInput", "encryptedVerifierHashValue",
                         "encryptedKeyValue")
        ),
    )  # fmt: skip


def _parameters(attributes: dict[str, str]) -> _Parameters:
    algorithm = attributes.get("hashAlgorithm", "").replace("-", "")
    bits = _number(attributes, "keyBits")
    chaining = attributes.get("cipherChaining")
    if attributes.get("cipherAlgorithm") != "AES" or chaining != "ChainingModeCBC":
        raise Unsupported("encryption with another cipher than AES in CBC mode")
    if algorithm not in _HASHES or bits not in _KEY_BITS:
        raise Unsupported("encryption with an unknown digest or size of keys")
    return _Parameters(algorithm, bits // 8, _bytes(attributes, "saltValue"))


def _number(attributes: dict[str, str], name: str) -> int:
    value = ascii_decimal(attributes.get(name, "").encode())
    if value is None:
        raise Corrupt(f"the encryption's {name} is no number")
    return value


def _bytes(attributes: dict[str, str], name: str) -> bytes:
    try:
        return binascii.a2b_base64(attributes.get(name, "").encode())
    except binascii.Error:
        raise Corrupt(f"the encryption's {name} is no base64") from None


def _blocks(attributes: dict[str, str], name: str) -> bytes:
    value = _bytes(attributes, name)
    if not value or len(value) % _BLOCK:
        raise Corrupt(f"the encryption's {name} has {len(value)} bytes")
    return value


def _decrypted(
    package: Fmap, step: int, decrypt: Callable[[int, bytes], bytes], budget: Budget
) -> Fmap:
    """The document in a package, of which only whole blocks are decrypted."""
    size = size_of(package)
    end = min(len(package), _SIZE_SIZE + -(-size // _BLOCK) * _BLOCK)
    out = Spool(budget.directory, _MEMORY)
    for number, at in enumerate(range(_SIZE_SIZE, end, step)):
        budget.check_time()
        piece = package.read(at, min(step, end - at) // _BLOCK * _BLOCK)
        if piece:
            out.write(decrypt(number, piece))
    return out.finish().slice(0, size)


def _mixed(digest: bytes, byte: int) -> bytes:
    return _sha1(bytes(byte ^ other for other in digest.ljust(_MIXED, b"\0")))


def _fitted(value: bytes, size: int) -> bytes:
    return value[:size].ljust(size, _FILLING)


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()
