"""Databases of one's own that go from version to version by cdiffs, as the official ones do.

They are named by DatabaseCustomURL, on a private mirror that lists cdiffs of them, and signed by a
certificate that is trusted here.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from nacre.model.errors import NacreError

if TYPE_CHECKING:
    from nacre.updater.generations import Generation
    from nacre.updater.listings import Listings
    from nacre.updater.options import Options


def by_steps(options: Options, listings: Listings, current: Generation | None) -> Options:
    """`options` with such databases among the official ones."""
    if options.keys.authorities is None or not options.scripted:
        return options
    names = {
        name: PurePath(name).stem
        for name, url in options.customs.items()
        if name.endswith(".cvd")
        and PurePath(name).stem not in options.databases
        and _stepped(name, url.rpartition("/")[0], options, listings, current)
    }
    return replace(
        options,
        databases=(*options.databases, *names.values()),
        customs={name: url for name, url in options.customs.items() if name not in names},
    )


def _stepped(
    name: str, base: str, options: Options, listings: Listings, current: Generation | None
) -> bool:
    """Whether cdiffs led to what is here, or the mirror lists some."""
    for mirror in options.mirrors:
        if not mirror.private or mirror.base != base:
            continue
        if current is not None and f"{PurePath(name).stem}.cld" in current.files:
            return True
        try:
            listing = listings.of(mirror)
        except NacreError:  # told when it is asked for in earnest
            return False
        entry = None if listing is None else listing.files.get(name)
        return entry is not None and entry.first_step > 0
    return False
