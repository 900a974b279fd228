"""The two programs under comparison, and the table that a comparison ends with."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compat.pair import Pair
from compat.program import Program
from daemon.conversation import make_tree
from serving import Daemon

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS = 20
TABLE = "compat-table"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("compat", "comparison with ClamAV")
    group.addoption("--compat-seeds", type=int, default=SEEDS, help="seeds of the language test")
    group.addoption("--compat-ours", help="the command compared with ClamAV's (nacre's clamscan)")
    group.addoption("--compat-row", action="append", default=[], help="only these rows")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.compat)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reports in terminalreporter.stats.values():
        for report in reports:
            for key, text in getattr(report, "user_properties", ()):
                if key == TABLE and getattr(report, "when", "") == "call":
                    terminalreporter.write_line(text)


@pytest.fixture(scope="session")
def seeds(pytestconfig: pytest.Config) -> int:
    return int(pytestconfig.getoption("--compat-seeds", SEEDS))


@pytest.fixture(scope="session")
def peer() -> Program:
    """Debian's clamscan; whatever else stands on PATH under that name is not asked."""
    path = shutil.which("/usr/bin/clamscan")
    if path is None:
        pytest.skip("Debian's clamscan is not installed (apt install clamav)")
    banner = subprocess.run([path, "-V"], capture_output=True, text=True, check=False).stdout
    if not banner.startswith("ClamAV 1.4."):
        pytest.skip(f"{path} is not ClamAV 1.4: {banner.strip()!r}")
    return Program("peer", (path,))


@pytest.fixture(scope="session")
def ours(pytestconfig: pytest.Config) -> Program:
    """nacre's clamscan: the console script beside this interpreter, unless another is named."""
    command = pytestconfig.getoption("--compat-ours", None)
    return Program("ours", (command or str(Path(sys.executable).with_name("clamscan")),))


@pytest.fixture
def pair(peer: Program, ours: Program, tmp_path: Path) -> Pair:
    return Pair(peer, ours, tmp_path)


@pytest.fixture(scope="module")
def daemons(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Daemon, Daemon]]:
    """Both clamd, ours and ClamAV's."""
    clamd = shutil.which("/usr/sbin/clamd")
    if clamd is None:
        pytest.skip("Debian's clamd is not installed (apt install clamav-daemon)")
    folder = tmp_path_factory.mktemp("clamd")
    with (
        Daemon(folder / "ours") as ours,
        Daemon(folder / "peer", "User root\n", (clamd,)) as peer,
    ):
        yield ours, peer


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files and folders to be scanned by path."""
    return make_tree(tmp_path_factory.mktemp("tree") / "root")
