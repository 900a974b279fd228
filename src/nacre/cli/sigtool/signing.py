"""sigtool: `.sign` files made and verified, with certificates of one's own or others'."""

from __future__ import annotations

import getpass
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.cli.sigtool.files import complain
from nacre.config.path import SYSTEM_CONFIG
from nacre.config.trusted import certificates_directory
from nacre.cvd import Container
from nacre.cvd.sign_file import FIRST_LINE, line_of, signatures, signed_by
from nacre.cvd.signer import signature_of
from nacre.model.errors import ConfigError, DatabaseError
from nacre.output.escape import printable
from nacre.transport import store
from nacre.trust.detached import Trusted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nacre.cli.sigtool.identity import Identity
    from nacre.config.settings import Settings

OK = 0
FAILED = 1


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs."""

    identity: Identity

    def write(self, path: Path, beside: Path, *, append: bool = False) -> None:
        """Write the signature over the file at `path` to `beside`, or add it there."""
        text = f"{FIRST_LINE}\n"
        if append and beside.exists():
            signatures(beside)  # whoever adds to a file wants it to be one
            text = beside.read_text("ascii")
            text = text if text.endswith("\n") else f"{text}\n"
        text += line_of(self.identity.sign(path.read_bytes()))
        store.write(beside, text.encode("ascii"))


def signature(settings: Settings) -> Signature | None:
    """Who signs, if --key and --cert say so.

    Raises:
        ConfigError: one is missing or wrong, or the library that signs is.
    """
    key, certificates = settings.text("key"), settings.texts("cert")
    if key is None and not certificates:
        return None
    if key is None or not certificates:
        raise ConfigError("--key and --cert are both needed to sign")
    try:
        from nacre.cli.sigtool.identity import Identity  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ConfigError("signing needs the library cryptography: nacre[sign]") from error
    paths = [Path(text) for text in certificates]
    return Signature(Identity.load(Path(key), paths, lambda: _password(key)))


def sign(key: str, settings: Settings, _: Sequence[str]) -> int:
    """Sign a file."""
    path = Path(settings.text(key) or "")
    made = signature(settings)
    if made is None:
        raise ConfigError("--sign needs --key and --cert")
    beside = _beside(path)
    made.write(path, beside, append=settings.flag("append"))
    sys.stdout.write(f"Signed {printable(str(path))}: {printable(str(beside))}\n")
    return OK


def verify(key: str, settings: Settings, _: Sequence[str]) -> int:
    """Say who signed a file."""
    path = Path(settings.text(key) or "")
    trusted = Trusted.load(certificates_directory(settings) or SYSTEM_CONFIG / "certs")
    beside = _beside(path)
    try:
        name = signed_by(path, beside, trusted)
    except DatabaseError as error:
        complain(f"ERROR: verify: {error}")
        return FAILED
    sys.stdout.write(f"{printable(str(path))}: signed by {printable(name)}\n")
    return OK


def _beside(path: Path) -> Path:
    """The `.sign` file of a file; that of a `.cvd` has its version in its name."""
    if path.suffix.lower() == ".cvd":
        return signature_of(path, Container.open(path).header.version)
    return path.with_name(f"{path.name}.sign")


def _password(key: str) -> str:
    if not sys.stdin.isatty():
        raise ConfigError(f"{key}: it is encrypted, and there is no terminal to ask at")
    return getpass.getpass(f"Password of {key}: ")
