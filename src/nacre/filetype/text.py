"""Whether leading bytes are text, by the rules of ClamAV 1.4.6.

ASCII: every byte is a usual control character, printable, or at least 0x80; so Latin-1 and UTF-8
are "ASCII", and UTF-8 is never named as such. UTF-16: judged by aligned pairs behind the first one,
which only tells the byte order. Without a byte order mark big-endian is assumed and a pair below
0x80 that is no text character makes the data binary; with one, only the pair FFFE does. Hence most
data that has no such pair at an even offset counts as UTF-16.
"""

from __future__ import annotations

from nacre.model.filetype import FileType

_TEXT = bytes([*range(0x07, 0x0B), 0x0C, 0x0D, 0x1B, *range(0x20, 0x7F), *range(0x80, 0x100)])
_ODD_LOW = bytes(0 if byte in _TEXT else 1 for byte in range(256))
_ZERO_HIGH = bytes([1] + [0] * 255)
_TIMES_16 = bytes(byte << 4 & 0xFF for byte in range(256))

LITTLE, BIG = b"\xff\xfe", b"\xfe\xff"


def text_type(head: bytes) -> FileType | None:
    """The text type of a layer that begins with `head`; None for binary data."""
    if not head.translate(None, _TEXT):
        return FileType.TEXT_ASCII
    if len(head) < len(LITTLE):
        return None
    little = head.startswith(LITTLE)
    end = len(head) & ~1
    low, high = head[2 + (not little) : end : 2], head[2 + little : end : 2]
    if _has_pair(high, low, b"\xff", b"\xfe"):
        return None
    if not (little or head.startswith(BIG)) and _and(low, _ODD_LOW, high, _ZERO_HIGH):
        return None
    return FileType.TEXT_UTF16LE if little else FileType.TEXT_UTF16BE


def _and(first: bytes, first_table: bytes, second: bytes, second_table: bytes) -> int:
    """Non-zero where both tables say so: one operation on all pairs instead of a loop."""
    return int.from_bytes(first.translate(first_table), "big") & int.from_bytes(
        second.translate(second_table), "big"
    )


def _has_pair(high: bytes, low: bytes, high_value: bytes, low_value: bytes) -> bool:
    at = high.find(high_value)
    while at >= 0:
        if low[at : at + 1] == low_value:
            return True
        at = high.find(high_value, at + 1)
    return False


def narrow(head: bytes) -> bytes:
    """A byte for each aligned pair, as ClamAV narrows UTF-16: low byte plus sixteen times the high.

    For little-endian ASCII that is the text; beyond it the formula only has to be the same.
    """
    low, high = head[0 : len(head) & ~1 : 2], head[1::2]
    if not high.strip(b"\0"):
        return low
    size = len(low)
    first = int.from_bytes(low, "big")
    second = int.from_bytes(high.translate(_TIMES_16), "big")
    # Addition byte by byte in one number: the top bits apart, so that nothing carries over.
    rest = int.from_bytes(b"\x7f" * size, "big")
    return ((first & rest) + (second & rest) ^ (first ^ second) & ~rest).to_bytes(size, "big")


_MARKS = (
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (BIG, "utf-16-be"),
    # Without a mark, what begins like XML tells by itself (XML 1.0, appendix F).
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"\0<\0?", "utf-16-be"),
)


def by_mark(head: bytes) -> bytes | None:
    """`head` as ASCII if its beginning tells of a wide encoding that `narrow` misses."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return head.decode(encoding, "replace").encode("ascii", "replace")
    return None
