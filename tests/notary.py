"""An authority whose signatures are digests: what certificates do, without certificates."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import feeds
from nacre.cvd.sign_file import line_of
from nacre.cvd.signer import Beside
from nacre.cvd.write import build
from nacre.model.errors import Corrupt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Notary:
    """Whoever writes down the SHA-256 of what is signed."""

    def signer(self, signature: bytes, digest: Callable[[str], bytes]) -> str:
        if signature != digest("sha256"):
            raise Corrupt("another file")
        return "notary"


def sign(path: Path, beside: Path) -> None:
    digest = hashlib.sha256(path.read_bytes()).digest()
    beside.write_text("#clamsign-1.0\n" + line_of(digest))


def own(path: Path, version: int = 3) -> Path:
    """A container that only a `.sign` file vouches for."""
    folder = path.parent / f"members-{version}"
    folder.mkdir()
    name = path.stem
    (folder / f"{name}.hdb").write_bytes(feeds.lines(version))
    path.unlink(missing_ok=True)
    build(folder, name, path, feeds.header(version, 5), Beside())
    return path
