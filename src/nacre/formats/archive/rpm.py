"""RPM packages.

Layout: a lead of 96 bytes, a signature header padded to eight bytes, a header, and the payload: a
compressed cpio archive. A header is a magic, two counts, an index of 16 bytes an entry, a store.
Spec: RPM file format, version 4. Yields one Child, the payload as compressed; what compressed it
its own first bytes say. Scripts stand uncompressed in the header, which is matched as it is. ClamAV
does not open these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import stored_member
from nacre.model.errors import Corrupt
from nacre.model.filetype import FileType
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap

_MAGIC: Final = b"\xed\xab\xee\xdb"
_LEAD_SIZE: Final = 96
_HEADER_MAGIC: Final = b"\x8e\xad\xe8\x01"
_RESERVED: Final = 4
_ENTRY_SIZE: Final = 16
_ALIGNMENT: Final = 8


class RpmHandler:
    """Unpacks RPM packages."""

    TYPES: ClassVar = frozenset({FileType.RPM})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the payload."""
        reader = Reader(data)
        if not reader.take(_LEAD_SIZE).startswith(_MAGIC):
            raise Corrupt("not an RPM package")
        _pass_header(reader)
        reader.skip(-reader.position % _ALIGNMENT)
        _pass_header(reader)
        payload = reader.view(reader.remaining)
        yield from stored_member(payload, b"payload", len(payload), budget)


def _pass_header(reader: Reader) -> None:
    if reader.take(len(_HEADER_MAGIC)) != _HEADER_MAGIC:
        raise Corrupt(f"no header at {reader.position - len(_HEADER_MAGIC)}")
    reader.take(_RESERVED)
    entries, store = reader.u32be(), reader.u32be()
    size = entries * _ENTRY_SIZE + store
    if size > reader.remaining:
        raise Corrupt(f"a header of {size} bytes, {reader.remaining} present")
    reader.skip(size)
