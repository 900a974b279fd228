"""Archives that hold themselves, each other, or more than there is."""

from __future__ import annotations

import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from itertools import accumulate
from typing import TYPE_CHECKING

import alz
import egg
from formats.cabinets import Folder, cabinet, stored
from hostile.case import MARK, Case, deflated_zeros

if TYPE_CHECKING:
    from pathlib import Path

_MIB = 1 << 20


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def zip_like_42(path: Path) -> None:
    """Five levels of sixteen zips each, 96 MiB of zeros at the bottom."""
    size = 96 * _MIB
    raw, check = deflated_zeros(size), zlib.crc32(bytes(size))
    data = _alike(raw, size, check)
    for _ in range(4):
        packer = zlib.compressobj(9, wbits=-15)
        raw = packer.compress(data) + packer.flush()
        data = _alike(raw, len(data), zlib.crc32(data))
    path.write_bytes(data)


def _alike(raw: bytes, size: int, check: int) -> bytes:
    """A zip of sixteen members that hold the same."""
    names = [b"%d" % number for number in range(16)]
    members = [_local(name, size, raw, crc=check) for name in names]
    starts = list(accumulate(map(len, members), initial=0))
    entries = b"".join(
        _central(name, size, len(raw), at, crc=check)
        for name, at in zip(names, starts, strict=False)
    )
    return b"".join(members) + entries + _end(len(names), len(entries), starts[-1])


def zip_in_zip(path: Path) -> None:
    data = MARK * 3
    for _ in range(200):
        data = _zip({"next": data})
    path.write_bytes(data)


def zip_of_many_members(path: Path) -> None:
    path.write_bytes(_zip({f"{number}": b"member %d" % number for number in range(30_000)}))


def _local(name: bytes, size: int, raw: bytes, method: int = 8, crc: int = 0) -> bytes:
    sizes = struct.pack("<III2H", crc, len(raw), size, len(name), 0)
    return struct.pack("<4s5H", b"PK\3\4", 20, 0, method, 0, 0) + sizes + name + raw


def _central(name: bytes, size: int, packed: int, offset: int, crc: int = 0) -> bytes:
    head = struct.pack("<4s6H3I", b"PK\1\2", 20, 20, 0, 8, 0, 0, crc, packed, size)
    return head + struct.pack("<5H2I", len(name), 0, 0, 0, 0, 0, offset) + name


def _end(count: int, size: int, offset: int) -> bytes:
    told = min(count, 65_535)
    return struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, told, told, size, offset, 0)


def zip_of_members_over_each_other(path: Path) -> None:
    """Fifield's full overlap: three thousand entries for one body."""
    packer = zlib.compressobj(9, wbits=-15)
    raw = packer.compress(bytes(20 * _MIB)) + packer.flush()
    body = _local(b"0", 20 * _MIB, raw)
    entries = b"".join(_central(b"0", 20 * _MIB, len(raw), 0) for _ in range(3000))
    path.write_bytes(body + entries + _end(3000, len(entries), len(body)))


def zip_of_quoted_headers(path: Path) -> None:
    """Fifield's quoted overlap: each member holds the header of the next, and all behind it."""
    packer = zlib.compressobj(9, wbits=-15)
    kernel = packer.compress(bytes(5 * _MIB)) + packer.flush()
    files = [(b"0", 5 * _MIB, kernel)]
    for number in range(1, 400):
        name, size, raw = files[0]
        header = _local(name, size, raw)[: 30 + len(name)]
        quoted = struct.pack("<BHH", 0, len(header), len(header) ^ 0xFFFF) + header
        files.insert(0, (b"%d" % number, size + len(header), quoted + raw))
    data = bytearray()
    entries = bytearray()
    for name, size, raw in files:
        entries += _central(name, size, len(raw), len(data))
        head = _local(name, size, raw)
        # What is quoted is the next member's own header: only the first bytes are this one's.
        data += head[: 30 + len(name)] + (b"" if raw is kernel else raw[:5])
    data += kernel
    path.write_bytes(bytes(data + entries) + _end(len(files), len(entries), len(data)))


def zip_that_lies_about_sizes(path: Path) -> None:
    """4 GB promised, a few bytes there, and nothing that can be decoded."""
    body = _local(b"huge", 0xFFFFFFF0, b"\xff" * 50)
    entries = _central(b"huge", 0xFFFFFFF0, 0xFFFFFFF0, 0)
    path.write_bytes(body + entries + _end(1, len(entries), len(body)) + MARK)


