"""What `.crb` files say about certificates."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CertificateRule:
    """One rule: certificates it fits are trusted or blocked."""

    name: str
    """What a blocked certificate alerts as."""
    official: bool
    """From a signed container."""
    trusted: bool
    """Trusted or, otherwise, blocked."""
    code_sign: bool
    time_sign: bool
    cert_sign: bool
    not_before: int
    """Seconds since 1970; a certificate that is valid earlier is not meant."""
    subject: bytes
    """SHA-1 of the contents of the subject's name."""
    serial: bytes | None
    """SHA-1 of the contents of the serial number; None for any."""
    modulus: int
    """Of the RSA key."""


Native = tuple[str, tuple[bool, bool, bool, bool, bool], int, bytes, bytes | None, bytes]


def from_native(native: Native) -> CertificateRule:
    """The rule as the native side hands it over."""
    name, flags, not_before, subject, serial, modulus = native
    return CertificateRule(
        name, *flags, not_before, subject, serial, int.from_bytes(modulus, "big")
    )
