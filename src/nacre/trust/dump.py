"""A certificate as ClamAV's debug output shows it, from which people write `.crb` lines."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.trust.certificate import Certificate


def lines(certificate: Certificate) -> Iterator[str]:
    """The lines about `certificate`."""
    yield "cert:"
    yield f"  subject: {_sha1(certificate.subject)}"
    yield f"  serial: {_sha1(certificate.serial)}"
    yield f"  pubkey: {_number(certificate.key.modulus)}"
    yield (
        f"  i: {_sha1(certificate.issuer)}"
        f" {certificate.not_before}->{certificate.not_after} {certificate.purposes}"
    )
    yield "  ==============RAW=============="
    yield f"  raw_subject: {certificate.subject.hex()}"
    yield f"  raw_serial: {certificate.serial.hex(':')}"
    yield f"  raw_issuer: {certificate.issuer.hex()}"


def _number(value: int) -> str:
    return value.to_bytes((value.bit_length() + 7) // 8, "big").hex().upper()


def _sha1(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()