def zip_without_a_directory(path: Path) -> None:
    """A million local headers of nothing."""
    path.write_bytes(_local(b"x", 0, b"", 0) * 400_000)


def zip_with_a_directory_of_millions(path: Path) -> None:
    """Entries that all lead to a place where there is nothing."""
    entries = _central(b"x", 10, 10, 0xFFFFFF00) * 100_000
    body = _local(b"x", len(MARK), MARK, 0)
    path.write_bytes(body + entries + _end(65_535, len(entries), len(body)))


def tar_of_many_members(path: Path) -> None:
    with tarfile.open(path, "w") as archive:
        for number in range(30_000):
            archive.addfile(tarfile.TarInfo(f"{number}"))
            member = tarfile.TarInfo(f"x{number}")
            member.size = 12
            archive.addfile(member, io.BytesIO(b"member %05d" % number))


def _tar_header(name: bytes, size: bytes) -> bytes:
    head = bytearray(512)
    head[: len(name)] = name
    head[100:108] = b"0000644\0"
    head[124 : 124 + len(size)] = size
    head[148:156] = b" " * 8
    head[156:157] = b"0"
    head[257:263] = b"ustar\0"
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head)


def tar_of_petabytes(path: Path) -> None:
    """A size in base 256 that no disk holds."""
    path.write_bytes(_tar_header(b"huge", b"\x80" + (1 << 60).to_bytes(11, "big")) + MARK)


def tar_in_tar(path: Path) -> None:
    data = MARK * 3
    for _ in range(100):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as archive:
            member = tarfile.TarInfo("next")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        data = out.getvalue()
    path.write_bytes(data)


def cpio_of_names_that_lie(path: Path) -> None:
    """Every header promises a name of 4 GB."""
    head = b"070701" + b"00000001" * 6 + b"FFFFFFFF" + b"0" * 32 + b"FFFFFFFF" + b"0" * 8
    path.write_bytes(head * 100 + MARK)


def ar_of_sizes_that_lie(path: Path) -> None:
    head = b"name/           0           0     0     100644  9999999999`\n"
    path.write_bytes(b"!<arch>\n" + head * 50 + MARK)


def cabinet_of_sizes_that_lie(path: Path) -> None:
    """A file of 2 GB in a folder of some bytes; many more in a folder that is not there."""
    data = bytearray(cabinet([Folder(0, stored(MARK * 10), [(b"a", len(MARK) * 10)])]))
    path.write_bytes(data[: len(data) // 2])


def seven_zip_of_counts_that_lie(path: Path) -> None:
    """A header with 2^62 files, streams and coders."""
    header = b"\x01\x04\x06\x00" + b"\xff" * 9 + b"\x09" + b"\xff" * 9 + b"\x05" + b"\xff" * 9
    start = struct.pack("<QQI", 0, len(header), zlib.crc32(header))
    path.write_bytes(
        b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + header + MARK
    )


def _seven_zip(packed: bytes, size: int) -> bytes:
    """One file of one stream of LZMA2."""

    def number(value: int) -> bytes:
        return b"\xff" + struct.pack("<Q", value)

    name = b"\0n\0e\0x\0t\0\0\0"
    packs = b"\x06" + number(0) + b"\x01\x09" + number(len(packed)) + b"\0"
    folders = b"\x07\x0b\x01\0\x01\x21\x21\x01\x18\x0c" + number(size) + b"\0"
    files = b"\x05\x01\x11" + number(len(name)) + name + b"\0"
    header = b"\x01\x04" + packs + folders + b"\0" + files + b"\0"
    start = struct.pack("<QQI", len(packed), len(header), zlib.crc32(header))
    magic = b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start))
    return magic + start + packed + header


def _lzma2(data: bytes) -> bytes:
    return lzma.compress(data, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 0}])


def seven_zip_bomb(path: Path) -> None:
    """300 MB of zeros."""
    path.write_bytes(_seven_zip(_lzma2(bytes(300 * _MIB)), 300 * _MIB))


def seven_zip_in_seven_zip(path: Path) -> None:
    """A hundred deep."""
    data = MARK * 3
    for _ in range(100):
        data = _seven_zip(_lzma2(data), len(data))
    path.write_bytes(data)


def seven_zip_of_a_large_dictionary(path: Path) -> None:
    """A window of 4 GiB, less a byte."""
    data = _seven_zip(_lzma2(MARK * 3), len(MARK) * 3)
    path.write_bytes(data.replace(b"\x21\x21\x01\x18", b"\x21\x21\x01\x28", 1))


