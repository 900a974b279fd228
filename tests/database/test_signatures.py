"""What comes out of an image is what went in: files, containers, order, names."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from nacre.database import Database, sources
from nacre.matching import Kind, Selection, View
from nacre.model.filetype import Target
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits
from nacre.model.options import ScanOptions

if TYPE_CHECKING:
    from pathlib import Path

DATA = b"\x00\x01\x00\x01 something binary \xff\xfe\x80" * 3
MD5 = hashlib.md5(DATA, usedforsecurity=False).hexdigest()
SHA256 = hashlib.sha256(DATA).hexdigest()


def names(database: Database, data: bytes = DATA, *, pua: bool = False) -> list[str]:
    selection = Selection(ScanOptions(all_match=True, detect_pua=pua), Limits())
    answer = database.image.scan(Fmap.from_bytes(data), View(Target.ANY, len(data)), selection)
    return [match.name for match in answer.matches if match.kind is Kind.HASH]


def test_the_eicar_test_file_is_found_by_body_and_by_hash() -> None:
    line = (sources.BUILTIN / "test.ndb").read_text().split("Eicar-Test-Signature:0:0:")[1]
    eicar = bytes.fromhex(line.split("\n")[0])
    selection = Selection(ScanOptions(), Limits())
    view = View(Target.ANY, len(eicar))
    answer = Database.builtin().image.scan(Fmap.from_bytes(eicar), view, selection)
    assert {(match.name, match.kind) for match in answer.matches} == {
        ("Eicar-Test-Signature", Kind.BODY),
        ("Eicar-Test-Signature", Kind.HASH),
    }


def test_a_loose_file_is_unofficial_and_a_container_is_not(folder: Path) -> None:
    line = f"{SHA256}:{len(DATA)}:Official-1\n".encode()
    header = "ClamAV-VDB:now:1:1:0:{}:X:builder:1"
    info = f"{header.format('X')}\nt.hsb:{len(line)}:{hashlib.sha256(line).hexdigest()}\nDSIG:x\n"
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in (("COPYING", b"x"), ("t.info", info.encode()), ("t.hsb", line)):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    body = gzip.compress(out.getvalue())
    digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
    (folder / "t.cvd").write_bytes(header.format(digest).encode().ljust(512) + body)
    (folder / "a.hdb").write_text(f"{MD5}:{len(DATA)}:Loose-1\n")
    assert names(Database.open(folder)) == ["Loose-1.UNOFFICIAL", "Official-1"]


def test_an_ignore_list_is_loaded_before_what_it_ignores(folder: Path) -> None:
    (folder / "a.hdb").write_text(f"{MD5}:{len(DATA)}:A\n{SHA256}:{len(DATA)}:B\n")
    assert names(Database.open(folder)) == ["A.UNOFFICIAL", "B.UNOFFICIAL"]
    (folder / "z.ign2").write_text("A\n")
    database = Database.open(folder)
    assert names(database) == ["B.UNOFFICIAL"]
    assert [(file.name, file.skipped) for file in database.record.files] == [
        ("z.ign2", 0),
        ("a.hdb", 1),
    ]


def test_one_image_serves_with_and_without_pua(folder: Path, builds: list[Path]) -> None:
    (folder / "a.hdb").write_text(f"{MD5}:{len(DATA)}:A\n")
    (folder / "b.hdu").write_text(f"{MD5}:{len(DATA)}:PUA.Win.B\n")
    database = Database.open(folder)
    assert names(database) == ["A.UNOFFICIAL"]
    assert "PUA.Win.B.UNOFFICIAL" in names(database, pua=True)
    assert len(builds) == 1


@pytest.mark.parametrize("suffix", ["fp", "sfp"])
def test_allowed_hashes_make_a_layer_trusted(folder: Path, suffix: str) -> None:
    (folder / f"b.{suffix}").write_text(f"{SHA256}:*:known-good:73\n")
    image = Database.open(folder).image
    assert image.trusted(Fmap.from_bytes(DATA))
    assert not image.trusted(Fmap.from_bytes(DATA[:-1]))


def test_a_database_without_magic_gets_the_builtin_one(folder: Path) -> None:
    builtin = len(Database.open(folder).image.magics())
    assert builtin > 10
    (folder / "a.ftm").write_text("0:0:504b0304:ZIP:CL_TYPE_ANY:CL_TYPE_ZIP\n")
    assert len(Database.open(folder).image.magics()) == 1
