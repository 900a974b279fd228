from __future__ import annotations

import pytest

from nacre.model.budget import Budget
from nacre.model.limits import Limits
from nacre.parsers.hwp3_text import texts


def stored(text: str) -> bytes:
    """Text as the body of a document has it."""
    return b"".join(letter.encode("johab").rjust(2, b"\0")[::-1] for letter in text)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (stored("evil.example"), ["evil.example\n"]),
        (b"\1" + stored("한글 문서\rmore") + b"\0\0", ["한글 문서\nmore\n"]),
        (stored("one two") + b"\x07\0" + stored("three"), ["one two\n", "three\n"]),
        (stored("abc"), []),
        (b"plain text", []),
        (b"", []),
        (bytes([0x31, 0xD3] * 4), ["\ufffd1" * 4 + "\n"]),
    ],
)
def test_what_looks_like_text(body: bytes, found: list[str]) -> None:
    assert [piece.decode() for piece in texts(body, Budget(Limits()))] == found
