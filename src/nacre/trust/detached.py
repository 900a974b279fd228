"""Detached signatures (PKCS#7, RFC 2315, 9) and the certificates in a folder that are trusted.

A signer is believed now: its certificate may sign code (or says nothing of its use), and a chain of
valid certificates leads from it to one of the folder that signed itself. Certificates of the folder
may stand in between too. Revocation lists are not consulted. RSA of 2048 bits and more with SHA-2
only: what is signed otherwise is not believed.
"""

from __future__ import annotations

import base64
import binascii
import re
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nacre.model.errors import ConfigError, Corrupt, FormatError, Unsupported
from nacre.parsers.asn1 import Elements, Tag
from nacre.trust.certificate import Certificate, parse_certificate
from nacre.trust.chain import Chains
from nacre.trust.signed_data import parse_signed_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from nacre.trust.certificate import Purposes

_DATA: Final = "1.2.840.113549.1.7.1"
_COMMON_NAME: Final = "2.5.4.3"
_SUFFIXES: Final = frozenset({".crt", ".pem"})
_DIGESTS: Final = frozenset({"sha256", "sha384", "sha512"})
_LEAST_BITS: Final = 2048
_LARGEST: Final = 1 << 20
_MOST_CERTIFICATES: Final = 64
_MOST_TRUSTED: Final = 256
_MOST_NAMES: Final = 64
_PEM: Final = re.compile(
    rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]{1,100000})-----END CERTIFICATE-----"
)


@dataclass(frozen=True, slots=True)
class Trusted:
    """The certificates of a folder."""

    certificates: tuple[Certificate, ...]

    @classmethod
    def load(cls, folder: Path) -> Trusted:
        """All of the ``*.crt`` and ``*.pem`` in `folder`.

        Raises:
            ConfigError: it cannot be read, a file holds no certificate, or two are of one name.
        """
        try:
            files = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES)
            found = tuple(each for path in files for each in _in_file(path))
        except OSError as error:
            raise ConfigError(f"{error.filename or folder}: {error.strerror}") from error
        if len(found) > _MOST_TRUSTED:
            raise ConfigError(f"{folder}: more than {_MOST_TRUSTED} certificates")
        name, count = Counter(map(common_name, found)).most_common(1)[0] if found else ("", 0)
        if count > 1:
            raise ConfigError(f"{folder}: two certificates are called {name!r}")
        return cls(found)

    def signer(self, signature: bytes, digest: Callable[[str], bytes]) -> str:
        """As `nacre.cvd.signature.Authorities`."""
        outer = Elements(signature)
        data = parse_signed_data(outer.next(Tag.SEQUENCE), detached=True)
        outer.finish()
        if len(data.certificates) > _MOST_CERTIFICATES:
            raise Unsupported("more certificates than a chain needs")
        signer = data.signer()
        if signer.algorithm not in _DIGESTS:
            raise Unsupported(f"signed with {signer.algorithm}")
        certificates = tuple(filter(_is_strong, (*data.certificates, *self.certificates)))
        index = signer.certificate(certificates)
        if index is None:
            raise Corrupt("the signer's certificate is missing or too weak")
        certificate = certificates[index]
        standing = Chains(certificates, self).standing(index)
        if standing is None or not (standing.purposes.code and certificate.signs):
            raise Corrupt(f"{common_name(certificate)!r} is not trusted to sign")
        if data.content_type != _DATA or not signer.signs_digest(
            _DATA, digest(signer.algorithm), certificate.key
        ):
            raise Corrupt("the signature does not fit")
        if not standing.covers(int(time.time())):
            raise Corrupt(f"the certificates of {common_name(certificate)!r} are not valid now")
        return common_name(certificate)

    def trusts(self, certificate: Certificate) -> bool:
        """Whether it is one of the folder that nobody else vouches for."""
        return (
            certificate in self.certificates
            and certificate.subject == certificate.issuer
            and certificate.issued_by(certificate.key)
        )

    def issuer(self, certificate: Certificate) -> Purposes | None:  # noqa: ARG002 - as `Anchors`
        """Nothing: issuers are among the certificates that are looked at."""
        return None


def common_name(certificate: Certificate) -> str:
    """What a certificate is called; empty if it has no common name."""
    try:
        for element in Elements(certificate.subject).several(_MOST_NAMES, Tag.SET):
            pair = element.inside().next(Tag.SEQUENCE).inside()
            if pair.next().oid() == _COMMON_NAME:
                return pair.next().content.decode("utf-8", "replace")
    except FormatError:
        pass  # then it has none that can be read
    return ""


def _is_strong(certificate: Certificate) -> bool:
    """Whether its key cannot be broken, nor what was said of it; nobody asks that of a root."""
    named = certificate.algorithm in _DIGESTS or certificate.subject == certificate.issuer
    return named and certificate.key.modulus.bit_length() >= _LEAST_BITS


def certificates_in(pem: bytes) -> Iterator[bytes]:
    """The certificates in a text, in DER.

    Raises:
        Corrupt: one is not base64.
    """
    for match in _PEM.finditer(pem):
        try:
            yield base64.b64decode(b"".join(match[1].split()), validate=True)
        except binascii.Error as error:
            raise Corrupt(f"a certificate is not base64: {error}") from error


def _in_file(path: Path) -> Iterator[Certificate]:
    with path.open("rb") as file:
        text = file.read(_LARGEST + 1)
    if len(text) > _LARGEST:
        raise ConfigError(f"{path}: too large for a certificate")
    try:
        raw = list(certificates_in(text))
        if not raw:
            raise ConfigError(f"{path}: no certificate in PEM")
        for each in raw:
            try:
                yield parse_certificate(Elements(each).next(Tag.SEQUENCE))
            except Unsupported:
                continue  # of another kind of key, with which nothing can be verified here
    except FormatError as error:
        raise ConfigError(f"{path}: {error}") from error
