"""RSA signatures with PKCS#1 v1.5 padding (RFC 8017, 8.2.2).

The padded digest is built and compared as a whole: nothing in the signature is parsed, so nothing
can be hidden in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nacre.model.errors import Unsupported
from nacre.parsers.asn1 import Element, Elements, Tag

# Smaller keys can be broken by anyone; larger ones would make verifying slow.
_LEAST_BITS: Final = 512
_MOST_BITS: Final = 8192
_MOST_EXPONENT_BITS: Final = 33

_RSA: Final = "1.2.840.113549.1.1.1"

_ALGORITHMS: Final = {
    "md5": bytes.fromhex("06082a864886f70d0205"),
    "sha1": bytes.fromhex("06052b0e03021a"),
    "sha256": bytes.fromhex("0609608648016503040201"),
    "sha384": bytes.fromhex("0609608648016503040202"),
    "sha512": bytes.fromhex("0609608648016503040203"),
}
"""Object identifiers in DER, as they stand in a DigestInfo."""
_PARAMETERS: Final = (b"\x05\x00", b"")
"""The NULL that should be there, and nothing, which some write (RFC 8017, A.2.4)."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An RSA key, as it is named: not every one may be relied on."""

    modulus: int
    exponent: int

    @property
    def usable(self) -> bool:
        """Whether the key is neither worthless nor slow to use."""
        return (
            self.modulus > 0
            and _LEAST_BITS <= self.modulus.bit_length() <= _MOST_BITS
            and self.exponent > 1
            and self.exponent.bit_length() <= _MOST_EXPONENT_BITS
            and bool(self.modulus & self.exponent & 1)
        )

    def signed(self, digest: bytes, algorithm: str, signature: bytes) -> bool:
        """Whether `signature` was made with this key over `digest`; never for an unusable key."""
        if not self.usable:
            return False
        size = (self.modulus.bit_length() + 7) // 8
        value = int.from_bytes(signature, "big")
        if len(signature) != size or value >= self.modulus:
            return False
        opened = pow(value, self.exponent, self.modulus).to_bytes(size, "big")
        return any(
            opened == _padded(_digest_info(algorithm, parameters, digest), size)
            for parameters in _PARAMETERS
        )


def public_key(info: Element) -> PublicKey:
    """The key in a SubjectPublicKeyInfo.

    Raises:
        Unsupported: it is not an RSA key.
        FormatError: it is malformed.
    """
    parts = info.inside()
    algorithm = parts.next(Tag.SEQUENCE).inside().next().oid()
    if algorithm != _RSA:
        raise Unsupported(f"key of type {algorithm}")
    numbers = Elements(parts.next().bits()).next(Tag.SEQUENCE).inside()
    modulus, exponent = numbers.next(Tag.INTEGER), numbers.next(Tag.INTEGER)
    return PublicKey(*(int.from_bytes(number.content, "big") for number in (modulus, exponent)))


def _digest_info(algorithm: str, parameters: bytes, digest: bytes) -> bytes:
    identifier = _ALGORITHMS[algorithm] + parameters
    inside = bytes((0x30, len(identifier))) + identifier + bytes((0x04, len(digest))) + digest
    return bytes((0x30, len(inside))) + inside


def _padded(info: bytes, size: int) -> bytes:
    # At least eight bytes of padding; a digest too large for the key gives what equals nothing.
    filling = size - len(info) - 3
    return b"\0\1" + b"\xff" * filling + b"\0" + info if filling >= 8 else b""  # noqa: PLR2004 - RFC 8017
