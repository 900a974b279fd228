"""The encoder to `nacre.codecs.screnc`, after what decoders say."""

from __future__ import annotations

import base64

from nacre.codecs import screnc

ESCAPES = {0x0A: b"@&", 0x0D: b"@#", 0x3C: b"@!", 0x3E: b"@*", 0x40: b"@$"}


def encoded(text: bytes) -> bytes:
    """What Microsoft's encoder makes of a script of ASCII characters."""
    out = bytearray()
    for turn, byte in enumerate(text):
        table = screnc._DECODING[turn & 63]
        out += ESCAPES.get(byte) or bytes([table.index(byte)])
    length, checksum = (
        base64.b64encode(number.to_bytes(4, "little")) for number in (len(out), sum(text))
    )
    return b"#@~^" + length + bytes(out) + checksum + b"^#~@"
