"""A writer of Symbian packages, of both kinds, from what is known of the formats.

`python tests/sis.py FOLDER` writes the samples.
"""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path

NOT_COMPRESSED = 8
HEADER = 100


def old(
    files: list[tuple[str, list[bytes]]],
    *,
    languages: int = 1,
    options: int = 1,
    release_6: bool = True,
) -> bytes:
    """A package of EPOC or Symbian 6 to 8; content is one variant, or one per language."""
    records, heap = b"", b""
    sizes = [
        4 + 24 + (12 if release_6 else 8) * len(variants) + 8 * release_6 for _, variants in files
    ]
    start = HEADER + sum(sizes) + 4
    for name, variants in files:
        coded = name.encode("utf-16-le") if release_6 else name.encode()
        records += struct.pack("<7I", len(variants) > 1, 0, 0, 0, 0, len(coded), start + len(heap))
        heap += coded
        packed = [
            zlib.compress(content) if release_6 and not options & NOT_COMPRESSED else content
            for content in variants
        ]
        records += b"".join(struct.pack("<I", len(body)) for body in packed)
        for body in packed:
            records += struct.pack("<I", start + len(heap))
            heap += body
        if release_6:
            records += b"".join(struct.pack("<I", len(content)) for content in variants)
            records += bytes(8)
    records += struct.pack("<I", 6)  # the end of a condition
    header = struct.pack("<4I", 1, 0x10003A12 if release_6 else 0x1000006D, 0x10000419, 0)
    header += struct.pack(
        "<H7H I 4H I 4I".replace(" ", ""), 0, languages, len(files) + 1, 0, 0, 0, 0x21, 0, 200,
        options, 0, 1, 0, 0, 0, HEADER, 0, 0,
    )  # fmt: skip
    return header.ljust(HEADER, b"\0") + records + heap


def field(kind: int, body: bytes) -> bytes:
    return struct.pack("<2I", kind, len(body)) + body + bytes(-len(body) % 4)


def array(kind: int, *bodies: bytes) -> bytes:
    elements = (struct.pack("<I", len(body)) + body + bytes(-len(body) % 4) for body in bodies)
    return field(2, struct.pack("<I", kind) + b"".join(elements))


def compressed(content: bytes, method: int = 1) -> bytes:
    packed = zlib.compress(content) if method == 1 else content
    return field(3, struct.pack("<IQ", method, len(content)) + packed)


def new(*files: bytes, methods: tuple[int, ...] = (1,)) -> bytes:
    """A package of Symbian 9."""
    datas = [
        compressed(content, methods[number % len(methods)]) for number, content in enumerate(files)
    ]
    unit = array(32, *datas)
    contents = (
        field(34, bytes(2))
        + compressed(b"what the controller says, of one package")
        + field(30, array(31, unit))
    )
    return struct.pack("<4I", 0x10201A7A, 0, 0x20000001, 0) + field(12, contents)


def samples() -> dict[str, bytes]:
    one, two = (
        b"".join(b"%s, line %d\n" % (name, at) for at in range(20)) for name in (b"1", b"2")
    )
    release_6 = old([("!:\\one.txt", [one]), ("!:\\two.txt", [two])])
    return {
        "languages": old([("!:\\languages.txt", [one, two])], languages=2),
        "release-6": release_6,
        "release-5": old([("!:\\one.txt", [one])], release_6=False),
        "symbian-9": new(one, two, methods=(1, 0)),
        "cut": release_6[:300],
        "cut-9": new(one, two)[:250],
    }


if __name__ == "__main__":
    for case, made in samples().items():
        (Path(sys.argv[1]) / f"{case}.in").write_bytes(made)
