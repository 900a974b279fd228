"""Signed catalogs (`.cat`): digests of programs and files that somebody vouches for.

Layout: signed data (PKCS#7) over a certificate trust list of usage "catalog": usages, identifier,
[sequence number], time [of the next one], algorithm, then the members, each an identifier and a set
of attributes. The digest is the attribute of indirect data. Spec: Windows Authenticode Portable
Executable Signature Format for the attribute; the list is CTL_INFO of wincrypt.h, in ASN.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nacre.model.errors import Corrupt, Unsupported
from nacre.parsers.asn1 import Element, Elements, Tag
from nacre.trust.indirect import CABINET, INDIRECT_DATA, PROGRAM, parse_indirect
from nacre.trust.signature import verify
from nacre.trust.signed_data import parse_signed_data

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.trust.rules import Rules

MOST_BYTES: Final = 64 << 20
"""Larger catalogs are not read."""

_TRUST_LIST: Final = "1.3.6.1.4.1.311.10.1"
_CATALOG: Final = "1.3.6.1.4.1.311.12.1.1"
_MOST_USAGES: Final = 16
_MOST_ATTRIBUTES: Final = 64
_DIGESTS: Final = frozenset({"sha1", "sha256"})


def members(catalog: bytes, rules: Rules, now: int) -> Iterator[tuple[bool, bytes]]:
    """The digests that `catalog` vouches for: whether of a program, or of a file as a whole.

    A member of another kind ends the catalog, as in ClamAV. `now` is in seconds since 1970.

    Raises:
        FormatError: rules do not trust its signer, or it is malformed; from there on.
    """
    signature = parse_signed_data(Elements(catalog).next(Tag.SEQUENCE))
    if signature.content_type != _TRUST_LIST:
        raise Corrupt("not a catalog")
    if any(rules.blocking(certificate) for certificate in signature.certificates):
        raise Corrupt("a certificate of the catalog is blocked")
    verify(signature, signature.signer(), rules, now)
    listed = _listed(signature.content)
    while listed.more:
        yield _digest(listed.next(Tag.SEQUENCE))


def _listed(trust_list: Element) -> Elements:
    """The members of a trust list."""
    fields = trust_list.inside()
    usages = fields.next(Tag.SEQUENCE).inside().several(_MOST_USAGES)
    if [usage.oid() for usage in usages] != [_CATALOG]:
        raise Corrupt("not a list of usage catalog")
    fields.next(Tag.OCTET_STRING)
    fields.skip(Tag.INTEGER)
    fields.next(Tag.UTC_TIME, Tag.GENERALIZED_TIME)
    fields.skip(Tag.UTC_TIME, Tag.GENERALIZED_TIME)
    fields.next(Tag.SEQUENCE)
    return fields.next(Tag.SEQUENCE).inside()


def _digest(member: Element) -> tuple[bool, bytes]:
    parts = member.inside()
    parts.next(Tag.OCTET_STRING)
    for attribute in parts.next(Tag.SET).inside().several(_MOST_ATTRIBUTES):
        fields = attribute.inside()
        if fields.next().oid() == INDIRECT_DATA:
            indirect = parse_indirect(fields.next(Tag.SET).inside().next())
            if indirect.subject not in (PROGRAM, CABINET) or indirect.algorithm not in _DIGESTS:
                raise Unsupported("a member of an unknown kind")
            return indirect.subject == PROGRAM, indirect.digest
    raise Corrupt("a member without a digest")
