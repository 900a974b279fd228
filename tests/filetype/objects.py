"""Objects that stand behind other data, made by the programs that make them where there are any."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import struct
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT = b"a member that says what it holds, again and again\n" * 9
STUBS = Path("/usr/share/nsis/Stubs")
SCRIPT = (
    'OutFile "made"\nSetCompressor {}\nSection\nSetOutPath $TEMP\nFile "member.txt"\nSectionEnd\n'
)


def zipped(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("member.txt")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def cabinet() -> bytes:
    """MS-CAB 2: header, one folder, one file, one stored block."""
    name = b"member.txt\0"
    file = struct.pack("<IIHHHH", len(TEXT), 0, 0, 0x21, 0, 0x20) + name
    block = struct.pack("<IHH", 0, len(TEXT), len(TEXT)) + TEXT
    folder = struct.pack("<IHH", 36 + 8 + len(file), 1, 0)
    size = 36 + len(folder) + len(file) + len(block)
    header = struct.pack("<4sIIIIIBB5H", b"MSCF", 0, size, 0, 44, 0, 3, 1, 1, 1, 0, 7, 0)
    return header + folder + file + block


def _made(folder: Path, suffix: str, *command: str) -> bytes | None:
    if shutil.which(command[0]) is None:
        return None
    (folder / "member.txt").write_bytes(TEXT)
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (folder / f"made{suffix}").read_bytes()


def objects(folder: Path) -> dict[str, bytes]:
    """All objects that can be made here."""
    made = {
        "7z": _made(folder, ".7z", "7z", "a", "made.7z", "member.txt"),
        "arj": _made(folder, ".arj", "arj", "a", "-y", "made.arj", "member.txt"),
        "zip": _made(folder, ".zip", "zip", "-q", "made.zip", "member.txt"),
        "cab": cabinet(),
        "rar": b"Rar!\x1a\x07\0" + bytes.fromhex("cf907300000d00000000000000") + bytes(30),
        "rar-5": b"Rar!\x1a\x07\1\0" + bytes(60),
        "pdf": b"%PDF-1.4\n1 0 obj\n<</Type /Catalog>>\nendobj\ntrailer <</Root 1 0 R>>\n%%EOF\n",
        "egg": b"EGGA\0\1\x11\x22\x33\x44" + bytes(40),
        "autoit-5": bytes.fromhex("a3484bbe986c4aa9994c530a86d6487d4155332145413035") + bytes(99),
        "autoit-6": bytes.fromhex("a3484bbe986c4aa9994c530a86d6487d4155332145413036") + bytes(99),
        "ishield": b"InstallShield\0".ljust(306, b"\1") + b"\6" + bytes(19) + b"\1" + bytes(99),
        "gz": gzip.compress(TEXT),
        "xz": lzma.compress(TEXT),
        "tar": tarred(TEXT),
        "swf": b"FWS\x05" + bytes(40),
    }
    for method in ("zlib", "lzma", "/SOLID bzip2"):
        (folder / "made.nsi").write_text(SCRIPT.format(method))
        made[f"nsis-{method.split()[-1]}"] = _made(folder, "", "makensis", "-V1", "made.nsi")
    stub = STUBS / "zlib-x86-ansi"
    made["program"] = stub.read_bytes()[:20_000] if stub.exists() else None
    return {name: data for name, data in made.items() if data is not None}


def carriers(made: Mapping[str, bytes]) -> dict[str, bytes]:
    """What objects stand behind; each longer than the first 1024 bytes that decide its type."""
    room = bytes(1500)
    names = ("gz", "xz", "arj", "7z", "cab", "rar", "swf", "egg")
    return {
        "text": b"some words on a line\n" * 70,
        "script": b"#!/bin/sh\necho some words\n" * 60,
        "binary": (b"\0\1\0\1" + bytes(range(256))) * 6,
        "utf-16": b"\xff\xfe" + "some words ".encode("utf-16-le") * 90,
        "rtf": b"{\\rtf1 " + b"words " * 300,
        "postscript": b"%!PS-Adobe-3.0\n" + b"words " * 300,
        "pdf": made["pdf"] + b"words " * 300,
        "png": b"\x89PNG\r\n\x1a\n" + room,
        "gif": b"GIF89a" + room,
        "jpeg": b"\xff\xd8\xff\xe0" + room,
        "bmp": b"BM" + room,
        "riff": b"RIFF" + room,
        "java": b"\xca\xfe\xba\xbe\0\0\0\x34" + room,
        "lnk": bytes.fromhex("4c0000000114020000000000c000000000000046") + room,
        "chm": b"ITSF" + room,
        "tnef": b"\x78\x9f\x3e\x22" + room,
        "ole2": bytes.fromhex("d0cf11e0a1b11ae1") + room,
        "elf": Path("/bin/true").read_bytes(),
        "bzip2": bz2.compress(TEXT) + room,
        "zip": made.get("zip", b"PK\3\4") + b"",
        "tar": made["tar"],
        **{name: made[name] + room for name in names if name in made},
        **({"program": made["program"]} if "program" in made else {}),
    }
