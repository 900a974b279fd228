"""Flash movies (.swf).

Layout: a signature, a version, the length of the whole movie when unpacked; then the movie, packed
with zlib (CWS, from version 6) or LZMA (ZWS, from version 13, after the packed length and five
bytes of properties) or as it is (FWS): a frame size, two numbers, and tags of a kind, a length and
data.
Spec: SWF File Format Specification 19. Yields the unpacked movie, under an FWS header as ClamAV
does; of an unpacked one the data blocks (DefineBinaryData), which ClamAV leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import lzma, zlib
from nacre.formats.base import REASONS, stored_member
from nacre.model.errors import Corrupt, LimitExceeded
from nacre.model.event import Child, Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Spool
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.codecs.base import Decoded
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_HEADER: Final = 8
_PROPERTIES: Final = 12
_ZIP_LZMA_HEAD: Final = b"\x09\x14\x05\x00"
"""What stands before the properties in the LZMA data of a ZIP member."""
_IN_MEMORY: Final = 8 << 20
_PIECE: Final = 1 << 20
_BINARY_DATA: Final = 87
_BINARY_DATA_HEAD: Final = 6
_LONG: Final = 0x3F
_MOST_TAGS: Final = 1_000_000
_CLOCK: Final = 0xFF


class SwfHandler:
    """Unpacks Flash movies."""

    TYPES: ClassVar = frozenset({FileType.SWF})
    OPTION: ClassVar = "scan_swf"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the unpacked movie, or what is in it."""
        header = data.read(0, _HEADER)
        if len(header) < _HEADER:
            raise Corrupt("no whole header")
        match header[:1]:
            case b"C":
                packed = data.slice(_HEADER, len(data))
            case b"Z":
                packed = _joined((_ZIP_LZMA_HEAD,), data.slice(_PROPERTIES, len(data)), budget)
            case _:
                yield from _blocks(data, budget)
                return
        yield from _unpacked(header, packed, budget)


def _unpacked(header: bytes, packed: Fmap, budget: Budget) -> Iterator[Event]:
    most = max(0, budget.allowance() - len(header))
    if header[:1] == b"C":
        decoded = zlib.decode(packed, budget, max_output=most)
    else:
        decoded = _from_lzma(packed, header, budget, most)
    produced = len(decoded.data)
    if decoded.status == "limit":
        budget.waste(produced)
        budget.check_child(produced + len(header) + 1)
        raise LimitExceeded("MaxScanSize", "too much was decoded in vain")
    if produced:
        movie = _joined((b"F", header[1:]), decoded.data, budget)
        yield Child(movie, stored_size=decoded.consumed)
    if decoded.status != "done":
        yield Problem(f"{REASONS[decoded.status]} after {produced} bytes of content")


def _from_lzma(packed: Fmap, header: bytes, budget: Budget, most: int) -> Decoded:
    """Up to the end mark; movies that have none end where their header says."""
    decoded = lzma.decode_zip(packed, budget, size=None, max_output=most)
    if decoded.status in ("done", "limit"):
        return decoded
    size = max(0, int.from_bytes(header[4:8], "little") - len(header))
    sized = lzma.decode_zip(packed, budget, size=size, max_output=most)
    better = sized.status == "done" or len(sized.data) > len(decoded.data)
    return sized if better else decoded


def _joined(heads: tuple[bytes, ...], rest: Fmap, budget: Budget) -> Fmap:
    spool = Spool(budget.directory, _IN_MEMORY)
    for head in heads:
        spool.write(head)
    for at in range(0, len(rest), _PIECE):
        budget.check_time()
        spool.write(rest.read(at, _PIECE))
    return spool.finish()


def _blocks(data: Fmap, budget: Budget) -> Iterator[Event]:
    """The blocks of binary data in an unpacked movie; a tag cut short ends it."""
    reader = Reader(data, _HEADER)
    frame_bits = 5 + 4 * (reader.u8() >> 3)
    reader.skip((frame_bits + 7) // 8 - 1 + 4)
    for number in range(_MOST_TAGS):
        if number & _CLOCK == 0:
            budget.check_time()
        if reader.remaining < 2:  # noqa: PLR2004 - bytes of a tag's head
            return
        head = reader.u16le()
        size = head & _LONG
        if size == _LONG:
            size = reader.u32le()
        block = reader.view(size)
        if len(block) < size:
            yield Problem(f"tag {number}: {size} bytes promised, {len(block)} present")
        if head >> 6 == _BINARY_DATA:
            content = block.slice(_BINARY_DATA_HEAD, len(block))
            yield from stored_member(content, b"block %d" % number, len(content), budget)
    yield Problem(f"only the first {_MOST_TAGS} tags were looked at")
