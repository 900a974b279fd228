"""Mail with parts in parts, without end, or that are more than they seem."""

from __future__ import annotations

import base64
import binascii
import gzip
import struct
from typing import TYPE_CHECKING

import tnef
from hostile.case import MARK, Case

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
_MIXED = b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n'
_MIB = 1 << 20


def _attached(data: bytes) -> bytes:
    body = base64.encodebytes(data).replace(b"\n", b"\r\n")
    return (
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + body
    )


def parts_in_parts(path: Path) -> None:
    """Ten thousand multiparts, each in the one before."""
    body = b"".join(b"--%d\r\n" % n + _MIXED % (b"%d" % (n + 1)) for n in range(10_000))
    path.write_bytes(_HEAD + _MIXED % b"0" + body + b"--10000\r\n\r\n" + MARK)


def many_parts(path: Path) -> None:
    part = b"--x\r\nContent-Type: text/plain\r\n\r\nthe part %d\r\n"
    path.write_bytes(
        _HEAD + _MIXED % b"x" + b"".join(part % n for n in range(60_000)) + b"--x--\r\n"
    )


def many_headers(path: Path) -> None:
    path.write_bytes(_HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(500_000)) + b"\r\n" + MARK)


def one_long_header(path: Path) -> None:
    """Folded half a million times."""
    path.write_bytes(
        _HEAD + b"Content-Type: text/plain" + b";\r\n x=y" * 500_000 + b"\r\n\r\n" + MARK
    )


def mail_in_mail(path: Path) -> None:
    """message/rfc822, two thousand deep."""
    path.write_bytes((_HEAD + b"Content-Type: message/rfc822\r\n\r\n") * 2000 + MARK)


def base64_in_base64(path: Path) -> None:
    data = MARK * 3
    for _ in range(30):
        data = _HEAD + _attached(data)
    path.write_bytes(data)


def compressed_attachments(path: Path) -> None:
    """Fifty attachments of 300 MB each."""
    bomb = b"--x\r\n" + _attached(gzip.compress(bytes(300 * _MIB)))
    path.write_bytes(_HEAD + _MIXED % b"x" + bomb * 50 + b"--x--\r\n")


def boundaries_of_a_megabyte(path: Path) -> None:
    name = b"y" * _MIB
    path.write_bytes(_HEAD + _MIXED % name + (b"--" + name + b"\r\n\r\nz\r\n") * 20 + MARK)


def many_boundaries(path: Path) -> None:
    """Every line may be the boundary of one of thousands of open parts."""
    opened = b"".join(b"--%d\r\n" % n + _MIXED % (b"%d" % (n + 1)) for n in range(500))
    path.write_bytes(_HEAD + _MIXED % b"0" + opened + b"--not-one\r\n" * 300_000 + MARK)


def uuencoded_without_end(path: Path) -> None:
    """A hundred thousand beginnings, and no end."""
    path.write_bytes(_HEAD + b"\r\n" + b"begin 644 x\r\n#0V%T\r\n" * 100_000 + MARK)


def yenc_that_lies(path: Path) -> None:
    path.write_bytes(
        _HEAD + b"\r\n" + b"=ybegin line=128 size=99999999999 name=x\r\nabc\r\n" * 20_000 + MARK
    )


def binhex_that_repeats(path: Path) -> None:
    """Runs of 255 letters, three bytes each."""
    table = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
    name = b"\1x\0TEXTTEXT" + struct.pack(">HII", 0, 0x7FFFFFFF, 0)
    raw = name + struct.pack(">H", binascii.crc_hqx(name, 0)) + b"A" + b"\x90\xff" * 2_000_000
    text = bytearray()
    for at in range(0, len(raw) - 2, 3):
        bits = int.from_bytes(raw[at : at + 3], "big")
        text += bytes(table[bits >> shift & 63] for shift in (18, 12, 6, 0))
    lines = b"\r\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    path.write_bytes(b"(This file must be converted with BinHex 4.0)\r\n\r\n:" + lines + b":\r\n")


def tnef_of_sizes_that_lie(path: Path) -> None:
    data = bytearray(tnef.stream(tnef.attribute(2, 0x6800F, MARK)))
    struct.pack_into("<I", data, 11, 0xFFFFFFF0)
    path.write_bytes(data)


def mailbox_of_many_mails(path: Path) -> None:
    one = b"From a@example.org Thu Nov 26 15:00:00 2026\r\n" + _HEAD + b"\r\nthe body of %d\r\n\r\n"
    path.write_bytes(b"".join(one % n for n in range(5000)))


CASES = (
    Case("mail-parts-in-parts", parts_in_parts, told="boundaries that were not looked for"),
    Case("mail-many-parts", many_parts, found=False, told="MaxFiles"),
    Case("mail-many-headers", many_headers, told="EmailHeaders"),
    Case("mail-one-long-header", one_long_header),
    Case("mail-in-mail", mail_in_mail),
    Case("mail-base64-in-base64", base64_in_base64, found=False, told="MaxRecursion"),
    Case("mail-compressed-attachments", compressed_attachments, found=False, told="MaxFileSize"),
    Case("mail-boundaries-of-a-megabyte", boundaries_of_a_megabyte, told="EmailHeaderBytes"),
    Case("mail-many-boundaries", many_boundaries, told="boundaries that were not looked for"),
    Case("mail-uuencoded-without-end", uuencoded_without_end, told="no end line"),
    Case("mail-yenc-that-lies", yenc_that_lies, told="no end line"),
    Case("binhex-that-repeats", binhex_that_repeats, found=False, told="bytes promised"),
    Case("tnef-of-sizes-that-lie", tnef_of_sizes_that_lie, told="bytes promised"),
    Case(
        "mailbox-of-many-mails",
        mailbox_of_many_mails,
        found=False,
        told="MaxFiles",
        options=("--max-files=999",),
    ),
)
