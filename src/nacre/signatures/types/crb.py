"""Certificates that make a signed program trusted or blocked.

Looked at before a signed program is scanned.
``Name;Trusted;SubjectSHA1;SerialSHA1;Pubkey;Exponent;CodeSign;TimeSign;CertSign;NotBefore;Comment[;MinFL[;MaxFL]]``
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="certificate",
    suffixes=("crb",),
    status=Status.USED,
    kind=LineKind.CERTIFICATE,
    counted=False,
)
