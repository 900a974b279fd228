"""From the certificates of a signature to those that rules make trusted (RFC 5280, 6).

A certificate is trusted when a rule says so, or when a trusted one issued it; what an issuer may
not do its certificates may not do either. Dates are only gathered: which moment counts is the
caller's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nacre.trust.certificate import Certificate, Purposes

_LONGEST: Final = 16
"""Certificates of one chain."""
_MOST_VERIFIED: Final = 256
"""Signatures of certificates that are verified for one program."""
_UNLIMITED: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a certificate may be believed."""

    purposes: Purposes
    not_before: int
    """The time at which it and all above it are valid, in seconds since 1970."""
    not_after: int
    named: bool
    """Whether a rule names it, which says more than its own usages do."""
    path_left: int
    """How many authorities may still follow below it."""

    @property
    def rank(self) -> tuple[bool, int, int, int]:
        """What makes one chain to a certificate better than another."""
        allowed = self.purposes.code + self.purposes.time + self.purposes.cert
        return (self.named, allowed, self.path_left, self.not_after)

    def exceeds(self, other: Standing | None) -> bool:
        """Whether this is the better of two chains to the same certificate."""
        return other is None or self.rank > other.rank

    def covers(self, moment: int) -> bool:
        """Whether the whole chain is valid at `moment`."""
        return self.not_before <= moment <= self.not_after


class Anchors(Protocol):
    """What makes certificates trusted; `nacre.trust.rules.Rules` for one."""

    def trusts(self, certificate: Certificate) -> bool:
        """Whether `certificate` itself is trusted, for all that it claims to be for."""
        ...

    def issuer(self, certificate: Certificate) -> Purposes | None:
        """What certificates of the issuer of this one may be used for, if it is trusted."""
        ...


class Chains:
    """The standing of each of `certificates`, which are one signature's."""

    def __init__(self, certificates: Sequence[Certificate], rules: Anchors) -> None:
        self._certificates = certificates
        self._rules = rules
        self._standings: dict[int, Standing] = {}
        self._issued: dict[tuple[int, int], bool] = {}
        self._anchor()
        for _ in range(_LONGEST):
            if not self._extend():
                break

    def standing(self, index: int) -> Standing | None:
        """The standing of certificate number `index`; None when nothing speaks for it."""
        return self._standings.get(index)

    def _anchor(self) -> None:
        for index, certificate in enumerate(self._certificates):
            if self._rules.trusts(certificate):
                self._standings[index] = _below(None, certificate, certificate.purposes, named=True)
            elif certificate.understood:
                purposes = self._rules.issuer(certificate)
                if purposes is not None:
                    standing = _below(None, certificate, purposes & certificate.purposes)
                    self._standings[index] = standing

    def _extend(self) -> bool:
        """Go down one certificate from all that are trusted so far; False when nothing changed."""
        changed = False
        for index, certificate in enumerate(self._certificates):
            for standing in self._chains_to(index, certificate):
                if standing.exceeds(self._standings.get(index)):
                    self._standings[index] = standing
                    changed = True
        return changed

    def _chains_to(self, index: int, certificate: Certificate) -> Iterator[Standing]:
        if not certificate.understood:
            return
        for number, issuer in enumerate(self._certificates):
            above = self._standings.get(number)
            if above is None or number == index or not _may_issue(above, issuer, certificate):
                continue
            if self._is_issued(index, number):
                yield _below(above, certificate, above.purposes & certificate.purposes)

    def _is_issued(self, index: int, number: int) -> bool:
        pair = (index, number)
        if pair not in self._issued:
            if len(self._issued) >= _MOST_VERIFIED:
                return False
            key = self._certificates[number].key
            self._issued[pair] = self._certificates[index].issued_by(key)
        return self._issued[pair]


def _may_issue(above: Standing, issuer: Certificate, certificate: Certificate) -> bool:
    return (
        issuer.subject == certificate.issuer
        and issuer.authority
        and above.purposes.cert
        and (above.path_left > 0 or not certificate.authority)
    )


def _below(
    above: Standing | None, certificate: Certificate, purposes: Purposes, *, named: bool = False
) -> Standing:
    own = _UNLIMITED if certificate.path_length is None else certificate.path_length
    if above is None:
        return Standing(purposes, certificate.not_before, certificate.not_after, named, own)
    return Standing(
        purposes,
        max(above.not_before, certificate.not_before),
        min(above.not_after, certificate.not_after),
        named,
        min(above.path_left - 1, own),
    )
