"""Mails that bend the standards to hide one attachment, written from what malware does.

Each bends one thing; `mail.py` has the plain ones.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from typing import TYPE_CHECKING

from compat.mail import (
    ENVELOPE,
    HEAD,
    MIXED,
    TEXT,
    attachment,
    inner,
    multipart,
    uuencoded,
    yencoded,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

TYPE = b"Content-Type: application/octet-stream\n"
BASE64 = b"Content-Transfer-Encoding: base64\n"
QUOTED = b"Content-Transfer-Encoding: quoted-printable\n"
NAMED = b'Content-Disposition: attachment; filename="one.bin"\n'


def mail(*parts: bytes, kind: bytes = MIXED, boundary: bytes = b"BOUND") -> bytes:
    return HEAD + multipart([TEXT, *parts], boundary, kind)


def part(head: bytes, body: bytes, blank: bytes = b"\n") -> bytes:
    return head + NAMED + blank + body


def escaped(data: bytes, line_end: bytes = b"\n") -> bytes:
    """Quoted-printable, every byte written out."""
    lines = (data[at : at + 20] for at in range(0, len(data), 20))
    text = (b"".join(b"=%02x" % byte for byte in line) for line in lines)
    return (b"=" + line_end).join(text)


def boundaries(data: bytes) -> Mapping[str, bytes]:
    file = attachment(data)
    plain = mail(file)
    closed = multipart([TEXT], b"!!!!", b"multipart/alternative; boundary=!!!!")
    half = len(data) // 6 * 3
    cut = part(
        TYPE + BASE64,
        base64.encodebytes(data[:half]) + b"--!!!!\n" + base64.encodebytes(data[half:]),
    )
    return {
        "empty": mail(file, kind=b'multipart/mixed; boundary=""', boundary=b""),
        "blank": mail(file, kind=b'multipart/mixed; boundary=" "', boundary=b" "),
        "huge": mail(file, kind=b"multipart/mixed; boundary=" + b"B" * 3000, boundary=b"B" * 3000),
        "gap": mail(file, kind=b'multipart/mixed; boundary*0="BOUND"; boundary*2="X"'),
        "split-and-plain": mail(
            file, kind=b'multipart/mixed; boundary=NO; boundary*0="BO"; boundary*1="UND"'
        ),
        "lower": plain.replace(b"--BOUND", b"--bound"),
        "no-dashes": plain.replace(b"--BOUND", b"BOUND"),
        "indented": plain.replace(b"--BOUND", b" --BOUND"),
        "of-70": HEAD + _levels(file, 70),
        "none-behind": mail() + b"\n" + file,
        "none-before": HEAD + multipart([TEXT], before=file + b"\n"),
        "blank-line-behind": mail(b"\n" + file),
        "done-with": mail(closed, cut),
        "of-a-text": mail(b"\nContent-Type: multipart/x; boundary=!!!!\n\n", cut),
        "of-another-type": mail(
            b"Content-Type: application/x; boundary=!!!!\n" + cut.partition(b"\n")[2]
        ),
        "that-goes-on": mail(cut, kind=b"multipart/mixed; boundary=!!!", boundary=b"!!!"),
        "behind-many": HEAD + multipart([b"\nhi\n"] * 1100 + [file]),
    }


def _levels(part: bytes, count: int) -> bytes:
    for number in range(count):
        name = b"L%dL" % number
        part = multipart([part], name, b"multipart/mixed; boundary=" + name)
    return part


def headers(data: bytes) -> Mapping[str, bytes]:
    body = base64.encodebytes(data)
    plain = mail(attachment(data))
    stray = b"this is no header\n"
    return {
        "stray-line": mail(part(TYPE + stray + BASE64, body)),
        "stray-line-behind-encoding": mail(part(BASE64 + stray + TYPE, body)),
        "stray-line-in-front": mail(stray + part(TYPE + BASE64, body)),
        "stray-line-on-top": plain.replace(b"MIME-Version", stray + b"MIME-Version"),
        "many-stray-lines": mail(part(BASE64 + b"1234567\n" * 200 + TYPE, body)),
        "blank-that-is-not-empty": mail(part(TYPE + b"X: y\n \n" + BASE64, body)),
        "folded-first": mail(b" x\n" + part(TYPE + BASE64, body)),
        "folded-emptily": mail(part(TYPE + BASE64.replace(b" ", b"\n \n "), body)),
        "nul": mail(part(TYPE + b"Content-Transfer-Encoding\0: ba\0se64\n", body)),
        "eight-bits": mail(part(TYPE + b"X-\xe4: \xff\n" + BASE64, body)),
        "long-name": mail(part(TYPE + b"X" * 500 + b": y\n" + BASE64, body)),
        "no-name": mail(part(TYPE + b": y\n" + BASE64, body)),
        "crcrlf": plain.replace(b"\n", b"\r\r\n"),
        "lfcr": plain.replace(b"\n", b"\n\r"),
        "cr": plain.replace(b"\n", b"\r"),
        "two-encodings": mail(part(b"Content-Transfer-Encoding: 7bit\n" + BASE64 + TYPE, body)),
        "two-other-encodings": mail(part(QUOTED + BASE64 + TYPE, body)),
        "two-encodings-last": mail(part(BASE64 + QUOTED + TYPE, escaped(data))),
        "no-encoding": mail(part(TYPE, body)),
        "no-header": mail(b"\n" + body),
        "wrong-encoding": mail(part(TYPE + b"Content-Transfer-Encoding: 7bit\n", body)),
        "no-colon": mail(part(TYPE + QUOTED.replace(b":", b""), escaped(data))),
        "encoding-of-all": mail(attachment(data)).replace(b"MIME", BASE64 + b"\nMIME"),
        "boundary-in-it": mail(part(TYPE + BASE64, body, blank=b"--BOUND\n\n")),
        "type-in-front": multipart([TEXT, attachment(data)]),
        "envelope-in-text": ENVELOPE + mail(b"\nhello\n\nFrom here on\n", attachment(data)),
    }


def bodies(data: bytes) -> Mapping[str, bytes]:
    body = base64.encodebytes(data)
    letters = body.replace(b"\n", b"")
    enclosed = HEAD + inner([attachment(data)])
    found = {
        "footer": mail(part(TYPE + BASE64, body + b"\n-- \na list\n")),
        "text-in-front": mail(part(TYPE + BASE64, b"Here it is: x\n\n" + body)),
        "boundary-in-line": mail(part(TYPE + BASE64, letters)).replace(b"\n--BOUND-", b"--BOUND-"),
        "padding-anywhere": mail(part(TYPE + BASE64, re.sub(b"(.{75})", rb"\1=\n", letters))),
        "stray-padding": mail(part(TYPE + BASE64, body.replace(b"\n", b"=3D\n", 3))),
        "multipart-in-base64": mail(
            b"Content-Type: multipart/mixed; boundary=IN\n" + BASE64 + b"\n"
            + base64.encodebytes(inner([attachment(data)]).partition(b"\n\n")[2])
        ),
        "message-in-base64-unsaid": mail(
            b"Content-Type: message/rfc822\n\n" + base64.encodebytes(enclosed)
        ),
        "message-in-two-encodings": mail(
            b"Content-Type: message/rfc822\nContent-Transfer-Encoding: x\n" + QUOTED + b"\n"
            + quopri.encodestring(enclosed)
        ),
        "message-without-from": mail(
            b"Content-Type: message/rfc822\n" + BASE64 + b"\n"
            + base64.encodebytes(b"X: y\n" + attachment(data))
        ),
        "external-body": mail(
            b"Content-Type: message/external-body; access-type=x\n\n" + attachment(data)
        ),
        "half-of-a-message": HEAD
        + b"Content-Type: message/partial; id=x; number=2; total=2\n\n" + attachment(data),
        "uuencode-called-base64": mail(part(TYPE + BASE64, uuencoded(data))),
        "uuencode-with-another-mode": mail(TEXT + uuencoded(data).replace(b"644", b"999")),
        "uuencode-without-name": mail(TEXT + uuencoded(data).replace(b" one.bin", b"")),
        "uuencode-with-tabs": mail(TEXT + uuencoded(data).replace(b" 644 ", b"\t644\t")),
        "uuencode-and-more": HEAD + b"\n" + uuencoded(data).replace(b"\nend", b"\n#86)C\nend"),
        "uuencode-again": HEAD + b"\nbegin 644 two.bin\n" + uuencoded(data),
        "uuencode-said": mail(
            part(TYPE + b"Content-Transfer-Encoding: x-uue\n", uuencoded(data).partition(b"\n")[2])
        ),
        "yenc-said": mail(
            part(
                TYPE + b"Content-Transfer-Encoding: x-yencode\n",
                yencoded(data).partition(b"\n")[2],
            )
        ),
        "uuencode-behind-many": HEAD + b"\n" + b"begin 644 x\n" * 1500 + uuencoded(data),
        "uuencode-cr": HEAD + b"\n" + uuencoded(data).replace(b"\n", b"\r"),
        "uuencode-end-of": HEAD + b"\n" + uuencoded(data).replace(b"\nM", b"\nend of it\nM", 2),
        "binhex-below-text": mail(TEXT + b"\n" + binhex(data)),
    }  # fmt: skip
    for encoding in (b"quotedprintable", b"x-quoted-printable", b"qp", b"quoted printable"):
        head = TYPE + b"Content-Transfer-Encoding: " + encoding + b"\n"
        found[f"as-{encoding.decode()}"] = mail(part(head, escaped(data)))
    ends = {"blanks": b" \t\n", "cr": b"\r", "crcrlf": b"\r\r\n", "nul": b"\0\n"}
    for name, end in ends.items():
        found[f"soft-{name}"] = mail(part(TYPE + QUOTED, escaped(data, end)))
    return found


def binhex(data: bytes) -> bytes:
    """BinHex of RFC 1741 without runs; its checksums are left empty."""
    head = b"\x01x\0" + b"TEXTtext" + bytes(2)
    raw = head + len(data).to_bytes(4, "big") + bytes(6) + data + bytes(4)
    raw = raw.replace(b"\x90", b"\x90\0")
    text = base64.b64encode(raw + bytes(-len(raw) % 3))
    letters = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
    plain = bytes(binascii.b2a_base64(bytes((n << 2,)), newline=False)[0] for n in range(64))
    text = text.translate(bytes.maketrans(plain, letters))
    return b"(This file must be converted with BinHex 4.0)\n\n:" + text + b":\n"


def odd_mails(data: bytes) -> dict[str, bytes]:
    """Each hides `data` in its own way."""
    rooms = {"boundary": boundaries(data), "header": headers(data), "body": bodies(data)}
    return {f"{room}-{name}": one for room, ones in rooms.items() for name, one in ones.items()}
