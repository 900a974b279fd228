"""The Authenticode signature inside a PE program: blocked, to be believed, or neither.

Layout: the certificate table begins with an entry of length (u32), revision and type (u16 each),
which is followed by signed data (PKCS#7) over indirect data with the digest of the program. Spec:
Windows Authenticode Portable Executable Signature Format.

A second signature may be nested in the first. Its certificates may be blocked as well, but only the
first one is believed.

A signature is believed only if it covers all of the file: the table is its end, and holds nothing
behind the signature.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nacre.model.errors import Corrupt, FormatError, Unsupported
from nacre.parsers.asn1 import Elements, Tag
from nacre.trust.indirect import INDIRECT_DATA, PROGRAM, parse_indirect
from nacre.trust.signature import verify
from nacre.trust.signed_data import parse_signed_data

if TYPE_CHECKING:
    from nacre.executables import Signed
    from nacre.model.fmap import Fmap
    from nacre.trust.certificate import Certificate
    from nacre.trust.rules import Rules
    from nacre.trust.signed_data import SignedData

_log = logging.getLogger(__name__)

_HEAD: Final = 8
_KIND: Final = b"\x00\x02\x02\x00"
"""Revision 2.0, PKCS#7 signed data."""
_NESTED: Final = "1.3.6.1.4.1.311.2.4.1"
_MOST_BYTES: Final = 16 << 20
"""A larger table is not looked at; real ones have some ten thousand bytes."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the signature of a program says."""

    certificates: tuple[Certificate, ...] = ()
    """Those in the signature, then in a nested one, each from the last to the first: the order in
    which they are looked at."""
    blocked: tuple[str, ...] = ()
    """Names of the rules that block them."""
    trusted: bool = False


_NOTHING = Judgement()


@dataclass(frozen=True, slots=True)
class _Found:
    """The signature of a program."""

    signature: SignedData
    parts: tuple[tuple[int, int], ...]
    """Offset and size of what it is about."""
    covers_all: bool
    """Whether there is nothing behind it that it is not about."""


def judge(program: Fmap, signed: Signed, rules: Rules, now: int) -> Judgement:
    """Look at the signature of `program`, of which `signed` says where it is. Never raises.

    `now` is in seconds since 1970.
    """
    try:
        found = _find(program, signed)
    except FormatError as error:
        _log.debug("signature not read: %s", error)
        return _NOTHING
    if found is None:
        return _NOTHING
    certificates = found.signature.certificates[::-1] + _nested(found.signature)
    names = (rules.blocking(certificate) for certificate in certificates)
    # A nested signature often holds the same certificates once more.
    blocked = tuple(dict.fromkeys(name for name in names if name is not None))
    try:
        _check(program, found, rules, now)
    except FormatError as error:
        _log.debug("signature not trusted: %s", error)
        return Judgement(certificates, blocked)
    return Judgement(certificates, blocked, trusted=True)


def _find(program: Fmap, signed: Signed) -> _Found | None:
    if not _HEAD < signed.table_size <= _MOST_BYTES:
        return None
    entry = program.read(signed.table, signed.table_size)
    if entry[4:_HEAD] != _KIND:
        return None
    element = Elements(entry, _HEAD).next(Tag.SEQUENCE)
    at_end = signed.table + signed.table_size == len(program)
    covers_all = at_end and not entry[element.end :].strip(b"\0")
    return _Found(parse_signed_data(element), signed.parts, covers_all)


def _nested(signature: SignedData) -> tuple[Certificate, ...]:
    """The certificates of the signature beside the first one, with another digest mostly."""
    try:
        inside = signature.signer().unsigned.get(_NESTED)
        return () if inside is None else parse_signed_data(inside).certificates[::-1]
    except FormatError:
        return ()


def _check(program: Fmap, found: _Found, rules: Rules, now: int) -> None:
    """Return if the signature is to be believed, and is this program's."""
    signature = found.signature
    if not found.covers_all:
        raise Corrupt("bytes that are not signed")
    if signature.content_type != INDIRECT_DATA:
        raise Unsupported(f"signed content of type {signature.content_type}")
    signer = signature.signer()
    verify(signature, signer, rules, now)
    indirect = parse_indirect(signature.content)
    if indirect.subject != PROGRAM or indirect.algorithm != signer.algorithm:
        raise Corrupt("not the signature of a program")
    if program.digest_parts(indirect.algorithm, list(found.parts)) != indirect.digest:
        raise Corrupt("the program is not what was signed")
