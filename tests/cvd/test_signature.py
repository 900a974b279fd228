from __future__ import annotations

import hashlib

import pytest

import feeds
from nacre.cvd import signature

# The first line of a published digest list, as its signers wrote it, would do; a key of our own is
# smaller to carry, and the official keys are those of the document.


@pytest.mark.parametrize("number", [0, 1, 63, 64, 1 << 1000])
def test_numbers_are_written_and_read(number: int) -> None:
    assert signature.decode(signature.encode(number)) == number


@pytest.mark.parametrize("text", ["", "a-b", "é", "a" * 513])
def test_what_is_no_number(text: str) -> None:
    assert signature.decode(text) is None
    assert not signature.signed_digest(text, bytes(32), feeds.KEYS.info)


def test_a_digest_with_leading_zeros_is_signed_too() -> None:
    text = signature.sign_md5("00" * 3 + "ab" * 13, feeds.PRIVATE.header)
    assert signature.opens_to_md5(text, "00" * 3 + "ab" * 13, feeds.KEYS.header)
    assert not signature.opens_to_md5(text, "ab" * 16, feeds.KEYS.header)


@pytest.mark.parametrize("salt", [b"\0" * 32, b"\1" * 32, bytes(range(32))])
def test_only_the_digest_that_was_signed(salt: bytes) -> None:
    digest = hashlib.sha256(b"list").digest()
    text = signature.sign_digest(digest, feeds.PRIVATE.info, salt)
    assert signature.signed_digest(text, digest, feeds.KEYS.info)
    assert not signature.signed_digest(text, hashlib.sha256(b"other").digest(), feeds.KEYS.info)
    assert not signature.signed_digest(text, digest, signature.OFFICIAL.info)
