"""Whether signed data is to be believed: signer, chain, time.

The time that counts is now or, with a countersignature (PKCS#9, as Authenticode's time stamps once
were), the time that it states. One that is wrong spoils the signature.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nacre.model.errors import Corrupt, Unsupported
from nacre.parsers.asn1 import Tag
from nacre.trust.chain import Chains
from nacre.trust.signed_data import parse_signer

if TYPE_CHECKING:
    from nacre.parsers.asn1 import Element
    from nacre.trust.certificate import Certificate
    from nacre.trust.chain import Standing
    from nacre.trust.rules import Rules
    from nacre.trust.signed_data import SignedData, Signer

_MOST_CERTIFICATES: Final = 64
_DATA: Final = "1.2.840.113549.1.7.1"
_COUNTERSIGNATURE: Final = "1.2.840.113549.1.9.6"
_SIGNING_TIME: Final = "1.2.840.113549.1.9.5"


def verify(signature: SignedData, signer: Signer, rules: Rules, now: int) -> None:
    """Return if `signer` may sign code, signed the content, and did so in time.

    Raises:
        FormatError: it is not so, and why.
    """
    if len(signature.certificates) > _MOST_CERTIFICATES:
        raise Unsupported("more certificates than a chain needs")
    index = signer.certificate(signature.certificates)
    if index is None:
        raise Corrupt("the signer's certificate is missing")
    certificate = signature.certificates[index]
    chains = Chains(signature.certificates, rules)
    standing = chains.standing(index)
    if standing is None or not standing.purposes.code or not _may_sign(certificate, standing):
        raise Corrupt("the signer is not trusted")
    if not signer.signs(signature.content_type, signature.content.content, certificate.key):
        raise Corrupt("the signature does not fit")
    stamp = signer.unsigned.get(_COUNTERSIGNATURE)
    moment = now if stamp is None else _stamped(stamp, signature, signer, chains)
    if not standing.covers(moment):
        raise Corrupt("a certificate was not valid when it was signed")


def _may_sign(certificate: Certificate, standing: Standing) -> bool:
    return certificate.signs or standing.named


def _stamped(stamp: Element, signature: SignedData, signer: Signer, chains: Chains) -> int:
    """The time that a countersignature states, in seconds since 1970."""
    if stamp.tag != Tag.SEQUENCE:
        raise Corrupt("not a countersignature")
    authority = parse_signer(stamp)
    index = authority.certificate(signature.certificates)
    if index is None:
        raise Corrupt("the time stamp's certificate is missing")
    certificate = signature.certificates[index]
    standing = chains.standing(index)
    if standing is None or not standing.purposes.time or not _may_sign(certificate, standing):
        raise Corrupt("the time stamp's signer is not trusted")
    if not authority.signs(_DATA, signer.signature, certificate.key):
        raise Corrupt("the time stamp does not fit")
    time = authority.attributes.get(_SIGNING_TIME)
    if time is None:
        raise Corrupt("the time stamp has no time")
    moment = time.time()
    if not standing.covers(moment):
        raise Corrupt("the time stamp's certificate was not valid then")
    return moment
