"""Installers: what they carry is found under the same names, behind a program."""

from __future__ import annotations

import hashlib
import random
import struct
from pathlib import Path

import pytest

from compat.pair import Pair, only
from formats import autoit_files as autoit
from formats.installshield_files import entry
from nacre.codecs.autoit import script_text
from nacre.model.budget import Budget
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

SAMPLES = Path(__file__).parents[2] / "samples"
PEER_FILES = Path("/usr/share/clamav-testfiles")
PROGRAM = (SAMPLES / "executable/pe/32-bit.in").read_bytes()
CLAM_EXE = ("clam.hdb", "aa15bcf478d165efd2065190eb473bcb:544:Clam.Exe")
NEW = {"nsis-zlib-solid"}
"""What the peer does not open: docs/design/differences.md."""


def test_files_of_the_peer(pair: Pair) -> None:
    if not PEER_FILES.exists():
        pytest.skip("clamav-testfiles is not installed")
    names = (
        "clam-nsis.exe", "clam.ea05.exe", "clam.ea06.exe",
        "clam_IScab_ext.exe", "clam_IScab_int.exe", "clam_ISmsi_ext.exe", "clam_ISmsi_int.exe",
    )  # fmt: skip
    files = {name: (PEER_FILES / name).read_bytes() for name in names}
    assert set(pair.agree([CLAM_EXE], files).values()) == {only("Clam.Exe")}


def test_samples(pair: Pair) -> None:
    """One text of the samples is in many of them; the peer finds none that nacre does not."""
    text = b"one.txt, line 7 of a short text"
    files = {
        f"{kind}-{sample.stem}": PROGRAM + sample.read_bytes()
        for kind in ("nsis", "autoit", "installshield")
        for sample in sorted((SAMPLES / "installer" / kind).glob("*.in"))
    }
    for sample in ("installshield", "installshield-cut"):
        data = (SAMPLES / f"executable/pe/{sample}.in").read_bytes()
        files[f"executable-{sample}"] = data
    line = ("a.ndb", f"Text-1:0:*:{text.hex()}")
    for name, (peer, ours) in pair.both([line], files).items():
        assert peer <= ours, name
        assert peer == ours or name in NEW or "cut" in name or "damaged" in name, name


def test_members_of_a_list(pair: Pair) -> None:
    names = {"first.ini": 4, "second.exe": 50, "third": 0}
    listed = b"".join(entry(name.encode(), b"x" * size) for name, size in names.items())
    lines = [
        *(f"*:*:{name}:{size}:{size}:*:*:*:*" for name, size in names.items()),
        *(f"CL_TYPE_MSEXE:*:*:*:*:*:{position}:*:*" for position in range(4)),
        *(f"*:*:{name}:*:*:1:*:*:*" for name in names),
    ]
    signatures = [("a.cdb", f"N-{number}:{line}") for number, line in enumerate(lines)]
    found = pair.agree(signatures, {"list": PROGRAM + listed + bytes(99)}, "--allmatch")
    assert all(len(names) > 3 for names in found.values())


def _token(chance: random.Random) -> bytes:
    code = chance.choice((0, 1, 5, 0x10, 0x20, *range(0x30, 0x38), *range(0x40, 0x59)))
    if code in (0, 1):
        return struct.pack("<BI", code, chance.randrange(45))
    if code in (0x05, 0x10):
        return bytes([code]) + chance.randbytes(4 if code == 0x05 else 8)
    if code == 0x20:
        return struct.pack("<Bd", code, chance.uniform(-1, 1) * 10 ** chance.randint(-20, 20))
    if code < 0x40:
        wide = chance.random() / 2
        characters = "".join(
            chr(chance.randrange(0x100, 0xD000) if chance.random() < wide else 97)
            for _ in range(chance.randrange(20))
        )
        return autoit.text(code, characters)
    return bytes([code])


def test_text_of_scripts(pair: Pair) -> None:
    """Byte for byte: the peer's answer to hashes of what nacre makes of random scripts."""
    chance = random.Random(2205)  # noqa: S311 - not a secret
    files, lines = {}, []
    for number in range(60):
        script = autoit.tokens(
            *(b"".join(_token(chance) for _ in range(9)) for _ in range(chance.randint(1, 9)))
        )
        made = script_text(Fmap.from_bytes(script), Budget(Limits())).data
        text = made.read(0, len(made))
        digest = hashlib.sha256(text).hexdigest()
        lines.append(("a.hsb", f"{digest}:{len(text)}:N-{number}"))
        member = autoit.member(6, autoit.SCRIPT, "x", script)
        files[f"script-{number}"] = PROGRAM + autoit.compiled(6, member)
    found = pair.agree(lines, files)
    assert found == {f"script-{number}": only(f"N-{number}") for number in range(60)}
