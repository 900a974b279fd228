"""Whether a file that is written into a text is whole.

Layout: ``=ybegin part=1 total=2 …``, ``=yend size=… crc32=…`` (``pcrc32`` of a part); a line of
uuencode begins with its length. Spec: yEnc 1.3, POSIX uuencode.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from nacre.codecs.checksum import Checksum
from nacre.parsers.reader import ascii_decimal

if TYPE_CHECKING:
    from nacre.model.fmap import Fmap

NO_END: Final = "no end line"
_VALUE: Final = re.compile(rb" (part|total|size|crc32|pcrc32)=([0-9A-Fa-f]{1,20})")
_CHECKSUM: Final = re.compile(rb"[0-9A-Fa-f]{1,8}")
_LONGEST_LINE: Final = 100
_BLANK: Final = ord(" ")
_LENGTHS: Final = range(1, 46)
"""Bytes in a line that any program writes."""


def is_uuencode(source: Fmap) -> bool:
    """Whether the first line is as long as it says; else the word before may be of a sentence."""
    line = source.read(0, _LONGEST_LINE).partition(b"\n")[0].rstrip(b"\r")
    count = line[0] - _BLANK if line else 0
    return count in _LENGTHS and 0 <= len(line) - 1 - (count + 2) // 3 * 4 <= 1


def fault(first: bytes, last: bytes, content: Fmap) -> str | None:
    """What a file of yEnc lacks, by what its first and its last line say."""
    said, begun = dict(_VALUE.findall(last)), dict(_VALUE.findall(first))
    part, total = begun.get(b"part", b""), begun.get(b"total", b"")
    if part and total != b"1":
        return f"part {part.decode()} of {total.decode() or '?'} of a file"
    size = ascii_decimal(said.get(b"size", b""))
    if size is not None and size > len(content):
        return f"{size} bytes promised, {len(content)} present"
    checksum = _CHECKSUM.fullmatch(said.get(b"pcrc32" if part else b"crc32", b""))
    if checksum is not None and not Checksum("crc32", int(checksum[0], 16)).fits(content):
        return "the content has another checksum than it should"
    return None
