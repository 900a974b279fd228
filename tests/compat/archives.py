"""Archives around a few bytes, made by the programs and modules that users make them with."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

Packer = Callable[[bytes], bytes]


def zipped(*members: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, data in enumerate(members):
            info = zipfile.ZipInfo(f"folder/member{number}")
            info.compress_type = method
            archive.writestr(info, data)
    return out.getvalue()


def tarred(*members: bytes, form: int = tarfile.GNU_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for number, data in enumerate(members):
            info = tarfile.TarInfo(f"folder/member{number}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def sevenzipped(*members: bytes, switches: tuple[str, ...] = ()) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for number, data in enumerate(members):
            (place / f"member{number}").write_bytes(data)
        names = sorted(path.name for path in place.iterdir())
        command = ["7zz", "a", "-bd", "-mmt1", *switches, "out.7z", *names]
        subprocess.run(command, cwd=place, capture_output=True, check=True)
        return (place / "out.7z").read_bytes()


def piped(*command: str) -> Packer:
    """A program that reads what is to be packed and writes it packed."""
    return lambda data: subprocess.run(command, input=data, capture_output=True, check=True).stdout


PACKERS: dict[str, Packer] = {
    "zip": zipped,
    "zip-stored": lambda data: zipped(data, method=zipfile.ZIP_STORED),
    "zip-bzip2": lambda data: zipped(data, method=zipfile.ZIP_BZIP2),
    "zip-two": lambda data: zipped(b"another member", data),
    "gzip": gzip.compress,
    "gzip-two": lambda data: gzip.compress(b"first of two") + gzip.compress(data),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "xz-program": piped("xz", "-0", "-c"),
    "gzip-program": piped("gzip", "-9", "-c"),
    "bzip2-program": piped("bzip2", "-1", "-c"),
    "tar": tarred,
    "tar-ustar": lambda data: tarred(data, form=tarfile.USTAR_FORMAT),
    "tar-pax": lambda data: tarred(data, form=tarfile.PAX_FORMAT),
    "tar-two": lambda data: tarred(b"another member", data),
    "7z": sevenzipped,
    "7z-two": lambda data: sevenzipped(b"another member", data),
    "7z-lzma-plain-header": lambda data: sevenzipped(data, switches=("-m0=LZMA", "-mhc=off")),
    "7z-ppmd": lambda data: sevenzipped(data, switches=("-m0=PPMd",)),
}
"""Packers that the peer opens as well."""
