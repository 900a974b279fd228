"""gzip files (.gz, .tgz).

Layout: members, each a header of 10 bytes, optional fields, a deflate stream, checksum and length.
Spec: RFC 1952. Yields one Child: the members joined, as gunzip and ClamAV have it; bytes after the
last member are left. A damaged or cut member gives what was decoded before. Does not compare the
checksums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nacre.codecs import gzip
from nacre.formats.base import only_child
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap


class GzipHandler:
    """Unpacks gzip files."""

    TYPES: ClassVar = frozenset({FileType.GZ})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the joined content."""
        budget.check_child(0)
        yield from only_child(gzip.decode(data, budget), budget, data)
