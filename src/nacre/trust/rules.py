"""Rules about certificates (`.crb`), indexed by the subject they name."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from nacre.trust.certificate import Purposes
from nacre.trust.rsa import PublicKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nacre.matching import CertificateRule
    from nacre.trust.certificate import Certificate

_EXPONENT: Final = 65537
"""Of the keys in rules, whatever their own field for it says; as in ClamAV."""


class Rules:
    """The rules of one database, in load order. Immutable."""

    __slots__ = ("_blocked", "_trusted")

    def __init__(self, rules: Iterable[CertificateRule]) -> None:
        self._trusted: defaultdict[bytes, list[CertificateRule]] = defaultdict(list)
        self._blocked: defaultdict[bytes, list[CertificateRule]] = defaultdict(list)
        for rule in rules:
            if rule.trusted:
                self._trusted[rule.subject].append(rule)
            elif not any(_includes(known, rule) for known in self._blocked[rule.subject]):
                self._blocked[rule.subject].append(rule)

    def blocking(self, certificate: Certificate) -> str | None:
        """The name of the rule that blocks `certificate`; the newest, as in ClamAV."""
        fitting = _fitting(self._blocked, certificate)
        return fitting[-1].name if fitting else None

    def trusts(self, certificate: Certificate) -> bool:
        """Whether a rule trusts `certificate` itself, for all that it claims to be for."""
        return any(
            certificate.not_before >= rule.not_before
            and _purposes(rule).covers(certificate.purposes)
            for rule in _fitting(self._trusted, certificate)
        )

    def issuer(self, certificate: Certificate) -> Purposes | None:
        """What certificates from a trusted issuer, who signed this one, may be used for."""
        issuers = [
            rule
            for rule in self._trusted.get(_sha1(certificate.issuer), ())
            if rule.cert_sign and certificate.issued_by(PublicKey(rule.modulus, _EXPONENT))
        ]
        # Of rules about one key the widest holds, the first of several; as in ClamAV.
        widest = max(issuers, key=lambda rule: rule.code_sign + rule.time_sign, default=None)
        return None if widest is None else _purposes(widest)


def _fitting(
    rules: dict[bytes, list[CertificateRule]], certificate: Certificate
) -> list[CertificateRule]:
    named = rules.get(_sha1(certificate.subject))
    if named is None:
        return []
    serial = _sha1(certificate.serial)
    return [
        rule
        for rule in named
        if rule.modulus == certificate.key.modulus and rule.serial in (None, serial)
    ]


def _includes(known: CertificateRule, rule: CertificateRule) -> bool:
    return known.modulus == rule.modulus and known.serial in (None, rule.serial)


def _purposes(rule: CertificateRule) -> Purposes:
    return Purposes(rule.code_sign, rule.time_sign, rule.cert_sign)


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()
