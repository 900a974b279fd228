"""Documents whose structures go in circles, or unfold into gigabytes."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from compound import compound_file
from hostile.case import MARK, Case

if TYPE_CHECKING:
    from pathlib import Path

_MIB = 1 << 20
_SECTOR = 512


# Compound files.


def _compound() -> bytearray:
    return bytearray(
        compound_file({"one": bytes(20_000), "two": MARK * 1000, "Three": {"a": b"x" * 99}})
    )


def _tables(data: bytearray) -> tuple[int, int]:
    """Where the first sector of the allocation table is, and the first of the directory."""
    first = struct.unpack_from("<I", data, 76)[0]
    directory = struct.unpack_from("<I", data, 48)[0]
    return (first + 1) * _SECTOR, (directory + 1) * _SECTOR


def chains_in_a_circle(path: Path) -> None:
    """Every sector of every stream is followed by the first one."""
    data = _compound()
    table, directory = _tables(data)
    number = (directory // _SECTOR) - 1
    for sector in range(_SECTOR // 4):
        value = struct.unpack_from("<I", data, table + 4 * sector)[0]
        if value < 0xFFFFFFF0 and sector != number:
            struct.pack_into("<I", data, table + 4 * sector, 0)
    path.write_bytes(data + MARK)


def directory_in_a_circle(path: Path) -> None:
    """Each entry is its own sibling and child."""
    data = _compound()
    _table, directory = _tables(data)
    for entry in range(directory, directory + _SECTOR, 128):
        for field in (68, 72, 76):
            struct.pack_into("<I", data, entry + field, (entry - directory) // 128)
    path.write_bytes(data + MARK)


def tables_in_a_circle(path: Path) -> None:
    """The list of allocation tables leads to itself, and has no end."""
    data = _compound()
    struct.pack_into("<II", data, 68, 0, 0xFFFFFF)
    path.write_bytes(data + MARK)


def streams_of_gigabytes(path: Path) -> None:
    data = _compound()
    _table, directory = _tables(data)
    for entry in range(directory + 128, directory + _SECTOR, 128):
        struct.pack_into("<Q", data, entry + 120, 0xFFFFFFF0)
    path.write_bytes(data + MARK)


# PDF.


def _pdf(*objects: bytes, tail: bytes = b"") -> bytes:
    body = b"".join(b"%d 0 obj\n%b\nendobj\n" % (n, o) for n, o in enumerate(objects, start=1))
    return b"%PDF-1.7\n" + body + (tail or b"trailer<</Root 1 0 R>>\n%%EOF\n")


def _stream(data: bytes, words: bytes) -> bytes:
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (words, len(data), data)


def pdf_of_many_filters(path: Path) -> None:
    """A hundred megabytes, deflated forty times over."""
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(bytes(_MIB)) for _ in range(300)) + packer.flush()
    for _ in range(39):
        data = zlib.compress(data, 9)
    path.write_bytes(_pdf(_stream(data, b"/Filter[%b]" % (b"/FlateDecode" * 40))))


def pdf_of_many_streams(path: Path) -> None:
    objects = (
        _stream(zlib.compress(b"%d " % n * 20), b"/Filter/FlateDecode") for n in range(20_000)
    )
    path.write_bytes(_pdf(*objects))


def pdf_bombs(path: Path) -> None:
    """Thirty streams of 50 MB each."""
    data = zlib.compress(bytes(50 * _MIB), 9)
    path.write_bytes(_pdf(*(_stream(data, b"/Filter/FlateDecode") for _ in range(30))))


def pdf_with_a_predictor_of_gigabytes(path: Path) -> None:
    words = b"/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 2147483647/Colors 32>>"
    path.write_bytes(_pdf(_stream(zlib.compress(bytes(1000)), words)) + MARK)


def pdf_of_object_streams_in_a_circle(path: Path) -> None:
    """Each extends the other, and holds itself."""
    inside = b"1 0 2 10 <</Type/ObjStm>> <</Type/ObjStm>> "
    words = b"/Type/ObjStm/N 2147483647/First 4294967295/Extends %d 0 R"
    path.write_bytes(_pdf(_stream(inside, words % 2), _stream(inside, words % 1)) + MARK)


def pdf_of_tables_in_a_circle(path: Path) -> None:
    tail = b"xref\n0 1\n0000000000 65535 f\ntrailer<</Root 1 0 R/Prev 9/Size 4294967295>>\n"
    tail += b"startxref\n9\n%%EOF\n"
    path.write_bytes(
        _pdf(b"<</Type/Catalog/Pages 1 0 R/Kids[1 0 R]/Parent 1 0 R>>", tail=tail) + MARK
    )


def pdf_of_nested_arrays(path: Path) -> None:
    path.write_bytes(_pdf(b"[" * 200_000 + b"]" * 200_000, b"<<" * 100_000) + MARK)


def pdf_of_filters_of_filters(path: Path) -> None:
    """The filters of a stream are an array of a thousand references to itself."""
    filters = b"[%b]" % (b"2 0 R " * 1000)
    path.write_bytes(_pdf(_stream(b"a", b"/Filter 2 0 R"), filters) + MARK)


def pdf_of_lengths_in_a_large_object(path: Path) -> None:
    """Each of a hundred streams is as long as an object of two megabytes says."""
    large = b"[%b]" % (b"1 " * _MIB)
    streams = [b"<</Length 1 0 R>>stream\na\nendstream"] * 100
    path.write_bytes(_pdf(large, *streams) + MARK)


def pdf_of_an_object_stream_of_numbers(path: Path) -> None:
    """Thirty million numbers stand where two should."""
    numbers = zlib.compress(b"1 " * (30 * _MIB), 9)
    words = b"/Type/ObjStm/N 1/First %d/Filter/FlateDecode" % (60 * _MIB)
    path.write_bytes(_pdf(_stream(numbers, words)) + MARK)


def pdf_of_launches(path: Path) -> None:
    """An object of two megabytes that starts programs a hundred thousand times."""
    path.write_bytes(_pdf(b"[%b]" % (b"<</S/Launch>>" * 150_000)) + MARK)


def pdf_of_text_in_pieces(path: Path) -> None:
    """Twenty streams of four million strings each."""
    data = zlib.compress(b"]TJ" + b"(" * (4 * _MIB), 9)
    path.write_bytes(_pdf(*[_stream(data, b"/Filter/FlateDecode")] * 20) + MARK)


def pdf_of_lzw(path: Path) -> None:
    """LZW that repeats one letter for ever: codes of the table that grows with each."""
    bits = (
        "".join(
            f"{code:0{9 if code < 511 else 10 if code < 1023 else 11 if code < 2047 else 12}b}"
            for code in [256, 0, *range(258, 4094)]
        )
        * 1
    )
    data = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    path.write_bytes(_pdf(*(_stream(data, b"/Filter/LZWDecode") for _ in range(200))))


# XML.


def _package(document: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        types = b'<Types><Override PartName="/word/document.xml" ContentType="x"/></Types>'
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("word/document.xml", document)
        archive.writestr("docProps/core.xml", document)
    return out.getvalue()


def word_of_laughs(path: Path) -> None:
    """A billion laughs, in every part that is read."""
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 20))
    document = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "{"ha" * 50}">{levels}]><x>&l19;</x>'
    path.write_bytes(_package(document.encode()) + MARK)


def word_of_many_elements(path: Path) -> None:
    """Nested half a million deep, in 200 MB."""
    path.write_bytes(_package(b"<a>" * 500_000 + b" " * (150 * _MIB)) + MARK)


def xml_of_laughs(path: Path) -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 20))
    path.write_bytes(
        b'<?xml version="1.0"?><?mso-application progid="Word.Document"?>'
        b"<!DOCTYPE w:wordDocument [<!ENTITY l0 'ha'>" + levels.encode() + b"]>"
        b'<w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml">'
        b"<w:binData>&l19;</w:binData></w:wordDocument>" + MARK
    )


# Others.


def rtf_nested(path: Path) -> None:
    path.write_bytes(b"{\\rtf1" + b"{\\x" * 500_000 + b"{\\object{\\*\\objdata 0105" + MARK)


def rtf_of_objects(path: Path) -> None:
    """Twenty thousand objects that promise 4 GB each."""
    head = struct.pack("<III", 0x501, 2, 8) + b"Package\0" + struct.pack("<III", 0, 0, 0xFFFFFFF0)
    one = b"{\\object\\objemb{\\*\\objdata " + head.hex().encode() + b"4141}}"
    path.write_bytes(b"{\\rtf1" + one * 20_000 + b"}" + MARK)


def flash_bomb(path: Path) -> None:
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(bytes(_MIB)) for _ in range(300)) + packer.flush()
    path.write_bytes(b"CWS\x0a" + struct.pack("<I", 0xFFFFFFFF) + data)


def flash_of_lzma(path: Path) -> None:
    body = lzma.compress(bytes(200 * _MIB), lzma.FORMAT_ALONE, preset=0)
    head = struct.pack("<II", 0xFFFFFFFF, len(body) - 13)
    path.write_bytes(b"ZWS\x0d" + head + body[:5] + body[13:])


CASES = (
    Case("ole2-chains-in-a-circle", chains_in_a_circle, told="is damaged"),
    Case("ole2-directory-in-a-circle", directory_in_a_circle),
    Case("ole2-tables-in-a-circle", tables_in_a_circle),
    Case("ole2-streams-of-gigabytes", streams_of_gigabytes, told="MaxScanSize"),
    Case("pdf-of-many-filters", pdf_of_many_filters, found=False, told="MaxFileSize"),
    Case("pdf-of-many-streams", pdf_of_many_streams, found=False, told="MaxFiles"),
    Case("pdf-bombs", pdf_bombs, found=False, told="MaxScanSize"),
    Case("pdf-with-a-predictor-of-gigabytes", pdf_with_a_predictor_of_gigabytes, told="Predictor"),
    Case(
        "pdf-of-object-streams-in-a-circle", pdf_of_object_streams_in_a_circle, told="are not found"
    ),
    Case("pdf-of-tables-in-a-circle", pdf_of_tables_in_a_circle),
    Case("pdf-of-nested-arrays", pdf_of_nested_arrays),
    Case("pdf-of-filters-of-filters", pdf_of_filters_of_filters, told="is not decoded"),
    Case(
        "pdf-of-lengths-in-a-large-object",
        pdf_of_lengths_in_a_large_object,
        told="not all followed",
    ),
    Case(
        "pdf-of-an-object-stream-of-numbers",
        pdf_of_an_object_stream_of_numbers,
        told="MaxScriptNormalize",
    ),
    Case("pdf-of-launches", pdf_of_launches),
    Case("pdf-of-text-in-pieces", pdf_of_text_in_pieces),
    Case("pdf-of-lzw", pdf_of_lzw, found=False, told="MaxScanSize"),
    Case("word-of-laughs", word_of_laughs),
    Case("word-of-many-elements", word_of_many_elements, told="MaxFileSize"),
    Case("xml-of-laughs", xml_of_laughs, told="declares entities"),
    Case("rtf-nested", rtf_nested, told="ends inside"),
    Case("rtf-of-objects", rtf_of_objects),
    Case("flash-bomb", flash_bomb, found=False, told="MaxFileSize"),
    Case("flash-of-lzma", flash_of_lzma, found=False, told="MaxFileSize"),
)
