"""One thing that two parsers say about one program."""

from __future__ import annotations

from typing import NamedTuple

MOST = 4
"""Parts of a difference that are told of."""


class Fact(NamedTuple):
    """What nacre says and what another parser says."""

    what: str
    ours: object
    theirs: object
    reason: str = ""
    """Why they need not agree here; empty when they must."""

    @property
    def outcome(self) -> str:
        """How the comparison ended."""
        if self.ours == self.theirs:
            return "agreed"
        return "explained" if self.reason else "differed"

    def difference(self) -> str:
        """What only one of the two says, for people."""
        if not isinstance(self.ours, list | set) or not isinstance(self.theirs, list | set):
            return f"ours {self.ours!r} theirs {self.theirs!r}"
        mine, other = list(self.ours), list(self.theirs)
        only = (
            [one for one in mine if one not in other],
            [one for one in other if one not in mine],
        )
        texts = [", ".join(map(repr, ones[:MOST])) for ones in only]
        return f"only ours ({len(only[0])}): {texts[0]}; only theirs ({len(only[1])}): {texts[1]}"
