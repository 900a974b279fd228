"""A certificate authority, and programs signed under it, for the whole session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from compat.pair import CLEAN, only
from trust.authority import CODE, PAST, ROOT, STAMP, Authority, Issued
from trust.signing import PROGRAMS, sign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compat.pair import Names, Pair

BODY = ("x.ndb", f"Found:0:*:{b'This program'.hex()}")
"""Is in every program."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What most tests need."""

    authority: Authority
    root: Issued
    middle: Issued
    leaf: Issued
    past: Issued
    """As the leaf, but expired."""
    stamp: Issued
    """Makes time stamps."""
    files: Mapping[str, bytes]
    """Both programs, signed by the leaf, with the one in the middle beside it."""

    def signed(self, signer: Issued, *others: Issued) -> bytes:
        """A program signed by `signer`."""
        return sign(PROGRAMS["p32.exe"], signer, *others)

    def root_rule(self) -> str:
        """Trusts all that comes from the root."""
        return self.root.rule("Root", trusted=1, serial="")


@dataclass(frozen=True, slots=True)
class Asking:
    """Both programs under rules about certificates."""

    pair: Pair

    def agree(self, rules: list[str], files: Mapping[str, bytes], *options: str) -> Names:
        lines = [("x.crb", rule) for rule in rules]
        return self.pair.agree([BODY, *lines], files, *options)

    def stricter(self, rules: list[str], data: bytes, *options: str) -> None:
        """The peer trusts `data`, nacre does not: docs/design/differences.md says why."""
        lines = [("x.crb", rule) for rule in rules]
        theirs, mine = self.pair.both([BODY, *lines], {"a.exe": data}, *options)["a.exe"]
        assert (theirs, mine) == (CLEAN, only("Found"))


@pytest.fixture
def ask(pair: Pair) -> Asking:
    return Asking(pair)


@pytest.fixture(scope="session")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    root = authority.issue("root", None, ROOT)
    middle = authority.issue("middle", root, ROOT)
    leaf = authority.issue("leaf", middle, CODE)
    return Signed(
        authority,
        root,
        middle,
        leaf,
        authority.issue("past", middle, CODE, valid=PAST),
        authority.issue("stamp", root, STAMP),
        {name: sign(program, leaf, middle) for name, program in PROGRAMS.items()},
    )
