from __future__ import annotations

import hashlib

import pytest

from nacre.trust.rsa import PublicKey

# 2^521 - 1 and 2^607 - 1, both prime: a key of 1128 bits whose secret anyone can work out.
P, Q, E = (1 << 521) - 1, (1 << 607) - 1, 65537
KEY = PublicKey(P * Q, E)
SECRET = pow(E, -1, (P - 1) * (Q - 1))
SIZE = (KEY.modulus.bit_length() + 7) // 8
SHA1 = bytes.fromhex("3021300906052b0e03021a05000414")
BARE = bytes.fromhex("301f300706052b0e03021a0414")
DIGEST = hashlib.sha1(b"message").digest()  # noqa: S324


def sign(padded: bytes) -> bytes:
    return pow(int.from_bytes(padded, "big"), SECRET, KEY.modulus).to_bytes(SIZE, "big")


def padded(info: bytes) -> bytes:
    return b"\0\1" + b"\xff" * (SIZE - len(info) - 3) + b"\0" + info


@pytest.mark.parametrize("prefix", [SHA1, BARE])
def test_padded_digests(prefix: bytes) -> None:
    signature = sign(padded(prefix + DIGEST))
    assert KEY.signed(DIGEST, "sha1", signature)
    assert not KEY.signed(DIGEST[::-1], "sha1", signature)
    assert not KEY.signed(DIGEST, "sha256", signature)
    assert not KEY.signed(DIGEST, "sha1", b"\0" + signature)
    assert not KEY.signed(DIGEST, "sha1", signature[1:])
    assert not KEY.signed(DIGEST, "sha1", b"\xff" * SIZE)


def test_padding_that_is_not_whole() -> None:
    info = SHA1 + DIGEST
    whole = padded(info)
    for wrong in (
        whole[:2] + b"\xff" * 8 + b"\0" + info + bytes(SIZE - 11 - len(info)),
        b"\0\2" + whole[2:],
        b"\0\1" + b"\xee" * (len(whole) - len(info) - 3) + b"\0" + info,
        bytes(SIZE - len(info)) + info,
    ):
        assert len(wrong) == SIZE
        assert not KEY.signed(DIGEST, "sha1", sign(wrong))


def test_a_digest_too_large_for_the_key() -> None:
    small = PublicKey((1 << 512) - 569, 3)
    assert not small.signed(bytes(64), "sha512", bytes(64))
    assert not small.signed(bytes(64), "sha512", b"\0" * 63 + b"\1")


@pytest.mark.parametrize(
    ("modulus", "exponent", "answer"),
    [
        (P * Q, E, True),
        (P * Q, 3, True),
        (P * Q, 1, False),
        (P * Q, 4, False),
        (P * Q + 1, E, False),
        (P * Q, (1 << 40) + 1, False),
        (P >> 20, E, False),
        ((1 << 9000) + 1, E, False),
        (0, E, False),
        (-P, E, False),
    ],
)
def test_usable_keys(modulus: int, exponent: int, answer: bool) -> None:  # noqa: FBT001
    assert PublicKey(modulus, exponent).usable is answer
