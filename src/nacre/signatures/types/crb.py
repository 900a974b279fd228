"""Certificates that make a signed program trusted or blocked.

``Name;Trusted;SubjectSHA1;SerialSHA1;Pubkey;Exponent;CodeSign;TimeSign;CertSign;NotBefore;Comment[;MinFL[;MaxFL]]``
"""

from __future__ import annotations

from nacre.signatures.base import SignatureType, Status

TYPE = SignatureType(
    name="certificate",
    suffixes=("crb",),
    status=Status.UNUSED,
    counted=False,
)
