"""Signed programs and catalogs: osslsigncode signs, what it cannot do is written here."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from trust.authority import run
from trust.der import (
    NULL,
    attribute,
    context,
    element,
    first,
    integer,
    octets,
    oid,
    sequence,
    set_of,
    utc_time,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trust.authority import Issued
    from trust.der import Part

SAMPLES = Path(__file__).with_name("samples")
PROGRAMS = {name: (SAMPLES / name).read_bytes() for name in ("p32.exe", "p64.exe")}
"""What the smallest C program becomes with mingw-w64 (MAKE.md)."""

DIGESTS = {
    "md5": "1.2.840.113549.2.5",
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
RSA = "1.2.840.113549.1.1.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
DATA = "1.2.840.113549.1.7.1"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
COUNTERSIGNATURE = "1.2.840.113549.1.9.6"
TRUST_LIST = "1.3.6.1.4.1.311.10.1"
CATALOG = "1.3.6.1.4.1.311.12.1.1"
MEMBERS = "1.3.6.1.4.1.311.12.1.2"
MEMBER_INFORMATION = "1.3.6.1.4.1.311.12.2.2"
INDIRECT_DATA = "1.3.6.1.4.1.311.2.1.4"
PE_IMAGE = "1.3.6.1.4.1.311.2.1.15"
CABINET = "1.3.6.1.4.1.311.2.1.25"
_OBSOLETE = element(0x80, "<<<Obsolete>>>".encode("utf-16-be"))


def sign(
    program: bytes,
    signer: Issued,
    *others: Issued,
    digest: str = "sha256",
    options: Iterable[str | Path] = (),
) -> bytes:
    """`program` signed with osslsigncode; `others` are certificates put beside the signer's."""
    folder = signer.pem.parent
    source, target, bundle = folder / "source.exe", folder / "target.exe", folder / "others.pem"
    source.write_bytes(program)
    target.unlink(missing_ok=True)
    bundle.write_bytes(b"".join(other.pem.read_bytes() for other in others))
    beside: tuple[str | Path, ...] = ("-ac", bundle) if others else ()
    run(
        "osslsigncode", "sign", "-h", digest, "-certs", signer.pem, "-key", signer.key,
        *beside, *options, "-in", source, "-out", target,
    )  # fmt: skip
    return target.read_bytes()


def directory(program: bytes) -> tuple[int, int, int]:
    """Where the entry about the certificate table is, and the offset and size it holds."""
    optional = struct.unpack_from("<I", program, 0x3C)[0] + 24
    pe32 = struct.unpack_from("<H", program, optional)[0] == 0x10B
    entry = optional + (96 if pe32 else 112) + 4 * 8
    return (entry, *struct.unpack_from("<II", program, entry))


def signature_of(program: bytes) -> bytes:
    """The signed data in a signed program."""
    _, offset, size = directory(program)
    return first(program[offset + 8 : offset + size]).whole


def with_signature(program: bytes, signature: bytes, behind: bytes = b"") -> bytes:
    """`program` with another signature, and what else is to be in the table."""
    entry, offset, _ = directory(program)
    body = signature + behind
    body += bytes(-len(body) % 8)
    size = len(body) + 8
    out = bytearray(program[:offset] + struct.pack("<IHH", size, 0x200, 2) + body)
    struct.pack_into("<I", out, entry + 4, size)
    return bytes(out)


def digest_of(program: bytes, algorithm: str) -> bytes:
    """The digest that Authenticode signs."""
    entry, offset, _ = directory(program)
    checksum = struct.unpack_from("<I", program, 0x3C)[0] + 24 + 64
    covered = program[:checksum] + program[checksum + 4 : entry]
    covered += program[entry + 8 : offset or len(program)]
    return hashlib.new(algorithm, covered).digest()


def _algorithm(digest: str) -> bytes:
    return sequence(oid(DIGESTS[digest]), NULL)


