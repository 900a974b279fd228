from __future__ import annotations

import pytest

from nacre.model.verdict import Strength


@pytest.mark.parametrize(
    ("name", "strength"),
    [
        ("Win.Trojan.Foo-1", Strength.STRONG),
        ("PUA.Win.Tool.Foo-1", Strength.PUA),
        ("pua.win", Strength.STRONG),
        ("PUAnix", Strength.STRONG),
        ("Heuristics.Encrypted.Zip", Strength.PUA),
        ("Heuristic.Foo", Strength.STRONG),
        ("BC.Heuristics.Foo", Strength.PUA),
        ("BC.Heuristic.Foo", Strength.STRONG),
        ("Weak.Foo", Strength.WEAK),
    ],
)
def test_the_name_alone_decides_the_strength(name: str, strength: Strength) -> None:
    assert Strength.of(name) is strength
