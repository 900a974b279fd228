"""Types as Debian's clamscan names them, over made heads and the machine's own files."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from ftm_reference import magics, searcher

from nacre.filetype import Detector
from nacre.model.fmap import Fmap

pytestmark = [
    pytest.mark.compat,
    pytest.mark.skipif(shutil.which("/usr/bin/clamscan") is None, reason="ClamAV is not installed"),
]

DETECTOR = Detector(magics())
SEARCH = searcher()
SWITCHES = (
    "archive", "pe", "elf", "mail", "ole2", "pdf", "swf", "html", "xmldocs", "hwp3", "onenote",
    "image", "image-fuzzy-hash",
)  # fmt: skip
"""Parsers are off: only the recognition is asked for."""


def ask_peer(heads: list[bytes], folder: Path) -> list[str]:
    (folder / "db").mkdir()
    (folder / "db" / "x.hdb").write_text("44d88612fea8a8f36de82e1278abb02f:68:x\n")
    paths = [folder / f"{number:06}" for number in range(len(heads))]
    for path, head in zip(paths, heads, strict=True):
        path.write_bytes(head)
    (folder / "list").write_text("".join(f"{path}\n" for path in paths))
    off = [f"--scan-{name}=no" for name in SWITCHES]
    command: list[str | Path] = [
        "/usr/bin/clamscan",
        "--debug",
        "--gen-json",
        "-d",
        folder / "db",
        "-f",
        folder / "list",
        *off,
    ]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100, check=False
    )
    parts = re.split(r"Checking realpath of .*/\d{6}\n", done.stdout.decode("latin-1"))[1:]
    assert len(parts) == len(heads)
    return [_type_in(part) for part in parts]


def _type_in(text: str) -> str:
    start = text.find("{\n")
    if start < 0:
        return "CL_TYPE_IGNORED"
    answer, _ = json.JSONDecoder().raw_decode(text, start)
    name = answer["FileType"]
    assert isinstance(name, str)
    return name


PIECES = [
    b"<html>", b"<HTML>", b"<a ", b"HREF", b"href", b"<img", b"%PDF-1.4", b"<xdp:xdp", b"PK\3\4",
    b"\xef\xbe\xad\xdeNullsoftInst", b"\0BEA01", b"MZ", b"z" * 60, b"PE\0\0", b"\nFrom: ",
    b"\nMIME-Version: ", b"\nContent-Type: ", b"\nReceived: ", b"Delivered-To:", b"\1CD001",
    b'<?xml version="1.0"', b"<Workbook", b"\r\n", b"hello ", b"\0", b"\0\1", b"\xff\xfe",
    b"\xfe\xff", b"<\0h\0t\0m\0l\0>\0", b"\0<\0h\0t\0m\0l\0>", b"x\r\r\n", b"From ", b"begin ",
    b"-lh5-", b"\x19\4\0\x10", b"\xca\xfe\xba\xbe\0\0\0\x31", b"\x7f", b"\x0b", b"\xff\xfe\0\0",
]  # fmt: skip
TAILS = [b"zz zz zz zz", b"\0\1zz\0\1\0\1\0\1", b"z" * 600 + b"\x55\xaa" + b"\0" * 500, b"z" * 1100]


def test_made_heads(tmp_path: Path) -> None:
    chance = random.Random(6)  # noqa: S311 - a fixed choice of cases, no secret
    heads = [
        b"".join(chance.choices(PIECES, k=chance.randrange(1, 8))) + chance.choice(TAILS)
        for _ in range(600)
    ]
    heads += [chance.randbytes(chance.choice([6, 7, 30, 1023, 1024, 1025])) for _ in range(100)]
    alphabet = [0, 1, 0x61, 0x7F, 0x0B, 0xFE, 0xFF]
    heads += [bytes(chance.choices(alphabet, k=chance.randrange(6, 30))) for _ in range(300)]
    compare(heads, tmp_path)


def test_files_of_this_machine(tmp_path: Path) -> None:
    files = [
        Path(folder, name)
        for top in ("/usr/bin", "/usr/lib/python3", "/usr/share/doc")
        for folder, _, names in os.walk(top)
        for name in names
    ]
    chance = random.Random(6)  # noqa: S311 - a fixed choice of files, no secret
    chosen = chance.sample(sorted(files), min(600, len(files)))
    heads = [path.read_bytes()[:8192] for path in chosen if path.is_file()]
    # A zip cut at 8192 bytes has lost the directory that would tell a document.
    compare([head for head in heads if head[:2] != b"PK"], tmp_path)


def compare(heads: list[bytes], folder: Path) -> None:
    theirs = ask_peer(heads, folder)
    ours = [DETECTOR.detect(Fmap.from_bytes(head), SEARCH).clamav_name for head in heads]
    wrong = [
        (head[:80], mine, other)
        for head, mine, other in zip(heads, ours, theirs, strict=True)
        if mine != other
    ]
    assert not wrong
    assert len(set(theirs)) > 3
