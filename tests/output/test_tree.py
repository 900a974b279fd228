from __future__ import annotations

import base64
import io
import tarfile
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from nacre.database import Database
from nacre.engine import Scanner
from nacre.model.fmap import Fmap
from nacre.model.options import ScanOptions
from nacre.output.members import MemberLines, Tree

if TYPE_CHECKING:
    from pathlib import Path

PICTURE = "R0lGODlhAwACAPAAAP8AAAAA/yH5BAAAAAAALAAAAAADAAIAAAIDhIMFADs="
WORD = b"\0\1\0\1 a word to be found"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    path = tmp_path / "x.ndb"
    path.write_text(f"Word:0:*:{b'word to be found'.hex()}\nPUA.Page:3:*:{b'unwanted'.hex()}\n")
    return Database.open([path])


def nested() -> bytes:
    inner, out = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w") as archive:
        info = tarfile.TarInfo("word\udcff")
        info.size = len(WORD)
        archive.addfile(info, io.BytesIO(WORD))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.tar", inner.getvalue())
        packed.writestr("page.html", "<html><body>an unwanted page</body></html>" * 4)
    return out.getvalue()


def tree_of(
    database: Database, data: bytes, *, all_match: bool = True, **options: Any
) -> dict[str, Any]:
    tree = Tree()
    chosen = ScanOptions(strict=True, cache_size=0, all_match=all_match)
    scanner = Scanner(database, replace(chosen, **options))
    scanner.scan(Fmap.from_bytes(data), "x", tree)
    assert tree.root is not None
    return tree.root.record()


def test_pictures_have_their_hash(database: Database) -> None:
    picture = base64.b64decode(PICTURE)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.gif", picture)
        archive.writestr("cut.gif", picture[:20])
    root = tree_of(database, packed.getvalue(), gen_json=True)
    whole, cut = (member["ImageFuzzyHash"] for member in root["ContainedObjects"])
    assert {*whole} == {"Hash"}
    assert len(whole["Hash"]) == 16
    assert cut == {"Error": "not a picture that can be decoded"}
    assert tree_of(database, picture, gen_json=True)["ImageFuzzyHash"] == whole
    assert "ImageFuzzyHash" not in tree_of(database, picture)
    left_alone = {"gen_json": True, "scan_image_fuzzy_hash": False}
    assert "ImageFuzzyHash" not in tree_of(database, picture, **left_alone)


def test_members_nest_and_have_their_own_indicators(database: Database) -> None:
    root = tree_of(database, nested())
    tar, page = root["ContainedObjects"]
    assert (tar["FileName"], tar["FileType"]) == ("a.tar", "CL_TYPE_POSIX_TAR")
    assert len(tar["FileSHA2-256"]) == 64
    (word,) = tar["ContainedObjects"]
    assert word["FileName"] == "word\udcff"
    assert word["Indicators"] == [{"Name": "Word.UNOFFICIAL", "Type": "Strong", "Depth": 3}]
    # Found in its normalised copy, which is no object.
    assert page.keys() == {"FileName", "FileType", "FileSize", "FileSHA2-256", "Indicators"}
    assert {found["Type"] for found in page["Indicators"]} == {"PotentiallyUnwanted"}
    assert "Indicators" not in root


def test_what_is_embedded_has_a_place(database: Database) -> None:
    archive = nested()
    root = tree_of(database, b"\0\1\0\1" * 400 + archive)
    (embedded,) = (found for found in root["EmbeddedObjects"] if found["Offset"] == 1600)
    assert embedded["FileType"] == "CL_TYPE_ZIPSFX"
    assert embedded["ContainedObjects"][0]["FileName"] == "a.tar"


def test_a_scan_that_ends_early_leaves_a_whole_tree(database: Database) -> None:
    root = tree_of(database, nested(), all_match=False)
    (tar,) = root["ContainedObjects"]
    assert root["FileType"] == "CL_TYPE_ZIP"
    assert tar["ContainedObjects"][0]["FileType"] == "CL_TYPE_BINARY_DATA"


def test_members_are_told_with_their_way_down(database: Database) -> None:
    ways: list[tuple[str, ...]] = []
    lines = MemberLines(lambda layer: ways.append(layer.path()))
    scanner = Scanner(database, ScanOptions(strict=True, all_match=True))
    scanner.scan(Fmap.from_bytes(nested()), "x", lines)
    assert ways == [("a.tar",), ("a.tar", "word\udcff"), ("page.html",)]
