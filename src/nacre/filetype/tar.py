"""Tar headers without a magic: the checksum of 1979's tar(5) decides."""

from __future__ import annotations

_RECORD_SIZE = 512
_CHECKSUM_OFFSET, _CHECKSUM_SIZE = 148, 8


def is_old_tar(head: bytes) -> bool:
    """True when `head` begins with a record whose checksum holds (unsigned only, as in ClamAV)."""
    record = head[:_RECORD_SIZE]
    if len(record) < _RECORD_SIZE:
        return False
    stored = record[_CHECKSUM_OFFSET : _CHECKSUM_OFFSET + _CHECKSUM_SIZE]
    digits = stored.lstrip(b" ")
    for end in (b" ", b"\0"):
        digits = digits.split(end, 1)[0]
    if not digits or digits.translate(None, b"01234567"):
        return False
    return sum(record) - sum(stored) + _CHECKSUM_SIZE * ord(" ") == int(digits, 8)
