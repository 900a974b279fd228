"""One payload in every container that Debian's programs and Python make.

The payload is a megabyte that packs well and stands nowhere as it is: what only stores gets it
compressed. `python tests/compat/containers.py` scans all with nacre and, where it is installed, with
ClamAV, and writes the table in docs/containers.md. What a machine lacks the program for is left out.
"""

# ruff: noqa: E501 (tables)

from __future__ import annotations

import base64
import binascii
import bz2
import hashlib
import importlib
import io
import lzma
import quopri
import random
import re
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

Maker = Callable[[bytes, Path], bytes]
"""From the payload, in an empty folder."""

NAME = "payload.txt"
SIZE = 1 << 20


def payload() -> bytes:
    """Words in random order, the same every time."""
    rng = random.Random(4)  # noqa: S311  repeatable, no secret
    words = [
        bytes(rng.choices(b"abcdefghijklmnopqrstuvwxyz", k=rng.randrange(3, 9))) for _ in range(800)
    ]
    return b" ".join(rng.choices(words, k=SIZE // 5))[:SIZE]


def shell(command: str) -> Maker:
    """A command that makes `out` from the file `payload.txt`, both in the working folder."""

    def make(data: bytes, folder: Path) -> bytes:
        (folder / NAME).write_bytes(data)
        subprocess.run(
            ["/bin/sh", "-ec", command], cwd=folder, check=True, capture_output=True, timeout=120
        )
        return (folder / "out").read_bytes()

    return make


def zipped(method: int) -> Maker:
    def make(data: bytes, _: Path) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            archive.writestr(NAME, data)
        return out.getvalue()

    return make


def zip_of(names: dict[str, bytes]) -> Maker:
    """A zip with the payload under the last name, as office programs write them."""

    def make(data: bytes, _: Path) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in names.items():
                archive.writestr(name, text or data)
        return out.getvalue()

    return make


HEAD = (
    b"From: a@example.org\nTo: b@example.org\nSubject: x\nDate: Thu, 26 Nov 2026 00:00:00 +0000\n"
    b"MIME-Version: 1.0\n"
)


def mailed(encoding: str, encode: Callable[[bytes], bytes]) -> Maker:
    def make(data: bytes, _: Path) -> bytes:
        part = (
            b"Content-Type: application/octet-stream; name=payload.txt\n"
            b"Content-Transfer-Encoding: " + encoding.encode() + b"\n\n" + encode(data)
        )
        text = b"--B\nContent-Type: text/plain\n\nhello\n--B\n" + part + b"\n--B--\n"
        return HEAD + b"Content-Type: multipart/mixed; boundary=B\n\n" + text

    return make


def pdf(filters: str, encode: Callable[[bytes], bytes]) -> Maker:
    def make(data: bytes, _: Path) -> bytes:
        body = encode(data)
        stream = b"<</Type/EmbeddedFile/Filter%s/Length %d>>stream\n" % (
            filters.encode(),
            len(body),
        )
        return (
            b"%PDF-1.5\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]"
            b"/Count 0>>\nendobj\n3 0 obj\n" + stream + body + b"\nendstream\nendobj\n"
            b"trailer<</Root 1 0 R/Size 4>>\n%%EOF\n"
        )

    return make


def rtf(data: bytes, _: Path) -> bytes:
    package = (
        b"\x02\0payload.txt\0C:\\payload.txt\0\0\0\x03\0" + (15).to_bytes(4, "little")
        + b"C:\\payload.txt\0" + len(data).to_bytes(4, "little") + data
    )  # fmt: skip
    ole = (
        b"\x01\x05\0\0\x02\0\0\0\x08\0\0\0Package\0\0\0\0\0\0\0\0\0"
        + len(package).to_bytes(4, "little") + package
    )  # fmt: skip
    lines = re.sub(rb"(.{128})", rb"\1\n", ole.hex().encode())
    return b"{\\rtf1\\ansi{\\object\\objemb{\\*\\objdata " + lines + b"}}}"


def swf(data: bytes, compress: str) -> bytes:
    """A Flash film around one tag of binary data."""
    tag = (87 << 6 | 0x3F).to_bytes(2, "little") + (len(data) + 6).to_bytes(4, "little") + bytes(6)
    body = b"\x08\x00\x00\x01\x01\x00" + tag + data + b"\0\0"
    size = (len(body) + 8).to_bytes(4, "little")
    if compress == "C":
        return b"CWS\x0a" + size + zlib.compress(body)
    packed = lzma.compress(body, lzma.FORMAT_ALONE)
    return b"ZWS\x0e" + size + (len(packed) - 13).to_bytes(4, "little") + packed[:5] + packed[13:]


def data_uri(data: bytes, _: Path) -> bytes:
    return b'<html><img src="data:image/png;base64,' + base64.b64encode(data) + b'"></html>'


SEVEN = "7zz a -bso0 -bsp0 -t7z -mx=5"
ZIP7 = "7zz a -bso0 -bsp0 -tzip"
SHELL = {
    # Streams.
    "gzip": "gzip -nc payload.txt > out",
    "bzip2": "bzip2 -c payload.txt > out",
    "xz": "xz -c payload.txt > out",
    "xz-x86": "xz -c --x86 --lzma2 payload.txt > out",
    "xz-delta": "xz -c --delta=dist=4 --lzma2 payload.txt > out",
    "lzma": "xz --format=lzma -c payload.txt > out",
    "zstd": "zstd -qc payload.txt > out",
    "zstd-long": "zstd -qc -19 --long=27 payload.txt > out",
    "lz4": "lz4 -qc payload.txt > out",
    "lz4-legacy": "lz4 -qlc payload.txt > out",
    "lzip": "lzip -c payload.txt > out",
    "lzop": "lzop -c payload.txt > out",
    "lzop-9": "lzop -9c payload.txt > out",
    "compress": "compress -c payload.txt > out",
    # Zip by other programs.
    "zip": "zip -q out.zip payload.txt; mv out.zip out",
    "zip-bzip2": "zip -q -Z bzip2 out.zip payload.txt; mv out.zip out",
    "zip-streamed": "zip -q - payload.txt | cat > out",
    "zip-deflate64": f"{ZIP7} -mm=Deflate64 out.zip payload.txt; mv out.zip out",
    "zip-ppmd": f"{ZIP7} -mm=PPMd out.zip payload.txt; mv out.zip out",
    "zip-lzma": f"{ZIP7} -mm=LZMA out.zip payload.txt; mv out.zip out",
    "zip-xz": f"{ZIP7} -mm=xz out.zip payload.txt; mv out.zip out",
    # 7z: methods and filters.
    **{
        f"7z-{name.lower()}": f"{SEVEN} {method} out.7z payload.txt; mv out.7z out"
        for name, method in {
            "LZMA": "-m0=LZMA", "LZMA2": "-m0=LZMA2", "PPMd": "-m0=PPMd", "BZip2": "-m0=BZip2",
            "Deflate": "-m0=Deflate", "Deflate64": "-m0=Deflate64", "BCJ": "-m0=BCJ -m1=LZMA2",
            "BCJ2": "-m0=BCJ2 -m1=LZMA -m2=LZMA -m3=LZMA -mb0:1 -mb0s1:2 -mb0s2:3",
            "ARM": "-m0=ARM -m1=LZMA2", "ARMT": "-m0=ARMT -m1=LZMA2", "PPC": "-m0=PPC -m1=LZMA2",
            "ARM64": "-m0=ARM64 -m1=LZMA2", "RISCV": "-m0=RISCV -m1=LZMA2",
            "SPARC": "-m0=SPARC -m1=LZMA2", "IA64": "-m0=IA64 -m1=LZMA2",
            "Delta": "-m0=Delta:4 -m1=LZMA2", "two": "-m0=LZMA2 -m1=BZip2",
            "Swap4": "-m0=Swap4 -m1=LZMA2", "plain-header": "-m0=LZMA2 -mhc=off",
        }.items()
    },
    "7z-solid": f"{SEVEN} -ms=on out.7z payload.txt /etc/passwd; mv out.7z out",
    # Other archives.
    "iso-zisofs": "xorriso -outdev out -map payload.txt /a.txt -set_filter --zisofs /a.txt --",
    "arj": "arj a -y out.arj payload.txt; mv out.arj out",
    **{f"arj-{m}": f"arj a -y -m{m} out.arj payload.txt; mv out.arj out" for m in (2, 3, 4)},
    **{
        f"lha-{m}-{level}": f"jlha aqo{m}{level} out.lzh payload.txt; mv out.lzh out"
        for m in (5, 6, 7)
        for level in (0, 1, 2)
    },
    "cab": "gcab -zcn out.cab payload.txt; mv out.cab out",
    "arc": "arc aq out.arc payload.txt; mv out.arc out",
    "tar-gzip": "tar czf out payload.txt",
    "tar-bzip2": "tar cjf out payload.txt",
    "tar-xz": "tar cJf out payload.txt",
    "tar-zstd": "tar -I zstd -cf out payload.txt",
    "tar-lzip": "tar --lzip -cf out payload.txt",
    "tar-lzop": "tar --lzop -cf out payload.txt",
    "tar-compress": "tar -Zcf out payload.txt",
    "cpio-gzip": "printf payload.txt | cpio -o -H newc --quiet | gzip > out",
    "wim-xpress": "wimcapture payload.txt out --compress=XPRESS --quiet || "
    "{ mkdir d; mv payload.txt d; wimcapture d out --compress=XPRESS; }",
    "wim-lzx": "mkdir d; mv payload.txt d; wimcapture d out --compress=LZX",
    "wim-pipable": "mkdir d; mv payload.txt d; wimcapture d out --pipable --compress=LZX",
    "wim-lzms": "mkdir d; mv payload.txt d; wimcapture d out --solid --compress=LZMS",
    **{
        f"squashfs-{comp}": f"mksquashfs payload.txt out -quiet -no-progress -comp {comp}"
        for comp in ("gzip", "lzo", "lz4", "xz", "zstd", "lzma")
    },
    "shar": "gzip payload.txt; shar -q payload.txt.gz > out",
    "shar-plain": "bzip2 payload.txt; shar -q payload.txt.bz2 > out",
    "nsis": "printf 'SetCompressor zlib\\nOutFile out\\nSection\\nFile payload.txt\\nSectionEnd\\n'"
    " > a.nsi; makensis -V0 a.nsi",
    "nsis-bzip2": "printf 'SetCompressor bzip2\\nOutFile out\\nSection\\nFile payload.txt\\n"
    "SectionEnd\\n' > a.nsi; makensis -V0 a.nsi",
    "nsis-lzma": "printf 'SetCompressor lzma\\nOutFile out\\nSection\\nFile payload.txt\\nSectionEnd\\n'"
    " > a.nsi; makensis -V0 a.nsi",
    "nsis-solid": "printf 'SetCompressor /SOLID lzma\\nOutFile out\\nSection\\nFile payload.txt\\n"
    "SectionEnd\\n' > a.nsi; makensis -V0 a.nsi",
    "nsis-solid-zlib": "printf 'SetCompressor /SOLID zlib\\nOutFile out\\nSection\\n"
    "File payload.txt\\nSectionEnd\\n' > a.nsi; makensis -V0 a.nsi",
    "deb-xz": "mkdir -p d/DEBIAN d/usr; mv payload.txt d/usr; printf 'Package: x\\nVersion: 1\\n"
    "Architecture: all\\nMaintainer: x <x@example.org>\\nDescription: x\\n' > d/DEBIAN/control; "
    "dpkg-deb -b -Zxz d out",
    "deb-gzip": "mkdir -p d/DEBIAN d/usr; mv payload.txt d/usr; printf 'Package: x\\nVersion: 1\\n"
    "Architecture: all\\nMaintainer: x <x@example.org>\\nDescription: x\\n' > d/DEBIAN/control; "
    "dpkg-deb -b -Zgzip d out",
    "deb-zstd": "mkdir -p d/DEBIAN d/usr; mv payload.txt d/usr; printf 'Package: x\\nVersion: 1\\n"
    "Architecture: all\\nMaintainer: x <x@example.org>\\nDescription: x\\n' > d/DEBIAN/control; "
    "dpkg-deb -b -Zzstd d out",
    **{
        f"rpm-{name}": "mkdir -p d/usr/share; mv payload.txt d/usr/share; "
        "printf 'Name: x\\nVersion: 1\\nRelease: 1\\nSummary: x\\nLicense: x\\nBuildArch: noarch\\n"
        "%%description\\nx\\n%%files\\n/usr/share/payload.txt\\n' > x.spec; "
        "rpmbuild -bb --quiet --define \"_topdir $PWD/t\" --define '_binary_payload " + how + "' "
        '--define "buildroot $PWD/d" --buildroot "$PWD/d" --noclean x.spec; mv t/RPMS/*/*.rpm out'
        for name, how in {"gzip": "w9.gzdio", "bzip2": "w9.bzdio", "xz": "w6.xzdio", "zstd": "w3.zstdio"}.items()
    },
    "sfx-zip": "zip -q a.zip payload.txt; cat /bin/true a.zip > out",
    "gif-zip": "zip -q a.zip payload.txt; printf 'GIF89a\\1\\0\\1\\0\\0\\0\\0;' | cat - a.zip > out",
    "binhex": "gzip payload.txt; binhex -d payload.txt.gz > out",
    "uuencode": "uuencode payload.txt < payload.txt > out",
    "msi": "gzip payload.txt; msibuild out.msi -a data payload.txt.gz; mv out.msi out",
}  # fmt: skip

PYTHON: dict[str, Maker] = {
    "zip-python": zipped(zipfile.ZIP_DEFLATED),
    "zip-python-bzip2": zipped(zipfile.ZIP_BZIP2),
    "zip-python-lzma": zipped(zipfile.ZIP_LZMA),
    "docx": zip_of({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<x/>", "word/media/a.bin": b""}),
    "xlsx": zip_of({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<x/>", "xl/media/a.bin": b""}),
    "pptx": zip_of({"[Content_Types].xml": b"<Types/>", "ppt/presentation.xml": b"<x/>", "ppt/media/a.bin": b""}),
    "odt": zip_of({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>", "Object": b""}),
    "jar": zip_of({"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n", "A.class": b""}),
    "gzip-two": lambda data, _: zlib_gzip(data[: SIZE // 2]) + zlib_gzip(data[SIZE // 2 :]),
    "bzip2-two": lambda data, _: bz2.compress(data[: SIZE // 2]) + bz2.compress(data[SIZE // 2 :]),
    "mail-base64": mailed("base64", base64.encodebytes),
    "mail-quoted-printable": mailed("quoted-printable", lambda data: quopri.encodestring(data, quotetabs=True)),
    "page-base64": lambda data, _: written(b"<script>save(atob('%s'))</script>", base64.b64encode(zipped(zipfile.ZIP_DEFLATED)(data, _))),
    "script-base64": lambda data, _: written(b'x = "%s"', b'" & _\r\n    "'.join(lines(base64.b64encode(zlib_gzip(data)), 76))),
    "script-hexadecimal": lambda data, _: written(b'puts ["%s"].pack("H*")', zipped(zipfile.ZIP_DEFLATED)(data, _).hex().encode()),
    "script-numbers": lambda data, _: written(b"[byte[]]$x = %s", b",".join(b"%d" % byte for byte in zipped(zipfile.ZIP_DEFLATED)(data, _))),
    "mail-uuencode": lambda data, _: HEAD + b"\n" + uuencoded(data),
    "mail-nested": lambda data, folder: HEAD
    + b"Content-Type: message/rfc822\n\n" + mailed("base64", base64.encodebytes)(data, folder),
    "mailbox": lambda data, folder: b"From x Thu Nov 26 00:00:00 2026\n"
    + mailed("base64", base64.encodebytes)(data, folder),
    "pdf-flate": pdf("/FlateDecode", zlib.compress),
    "pdf-hex": pdf("/ASCIIHexDecode", lambda data: data.hex().encode() + b">"),
    "pdf-ascii85": pdf("/ASCII85Decode", lambda data: base64.a85encode(data, adobe=True)),
    "pdf-chain": pdf("[/ASCII85Decode/FlateDecode]", lambda data: base64.a85encode(zlib.compress(data), adobe=True)),
    "pdf-escaped": pdf("/Fl#61teDecode", zlib.compress),
    "rtf": rtf,
    "swf-zlib": lambda data, _: swf(data, "C"),
    "swf-lzma": lambda data, _: swf(data, "Z"),
    "html-data": data_uri,
}  # fmt: skip

STORED = {
    # What only stores is given a compressed payload, `payload.txt` being that.
    "tar-ustar": "tar --format=ustar -cf out payload.txt",
    "tar-gnu": "tar --format=gnu -cf out payload.txt",
    "tar-pax": "tar --format=pax -cf out payload.txt",
    "tar-v7": "tar --format=v7 -cf out payload.txt",
    **{
        f"cpio-{form}": f"printf payload.txt | cpio -o -H {form} --quiet > out"
        for form in ("bin", "odc", "newc", "crc")
    },
    "ar": "ar rc out payload.txt",
    "iso": "genisoimage -quiet -o out payload.txt",
    "iso-joliet": "genisoimage -quiet -J -o out payload.txt",
    "iso-rock-ridge": "genisoimage -quiet -R -o out payload.txt",
    "iso-udf": "genisoimage -quiet -udf -o out payload.txt",
    "iso-xorriso": "xorriso -as mkisofs -quiet -o out payload.txt",
    "iso-hfsplus": "xorriso -as mkisofs -quiet -hfsplus -o out payload.txt",
    "zip-stored": "zip -q -0 out.zip payload.txt; mv out.zip out",
    "7z-copy": f"{SEVEN} -m0=Copy out.7z payload.txt; mv out.7z out",
    "cab-stored": "gcab -cn out.cab payload.txt; mv out.cab out",
    "arj-stored": "arj a -y -m0 out.arj payload.txt; mv out.arj out",
    "lha-stored": "jlha aqz out.lzh payload.txt; mv out.lzh out",
    "script-tar": "printf '#!/bin/sh\\ntail -n +3 \"$0\" | tar x\\n' > out; tar cf - payload.txt >> out",
    "fat": "mkfs.fat -C out 8192; mcopy -i out payload.txt ::",
    "fat32": "mkfs.fat -F 32 -C out 40960; mcopy -i out payload.txt ::",
    "ntfs": "truncate -s 8M out; mkntfs -F -q out; ntfscp -q -f out payload.txt /payload.txt",
    "vhdx-ntfs": "truncate -s 8M p; mkntfs -F -q p; ntfscp -q -f p payload.txt /payload.txt; qemu-img convert -f raw -O vhdx p out",
    "ext2": "mkdir d; mv payload.txt d; mke2fs -q -t ext2 -d d out 8M",
    "ext3": "mkdir d; mv payload.txt d; mke2fs -q -t ext3 -d d out 16M",
    "ext4": "mkdir d; mv payload.txt d; mke2fs -q -t ext4 -d d out 16M",
    "wim-stored": "mkdir d; mv payload.txt d; wimcapture d out --compress=none",
    "mbr-fat": "mkfs.fat -C p 8192; mcopy -i p payload.txt ::; head -c 1048576 /dev/zero > out; "
    "cat p >> out; printf '2048,16384,6\\n' | sfdisk -q out",
    "gpt-fat": "mkfs.fat -C p 8192; mcopy -i p payload.txt ::; head -c 1048576 /dev/zero > out; "
    "cat p >> out; head -c 1048576 /dev/zero >> out; "
    "printf 'label: gpt\\nstart=2048, size=16384\\n' | sfdisk -q out",
    "squashfs-stored": "mksquashfs payload.txt out -quiet -no-progress -noD -noF",
    **{
        name: f"mkfs.fat -C p 8192; mcopy -i p payload.txt ::; qemu-img convert -f raw {words} p out"
        for name, words in (
            ("vhd", "-O vpc"), ("vhdx", "-O vhdx"), ("vdi", "-O vdi"), ("qcow2", "-O qcow2"),
            ("qcow2-compressed", "-c -O qcow2"), ("vmdk", "-O vmdk"),
            ("vmdk-exchange", "-O vmdk -o subformat=streamOptimized"),
        )
    },
}  # fmt: skip
INNER = ("gzip", "bzip2", "xz", "zstd")


def zlib_gzip(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(data) + packer.flush()


def lines(text: bytes, width: int) -> list[bytes]:
    return [text[at : at + width] for at in range(0, len(text), width)]


def written(text: bytes, literal: bytes) -> bytes:
    """A script with a file in it."""
    return b"// a script\n" + text % literal + b";\n"


def uuencoded(data: bytes) -> bytes:
    lines = (binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45))
    return b"begin 644 payload.txt\n" + b"".join(lines) + b"`\nend\n"


def rar(version: str, *, solid: bool = False) -> Maker:
    def make(data: bytes, _: Path) -> bytes:
        rars = importlib.import_module("rars")  # not everywhere
        builder = rars.RarBuilder(getattr(rars, version), solid=solid)
        builder.add_bytes(b"another member", "first.txt")
        builder.add_bytes(data, NAME)
        return bytes(builder.to_bytes())

    return make


def rar_stream(version: str) -> Maker:
    """An alternate stream of the first file."""

    def make(data: bytes, folder: Path) -> bytes:
        streams = importlib.import_module("formats.rar_streams")  # in the folder of the tests
        return bytes(streams.with_stream(rar(version)(data, folder)))

    return make


def inno(method: str) -> Maker:
    def make(data: bytes, _: Path) -> bytes:
        made = importlib.import_module("inno")  # in the folder of the tests
        return bytes(made.setup([[made.File("{app}\\" + NAME, data)]], getattr(made, method)))

    return make


def ace(method: str) -> Maker:
    def make(data: bytes, _: Path) -> bytes:
        made = importlib.import_module("ace")
        packed = made.lz77(data) if method == "LZ77" else made.blocked([((2, 1), data)])
        return bytes(made.archive([made.File(NAME, data, getattr(made, method), packed)]))

    return make


ENCODED: dict[str, Maker] = {
    **{f"inno-{method.lower()}": inno(method) for method in ("ZLIB", "BZIP2", "LZMA", "LZMA2")},
    **{f"{version.lower()}-stream": rar_stream(version) for version in ("RAR40", "RAR50")},
    **{f"ace-{method.lower()}": ace(method) for method in ("LZ77", "BLOCKED")},
}
"""By the encoders of other tests."""


def makers() -> Iterator[tuple[str, Maker]]:
    """Name and maker, chains last."""
    for name, command in SHELL.items():
        yield name, shell(command)
    for name, make in PYTHON.items():
        yield name, make
    for version in (
        "RAR13",
        "RAR14",
        "RAR15",
        "RAR20",
        "RAR29",
        "RAR30",
        "RAR40",
        "RAR50",
        "RAR70",
    ):
        yield version.lower(), rar(version)
        yield f"{version.lower()}-solid", rar(version, solid=True)
    yield from ENCODED.items()
    for name, command in STORED.items():
        for inner in INNER if name in ("tar-ustar", "iso", "zip-stored") else INNER[:1]:
            yield f"{name}({inner})", chain(shell(command), shell(SHELL[inner]))
    chains = (
        "zip",
        "7z-lzma2",
        "tar-gzip",
        "mail-base64",
        "lha-5-1",
        "cab",
        "docx",
        "pdf-flate",
        "arj",
    )
    known = {name: shell(command) for name, command in SHELL.items()} | PYTHON
    for outer in chains:
        for inner in chains:
            if outer != inner:
                yield f"{outer}({inner})", chain(known[outer], known[inner])
    deep = ("zip", "tar-xz", "7z-bzip2", "mail-base64", "gzip")
    yield "(".join(deep) + ")" * (len(deep) - 1), chain(*(known[name] for name in deep))


def chain(outer: Maker, *inner: Maker) -> Maker:
    def make(data: bytes, folder: Path) -> bytes:
        for number, maker in enumerate([*reversed(inner), outer]):
            place = folder / str(number)
            place.mkdir()
            data = maker(data, place)
        return data

    return make


def build(folder: Path) -> tuple[list[str], dict[str, str]]:
    """Make every container as a file of `folder`; the names, and why others are missing."""
    data = payload()
    made: list[str] = []
    missing: dict[str, str] = {}
    for name, make in makers():
        with tempfile.TemporaryDirectory() as place:
            try:
                packed = make(data, Path(place))
            except (subprocess.SubprocessError, OSError, ImportError) as error:
                detail = getattr(error, "stderr", b"") or str(error).encode()
                missing[name] = detail.decode(errors="replace").strip().splitlines()[-1][:80]
                continue
        assert data not in packed, name
        (folder / name).write_bytes(packed)
        made.append(name)
    return made, missing


def line() -> str:
    """The signature of the payload."""
    return f"{hashlib.sha256(payload()).hexdigest()}:{SIZE}:Payload:73\n"


def page(found: dict[str, tuple[bool, bool]]) -> str:
    """The table: which of nacre and ClamAV finds the payload in each."""
    words = ("no", "yes")
    rows = "".join(
        f"| {name} | {words[ours]} | {words[peer]} |\n"
        for name, (ours, peer) in sorted(found.items())
    )
    counts = [sum(side) for side in zip(*found.values(), strict=True)]
    return PAGE_HEAD.format(all=len(found), ours=counts[0], peer=counts[1]) + rows


PAGE = Path(__file__).parents[2] / "docs" / "containers.md"
PAGE_HEAD = """# What is found in which container

Made by `python tests/compat/containers.py`: a megabyte of text, packed by Debian's programs, by
Python, by `rars` and (Inno Setup, ACE) by `tests/inno.py` and `tests/ace.py`, and a signature that is only its hash. a(b) is b inside a. Of {all} containers
nacre finds the text in {ours}, ClamAV 1.4.6 (Debian's, which cannot open RAR) in {peer}.

| container | nacre | ClamAV |
|---|---|---|
"""


def found_by(program: str, database: Path, folder: Path) -> set[str]:
    """The files in which a clamscan finds the payload."""
    command = [program, "--no-summary", "--database", str(database), "--recursive", str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = (text.rpartition(": ") for text in run.stdout.splitlines())
    return {Path(name).name for name, _, verdict in lines if verdict == "Payload.UNOFFICIAL FOUND"}


def main() -> None:
    """Make, scan, write the table."""
    sys.path.append(str(Path(__file__).parents[1]))
    with tempfile.TemporaryDirectory() as place:
        folder, database = Path(place, "files"), Path(place, "a.hsb")
        folder.mkdir()
        database.write_text(line())
        made, missing = build(folder)
        ours = found_by(str(Path(sys.executable).with_name("clamscan")), database, folder)
        peer = found_by("/usr/bin/clamscan", database, folder)
    PAGE.write_text(page({name: (name in ours, name in peer) for name in made}))
    sys.stdout.write(f"{len(made)} made, {len(ours)} found, ClamAV {len(peer)}\n{missing}\n")


if __name__ == "__main__":
    main()
