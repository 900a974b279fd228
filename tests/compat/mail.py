"""Mails that hide one attachment, honestly and otherwise, written from RFC 5322 and RFC 2045."""

from __future__ import annotations

import base64
import binascii
import quopri
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

HEAD = (
    b"From: a@example.org\nTo: b@example.org\nSubject: x\n"
    b"Date: Thu, 26 Nov 2026 00:00:00 +0000\nMIME-Version: 1.0\n"
)
TEXT = b"Content-Type: text/plain\n\nhello\n"
MIXED = b'multipart/mixed; boundary="BOUND"'
ENVELOPE = b"From a@example.org Thu Nov 26 00:00:00 2026\n"


def uuencoded(data: bytes) -> bytes:
    lines = (binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45))
    return b"begin 644 one.bin\n" + b"".join(lines) + b"`\nend\n"


def yencoded(data: bytes) -> bytes:
    out = bytearray(b"=ybegin line=128 size=%d name=one.bin\n" % len(data))
    for at in range(0, len(data), 128):
        for byte in data[at : at + 128]:
            code = (byte + 42) & 0xFF
            out += bytes((61, (code + 64) & 0xFF)) if code in b"\0\n\r=" else bytes((code,))
        out += b"\n"
    return bytes(out) + b"=yend size=%d\n" % len(data)


def plain(data: bytes) -> bytes:
    return data


ENCODERS: Mapping[bytes, Callable[[bytes], bytes]] = {
    b"base64": base64.encodebytes,
    b"BASE64": base64.encodebytes,
    b'"base64"': base64.encodebytes,
    b"base64 ; x": base64.encodebytes,
    b"x-unknown": base64.encodebytes,
    b"quoted-printable": quopri.encodestring,
    b"x-uuencode": uuencoded,
    b"8bit": plain,
    b"binary": plain,
}


def attachment(data: bytes, encoding: bytes = b"base64", blank: bytes = b"\n") -> bytes:
    return (
        b"Content-Type: application/octet-stream\nContent-Transfer-Encoding: " + encoding
        + b'\nContent-Disposition: attachment; filename="one.bin"\n' + blank
        + ENCODERS[encoding](data)
    )  # fmt: skip


def multipart(
    parts: Sequence[bytes],
    boundary: bytes = b"BOUND",
    kind: bytes = MIXED,
    before: bytes = b"",
    *,
    ends: bool = True,
) -> bytes:
    body = b"".join(b"--" + boundary + b"\n" + part + b"\n" for part in parts)
    end = b"--" + boundary + b"--\n" if ends else b""
    return b"Content-Type: " + kind + b"\n\n" + before + body + end


def inner(parts: Sequence[bytes]) -> bytes:
    return multipart(parts, b"IN", b"multipart/mixed; boundary=IN")


KINDS = {
    "unquoted": b"multipart/mixed; boundary=BOUND",
    "comment": b'multipart/mixed (hi; boundary=FAKE); boundary="BOUND"',
    "split": b'multipart/mixed; boundary*0="BO"; boundary*1="UND"',
    "second-of-two": b'multipart/mixed; boundary="OTHER"; boundary="BOUND"',
    "first-of-two": b'multipart/mixed; boundary="BOUND"; boundary="OTHER"',
    "none": b"multipart/mixed",
    "folded": b'multipart/mixed;\n\tboundary="BOUND"',
    "blanks": b'multipart/mixed; boundary = "BOUND"',
    "wrong-quotes": b"multipart/mixed; boundary='BOUND'",
    "appledouble": b'multipart/appledouble; boundary="BOUND"',
    "related": b'multipart/related; boundary="BOUND"; type="text/html"',
}


def mails(data: bytes) -> dict[str, bytes]:
    """Each hides `data` in its own way."""
    both = multipart([TEXT, attachment(data)])
    enclosed = HEAD + inner([attachment(data)])
    half = len(data) // 2
    found = {
        "single": HEAD + attachment(data),
        "no-end": HEAD + multipart([TEXT, attachment(data)], ends=False),
        "two-content-types": HEAD + b"Content-Type: text/plain\n" + both,
        "nested": HEAD + multipart([inner([TEXT, attachment(data)])]),
        "nested-same-boundary": HEAD + multipart([both]),
        "message": HEAD + multipart([TEXT, b"Content-Type: message/rfc822\n\n" + enclosed]),
        "message-in-base64": HEAD + multipart([
            TEXT,
            b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
            + base64.encodebytes(enclosed),
        ]),
        "digest": HEAD
        + multipart([b"\n" + enclosed], kind=b'multipart/digest; boundary="BOUND"'),
        "uuencode-in-text": HEAD + b"\nhello\n\n" + uuencoded(data) + b"\nbye\n",
        "uuencode-in-part": HEAD + multipart([TEXT + uuencoded(data)]),
        "uuencode-before-parts": HEAD + multipart([TEXT], before=uuencoded(data)),
        "uuencode-behind-parts": HEAD + multipart([TEXT]) + b"\n" + uuencoded(data),
        "yenc-in-text": HEAD + b"\n" + yencoded(data),
        "no-empty-line": HEAD + multipart([TEXT, attachment(data, blank=b"")]),
        "crlf": (HEAD + both).replace(b"\n", b"\r\n"),
        "mailbox": ENVELOPE + HEAD + b"\nhello\n\n" + ENVELOPE + HEAD + both,
        "returned": b"From: MAILER-DAEMON@example.org\nTo: a@example.org\nSubject: failure\n\n"
        b"Hi. This is the qmail-send program at example.org.\n\n"
        b"--- Below this line is a copy of the message.\n\nReturn-Path: <a@example.org>\n"
        + HEAD + both,
        "padding-inside": HEAD + multipart([
            TEXT,
            attachment(data[:half]) + base64.encodebytes(data[half:]),
        ]),
        "dirt-in-base64": HEAD + multipart([
            TEXT,
            attachment(b"") + base64.encodebytes(data).replace(b"\n", b" !\n*"),
        ]),
        "mhtml": b"MIME-Version: 1.0\n" + multipart(
            [b"Content-Type: text/html\nContent-Location: file:///x.htm\n\n<html></html>\n",
             attachment(data)],
            kind=b'multipart/related; boundary="BOUND"'),
    }  # fmt: skip
    for name, kind in KINDS.items():
        found[f"boundary-{name}"] = HEAD + multipart([TEXT, attachment(data)], kind=kind)
    for number, encoding in enumerate(ENCODERS):
        found[f"encoding-{number}"] = HEAD + multipart([TEXT, attachment(data, encoding)])
    return found
