"""The signatures of databases as they were made before 1.5: RSA, written as text.

64 symbols (`a-z A-Z 0-9 + /`, value by position) are the digits of a number to the base of 64, the
least significant first. A header's number, opened, is the MD5 as it is. That of a digest list or a
cdiff is padded as in PSS (RFC 8017, 9.1) with SHA-256 and 32 bytes of salt. Unlike ClamAV
before 1.5, an MD5 may begin with zeros.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

_SYMBOLS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"
_VALUE = {symbol: value for value, symbol in enumerate(_SYMBOLS)}
_MAX_SYMBOLS = 512
_HASH_SIZE = 32
_SALT_SIZE = 32
_BLOCK_SIZE = 256
_MASKED_SIZE = _BLOCK_SIZE - _HASH_SIZE - 1
_TRAILER = 0xBC


@dataclass(frozen=True, slots=True)
class Key:
    """An RSA key: a public one, or with the other exponent a private one."""

    modulus: int
    exponent: int

    def apply(self, number: int) -> int:
        """The number to the power of the exponent."""
        return pow(number, self.exponent, self.modulus)


class Authorities(Protocol):
    """The certificates that are trusted (`nacre.trust.detached`)."""

    def signer(self, signature: bytes, digest: Callable[[str], bytes]) -> str:
        """The name of who made a detached signature, PKCS#7 in DER.

        Args:
            signature: what is to be believed.
            digest: gives the digest of what is signed, by the name of an algorithm.

        Raises:
            FormatError: it is not to be believed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Keys:
    """Who is trusted: the keys of container headers, of digest lists and of cdiffs."""

    header: Key
    info: Key
    cdiff: Key
    authorities: Authorities | None = None
    """Who else, by certificates."""


# fmt: off
OFFICIAL = Keys(
    header=Key(int(
        "1186409955516453426030700016584531897515277744120277437465994057432431426074641447673610"
        "6064065584474976078889002228342492276248891756555100246777110966959818941043469903453223"
        "2228621591089508178591428456220796841621637175567590476666928698770143328137383952820383"
        "197532047771780196576957695822641224262693037"
    ), 100001027),
    info=Key(int(
        "1108889498304854547365955610662719492392894179179504762059165869741358104332271591217249"
        "6806525381055880964520618400224333320534660299233983755341740679502866829909679955734391"
        "3926683783612215242053966310901051516412708572770803107343209516537005089417174191687239"
        "4250789070290470270758745162169105075430785038339986534648720379846417853739221140278648"
        "1359824461197231102895415093770394216666324484593935762408468516826633192140826667923494"
        "8220458053478099328484548458869717064243605586678627758760720594377033653802091016977385"
        "7751547693508546945527999411314597799408461832848215101314239337331633751997724473274797"
        "7"
    ), 100002049),
    cdiff=Key(int(
        "1478390587407746709026222851655791757025459963837620353203198921410555284726968748977197"
        "5792123442185817287694951949800908791527542017115600501303394778618535864845235700041590"
        "0563182301024496122174585490160893133065913885907907965158196541023207257123008223563487"
        "2401123265483750324173617790778419870083444068112472706054003575469965810589505009657622"
        "6753008596881698828185652424901921668758326578462003247906470982092298106789657211905488"
        "9862810783463614695244848295595608862271980919954984406766396398304635932113860550653602"
        "8842239405399813445862371254068329403495381841245836219811781199000602198984418072101094"
        "7"
    ), 100002053),
)
"""Those that ClamAV's databases are signed with."""
# fmt: on


def opens_to_md5(text: str, md5: str, key: Key) -> bool:
    """Whether `text` is a header's signature of this MD5, in hex."""
    number = decode(text)
    return number is not None and key.apply(number) == int.from_bytes(bytes.fromhex(md5), "big")


def signed_digest(text: str, digest: bytes, key: Key) -> bool:
    """Whether `text` is the signature over this SHA-256 digest in a digest list or a cdiff."""
    number = decode(text)
    opened = 0 if number is None else key.apply(number)
    if not opened or opened.bit_length() > _BLOCK_SIZE * 8:
        return False
    block = opened.to_bytes(_BLOCK_SIZE, "big")
    masked, inner, trailer = block[:_MASKED_SIZE], block[_MASKED_SIZE:-1], block[-1]
    plain = bytearray(_xor(masked, _mask(inner)))
    plain[0] &= 0x7F
    zeros, one, salt = bytes(plain).partition(b"\1")
    whole = one and not zeros.strip(b"\0") and len(salt) == _SALT_SIZE
    return bool(whole) and trailer == _TRAILER and _inner(digest, salt) == inner


def decode(text: str) -> int | None:
    """The number that `text` writes; None where it is no number."""
    if not 0 < len(text) <= _MAX_SYMBOLS or any(symbol not in _VALUE for symbol in text):
        return None
    return sum(_VALUE[symbol] << 6 * place for place, symbol in enumerate(text))


def encode(number: int) -> str:
    """The text of a number."""
    places = range(0, max(number.bit_length(), 1), 6)
    return "".join(_SYMBOLS[number >> place & 63] for place in places)


def sign_md5(md5: str, private: Key) -> str:
    """A header's signature of this MD5."""
    return encode(private.apply(int(md5, 16)))


def sign_digest(digest: bytes, private: Key, salt: bytes) -> str:
    """A signature over this SHA-256 digest; `salt` is 32 random bytes."""
    inner = _inner(digest, salt)
    plain = b"\0" * (_MASKED_SIZE - _SALT_SIZE - 1) + b"\1" + salt
    masked = bytearray(_xor(plain, _mask(inner)))
    masked[0] &= 0x7F
    return encode(private.apply(int.from_bytes(bytes(masked) + inner + bytes((_TRAILER,)), "big")))


def _inner(digest: bytes, salt: bytes) -> bytes:
    return hashlib.sha256(b"\0" * 8 + digest + salt).digest()


def _mask(seed: bytes) -> bytes:
    """MGF1 with SHA-256 (RFC 8017, B.2.1)."""
    blocks = (
        hashlib.sha256(seed + number.to_bytes(4, "big")).digest()
        for number in range(-(-_MASKED_SIZE // _HASH_SIZE))
    )
    return b"".join(blocks)[:_MASKED_SIZE]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))
