"""Encoded scripts (.jse, .vbe) as files of their own.

Layout: ``#@~^`` begins a script that Microsoft's Script Encoder made unreadable;
`nacre.codecs.screnc` tells the rest. Yields one Child: the readable text between ``<script>`` and
``</script>``, as ClamAV does. Unlike ClamAV's, a second script in the file is read as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import screnc
from nacre.formats.base import refusal, stored_member
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers import html

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_END: Final = b"^#~@"


class EncodedScriptHandler:
    """Opens encoded scripts."""

    TYPES: ClassVar = frozenset({FileType.SCRENC})
    OPTION: ClassVar = "scan_html"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the readable script."""
        refused = refusal(len(data), b"", budget)
        if refused:
            yield refused
            return
        text = screnc.decoded(data, budget)
        script = html.between(b"<script>", text, b"</script>", budget)
        if data.find(_END, 0, len(data)) < 0:
            yield Problem("the script has no end")
        yield from stored_member(script, b"", len(data), budget)