def signer_info(
    signer: Issued,
    attributes: Iterable[bytes],
    digest: str,
    unsigned: Iterable[bytes] = (),
    version: int = 1,
) -> bytes:
    """A SignerInfo over authenticated attributes."""
    listed = b"".join(sorted(attributes))
    signature = run("openssl", "dgst", f"-{digest}", "-sign", signer.key, data=set_of(listed))
    more = b"".join(unsigned)
    return sequence(
        integer(version),
        sequence(*signer.identity()),
        _algorithm(digest),
        context(0, listed),
        sequence(oid(RSA), NULL),
        octets(signature),
        context(1, more) if more else b"",
    )


def signed_data(fields: Iterable[bytes]) -> bytes:
    """A ContentInfo around the fields of SignedData."""
    return sequence(oid(SIGNED_DATA), context(0, sequence(*fields)))


def fields_of(signature: bytes) -> list[Part]:
    """The fields of the SignedData in `signature`: version, digests, content, ..., signers."""
    return first(signature).parts()[1].parts()[0].parts()


def countersign(  # noqa: PLR0913 - what countersignatures differ in
    program: bytes,
    signer: Issued,
    moment: int | bytes,
    *,
    digest: str = "sha1",
    over: bytes | None = None,
    content_type: str = DATA,
    embedded: bool = True,
    times: int = 1,
    more: Iterable[bytes] = (),
) -> bytes:
    """`program` with a time stamp in the old form; `moment` in seconds since 1970, or DER."""
    fields = fields_of(signature_of(program))
    info = fields[-1].parts()[0].parts()
    signature = next(part for part in info if part.tag == 0x04).content
    stated = hashlib.new(digest, signature if over is None else over).digest()
    attributes = [
        attribute(CONTENT_TYPE, oid(content_type)),
        attribute(SIGNING_TIME, moment if isinstance(moment, bytes) else utc_time(moment)),
        attribute(MESSAGE_DIGEST, octets(stated)),
    ]
    stamp = attribute(COUNTERSIGNATURE, signer_info(signer, attributes, digest))
    kept = [part.whole for part in info if part.tag != 0xA1]
    signers = set_of(sequence(*kept, context(1, stamp * times, *more)))
    certificate = signer.der() if embedded else b""
    others = [
        context(0, field.content, certificate) if field.tag == 0xA0 else field.whole
        for field in fields[:-1]
    ]
    return with_signature(program, signed_data([*others, signers]))


def member(digest: bytes, algorithm: str = "sha1", kind: str = PE_IMAGE) -> bytes:
    """An entry of a catalog."""
    link = context(2, _OBSOLETE)
    value = sequence(element(0x03, b"\0"), context(0, link)) if kind == PE_IMAGE else link
    guid = element(0x1E, "{C689AAB8-8E78-11D0-8C47-00C04FC295EE}".encode("utf-16-be"))
    indirect = sequence(sequence(oid(kind), value), sequence(_algorithm(algorithm), octets(digest)))
    return sequence(
        octets(digest.hex().upper().encode("utf-16-le")),
        set_of(
            attribute(MEMBER_INFORMATION, sequence(guid, integer(512))),
            attribute(INDIRECT_DATA, indirect),
        ),
    )


def catalog(
    members: Iterable[bytes],
    signer: Issued,
    *others: Issued,
    digest: str = "sha1",
    usage: str = CATALOG,
) -> bytes:
    """A signed catalog of `members`."""
    content = sequence(
        sequence(oid(usage)),
        octets(bytes(range(16))),
        utc_time(1_600_000_000),
        sequence(oid(MEMBERS), NULL),
        sequence(*members),
    )
    attributes = [
        attribute(CONTENT_TYPE, oid(TRUST_LIST)),
        attribute(MESSAGE_DIGEST, octets(hashlib.new(digest, first(content).content).digest())),
    ]
    return signed_data(
        (
            integer(1),
            set_of(_algorithm(digest)),
            sequence(oid(TRUST_LIST), context(0, content)),
            context(0, *(issued.der() for issued in (signer, *others))),
            set_of(signer_info(signer, attributes, digest)),
        )
    )
