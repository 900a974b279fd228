"""Lines that an image keeps as they are, and what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nacre.database import Database
from nacre.model.filetype import FileType
from nacre.model.switches import Switch
from nacre.signatures.phishing import (
    AllowedLink,
    ProtectedDomain,
    UrlHash,
    UrlList,
    parse_allowed,
    parse_protected,
)
from nacre.signatures.types.pwdb import Password, password

if TYPE_CHECKING:
    from pathlib import Path

HASH = "ab" * 32


def test_a_line_replaces_the_switches_of_its_category(folder: Path) -> None:
    (folder / "a.cfg").write_text("PE:0x0\n\n# a comment\nPE:0x10:1:255\nPE:0x0:1:20\nFOO:zz\n")
    switches = Database.open(folder).switches()
    assert switches.has(Switch.SECTION_HASHES)
    assert not switches.has(Switch.IMPORT_HASHES)
    assert switches.has(Switch.ZIP)
    assert switches.opens(FileType.ZIP)
    assert switches.opens(FileType.BINARY_DATA)


def test_without_a_setting_all_is_on_but_what_clamav_leaves_off(folder: Path) -> None:
    switches = Database.open(folder).switches()
    assert {switch for switch in Switch if not switches.has(switch)} == {
        Switch.SWIZZOR,
        Switch.JIT_ARM,
    }


def test_of_loose_files_only_daily_counts_with_official_signatures(folder: Path) -> None:
    (folder / "a.cfg").write_text("ARCHIVE:0x0\n")
    (folder / "daily.cfg").write_text("PE:0x0\n")
    database = Database.open(folder)
    assert not database.switches().opens(FileType.ZIP)
    official = database.switches(official_only=True)
    assert official.opens(FileType.ZIP)
    assert not official.has(Switch.ICONS)


def test_passwords_are_kept_as_values(folder: Path) -> None:
    (folder / "a.pwdb").write_text(
        "n;Engine:81-255,Container:CL_TYPE_ZIP;1;70617373\n"
        "new;Engine:300-400;0;pass\n"
        "m;Target:1;0;a b;more\n"
    )
    kept = Database.open(folder).image.kept("pwdb")
    assert [password(line.text) for line in kept] == [
        Password("n", b"pass", FileType.ZIP),
        Password("m", b"a b", FileType.ANY),
    ]
    assert {(line.file, line.official) for line in kept} == {("a.pwdb", False)}


def test_what_the_phishing_check_looks_up_is_kept_as_values(folder: Path) -> None:
    (folder / "a.pdb").write_text("H:example.com:17-\n\nR:.+\\.example\\.org([/?].*)?:17-300\n")
    (folder / "a.gdb").write_text(f"S1:F:{HASH}\nS:P:{HASH[:8]}\nS2:W:{HASH}:300-\nS3:W:{HASH}\n")
    (folder / "a.wdb").write_text("X:.+a\\.com:.+b\\.com:17-\nM:a.com:b.com\nY:.+a\\.com\n")
    image = Database.open(folder).image
    assert [parse_protected(line.text) for line in image.kept("pdb")] == [
        UrlHash(UrlList.BLOCKED, bytes.fromhex(HASH), is_prefix=False, is_allowed=False),
        UrlHash(UrlList.MALWARE, bytes.fromhex(HASH[:8]), is_prefix=True, is_allowed=False),
        UrlHash(UrlList.OTHER, bytes.fromhex(HASH), is_prefix=False, is_allowed=True),
        ProtectedDomain("example.com", is_regex=False),
        ProtectedDomain(".+\\.example\\.org([/?].*)?", is_regex=True),
    ]
    assert [parse_allowed(line.text) for line in image.kept("wdb")] == [
        AllowedLink(".+a\\.com:.+b\\.com", None, is_regex=True),
        AllowedLink("a.com", "b.com", is_regex=False),
        AllowedLink(".+a\\.com", None, is_regex=True, only_real=True),
    ]


def test_malformed_lines_are_told_by_number(folder: Path) -> None:
    (folder / "a.cfg").write_text("PE:0x1\nPE:zz\n")
    (folder / "a.pdb").write_text("R:abc.\nH:ok.com\nX:a:b\n")
    (folder / "a.pwdb").write_text("# nothing\n")
    files = {file.name: file for file in Database.open(folder).record.files}
    assert [(bad.line, bad.reason) for bad in files["a.cfg"].malformed] == [
        (2, "the flags are no number 0x…")
    ]
    assert [(bad.line, bad.reason) for bad in files["a.pdb"].malformed] == [
        (1, "the expression must end in fixed characters"),
        (3, "unknown kind of entry"),
    ]
    assert [(bad.line, bad.reason) for bad in files["a.pwdb"].malformed] == [(0, "no usable line")]


def test_other_types_keep_no_lines(folder: Path) -> None:
    with pytest.raises(ValueError, match="no type whose lines are kept"):
        Database.open(folder).image.kept("ndb")
