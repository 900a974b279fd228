"""Signed data (PKCS#7, RFC 2315, 9): a content, certificates, and who signed it.

Certificates are read first and on their own, so that a blocked one is found in a signature that is
wrong otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nacre.model.errors import Corrupt, FormatError, Unsupported
from nacre.parsers.asn1 import Element, Elements, Tag, context
from nacre.trust.certificate import (
    SIGNATURES,
    Certificate,
    algorithm_of,
    digest,
    digest_algorithm,
    parse_certificate,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nacre.trust.rsa import PublicKey

_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_RSA: Final = "1.2.840.113549.1.1.1"
_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"

_MOST_CERTIFICATES: Final = 4096
"""Real signatures have three or four; one more must not hide a blocked one."""
_MOST_ATTRIBUTES: Final = 64
_MOST_ALGORITHMS: Final = 16


@dataclass(frozen=True, slots=True)
class Signer:
    """One SignerInfo."""

    issuer: bytes
    """Contents of the name of the issuer of the certificate used, as `serial` of its serial."""
    serial: bytes
    algorithm: str
    attributes: Mapping[str, Element]
    """The value of each authenticated attribute, by its type."""
    signed: bytes
    """The authenticated attributes as they were signed."""
    signature: bytes
    unsigned: Mapping[str, Element]
    """The value of each other attribute."""

    def signs(self, content_type: str, content: bytes, key: PublicKey) -> bool:
        """Whether this is a signature over `content` with `key`."""
        return self.signs_digest(content_type, digest(self.algorithm, content), key)

    def signs_digest(self, content_type: str, content: bytes, key: PublicKey) -> bool:
        """The same of a content with this digest."""
        kind = self.attributes.get(_CONTENT_TYPE)
        stated = self.attributes.get(_MESSAGE_DIGEST)
        return (
            kind is not None
            and stated is not None
            and kind.oid() == content_type
            and stated.octets() == content
            and key.signed(digest(self.algorithm, self.signed), self.algorithm, self.signature)
        )

    def certificate(self, certificates: tuple[Certificate, ...]) -> int | None:
        """The number of the signer's certificate among `certificates`."""
        for index, certificate in enumerate(certificates):
            if certificate.issuer == self.issuer and certificate.serial == self.serial:
                return index
        return None


@dataclass(frozen=True, slots=True)
class SignedData:
    """A signature around its content."""

    content_type: str
    content: Element
    """Empty where it is detached."""
    certificates: tuple[Certificate, ...]
    """In the order of the file, without those that cannot be read."""
    fields: Element
    """All of it."""

    def signer(self) -> Signer:
        """Who signed.

        Raises:
            FormatError: there is not exactly one signer, or it is malformed.
        """
        fields = self.fields.inside()
        if fields.next().integer() != 1:
            raise Unsupported("signed data of another version")
        announced = fields.next(Tag.SET).inside().several(_MOST_ALGORITHMS)
        fields.next(Tag.SEQUENCE)
        fields.skip(context(0))
        fields.skip(context(1))  # revocation lists
        infos = fields.next(Tag.SET).inside()
        fields.finish()
        signer = parse_signer(infos.next(Tag.SEQUENCE))
        infos.finish()
        if signer.algorithm not in map(digest_algorithm, announced):
            raise Corrupt("the signer's digest algorithm was not announced")
        return signer


def parse_signed_data(element: Element, *, detached: bool = False) -> SignedData:
    """The signed data in a ContentInfo; when `detached`, about a content that is elsewhere.

    Raises:
        FormatError: it is something else or malformed.
    """
    outer = element.inside()
    if outer.next().oid() != _SIGNED_DATA:
        raise Corrupt("not signed data")
    whole = outer.next(context(0)).inside().next(Tag.SEQUENCE)
    fields = whole.inside()
    fields.next()  # version
    fields.next()  # digest algorithms
    info = fields.next(Tag.SEQUENCE).inside()
    content_type = info.next().oid()
    if detached:
        info.finish()
        content = info.nothing()
    else:
        content = info.next(context(0)).inside().next(Tag.SEQUENCE)
    certificates = fields.skip(context(0))
    return SignedData(
        content_type,
        content,
        () if certificates is None else tuple(_certificates(certificates.inside())),
        whole,
    )


def _certificates(elements: Elements) -> list[Certificate]:
    """The certificates that can be read, each once, up to where `elements` is broken."""
    found: dict[bytes, Certificate] = {}
    for element in _whole(elements):
        try:
            found.setdefault(element.whole, parse_certificate(element))
        except FormatError:
            continue
    return list(found.values())


def _whole(elements: Elements) -> Iterator[Element]:
    for _ in range(_MOST_CERTIFICATES):
        try:
            yield elements.next()
        except FormatError:
            return


def parse_signer(info: Element) -> Signer:
    """The SignerInfo in `info`.

    Raises:
        FormatError: it is malformed, or signed with anything but RSA.
    """
    fields = info.inside()
    if fields.next().integer() != 1:
        raise Unsupported("signer of another version")
    identity = fields.next(Tag.SEQUENCE).inside()
    issuer, serial = identity.next(Tag.SEQUENCE).content, identity.next(Tag.INTEGER).content
    algorithm = digest_algorithm(fields.next(Tag.SEQUENCE))
    attributes = fields.next(context(0))
    encryption = algorithm_of(fields.next(Tag.SEQUENCE))
    if encryption != _RSA and SIGNATURES.get(encryption) != algorithm:
        raise Unsupported(f"signature algorithm {encryption}")
    signature = fields.next().octets()
    unsigned = fields.skip(context(1))
    fields.finish()
    return Signer(
        issuer=issuer,
        serial=serial,
        algorithm=algorithm,
        attributes=_attributes(attributes),
        # Stored under an implicit tag, signed as the set that it is (RFC 2315, 9.3).
        signed=bytes((Tag.SET,)) + attributes.whole[1:],
        signature=signature,
        unsigned={} if unsigned is None else _attributes(unsigned),
    )


def _attributes(element: Element) -> dict[str, Element]:
    found: dict[str, Element] = {}
    for attribute in element.inside().several(_MOST_ATTRIBUTES, Tag.SEQUENCE):
        parts = attribute.inside()
        oid = parts.next().oid()
        if oid in found:
            raise Corrupt(f"attribute {oid} appears twice")
        values = parts.next(Tag.SET).inside()
        parts.finish()
        found[oid] = values.next()
        values.finish()
    return found