def rar_of_sizes_that_lie(path: Path) -> None:
    """A stored member of 2^62 bytes (RAR 5), and headers that never end."""

    def vint(value: int) -> bytes:
        out = bytearray()
        while value > 0x7F:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        return bytes([*out, value])

    def block(body: bytes) -> bytes:
        whole = vint(len(body)) + body
        return struct.pack("<I", zlib.crc32(whole)) + whole

    size = 1 << 62
    file = (
        vint(2)
        + vint(2)
        + vint(size)
        + vint(0)
        + vint(size)
        + vint(0)
        + vint(0)
        + vint(1)
        + vint(1)
        + b"x"
    )
    path.write_bytes(b"Rar!\x1a\7\1\0" + block(vint(1) + vint(0) + vint(0)) + block(file) + MARK)


def arj_of_sizes_that_lie(path: Path) -> None:
    def header(body: bytes) -> bytes:
        return (
            b"\x60\xea"
            + struct.pack("<H", len(body))
            + body
            + struct.pack("<IH", zlib.crc32(body), 0)
        )

    main = bytes([30, 1, 1, 0, 0, 0, 2, 0]) + bytes(22) + b"\0\0"
    file = (
        bytes([30, 1, 1, 0, 0, 1, 0, 0])
        + struct.pack("<III", 0, 0xFFFFFFF0, 0xFFFFFFF0)
        + bytes(10)
        + b"x\0\0"
    )
    path.write_bytes(header(main) + header(file) + b"\xff" * 100 + MARK)


def lha_of_sizes_that_lie(path: Path) -> None:
    body = b"-lh5-" + struct.pack("<IIIBB", 0x7FFFFFFF, 0x7FFFFFFF, 0, 0x20, 0) + b"\1x" + b"\0\0"
    path.write_bytes(bytes([len(body), sum(body) & 0xFF]) + body + b"\xff" * 200 + MARK)


def alz_bomb(path: Path) -> None:
    path.write_bytes(alz.archive(*(alz.member(b"%d" % n, bytes(30 * _MIB), 2) for n in range(20))))


def egg_bomb(path: Path) -> None:
    content = bytes(30 * _MIB)
    files = (egg.file(b"%d" % n, len(content), egg.block(content)) for n in range(20))
    path.write_bytes(egg.archive(*files))


CASES = (
    Case("zip-like-42", zip_like_42, found=False, told="MaxScanSize"),
    Case("zip-in-zip", zip_in_zip, found=False, told="MaxRecursion"),
    Case("zip-of-many-members", zip_of_many_members, found=False, told="MaxFiles"),
    Case(
        "zip-of-members-over-each-other",
        zip_of_members_over_each_other,
        found=False,
        told="of a member that another has",
    ),
    Case("zip-of-quoted-headers", zip_of_quoted_headers, found=False, told="members overlap"),
    Case("zip-that-lies-about-sizes", zip_that_lies_about_sizes, told="is damaged"),
    Case("zip-without-a-directory", zip_without_a_directory, found=False, told="only the first"),
    Case(
        "zip-with-a-directory-of-millions",
        zip_with_a_directory_of_millions,
        told="point to no member",
    ),
    Case("tar-of-many-members", tar_of_many_members, found=False, told="MaxFiles"),
    Case("tar-of-petabytes", tar_of_petabytes, told="bytes promised"),
    Case("tar-in-tar", tar_in_tar, told="MaxRecursion"),
    Case("cpio-of-names-that-lie", cpio_of_names_that_lie, told="bytes wanted"),
    Case("ar-of-sizes-that-lie", ar_of_sizes_that_lie, told="bytes promised"),
    Case("cabinet-of-sizes-that-lie", cabinet_of_sizes_that_lie, told="its data ends early"),
    Case("seven-zip-of-counts-that-lie", seven_zip_of_counts_that_lie, told="of header"),
    Case("seven-zip-bomb", seven_zip_bomb, found=False, told="MaxFileSize"),
    Case("seven-zip-in-seven-zip", seven_zip_in_seven_zip, found=False, told="MaxRecursion"),
    Case("seven-zip-of-a-large-dictionary", seven_zip_of_a_large_dictionary),
    Case("rar-of-sizes-that-lie", rar_of_sizes_that_lie, told="damaged or cut"),
    Case("arj-of-sizes-that-lie", arj_of_sizes_that_lie, told="MaxScanSize"),
    Case("lha-of-sizes-that-lie", lha_of_sizes_that_lie, told="MaxScanSize"),
    Case("alz-bomb", alz_bomb, found=False, told="MaxScanSize"),
    Case("egg-bomb", egg_bomb, found=False, told="MaxScanSize"),
)
