"""How much memory a scan and a compilation take, whatever the size of file and database.

The kernel refuses a process more private memory than RLIMIT_DATA, touched or not, so that what
passes here has not taken more at any time. The mapped image and the page cache do not count: they
are given up when somebody else needs the room.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

SCAN_LIMIT = 200 << 20
HOST_LIMIT = 320 << 20
"""What a host with 512 MB has left beside its system."""
GROW = Path(__file__).parents[3] / "shared" / "tools" / "grow_database.py"
SIGNATURES = 8_618_689
LIFTED = ["--max-filesize=0", "--max-scansize=0", "--max-scantime=0"]


def run(words: list[str], limit: int, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run nacre with `limit` bytes of private memory; keeps its images in `folder`."""
    return subprocess.run(
        [sys.executable, "-m", "nacre.cli.main", *words],
        env=os.environ | {"XDG_CACHE_HOME": str(folder / "cache")},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)),
    )


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(256 << 20, id="256MiB"),
        pytest.param(5 << 30, id="5GiB", marks=pytest.mark.slow),
    ],
)
@pytest.mark.timeout(900)
def test_a_file_larger_than_the_memory(size: int, tmp_path: Path) -> None:
    (tmp_path / "test.ndb").write_text("Evil:0:*:" + b"EVIL".hex() + "\n")
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(size)  # a hole, read and matched like any other bytes
        file.seek(-4, os.SEEK_END)
        file.write(b"EVIL")
    words = ["scan", "-j1", *LIFTED, "-d", str(tmp_path / "test.ndb"), str(path)]
    done = run(words, SCAN_LIMIT, tmp_path)
    assert done.stderr == ""
    assert done.stdout.startswith(f"{path}: ALERT Evil.UNOFFICIAL\n")
    assert done.returncode == 1


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_small_host_compiles_the_largest_database(tmp_path: Path) -> None:
    if not GROW.exists():
        pytest.skip(f"no {GROW}, which makes the database")
    database = tmp_path / "database"
    subprocess.run([sys.executable, str(GROW), str(database)], check=True, capture_output=True)
    done = run(["db", "compile", str(database)], HOST_LIMIT, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{SIGNATURES} signatures compiled into ")
    (image,) = (database / ".nacre").glob("*.image")
    assert image.stat().st_size < 400_000_000
    clean = tmp_path / "clean"
    clean.write_bytes(b"\0\1\0\1 nothing here")
    done = run(["scan", "-v", "-j1", "-d", str(database), str(clean)], HOST_LIMIT, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{clean}: clean\n" in done.stdout
