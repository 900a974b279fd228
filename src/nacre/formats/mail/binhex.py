"""BinHex 4 files (.hqx), how Macintosh files went by mail.

Layout: a line that says so, then between two colons text whose 64 letters stand for six bits each;
inside, runs are a byte, 90 and a count. Unpacked: name, type, creator, flags, sizes of the two
forks, a checksum, the data fork, the resource fork, each with a checksum.
Spec: RFC 1741. Yields both forks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import transfer
from nacre.codecs.checksum import Checksum
from nacre.formats.base import compared, label, stored_member
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_HEAD_SIZE: Final = 16 << 10
_BEGIN: Final = re.compile(rb"\(This file must be converted[^\r\n]*[\r\n]+\s*:")
_CHECKSUM_SIZE: Final = 2
_UNUSED: Final = 1 + 4 + 4 + 2
"""Version, type, creator and flags."""


class BinhexHandler:
    """Opens BinHex files."""

    TYPES: ClassVar = frozenset({FileType.BINHEX})
    OPTION: ClassVar = "scan_mail"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield data fork and resource fork."""
        begin = _BEGIN.search(data.read(0, _HEAD_SIZE))
        if begin is None:
            raise Corrupt("no BinHex text")
        end = data.find(b":", begin.end(), len(data))
        source = data.slice(begin.end(), (len(data) if end < 0 else end) - begin.end())
        unpacked = transfer.binhex(source, budget)
        reader = Reader(unpacked)
        name = reader.take(reader.u8())
        reader.take(_UNUSED)
        sizes = (reader.u32be(), reader.u32be())
        yield from _compared(unpacked.slice(0, reader.position), b"header", reader)
        for size, fork in zip(sizes, (name, name + b"/..namedfork/rsrc"), strict=True):
            content = reader.view(size)
            yield from stored_member(content, fork, len(source), budget)
            if len(content) < size:
                yield Problem(f"{label(fork)}: {size} bytes promised, {len(content)} present")
            yield from _compared(content, fork, reader)


def _compared(content: Fmap, name: bytes, reader: Reader) -> Iterator[Event]:
    """Whether what comes next is the checksum of `content`."""
    stored = reader.peek(_CHECKSUM_SIZE)
    reader.skip(_CHECKSUM_SIZE)
    if len(stored) == _CHECKSUM_SIZE:
        yield from compared(content, name, Checksum("crc16-hqx", int.from_bytes(stored, "big")))
