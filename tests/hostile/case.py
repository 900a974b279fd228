"""What a hostile file is, and what must be true of a scan of it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MARK = b"\x01HOSTILE\x02"
"""A signature finds it. Files put it where it must still be found."""
WORD = b"hostile-to-the-end"
"""The same for text, which is matched in other forms."""
_BLOCK = 16 << 20


def deflated_zeros(size: int) -> bytes:
    """Raw deflate of `size` zeros, a multiple of 16 MiB, as blocks that are alike."""
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(bytes(_BLOCK)) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * (size // _BLOCK) + packer.flush()


@dataclass(frozen=True, slots=True)
class Case:
    """One file made to cost much.

    To add one, write a function that makes the file and put it into `CASES` of a module here. The
    scan of it must end by itself within the limits of test_hostile_files.py.
    """

    name: str
    make: Callable[[Path], None]
    """Writes the file."""
    found: bool = True
    """Whether `MARK` is found."""
    told: str = ""
    """Words that say what was not looked at; empty if all was."""
    options: tuple[str, ...] = ()
    """Of `nacre scan`, such as limits lifted."""
    slow: bool = False
    """Takes more than some seconds: not in the default run."""
