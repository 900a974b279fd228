"""PowerPoint presentations inside compound files, as events: embedded objects, encryption."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs import zlib
from nacre.formats.base import decoded_member, stored_member
from nacre.formats.locked_office import plain_presentation
from nacre.parsers.presentation import stored_objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap


def presentation_events(stream: Fmap, user: Fmap | None, budget: Budget) -> Iterator[Event]:
    """What a presentation holds; `user` is the stream that says how it is encrypted, if it is."""
    plain: Fmap | None = stream
    if user is not None:
        plain = yield from plain_presentation(stream, user, budget)
    if plain is None:
        return
    for number, stored in enumerate(stored_objects(plain, budget), 1):
        name = b"object%d" % number
        if stored.compressed:
            budget.check_child(0)
            yield from decoded_member(zlib.decode(stored.data, budget), name, budget)
        else:
            yield from stored_member(stored.data, name, len(stored.data), budget)
