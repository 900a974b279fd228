"""sigtool: hex dumps and hashes of files and pictures."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from nacre.cli.sigtool.files import cannot_access, complain, fmap
from nacre.model.errors import Corrupt
from nacre.output.escape import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nacre.config.settings import Settings

OK = 0
FAILED = 1
_PIECE = 1 << 20


def hex_dump(_: str, __: Settings, ___: Sequence[str]) -> int:
    """Print standard input in hex."""
    while piece := sys.stdin.buffer.read(_PIECE):
        sys.stdout.write(piece.hex())
    return OK


def digests(kind: str, _: Settings, operands: Sequence[str]) -> int:
    """Print the digest of standard input, or a signature of every file."""
    if not operands:
        sys.stdout.write(_digest(kind, sys.stdin.buffer) + "\n")
        return OK
    for name in operands:
        path = Path(name)
        try:
            if path.is_dir():
                continue
            with path.open("rb") as file:
                digest = _digest(kind, file)
                size = file.tell()
        except OSError as error:
            return cannot_access(name, error)
        sys.stdout.write(f"{digest}:{size}:{printable(path.name)}\n")
    return OK


def pictures(_: str, __: Settings, operands: Sequence[str]) -> int:
    """Print the perceptual hash of every picture."""
    from nacre.codecs.picture import fuzzy_hash  # noqa: PLC0415 - native, and rarely needed

    code = OK
    if not operands:
        complain("ERROR: You must provide one or more files to generate a hash.")
        return FAILED
    for name in operands:
        try:
            with fmap(Path(name)) as picture:
                digest = fuzzy_hash(picture)
        except Corrupt as error:
            complain(f"ERROR: {printable(name)}: Failed to calculate image fuzzy hash: {error}")
            code = FAILED
            continue
        except OSError as error:
            return cannot_access(name, error)
        sys.stdout.write(f"{printable(Path(name).name)}: {digest.hex()}\n")
    return code


def _digest(kind: str, file: BinaryIO) -> str:
    hasher = hashlib.new(kind, usedforsecurity=False)
    while piece := file.read(_PIECE):
        hasher.update(piece)
    return hasher.hexdigest()
