"""Scripts with an archive behind their last line (.run, .sh, .bin): makeself, installers of Unix.

Layout: a script that begins with ``#!`` and unpacks the rest of itself; what it unpacks begins
behind a line end. Source: makeself, and what `tail` and `sed` need to find it. Yields a Child for
all that is behind the script from where a compressed file or a tar archive begins. ZIP,
7z and RAR are found by their own marks. makeself writes how much there is, which is compared.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.filetype import script
from nacre.formats.base import stored_member
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MOST: Final = 64
"""Archives behind one script."""
_HEAD: Final = 64 << 10
_SIZES: Final = re.compile(rb"^filesizes=\"([0-9 ]{1,200})\"", re.MULTILINE)


class ScriptHandler:
    """Opens what is behind a script."""

    TYPES: ClassVar = frozenset({FileType.SCRIPT_SFX})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield what is behind the script."""
        sizes = _SIZES.search(data.read(0, _HEAD))
        promised = sum(int(size) for size in sizes[1].split()) if sizes else 0
        found: set[int] = set()
        for start in script.archives(data):
            found.add(start)
            if len(found) > _MOST:
                break
        starts = sorted(found)
        for start in starts[:_MOST]:
            rest = len(data) - start
            if rest < promised:
                yield Problem(f"{promised} bytes promised behind the script, {rest} present")
            yield from stored_member(data.slice(start, rest), b"", rest, budget)
            promised = 0
        if len(starts) > _MOST:
            yield Problem(f"more than {_MOST} archives")
