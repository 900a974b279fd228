"""Who signs what is built, in the way of before 1.5 (`signature`)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from nacre.cvd.signature import Keys, sign_digest, sign_md5

if TYPE_CHECKING:
    from pathlib import Path

NONE: Final = "X"
"""What stands in the place of a signature."""
_SALT_SIZE = 32


class Signer(Protocol):
    """Makes the signatures of a container and its cdiff; raises NacreError where it cannot."""

    def header(self, md5: str) -> str:
        """That of a header with this MD5, in hex."""
        ...

    def info(self, digest: bytes) -> str | None:
        """That of a digest list with this SHA-256; None for a list that has none."""
        ...

    def cdiff(self, digest: bytes) -> str:
        """That of a cdiff with this SHA-256."""
        ...


class Nobody:
    """For a `.cud`."""

    def header(self, md5: str) -> str:  # noqa: ARG002 - as `Signer`
        return NONE

    def info(self, digest: bytes) -> str | None:  # noqa: ARG002
        return None

    def cdiff(self, digest: bytes) -> str:  # noqa: ARG002
        return NONE


class Beside(Nobody):
    """For what is signed by a `.sign` file: a digest list says that somebody does."""

    def info(self, digest: bytes) -> str | None:  # noqa: ARG002
        return NONE


@dataclass(frozen=True, slots=True)
class Owner:
    """Whoever has the private keys."""

    keys: Keys

    def header(self, md5: str) -> str:
        return sign_md5(md5, self.keys.header)

    def info(self, digest: bytes) -> str | None:
        return sign_digest(digest, self.keys.info, secrets.token_bytes(_SALT_SIZE))

    def cdiff(self, digest: bytes) -> str:
        return sign_digest(digest, self.keys.cdiff, secrets.token_bytes(_SALT_SIZE))


def signature_name(database: str, version: int, kind: str) -> str:
    """The file beside a container or cdiff that its `.sign` signatures are in."""
    return f"{database}-{version}.{kind}.sign"


def signature_of(path: Path, version: int) -> Path:
    """The `.sign` file of the container or cdiff at `path`, which need not exist.

    The database's name ends at the first hyphen or dot of the file's.
    """
    database = path.name.partition(".")[0].partition("-")[0]
    return path.with_name(signature_name(database, version, path.suffix[1:].lower()))
