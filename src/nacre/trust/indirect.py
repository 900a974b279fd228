"""Indirect data: the digest of something, as Authenticode signs it (SpcIndirectDataContent)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nacre.parsers.asn1 import Tag
from nacre.trust.certificate import digest_algorithm

if TYPE_CHECKING:
    from nacre.parsers.asn1 import Element

INDIRECT_DATA: Final = "1.3.6.1.4.1.311.2.1.4"
PROGRAM: Final = "1.3.6.1.4.1.311.2.1.15"
"""The digest is that of a PE program without checksum and signature (SPC_PE_IMAGE_DATA)."""
CABINET: Final = "1.3.6.1.4.1.311.2.1.25"
"""The digest is that of a file as a whole, in catalogs (SPC_CAB_DATA)."""


@dataclass(frozen=True, slots=True)
class Indirect:
    """What is signed in place of a file."""

    subject: str
    """Object identifier of what the digest is of."""
    algorithm: str
    digest: bytes


def parse_indirect(element: Element) -> Indirect:
    """The indirect data in `element`.

    Raises:
        FormatError: it is malformed.
    """
    parts = element.inside()
    subject = parts.next(Tag.SEQUENCE).inside().next().oid()
    info = parts.next(Tag.SEQUENCE).inside()
    algorithm = digest_algorithm(info.next(Tag.SEQUENCE))
    return Indirect(subject, algorithm, info.next().octets())
