"""X.509 certificates (RFC 5280, 4.1) as far as rules and signatures need them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from nacre.model.errors import FormatError, Unsupported
from nacre.parsers.asn1 import Element, Elements, Tag, context
from nacre.trust.rsa import PublicKey, public_key

DIGESTS: Final = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
"""Object identifiers of digest algorithms."""

SIGNATURES: Final = {
    "1.2.840.113549.1.1.4": "md5",
    "1.2.840.113549.1.1.5": "sha1",
    "1.3.14.3.2.29": "sha1",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}
"""Object identifiers of RSA signatures, and the digest that each is made over."""

_NEVER: Final = (1, 0)
"""Dates of what is never valid."""
_EXTENSIONS: Final = context(3)
_MOST_EXTENSIONS: Final = 64
_MOST_PURPOSES: Final = 64

_KEY_USAGE: Final = "2.5.29.15"
_BASIC_CONSTRAINTS: Final = "2.5.29.19"
_EXTENDED_KEY_USAGE: Final = "2.5.29.37"
_HARMLESS: Final = frozenset(
    {
        "2.5.29.14",  # subject key identifier
        "2.5.29.17",  # subject's alternative name
        "2.5.29.18",  # issuer's alternative name
        "2.5.29.31",  # where revocations are listed
        "2.5.29.32",  # policies
        "2.5.29.35",  # authority key identifier
        "1.3.6.1.5.5.7.1.1",  # authority information access
    }
)
"""Extensions that take nothing away, so that they may be critical and be left unread."""

_CODE_SIGNING: Final = "1.3.6.1.5.5.7.3.3"
_TIME_STAMPING: Final = "1.3.6.1.5.5.7.3.8"

# Bits of the first byte of KeyUsage.
_DIGITAL_SIGNATURE: Final = 0x80
_NON_REPUDIATION: Final = 0x40
_KEY_CERT_SIGN: Final = 0x04


@dataclass(frozen=True, slots=True)
class Purposes:
    """What a certificate, or a rule about one, may be used for."""

    code: bool
    time: bool
    cert: bool

    def covers(self, other: Purposes) -> bool:
        """Whether all that `other` may be used for is allowed here."""
        return self & other == other

    def __and__(self, other: Purposes) -> Purposes:
        return Purposes(
            self.code and other.code, self.time and other.time, self.cert and other.cert
        )

    def __str__(self) -> str:
        named = (("code", self.code), ("time", self.time), ("cert", self.cert))
        return "".join(f"{name} " for name, allowed in named if allowed)


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate. Names and serial are the contents of their elements."""

    subject: bytes
    issuer: bytes
    serial: bytes
    key: PublicKey
    not_before: int
    """Seconds since 1970, as `not_after`."""
    not_after: int
    purposes: Purposes
    """As ClamAV reads them: from the usages alone, an absent one allows all."""
    signs: bool
    """Whether its key may sign anything but certificates."""
    authority: bool
    """Whether it says that it may issue others."""
    path_length: int | None
    """How many authorities may stand between it and an end."""
    understood: bool
    """False with a critical extension that is not known here."""
    algorithm: str | None
    """The digest of its signature; None for one that cannot be verified here."""
    signed: bytes
    """What the issuer signed."""
    signature: bytes

    def issued_by(self, key: PublicKey) -> bool:
        """Whether `key` signed this certificate."""
        if self.algorithm is None:
            return False
        return key.signed(digest(self.algorithm, self.signed), self.algorithm, self.signature)


@dataclass(slots=True)
class _Extensions:
    """What the extensions say; the defaults are for those that are absent."""

    usage: int | None = None
    extended: frozenset[str] | None = None
    authority: bool = False
    path_length: int | None = None
    understood: bool = True


