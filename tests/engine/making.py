"""Scanners over signature files of a test's own, and files for them, made by real writers."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping

from nacre.engine import Scanner

Build = Callable[..., Scanner]
"""``build({"x.ndb": ndb(...)}, limits, all_match=True)``."""

BINARY = b"\0\1\0\1"
"""Begins data that is not text, whatever follows at even offsets."""


def binary(content: bytes) -> bytes:
    return BINARY + content


def ndb(**patterns: str | tuple[int, str]) -> str:
    """Lines of a `.ndb` file: name="text" or name=(target, "text"); `_` is a dot in names."""
    lines = []
    for name, value in patterns.items():
        target, text = value if isinstance(value, tuple) else (0, value)
        lines.append(f"{name.replace('_', '.')}:{target}:*:{text.encode().hex()}\n")
    return "".join(lines)


def ldb(name: str, block: str, text: str) -> str:
    """One line of an `.ldb` file with one subsignature."""
    return f"{name};Engine:51-255,{block};0;{text.encode().hex()}\n"


def md5_line(name: str, data: bytes) -> str:
    """One line of a `.hdb` or `.fp` file."""
    return f"{hashlib.md5(data).hexdigest()}:{len(data)}:{name}\n"  # noqa: S324 - the format's


def zipped(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()
