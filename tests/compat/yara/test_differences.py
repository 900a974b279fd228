"""Rules about which nacre is meant to say something else: see docs/design/differences.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from compat.pair import BINARY, CLEAN, only

if TYPE_CHECKING:
    from compat.pair import Pair

FOUND = only("YARA.a")
DATA = BINARY + b"ABC"


def rule(condition: str, strings: str = '$a = "ABC"') -> str:
    return f"rule a {{ strings: {strings} condition: {condition} }}"


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ('rule x { strings: $b = "abc" condition: $b and }\n' + rule("$a"), DATA),
        ('rule x { strings: $b = "ab\n" condition: $b }\n' + rule("$a"), DATA),
        ("\xef\xbb\xbf" + rule("$a"), DATA),
        (rule("$a and uint32(0) == 0xFEEDFACE"), b"\xce\xfa\xed\xfe" + DATA),
        (rule("$a and filesize < 0x500"), DATA),
        (rule("$a and uint8(filesize - 1) == 67"), DATA),
        (rule("$a", "$a = /abc/i"), DATA),
        (rule("$a", "$a = /abc/ nocase"), DATA),
        (rule("$a", "$a = /A.BC/s"), BINARY + b"A\nBC"),
        (rule("$a and for any i in (1, @b, 5) : (i == 5)", '$a = "ABC" $b = "none"'), DATA),
        (rule("for any i in (4, 5) : ($a in (i..9))"), DATA),
        (rule("$a", "$a = { 41\r\n42 }"), DATA),
    ],
)
def test_what_only_nacre_finds(pair: Pair, text: str, data: bytes) -> None:
    found = pair.both([("x.yar", text)], {"data": data})
    assert found["data"] == (CLEAN, FOUND)


@pytest.mark.parametrize("condition", ["$a and 1 \\ #b == 0", "$a and 1 % (#a - 1) == 0"])
def test_divisions_by_zero_are_undefined(pair: Pair, condition: str) -> None:
    strings = '$a = "ABC" $b = "none"' if "#b" in condition else '$a = "ABC"'
    text = rule(f"$a and not ({condition})", strings)
    (pair.folder / "x.yar").write_text(text)
    (pair.folder / "data").write_bytes(DATA)
    outcome = pair.ours.scan(pair.folder / "x.yar", [pair.folder / "data"])
    assert outcome.found(pair.folder / "data") == FOUND
