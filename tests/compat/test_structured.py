"""Card and social security numbers: counted as ClamAV counts them."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from compat.pair import Pair

DATABASE = [("a.ndb", "Never:0:*:deadbeefdeadbeefdeadbeef")]
PREFIXES = (
    "100000", "199999", "222099", "222100", "272099", "272100", "300000", "305999", "306000",
    "309500", "340000", "352800", "352799", "360000", "370000", "380000", "400000", "411111",
    "500000", "510000", "559999", "560000", "601100", "601200", "622125", "622126", "622927",
    "624000", "628200", "644000", "659999", "660000", "000000", "999999",
)  # fmt: skip
BETWEEN = ("", "", "", " ", "-", "  ", "- ", ".", "\n", "\t", "x")
AROUND = ("", " ", " ", "x", "9", "-", "1 ", "\n", " 12 ", "number: ")
SECURITY = ("123-45-6789", "000-12-3456", "666-12-3456", "772-99-9999", "773-12-3456",
            "123-00-1234", "123-12-0000", "123456789", "1123-45-6789", "123 45 6789")  # fmt: skip


def with_check_digit(digits: str) -> str:
    doubled = (str(int(digit) * (2 - number % 2)) for number, digit in enumerate(digits[::-1]))
    return digits + str(-sum(int(digit) for text in doubled for digit in text) % 10)


def card(rng: random.Random) -> str:
    """A number, nearly one, or one with something between its digits."""
    size = rng.choice((12, 13, 14, 15, 15, 16, 16, 16, 17))
    digits = with_check_digit(rng.choice(PREFIXES) + "".join(rng.choices("0123456789", k=size - 7)))
    if rng.random() < 0.2:
        digits = digits[:-1] + rng.choice("0123456789")
    step = rng.choice((1, 2, 4, 4, 4, 6))
    blank = rng.choice(BETWEEN)
    return blank.join(digits[at : at + step] for at in range(0, len(digits), step))


def text(rng: random.Random, numbers: int) -> bytes:
    out = "the following is a plain text "
    for _ in range(numbers):
        out += rng.choice(AROUND) + (card(rng) if rng.random() < 0.8 else rng.choice(SECURITY))
        out += rng.choice(AROUND)
    return out.encode()


@pytest.mark.parametrize(
    "options", [(), ("--structured-cc-mode=1",), ("--structured-ssn-format=2",)]
)
def test_single_numbers(pair: Pair, options: tuple[str, ...]) -> None:
    rng = random.Random(len(options) + 5)  # noqa: S311
    files = {f"{number}": text(rng, 1) for number in range(600)}
    counts = ("--structured-cc-count=1", "--structured-ssn-count=1")
    found = pair.agree(DATABASE, files, "--allmatch", "--detect-structured=yes", *counts, *options)
    assert 40 < sum(map(bool, found.values())) < 500


def test_many_numbers(pair: Pair) -> None:
    rng = random.Random(12)  # noqa: S311
    files = {f"{number}": text(rng, rng.randrange(2, 40)) for number in range(300)}
    files |= {f"long-{number}": text(rng, 700) for number in range(3)}
    names = ("structured-cc-count", "structured-ssn-count")
    for count in (2, 3, 8, 200):
        counts = [f"--{name}={count}" for name in names]
        pair.agree(DATABASE, files, "--allmatch", "--detect-structured=yes", *counts)
    pair.agree(
        DATABASE, files, "--allmatch", "--detect-structured=yes", "--structured-ssn-format=1"
    )
    pair.agree(DATABASE, files)
