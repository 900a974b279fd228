"""Objects inside layers, as Debian's clamscan finds them: every kind behind every carrier."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import partial
from typing import TYPE_CHECKING

import pytest
from objects import TEXT, carriers, objects, zipped

from nacre.database import Database
from nacre.filetype import Detector, embedded
from nacre.matching import Selection, View
from nacre.model.filetype import FileType, target_of
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits
from nacre.model.options import ScanOptions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = [
    pytest.mark.compat,
    pytest.mark.skipif(shutil.which("/usr/bin/clamscan") is None, reason="ClamAV is not installed"),
]

Objects = frozenset[tuple[str, int]]
_FOUND = re.compile(r"CL_TYPE_(\w+) signature found at (\d+)")
_OURS = "rar-5"
"""Its mark is only nacre's: differences.md, "RAR archives that ClamAV has no type for"."""
_BEFORE = {FileType.NULSFT: 4}
"""The peer tells where the mark is, and begins before it."""


@pytest.fixture(scope="module")
def builtin(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """A database that brings no magic of its own."""
    folder = tmp_path_factory.mktemp("database")
    (folder / "x.ndb").write_text("Never:0:*:6e6576657220746f20626520666f756e64\n")
    return Database.open(folder)


def ask_peer(files: Mapping[str, bytes], folder: Path) -> dict[str, Objects]:
    place = folder / "files"
    place.mkdir()
    (folder / "x.ndb").write_text("Never:0:*:6e6576657220746f20626520666f756e64\n")
    for name, data in files.items():
        (place / name).write_bytes(data)
    # Without the parsers, so that the log is about the outermost layer only.
    options = ("--scan-archive=no", "--scan-ole2=no", "--scan-pdf=no", "--scan-mail=no")
    run = subprocess.run(
        ["/usr/bin/clamscan", "--debug", "--bytecode=no", "-d", folder / "x.ndb", *options, place],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=100,
        check=False,
    )
    parts = run.stdout.decode("latin-1").split("Checking realpath of ")[1:]
    logs = {part.partition("\n")[0].rpartition("/")[2]: part for part in parts}
    return {
        name: frozenset((kind, int(at)) for kind, at in _FOUND.findall(logs[name]))
        for name in files
    }


def ask_nacre(data: bytes, database: Database) -> Objects:
    limits = Limits()
    selection = Selection(ScanOptions(), limits)
    image, layer = database.image, Fmap.from_bytes(data)
    detector = Detector(image.magics())
    current = detector.detect(layer, partial(image.type_hits, selection=selection))
    view = View(target_of(current), len(data), types=True)
    hits = image.scan(layer, view, selection).types
    return frozenset(
        (kind.value, offset + _BEFORE.get(kind, 0))
        for kind, offset in embedded(current, hits, layer, limits)
    )


def test_every_object_behind_every_carrier(builtin: Database, tmp_path: Path) -> None:
    made = objects(tmp_path)
    pairs = {
        f"{carrier}+{name}": before + data
        for carrier, before in carriers(made).items()
        for name, data in made.items()
        if name != _OURS
    }
    theirs = ask_peer(pairs, tmp_path)
    wrong = {
        pair: (theirs[pair], ours)
        for pair, data in pairs.items()
        if (ours := _told(ask_nacre(data, builtin))) != _told(theirs[pair])
    }
    assert not wrong
    assert sum(map(bool, theirs.values())) > 100


def _told(found: Objects) -> Objects:
    """Without what the peer's log does not tell, or tells at another place.

    PDF is not logged. What is inside an embedded program is found through that program.
    """
    programs = [at for kind, at in found if kind == "MSEXE"]
    within = min(programs, default=1 << 60)
    return frozenset(
        (kind, at)
        for kind, at in found
        if kind != "PDF" and not (programs and kind == "NULSFT") and at <= within
    )


def test_several_objects_in_one_layer(builtin: Database, tmp_path: Path) -> None:
    made = objects(tmp_path)
    text = b"some words on a line\n" * 70
    archives = [name for name in ("zip", "7z", "arj", "cab", "rar", "autoit-6") if name in made]
    layers = {
        "-".join(order): text + b"between".join(made[name] for name in order)
        for order in (
            archives,
            archives[::-1],
            archives[2:] + archives[:2],
            ["zip"] * 3,
            ["7z"] * 3,
        )
        if set(order) <= set(made)
    }
    layers["eleven"] = text + made["rar"] * 11
    layers["zips"] = text + zipped({"a": TEXT}) * 30
    layers["cut"] = text + made["cab"][:40]
    theirs = ask_peer(layers, tmp_path)
    for name, data in layers.items():
        assert ask_nacre(data, builtin) == theirs[name], name
