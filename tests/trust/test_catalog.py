from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nacre.model.errors import FormatError
from nacre.trust.catalog import members
from nacre.trust.rules import Rules
from trust.known import NOW, rule, rules, sample
from trust.make import TEXT
from trust.signing import PROGRAMS, digest_of

if TYPE_CHECKING:
    from nacre.matching import CertificateRule

MEMBERS = [
    (True, digest_of(PROGRAMS["p32.exe"], "sha1")),
    (True, digest_of(PROGRAMS["p64.exe"], "sha256")),
    (False, hashlib.sha1(TEXT).digest()),  # noqa: S324
]


def of(catalog: bytes, given_rules: Rules, now: int = NOW) -> list[tuple[bool, bytes]]:
    return list(members(catalog, given_rules, now))


def test_members_of_a_trusted_catalog() -> None:
    for name in ("root", "middle", "leaf"):
        assert of(sample("x.cat"), rules(name)) == MEMBERS


@pytest.mark.parametrize(
    "given_rules",
    [
        [],
        [rule("past")],
        [rule("leaf", code_sign=False)],
        [rule("root"), rule("leaf", trusted=False)],
        [rule("root"), rule("middle", trusted=False)],
    ],
)
def test_catalogs_of_others(given_rules: list[CertificateRule]) -> None:
    with pytest.raises(FormatError):
        of(sample("x.cat"), Rules(given_rules))


def test_a_catalog_must_be_valid_now() -> None:
    with pytest.raises(FormatError):
        of(sample("x.cat"), rules("root"), now=1_500_000_000)


def test_signed_programs_are_no_catalogs() -> None:
    with pytest.raises(FormatError):
        of(sample("signed64.exe"), rules("root"))


@given(
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=5),
    cut=st.one_of(st.just(1.0), st.floats(0, 1)),
)
@settings(deadline=None, max_examples=200)
def test_any_catalog(changes: list[tuple[float, int]], cut: float) -> None:
    data = bytearray(sample("x.cat"))
    for place, value in changes:
        data[int(place * (len(data) - 1))] = value
    try:
        found = of(bytes(data[: int(cut * len(data))]), rules("root"))
    except FormatError:
        return
    # What is not signed may change: the way its signer is looked for, never the members.
    assert found == MEMBERS
