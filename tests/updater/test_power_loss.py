"""The power goes at any moment of three updates: scanners find all of one of them."""

from __future__ import annotations

import random
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import feeds
import powerloss
from nacre.cvd import Container
from nacre.cvd.verify import verify
from nacre.updater.generations import Generations

if TYPE_CHECKING:
    from updating import Host

pytestmark = pytest.mark.enable_socket

UPDATER = """
import sys
from pathlib import Path
folder, served, url, tests = sys.argv[1:]
sys.path.insert(0, tests)
import feeds
from nacre.feed.mirror import Mirror
from nacre.transport.http import Terms
from nacre.updater import update
from nacre.updater.options import Options
from updating import Heard
update.tried = lambda *_: 1  # another process, which writes nothing that must stay
update.settle = lambda _: None
for version, scripted in ((2, True), (3, False), (4, True)):
    for name in ("daily", "main"):
        feeds.step(Path(served, f"{name}-{version}.cdiff"), name, version)
        feeds.database(Path(served, f"{name}.cvd"), version)
    outcome = update.update(
        Options(
            directory=Path(folder),
            databases=("daily", "main"),
            customs={},
            mirrors=(Mirror(url, private=False),),
            record=None,
            scripted=scripted,
            packed=False,
            attempts=1,
            restricted=False,
            terms=Terms("test"),
            keys=feeds.KEYS,
            pause=0,
        ),
        Heard(),
    )
    assert outcome.activated
"""


def version_in(folder: Path) -> int:
    """Of all databases, which must be whole and of one update."""
    versions = {}
    for path in folder.iterdir():
        if path.suffix in {".cvd", ".cld"}:
            assert path.exists(), f"{path.name} leads nowhere"
            assert path.stem not in versions, f"two of {path.stem}"
            assert not (path.suffix == ".cvd" and path.resolve().suffix == ".cld")
            versions[path.stem] = verify(path, feeds.KEYS).version
            assert Container.open(path).header.version == versions[path.stem]
    assert set(versions) == {"daily", "main"}
    assert len(set(versions.values())) == 1, "not all of one update"
    return versions["daily"]


def test_whenever_the_power_goes(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("daily", "main"):
        host.offer(1, name)
    monkeypatch.setattr("nacre.updater.update.settle", lambda _: None)
    host.update(databases=("daily", "main"))
    disk = powerloss.Disk(host.folder)
    where = [str(host.folder), str(host.mirror.folder), host.mirror.url]
    tests = str(Path(__file__).parents[1])
    command = [sys.executable, "-c", UPDATER, *where, tests]
    calls = powerloss.traced(command, tmp_path / "trace")
    rng = random.Random(7)  # noqa: S311 - no secret
    left, safest, moments = tmp_path / "left", 1, 0
    for call in calls:
        if not disk.do(call) or call.name in {"write", "copy_file_range"}:
            continue
        moments += 1
        found = []
        for chance in (0.0, 1.0) if moments % 2 else (0.0, 0.5):
            disk.left(left, chance, rng)
            found.append(version_in(left))
            Generations(left).mend()
            assert version_in(left) >= found[-1]
            shutil.rmtree(left)
        assert min(found) >= safest, "older than before"
        safest = max(safest, found[0])
    assert disk.same(host.folder)
    assert safest == version_in(host.folder) == 4
    assert moments > 100
