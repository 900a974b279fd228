"""Pictures that are broken in every way ClamAV has a name for, and many more."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random


def segment(marker: int, body: bytes, size: int | None = None) -> bytes:
    """A segment of a JPEG; `size` for one that lies."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2 if size is None else size) + body


SEGMENTS = {
    "jfif": segment(0xE0, b"JFIF\0" + bytes(9)),
    "exif": segment(0xE1, b"Exif\0\0" + bytes(10)),
    "spiff": segment(0xE8, b"SPIFF\0" + bytes(26)),
    "comment": segment(0xFE, b"comment"),
    "photoshop": segment(0xED, b"Photoshop"),
    "xmp": segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0x"),
    "jfxx": segment(0xE0, b"JFXX\0abcdef"),
    "tables": segment(0xDB, bytes(65)),
    "jpg7": segment(0xF7, bytes(8)),
    "dti": segment(0xF1, bytes(9)),
    "dtt": segment(0xF2, bytes(9)),
    "short-jfif": segment(0xE0, b"JFIF\0" + bytes(3)),
    "short-exif": segment(0xE1, b"Exif\0\0"),
    "short-spiff": segment(0xE8, b"SPIFF\0"),
    "empty-comment": segment(0xFE, b"", 0),
    "lying": segment(0xDB, b"", 1),
    "long": segment(0xDB, b"abc", 5000),
    "end": b"\xff\xd9\0\2",
    "junk": bytes(14),
    "much-junk": bytes(15),
    "fill": b"\xff" * 14,
}
SCAN = segment(0xDA, bytes(8)) + b"data\xff\xd9"


def jpeg(*names: str, scan: bytes = SCAN) -> bytes:
    return b"\xff\xd8" + b"".join(SEGMENTS[name] for name in names) + scan


def gif(*blocks: bytes, table: bool = True) -> bytes:
    screen = struct.pack("<HHBBB", 4, 4, 0x80 if table else 0, 0, 0)
    return b"GIF89a" + screen + (bytes(6) if table else b"") + b"".join(blocks)


CONTROL = b"\x21\xf9\x04" + bytes(5)
REMARK = b"\x21\xfe\x05hello\0"
IMAGE = b"\x2c" + struct.pack("<HHHHB", 0, 0, 4, 4, 0x80) + bytes(6) + b"\x02\x03\x84\x8f\x05\0"


def chunk(name: bytes, data: bytes, length: int | None = None) -> bytes:
    size = len(data) if length is None else length
    return struct.pack(">I", size) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(*chunks: bytes, width: int = 4) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, 4, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks)


PIXELS = chunk(b"IDAT", zlib.compress(bytes(20)))
END = chunk(b"IEND", b"")


def tiff(*entries: tuple[int, int, int, int], following: int = 0, order: str = "<") -> bytes:
    out = (b"II" if order == "<" else b"MM") + struct.pack(order + "HIH", 42, 8, len(entries))
    out += b"".join(struct.pack(order + "HHII", *entry) for entry in entries)
    return out + struct.pack(order + "I", following)


def riff(*chunks: bytes, big: bool = False) -> bytes:
    body = b"ACON" + b"".join(chunks)
    return (b"RIFX" if big else b"RIFF") + struct.pack(">I" if big else "<I", len(body)) + body


def part(name: bytes, data: bytes, *, big: bool = False) -> bytes:
    padded = data + bytes(len(data) % 2)
    return name + struct.pack(">I" if big else "<I", len(data)) + padded


