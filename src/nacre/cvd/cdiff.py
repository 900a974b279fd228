"""cdiff: what changes from one version of a database to the next.

``ClamAV-Diff:version:size:``, a script packed with gzip, ``:`` and the signature of the SHA-256 of
all before that colon. What the script says is `script`'s matter. After any error the whole database
is fetched.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import shutil
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacre.cvd.script import CdiffError, run_script
from nacre.cvd.sign_file import UnreadableError, signed_by
from nacre.cvd.signature import Keys, signed_digest
from nacre.model.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nacre.cvd.signer import Signer

MAX_SCRIPT = 2 << 30
"""Bytes of a script, unpacked."""

_HEADER = re.compile(rb"ClamAV-Diff:([0-9]{1,9}):([0-9]{1,12}):")
_HEADER_SIZE = 64
_TAIL = 350
_PIECE = 1 << 18
_GZIP = 31


@dataclass(frozen=True, slots=True)
class Cdiff:
    """A cdiff whose signature is right."""

    path: Path
    version: int
    """The version that it leads to."""
    start: int
    end: int
    """Where the packed script begins and ends."""
    by_certificate: bool = False
    """Whether a `.sign` file beside it vouches for it."""

    @classmethod
    def open(cls, path: Path, keys: Keys) -> Cdiff:
        """Verify the cdiff at `path`.

        Raises:
            CdiffError: it is no cdiff, or not signed by who is trusted.
        """
        try:
            with path.open("rb") as file:
                header = _HEADER.match(file.read(_HEADER_SIZE))
                size = file.seek(0, 2)
                file.seek(max(0, size - _TAIL))
                before, colon, text = file.read(_TAIL).rpartition(b":")
                end = max(0, size - _TAIL) + len(before)
                if header is None or not colon or end < header.end():
                    raise CdiffError(f"{path}: not a cdiff")
                file.seek(0)
                digest = hashlib.sha256()
                left = end
                while left and (piece := file.read(min(_PIECE, left))):
                    digest.update(piece)
                    left -= len(piece)
        except OSError as error:
            raise CdiffError(f"{path}: {error.strerror}") from error
        beside = _signed_beside(path, keys)
        signature = text.strip().decode("ascii", "replace")
        if not beside and not signed_digest(signature, digest.digest(), keys.cdiff):
            raise CdiffError(f"{path}: Can't verify the digital signature")
        return cls(path, int(header[1]), header.end(), end, beside)

    def apply(self, folder: Path) -> None:
        """Change the unpacked container in `folder`, which is of no use after an error.

        Raises:
            CdiffError: the container is not the one before, or the script is wrong.
        """
        run_script(self._unpacked(), folder, str(self.path))

    def _unpacked(self) -> Iterator[bytes]:
        unpacker = zlib.decompressobj(_GZIP)
        total = 0
        with self.path.open("rb") as file:
            file.seek(self.start)
            left = self.end - self.start
            stored = b""
            while not unpacker.eof:
                if not stored:
                    stored = file.read(min(_PIECE, left))
                    left -= len(stored)
                if not stored:
                    raise CdiffError(f"{self.path}: truncated")
                try:
                    piece = unpacker.decompress(stored, _PIECE)
                except zlib.error as error:
                    raise CdiffError(f"{self.path}: damaged ({error})") from error
                stored = unpacker.unconsumed_tail
                total += len(piece)
                if total > MAX_SCRIPT:
                    raise CdiffError(f"{self.path}: unpacks to more than {MAX_SCRIPT} bytes")
                yield piece


def _signed_beside(path: Path, keys: Keys) -> bool:
    if keys.authorities is None:
        return False
    try:
        signed_by(path, path.with_name(f"{path.name}.sign"), keys.authorities)
    except UnreadableError:
        return False
    except DatabaseError as error:
        raise CdiffError(str(error)) from error
    return True


def write_cdiff(script: Path, path: Path, version: int, signer: Signer) -> None:
    """Write the cdiff that leads to `version` by `script`, in one step.

    Raises:
        NacreError: it cannot be signed.
        OSError: a file cannot be read or written.
    """
    aside = path.with_name(f".{path.name}.new")
    with script.open("rb") as source, aside.open("w+b") as out:
        out.write(b"ClamAV-Diff:%d:%d:" % (version, script.stat().st_size))
        with gzip.GzipFile("", "wb", fileobj=out, mtime=0) as packed:
            shutil.copyfileobj(source, packed)
        out.seek(0)
        signature = signer.cdiff(hashlib.file_digest(out, "sha256").digest())
        out.seek(0, 2)
        out.write(b":" + signature.encode("ascii"))
    aside.replace(path)
