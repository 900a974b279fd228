"""Perceptual hashes of pictures (`fuzzy_img#`): which, of what, and of what not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from compat.pair import Pair, only
from compat.program import QUIET, Program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_HASH = re.compile(r"Image hash: ([0-9a-f]{16})")
FORMS: Mapping[str, tuple[str, ...]] = {
    "grey.png": ("-colorspace", "Gray"),
    "palette.png": ("-colors", "7", "-type", "Palette"),
    "deep.png": ("-depth", "16"),
    "laced.png": ("-interlace", "PNG"),
    "clear.png": ("-alpha", "set", "-channel", "A", "-evaluate", "set", "40%"),
    "plain.gif": (),
    "laced.gif": ("-interlace", "GIF"),
    "plain.bmp": (),
    "packed.bmp": ("-type", "Palette", "-compress", "RLE"),
    "plain.jpg": ("-quality", "80"),
    "poor.jpg": ("-quality", "5", "-sampling-factor", "2x2"),
    "progressive.jpg": ("-interlace", "JPEG"),
    "print.jpg": ("-colorspace", "CMYK"),
    "lzw.tif": ("-compress", "LZW"),
    "zip.tif": ("-compress", "Zip", "-endian", "MSB"),
    "fax.tif": ("-monochrome", "-compress", "Group4"),
    "later.jp2": (),
}


def pictures(folder: Path) -> dict[str, bytes]:
    """A few scenes in every form, and cut ones."""
    convert = shutil.which("convert")
    if convert is None:
        pytest.skip("ImageMagick makes the pictures and is not installed")
    folder.mkdir()
    files: dict[str, bytes] = {}
    scenes = {
        "fade": ["-size", "70x50", "gradient:navy-orange"],
        "swirl": ["-size", "64x64", "plasma:red-green", "-swirl", "90"],
        "cloud": ["-size", "90x60", "plasma:fractal"],
        "tall": ["-size", "21x80", "plasma:fractal", "-paint", "3"],
        "flat": ["-size", "9x9", "xc:#35a06c"],
        "dot": ["-size", "1x1", "xc:#808080"],
    }
    for scene, made in scenes.items():
        for form, options in FORMS.items():
            path = folder / f"{scene}-{form}"
            subprocess.run([convert, "-seed", "7", *made, *options, str(path)], check=True)
            data = path.read_bytes()
            files[path.name] = data
            files[f"cut-{path.name}"] = data[: len(data) * 3 // 5]
    return files


def test_pictures_have_the_same_hash(pair: Pair, tmp_path: Path) -> None:
    """Each picture's hash as the peer prints it is a signature; each file alerts with the same."""
    files = pictures(tmp_path / "made")
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    database = tmp_path / "empty.ldb"
    database.write_text("None-1;Engine:51-255,Target:5;0;fuzzy_img#0123456789abcdef\n")
    argv = [*pair.peer.argv, *QUIET, "--debug", f"--database={database}"]
    seen = subprocess.run(
        [*argv, *(str(tmp_path / name) for name in files)], capture_output=True, check=False
    )
    hashes = sorted(set(_HASH.findall(seen.stderr.decode(errors="replace"))))
    assert len(hashes) > 20
    lines = [
        ("x.ldb", f"Picture-{number};Engine:51-255,Target:{5 * (number % 2)};0;fuzzy_img#{value}")
        for number, value in enumerate(hashes)
    ]
    found = pair.agree(lines, files, "--allmatch")
    assert sum(bool(names) for names in found.values()) > 50


def test_metadata_has_the_hash(pair: Pair, tmp_path: Path) -> None:
    files = pictures(tmp_path / "made")
    chosen = [name for name in files if name.startswith(("swirl-", "cut-tall-", "dot-"))]
    (tmp_path / "none.ndb").write_text("None-1:0:*:ffeeddccbbaa\n")
    for name in chosen:
        (tmp_path / name).write_bytes(files[name])
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for name in chosen:
            archive.write(tmp_path / name, name)
    for name in (*chosen, "all.zip"):
        theirs, mine = (
            _metadata(program, tmp_path / name, tmp_path / program.label)
            for program in (pair.peer, pair.ours)
        )
        assert theirs == mine, name


def _metadata(program: Program, path: Path, temporary: Path) -> list[object]:
    """What is said of the picture, or of each in an archive."""
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    options = ["--gen-json", "--leave-temps", f"--tempdir={temporary}"]
    program.scan(path.parent / "none.ndb", [path], *options)
    (written,) = temporary.glob("*/metadata.json")
    root = json.loads(written.read_text())
    said = [one.get("ImageFuzzyHash") for one in (root, *root.get("ContainedObjects", ()))]
    # The words of an error are the decoder's.
    return ["an error" if one and "Error" in one else one for one in said]


def test_expressions_with_pictures(pair: Pair, tmp_path: Path) -> None:
    files = pictures(tmp_path / "made")
    data = files["flat-plain.bmp"]
    mark = data[60:68].hex()
    probe = tmp_path / "probe"
    probe.write_bytes(data)
    database = tmp_path / "none.ldb"
    database.write_text("None-1;Engine:51-255,Target:5;0;fuzzy_img#0123456789abcdef\n")
    argv = [*pair.peer.argv, *QUIET, "--debug", f"--database={database}", str(probe)]
    seen = subprocess.run(argv, capture_output=True, check=False)
    (value,) = set(_HASH.findall(seen.stderr.decode(errors="replace")))
    mine, other = f"fuzzy_img#{value}", "fuzzy_img#fedcba9876543210"
    cases = {
        "One": ("0", mine),
        "Upper": ("0", f"fuzzy_img#{value.upper()}"),
        "Or": ("0|1", other, mine),
        "And": ("0&1", mine, mark),
        "Wrong": ("0&1", other, mark),
        "Absent": ("0=0&1", other, mark),
        "Present": ("0=0&1", mine, mark),
        "Nothing": ("0=0", other),
        "Twice": ("0>1", mine),
        "Sum": ("(0|1)>1", mine, mark),
    }
    lines = [
        ("x.ldb", f"{name}-{target};Engine:51-255,Target:{target};{';'.join(case)}")
        for name, case in cases.items()
        for target in (0, 5, 1)
    ]
    found = pair.agree(lines, {"file": data}, "--allmatch")
    assert "One-5" in found["file"]
    for option in ("--scan-image=no", "--scan-image-fuzzy-hash=no"):
        pair.agree(lines, {"file": data}, "--allmatch", option)
    assert pair.agree([*lines, ("daily.cfg", "OTHER:0xffffbfff")], {"file": data}, "--allmatch")
    one = [("x.ldb", f"One-5;Engine:51-255,Target:5;0;{mine}"), ("x.ndb", f"Body-1:0:*:{mark}")]
    assert pair.agree(one, {"file": data}) == {"file": only("Body-1")}