BROKEN = {
    "gif-screen": (gif()[:10], "GIF.TruncatedScreenDescriptor"),
    "gif-table": (gif()[:15], "GIF.TruncatedGlobalColorTable"),
    "gif-nothing": (gif(CONTROL), "GIF.MissingImageData"),
    "gif-extension": (gif(CONTROL, b"\x21"), "GIF.TruncatedExtension"),
    "gif-sub-block": (gif(b"\x21\xfe\x05he"), "GIF.TruncatedExtensionSubBlock"),
    "gif-descriptor": (gif(IMAGE[:8]), "GIF.TruncatedImageDescriptor"),
    "gif-data": (gif(IMAGE[:-3]), "GIF.TruncatedImageDataBlock"),
    "gif-label": (gif(IMAGE, b"\x77"), "GIF.UnknownBlockLabel"),
    "jpeg-spurious": (jpeg("jfif", "much-junk"), "JPEG.SpuriousBytesBeforeSegment"),
    "jpeg-cut": (jpeg("jfif", scan=b""), "JPEG.CantReadSegmentSize"),
    "jpeg-size": (jpeg("jfif", "lying"), "JPEG.InvalidSegmentSize"),
    "jpeg-long": (jpeg("jfif", "long"), "JPEG.SegmentDataOutOfFile"),
    "jfif-twice": (jpeg("jfif", "jfif"), "JPEG.JFIFdupAppMarker"),
    "jfif-late": (jpeg("tables", "jfif"), "JPEG.JFIFmarkerBadPosition"),
    "jfif-short": (jpeg("short-jfif"), "JPEG.JFIFheaderTooShort"),
    "exif-twice": (jpeg("exif", "exif"), "JPEG.ExifDupAppMarker"),
    "exif-late": (jpeg("jfif", "tables", "tables", "exif"), "JPEG.ExifHeaderBadPosition"),
    "exif-short": (jpeg("short-exif"), "JPEG.ExifHeaderTooShort"),
    "spiff-twice": (jpeg("spiff", "spiff"), "JPEG.SPIFFdupAppMarker"),
    "spiff-late": (jpeg("tables", "spiff"), "JPEG.SPIFFmarkerBadPosition"),
    "spiff-short": (jpeg("short-spiff"), "JPEG.SPIFFheaderTooShort"),
    "jpg7": (jpeg("jfif", "jpg7"), "JPEG.AppMarkerBeforeJPG7"),
    "jpeg-end": (jpeg("jfif", "end"), "JPEG.NoImages"),
    "dtt": (jpeg("jfif", "dtt"), "JPEG.DTTMissingDTISegment"),
    "png-length": (png(chunk(b"IDAT", b"", 1 << 31)), "PNG.InvalidChunkLength"),
    "png-type": (png(PIXELS) + bytes(6), "PNG.EOFReadingChunkType"),
    "png-chunk": (png(PIXELS[:10]), "PNG.EOFReadingChunk"),
    "png-checksum": (png(PIXELS[:-2]), "PNG.EOFReadingChunkCRC"),
    "tiff-first": (tiff()[:6], "TIFF.EOFReadingFirstIFDOffset"),
    "tiff-zero": (b"II*\0" + bytes(8), "TIFF.InvalidIFDOffset"),
    "tiff-count": (tiff()[:9], "TIFF.EOFReadingNumIFDDirectoryEntries"),
    "tiff-entry": (tiff((256, 3, 1, 4))[:-6], "TIFF.EOFReadingIFDEntry"),
    "tiff-value": (tiff((256, 4, 9, 4)), "TIFF.OutOfBoundsAccess"),
    "tiff-next": (tiff((256, 3, 1, 4))[:-2], "TIFF.EOFReadingChunkCRC"),
    "tiff-loop": (tiff((256, 3, 1, 4), following=8), "TIFF.OutOfOrderIFDOffset"),
}
"""Pictures and what is said of each."""

WHOLE = {
    "gif": gif(CONTROL, IMAGE, REMARK, b"\x3b"),
    "gif-no-trailer": gif(IMAGE),
    "jpeg": jpeg("jfif", "exif", "tables"),
    "jpeg-comment": jpeg("comment", "jfif"),
    "jpeg-xmp": jpeg("xmp", "exif", "jfif"),
    "jpeg-ls": jpeg("tables", "jpg7", scan=b""),
    "tiled": jpeg("dti", "dtt"),
    "png": png(PIXELS, END),
    "png-no-width": png(PIXELS[:-2], width=0),
    "tiff": tiff((256, 3, 1, 4), (257, 4, 1, 4)),
    "tiff-big-endian": tiff((256, 3, 1, 4), order=">"),
}


def varied(rng: random.Random, count: int) -> dict[str, bytes]:
    """Pictures put together and damaged at random."""
    wholes = [*WHOLE.values(), *(data for data, _ in BROKEN.values())]
    found = {}
    for number in range(count):
        if number % 2:
            data = bytearray(jpeg(*rng.choices(list(SEGMENTS), k=rng.randrange(7))))
        else:
            data = bytearray(rng.choice(wholes))
        for _ in range(rng.randrange(3)):
            data[rng.randrange(3, len(data))] = rng.choice((0, 1, 0x80, 0xFF, rng.randrange(256)))
        if rng.random() < 0.4:
            data = data[: rng.randrange(6, len(data) + 1)]
        found[f"{number}"] = bytes(data)
    return found
