"""What clamd says: the lines that answer a scan, and the words for what went wrong."""

from __future__ import annotations

UNKNOWN = b"UNKNOWN COMMAND"
UNAVAILABLE = b"COMMAND UNAVAILABLE"
TIMED_OUT = b"COMMAND READ TIMED OUT\n"
"""Always with a line feed."""
NO_DESCRIPTOR = b"No file descriptor received. ERROR"
TOO_LONG = b"INSTREAM size limit exceeded. ERROR"
NOT_WRITTEN = b"Error writing to temporary file ERROR"
INVALID_IN_SESSION = b"Command invalid inside IDSESSION. ERROR"
BARE_IN_SESSION = b"Only nCMDS\\n and zCMDS\\0 are accepted inside IDSESSION. ERROR"
NOT_PROCESSED = b"Error processing command. ERROR"


def found(name: bytes, alert: str) -> bytes:
    """``NAME: ALERT FOUND``."""
    return b"%s: %s FOUND" % (name, alert.encode("utf-8", "surrogateescape"))


def ok(name: bytes) -> bytes:
    """``NAME: OK``."""
    return b"%s: OK" % name


def error(name: bytes, reason: str) -> bytes:
    """``NAME: REASON ERROR``."""
    return b"%s: %s ERROR" % (name, reason.encode("utf-8", "surrogateescape"))


def excluded(name: bytes, *, other_filesystem: bool = False) -> bytes:
    """``NAME: Excluded``, and why where ClamAV says so."""
    return b"%s: Excluded%s" % (name, b" (another filesystem)" if other_filesystem else b"")


def numbered(number: int, text: bytes) -> bytes:
    """An answer inside an IDSESSION."""
    return b"%d: %s" % (number, text)
