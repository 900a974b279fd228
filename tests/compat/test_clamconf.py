"""clamconf of both: the lines that programs parse."""

from __future__ import annotations

import shutil
import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PEER = "/usr/bin/clamconf"
OURS = (
    sys.executable,
    "-c",
    "import sys; from nacre.cli.main import clamconf; sys.exit(clamconf())",
)
NEWER = {
    "CVDCertsDirectory", "EnableReloadCommand", "EnableSelfCheckCommand", "EnableShutdownCommand",
    "EnableStatsCommand", "EnableVersionCommand", "FIPSCryptoHashLimits", "JsonStoreExtraHashes",
    "JsonStoreHTMLURIs", "JsonStorePDFURIs",
}  # fmt: skip
"""Options of 1.5."""
SHOWN_OTHERWISE = {"MaxScanTime", "NotifyClamd", "PreludeAnalyzerName"}
"""ClamAV shows 0 for the first, which then means 120000, and its own path for the second."""


def sections(command: tuple[str, ...], *arguments: str) -> dict[str, list[str]]:
    """What is printed, by heading."""
    done = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    found: dict[str, list[str]] = {}
    lines = done.stdout.splitlines()
    for title, line in pairwise(lines):
        if line and set(line) == {"-"}:
            found[title] = []
        elif found and title and set(title) != {"-"}:
            found[list(found)[-1]].append(title)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    if shutil.which(PEER) is None:
        pytest.skip("Debian's clamav is not installed")
    data = tmp_path / "data"
    data.mkdir()
    (data / "x.ndb").write_text("a:0:*:4141414141\n#\n\nb:0:*:4141414142\n")
    (data / "y.hdb").write_text("44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test\n")
    header = "ClamAV-VDB:20 Aug 2015 14-50 -0400:268:47:65:0:x:someone:1440096641"
    (data / "daily.cvd").write_text(header.ljust(512))
    (tmp_path / "clamd.conf").write_text(
        f"DatabaseDirectory {data}\nTCPSocket 3310\nExcludePath ^/a\nExcludePath ^/b\n"
        "LogTime yes\nMaxThreads 3\nScanPE no\nMaxFileSize 3M\nUser clamav\n"
    )
    (tmp_path / "freshclam.conf").write_text(
        f"DatabaseDirectory {data}\nDatabaseMirror a\nDatabaseMirror b\nScriptedUpdates no\n"
    )
    return tmp_path


@pytest.mark.parametrize("name", ["clamd.conf", "freshclam.conf"])
def test_options(folder: Path, name: str) -> None:
    ours, peer = (
        {
            line
            for line in sections(command, "-c", str(folder))[f"Config file: {name}"]
            if line.split()[0] not in NEWER | SHOWN_OTHERWISE
        }
        for command in (OURS, (PEER,))
    )
    assert ours == peer


@pytest.mark.parametrize("name", ["clamd.conf", "freshclam.conf"])
def test_what_differs_from_the_defaults(folder: Path, name: str) -> None:
    ours, peer = (
        set(sections(command, "-n", "-c", str(folder))[f"Config file: {name}"])
        for command in (OURS, (PEER,))
    )
    assert ours == peer


def test_databases(folder: Path) -> None:
    ours, peer = (
        sorted(sections(command, "-c", str(folder))["Database information"])
        for command in (OURS, (PEER,))
    )
    assert ours == peer


def test_platform(folder: Path) -> None:
    ours, peer = (
        sections(command, "-c", str(folder))["Platform information"] for command in (OURS, (PEER,))
    )
    assert ours[:3] == peer[:3]
    assert set(sections(OURS)) >= {"Software settings", "Build information"}


@pytest.mark.parametrize("name", ["clamd.conf", "freshclam.conf"])
def test_a_new_file_is_one_that_clamav_reads(folder: Path, name: str) -> None:
    made = subprocess.run([*OURS, "-g", name], capture_output=True, text=True, check=True).stdout
    assert "\nExample\n" in made
    lines = [line.lstrip("#") for line in made.replace("\nExample\n", "\n").splitlines()]
    valued = [line for line in lines if line[:1].isupper() and len(line.split()) == 2]
    known = [line for line in valued if line.split()[0] not in NEWER]
    assert len(known) > 15
    (folder / "new").mkdir()
    (folder / "new" / name).write_text("\n".join(known) + "\n")
    done = subprocess.run(
        [PEER, "-c", str(folder / "new")], capture_output=True, text=True, check=False
    )
    assert "ERROR" not in done.stderr, done.stderr


def test_what_is_wrong(folder: Path) -> None:
    (folder / "clamd.conf").write_text("Nonsense 1\n")
    for command in (OURS, (PEER,)):
        done = subprocess.run(
            [*command, "-c", str(folder)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0
        place = f"{folder}/clamd.conf:1"
        assert done.stderr == f"ERROR: Parse error at {place}: Unknown option Nonsense\n"
