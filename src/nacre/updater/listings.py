"""Listings of nacre mirrors: asked for once a run, and past caches when they are too old."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nacre.feed.listing import MAX_SIZE, NAME, Listing, parse
from nacre.model.errors import ProtocolError
from nacre.transport.http import Request
from nacre.updater.source import MissingError, get

if TYPE_CHECKING:
    from nacre.cvd.signature import Key
    from nacre.feed.mirror import Mirror
    from nacre.feed.state import State
    from nacre.output.freshclam import Teller
    from nacre.transport.http import Terms

PAST_SECONDS = 300
"""How long caches may keep what was asked for past them."""
PLAIN_SECONDS = 24 * 3600
"""How long a mirror without listings is not asked for one again."""


@dataclass(slots=True)
class Listings:
    """What mirrors say of themselves."""

    terms: Terms
    state: State
    teller: Teller
    key: Key | None = None
    """The one that listings must be signed with."""
    plain: dict[str, int] = field(default_factory=dict)
    """Mirrors that have none, and until when they are believed to have none."""
    listed: dict[str, int] = field(default_factory=dict)
    """When the newest listing of each mirror was made."""
    _stale: dict[str, str] = field(default_factory=dict)
    _known: dict[str, Listing] = field(default_factory=dict)

    def __post_init__(self) -> None:
        now = time.time()
        self.plain |= {
            base: until
            for base, until in self.state.plain.items()
            if now < until <= now + PLAIN_SECONDS
        }
        self.listed |= self.state.listed

    def of(self, mirror: Mirror) -> Listing | None:
        """The listing of `mirror`; None where it has none.

        Raises:
            FetchError: it could not be had.
            BlockedError: the mirror wants to be left alone.
            ProtocolError: it is not one, or not signed as it should be.
        """
        if mirror.official or (mirror.base in self.plain and self.key is None):
            return None
        if mirror.base not in self._known:
            try:
                found = self._fresh(mirror)
            except MissingError:
                if self.key is not None:
                    raise
                self.teller.verbose(f"{mirror.base} has no listing")
                self.plain[mirror.base] = int(time.time()) + PLAIN_SECONDS
                return None
            self._known[mirror.base] = found
            self.listed[mirror.base] = max(found.made, self.listed.get(mirror.base, 0))
        return self._known[mirror.base]

    def stale(self, mirror: Mirror) -> str | None:
        """What is wrong with the age of the listing; None when it is as it should be."""
        return self._stale.get(mirror.base)

    def _fresh(self, mirror: Mirror) -> Listing:
        """The newest listing that can be had, asked for once more if that is not new enough."""
        found = self._get(mirror.url(NAME), {})
        seen = self.listed.get(mirror.base, 0)
        now = time.time()
        if found.stale(now) or found.made < seen:
            self.teller.verbose(f"{mirror.url(NAME)}: an old one, made {_date(found.made)}")
            # The same for all who ask in these minutes, so that a fleet does not come one by one.
            past = f"{mirror.url(NAME)}?past={int(now / PAST_SECONDS)}"
            again = self._get(past, {"Cache-Control": "no-cache"})
            if again.made > found.made:
                old = _date(found.made)
                self.teller.warning(f"{mirror.base}: a cache between keeps a listing of {old}")
                found = again
        text = None
        if found.made < seen:
            text = f"the listing of {_date(found.made)} is older than one that came before"
        elif found.stale(now):
            text = f"nothing newer than {_date(found.made)}, promised for {_date(found.next)}"
        elif found.from_the_future(now):
            self.teller.warning(
                f"{mirror.base}: a listing of {_date(found.made)}: which clock is wrong?"
            )
        if text is not None:
            self._stale[mirror.base] = text
            self.teller.warning(f"{mirror.base} is stale: {text}")
        return found

    def _get(self, url: str, headers: dict[str, str]) -> Listing:
        raw = io.BytesIO()
        get(Request(url, MAX_SIZE, headers), raw, self.terms)
        try:
            return parse(raw.getvalue(), self.key)
        except ProtocolError as error:
            raise ProtocolError(f"{url}: {error}") from error


def _date(seconds: int) -> str:
    return time.strftime("%F %T", time.localtime(min(seconds, 1 << 40)))
