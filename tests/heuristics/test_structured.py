from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.heuristics.checks.structured import StructuredCheck
from nacre.model.budget import Budget
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits
from nacre.model.options import ScanOptions

CARDS, SECURITY = StructuredCheck.ALERTS
ONE = {"structured_cc_count": 1, "structured_ssn_count": 1}


def alerts(text: str | bytes, **options: int) -> list[str]:
    data = Fmap.from_bytes(text.encode() if isinstance(text, str) else text)
    asked = ScanOptions(**{**ONE, **options})  # type: ignore[arg-type]  # numbers and switches
    return [finding.name for finding in StructuredCheck().check(data, asked, Budget(Limits()))]


@pytest.mark.parametrize(
    "number",
    ["4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "378282246310005",
     "x4111111111111111x", "9-4111111111111111", "123456123456" + "2"],
)  # fmt: skip
def test_cards(number: str) -> None:
    assert alerts(f"card {number} and more") == [CARDS]


@pytest.mark.parametrize(
    "number",
    ["4111111111111112", "94111111111111111", "41111111111111115", "4111.1111.1111.1111",
     "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "3782822463100054", "6600001234567890"],
)  # fmt: skip
def test_no_cards(number: str) -> None:
    assert alerts(f"card {number} and more") == []


def test_only_credit_cards() -> None:
    assert alerts("card 5000001234567896") == [CARDS]
    assert alerts("card 5000001234567896", structured_cc_only=True) == []


@pytest.mark.parametrize(
    ("number", "normal", "stripped"),
    [
        ("123-45-6789", True, False),
        ("123456789", False, True),
        ("000-45-6789", False, False),
        ("666-45-6789", False, False),
        ("773-45-6789", False, False),
        ("123-00-6789", False, False),
        ("123-45-0000", False, False),
        ("1123-45-6789", False, False),
        ("123-45-67890", False, False),
        ("123 45 6789", False, False),
    ],
)
def test_security_numbers(number: str, normal: bool, stripped: bool) -> None:  # noqa: FBT001
    text = f"number {number} and more"
    assert alerts(text) == [SECURITY] * normal
    only = {"structured_ssn_normal": False, "structured_ssn_stripped": True}
    assert alerts(text, **only) == [SECURITY] * stripped


def test_enough_of_them() -> None:
    text = "4111111111111111, 123-45-6789; " * 2
    assert alerts(text, structured_cc_count=2, structured_ssn_count=2) == [SECURITY, CARDS]
    assert alerts(text, structured_cc_count=3, structured_ssn_count=3) == []


@given(st.text(alphabet="0123456789 -x", max_size=400))
def test_any_text(text: str) -> None:
    assert set(alerts(text, structured_ssn_stripped=True)) <= set(StructuredCheck.ALERTS)
