"""sigtool: who signs; needs `cryptography` (nacre[sign]).

Makes detached signatures as `nacre.trust.detached` verifies them. It is here and not there, because
what scans loads all of its rooms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs7 import (
    PKCS7Options,
    PKCS7SignatureBuilder,
)

from nacre.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_OPTIONS = (PKCS7Options.DetachedSignature, PKCS7Options.Binary, PKCS7Options.NoCapabilities)


@dataclass(frozen=True, slots=True)
class Identity:
    """A private key, its certificate, and those that lead from it to a trusted one."""

    key: RSAPrivateKey
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]

    @classmethod
    def load(cls, key: Path, certificates: Sequence[Path], password: Callable[[], str]) -> Identity:
        """The key and certificates in these PEM files.

        Raises:
            ConfigError: a file is no such thing, or no certificate is that of the key.
        """
        private = _key(key, password)
        known = [each for path in certificates for each in _certificates(path)]
        numbers = private.public_key().public_numbers()
        own = [each for each in known if _numbers(each) == numbers]
        if not own:
            raise ConfigError(f"{key}: not the key of one of the certificates")
        others = tuple(each for each in known if each != own[0])
        return cls(private, own[0], others)

    def sign(self, data: bytes) -> bytes:
        """A signature over `data`, with all certificates, in DER."""
        builder = PKCS7SignatureBuilder().set_data(data)
        builder = builder.add_signer(self.certificate, self.key, hashes.SHA256())
        for other in self.others:
            builder = builder.add_certificate(other)
        return builder.sign(Encoding.DER, list(_OPTIONS))


def _key(path: Path, password: Callable[[], str]) -> RSAPrivateKey:
    raw = _read(path)
    try:
        try:
            key = load_pem_private_key(raw, None)
        except TypeError:  # it is encrypted
            key = load_pem_private_key(raw, password().encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"{path}: not a private key in PEM, or another password") from error
    if not isinstance(key, RSAPrivateKey):
        raise ConfigError(f"{path}: only RSA keys can sign databases")
    return key


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read(path))
    except ValueError as error:
        raise ConfigError(f"{path}: no certificate in PEM") from error


def _numbers(certificate: x509.Certificate) -> object:
    public = certificate.public_key()
    return getattr(public, "public_numbers", lambda: None)()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