def parse_certificate(element: Element) -> Certificate:
    """The certificate in `element`.

    One whose signature, dates or extensions are beyond us is still one that may be blocked.

    Raises:
        Unsupported: its key is not RSA.
        FormatError: it is malformed.
    """
    outer = element.inside()
    signed = outer.next(Tag.SEQUENCE)
    identifier = outer.next(Tag.SEQUENCE)
    signature = _signature(outer.next())
    fields = signed.inside()
    fields.skip(context(0))  # version
    serial = fields.next(Tag.INTEGER).content
    # Only what is inside is signed; RFC 5280, 4.1.1.2, has both the same.
    same = fields.next(Tag.SEQUENCE).whole == identifier.whole
    algorithm = SIGNATURES.get(identifier.inside().next().oid()) if same else None
    issuer = fields.next(Tag.SEQUENCE).content
    not_before, not_after = _validity(fields.next(Tag.SEQUENCE))
    subject = fields.next(Tag.SEQUENCE).content
    key = public_key(fields.next(Tag.SEQUENCE))
    extensions = _extensions(fields)
    usage, extended = extensions.usage, extensions.extended
    return Certificate(
        subject=subject,
        issuer=issuer,
        serial=serial,
        key=key,
        not_before=not_before,
        not_after=not_after,
        purposes=Purposes(
            code=extended is None or _CODE_SIGNING in extended,
            time=extended is None or _TIME_STAMPING in extended,
            cert=usage is None or bool(usage & _KEY_CERT_SIGN),
        ),
        signs=usage is None or bool(usage & (_DIGITAL_SIGNATURE | _NON_REPUDIATION)),
        authority=extensions.authority,
        path_length=extensions.path_length,
        understood=extensions.understood,
        algorithm=algorithm,
        signed=signed.whole,
        signature=signature,
    )


def digest(algorithm: str, data: bytes) -> bytes:
    """The digest of `data`; the algorithm is the signer's choice."""
    return hashlib.new(algorithm, data, usedforsecurity=False).digest()


def algorithm_of(identifier: Element) -> str:
    """The object identifier in an AlgorithmIdentifier without parameters of meaning.

    Raises:
        Unsupported: it has some.
        FormatError: it is malformed.
    """
    parts = identifier.inside()
    oid = parts.next().oid()
    if parts.more and parts.next(Tag.NULL).content:
        raise Unsupported(f"algorithm {oid} with parameters")
    parts.finish()
    return oid


def digest_algorithm(identifier: Element) -> str:
    """The digest that an AlgorithmIdentifier names."""
    oid = algorithm_of(identifier)
    try:
        return DIGESTS[oid]
    except KeyError:
        raise Unsupported(f"digest algorithm {oid}") from None


def _signature(element: Element) -> bytes:
    try:
        return element.octet_bits()
    except FormatError:
        return b""  # which no key made


def _validity(element: Element) -> tuple[int, int]:
    try:
        dates = element.inside()
        return dates.next().time(), dates.next().time()
    except FormatError:
        return _NEVER


def _extensions(fields: Elements) -> _Extensions:
    found = _Extensions()
    try:
        while fields.more:
            field = fields.next()
            if field.tag == _EXTENSIONS:
                _read_extensions(field, found)
    except FormatError:
        found.understood = False
    return found


def _read_extensions(field: Element, found: _Extensions) -> None:
    for extension in field.inside().next(Tag.SEQUENCE).inside().several(_MOST_EXTENSIONS):
        parts = extension.inside()
        oid = parts.next().oid()
        critical = parts.skip(Tag.BOOLEAN)
        value = Elements(parts.next().octets())
        if oid == _KEY_USAGE:
            found.usage = (value.next().bits() or b"\0")[0]
        elif oid == _EXTENDED_KEY_USAGE:
            purposes = value.next(Tag.SEQUENCE).inside().several(_MOST_PURPOSES)
            found.extended = frozenset(purpose.oid() for purpose in purposes)
        elif oid == _BASIC_CONSTRAINTS:
            constraints = value.next(Tag.SEQUENCE).inside()
            authority = constraints.skip(Tag.BOOLEAN)
            found.authority = authority is not None and any(authority.content)
            found.path_length = constraints.next().integer() if constraints.more else None
        elif oid not in _HARMLESS and critical is not None and any(critical.content):
            found.understood = False
