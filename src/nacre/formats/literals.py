"""Files that are written into texts: what formats/text/literal.py and pages have in common."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from nacre.codecs import literal
from nacre.formats.base import stored_member
from nacre.model.event import Event, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_SHORTEST: Final = 128
_MOST: Final = 1000
"""Literals in one text; such as are too short count, too."""
_BEFORE: Final = 1100
_IN_URL: Final = re.compile(
    rb"(?:=|(?i:url)\()[\0-\x20]*(?:&quot;|[\"'])?[\0-\x20]*(?:data|DATA):[^,<>]{0,1000}(?i:base64),\Z"
)


def literals(data: Fmap, budget: Budget, *, page: bool) -> Iterator[Event]:
    """A Child for each; not for what a `page` has in the URLs that are opened by themselves."""
    at = 0
    for _ in range(_MOST):
        found = literal.find(data, at)
        if found is None:
            return
        budget.check_time()
        at, method = found
        before = data.read(max(0, at - _BEFORE), min(at, _BEFORE)) if page else b""
        decoded = literal.decode(data.slice(at, len(data) - at), budget, method)
        if len(decoded.data) >= _SHORTEST and not _IN_URL.search(before):
            yield from stored_member(decoded.data, b"", decoded.consumed, budget)
        at += max(1, decoded.consumed)
    if literal.find(data, at) is not None:
        yield Problem(f"more than {_MOST} files are written into it")
