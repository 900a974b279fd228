"""Debian's freshclam and clamscan, and cvdupdate, with a mirror of ours; and ours with theirs.

Their programs believe only ClamAV's own keys. What it signed to test its updater with, six versions
of a small database and the cdiffs between them, lies in Debian's source package.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mirroring import Upstream, client, mirroring, serving
from nacre.cvd import Container
from nacre.cvd.signature import OFFICIAL
from nacre.feed.mirror import Mirror
from nacre.mirror.tree import Tree
from nacre.updater.outcome import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

THEIRS = "/usr/bin/freshclam"
VERSION = "1.4.3+dfsg-1~deb12u2"
INSIDE = "*/unit_tests/input/freshclam_testfiles/*"
HOST = "127.0.0.2"

pytest.importorskip("granian", reason="the extra `server` is not installed")
pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.skipif(shutil.which(THEIRS) is None, reason="no freshclam of ClamAV"),
]


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with test-1.cvd to test-6.cvd and the cdiffs between them."""
    folder = tmp_path_factory.mktemp("source")
    lists = folder / "lists"
    (lists / "partial").mkdir(parents=True)
    sources = folder / "sources.list"
    sources.write_text("deb-src http://deb.debian.org/debian bookworm main\n")
    apt = ["apt-get", f"-oDir::Etc::SourceList={sources}", "-oDir::Etc::SourceParts=-"]
    apt += [f"-oDir::State::Lists={lists}", "-oAPT::Sandbox::User=root", "-qq"]
    for words in (["update"], ["source", "--download-only", f"clamav={VERSION}"]):
        done = subprocess.run([*apt, *words], cwd=folder, capture_output=True, check=False)
        if done.returncode:
            pytest.skip("Debian's source package cannot be had here")
    (packed,) = folder.glob("clamav_*.orig.tar.xz")
    command = ["tar", "-xJf", str(packed), "--strip-components=4", "--wildcards", INSIDE]
    subprocess.run(command, cwd=folder, check=True)
    return folder


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[Upstream]:
    """A source of the database `test`, and a mirror of it."""
    with mirroring(tmp_path) as made:
        made.options = replace(made.options, databases=("test",), keys=OFFICIAL)
        yield made


def offer(upstream: Upstream, signed: Path, version: int) -> None:
    """Have the source offer this version of ClamAV's test database, with the steps to it."""
    shutil.copy(signed / f"test-{version}.cvd", upstream.source.folder / "test.cvd")
    for step in range(2, version + 1):
        shutil.copy(signed / f"test-{step}.cdiff", upstream.source.folder)


def freshclam(folder: Path, *lines: str, wrap: tuple[str, ...] = ()) -> tuple[int, str]:
    """Debian's; its exit code, and what it said."""
    folder.mkdir(exist_ok=True)
    config = folder.with_suffix(".conf")
    text = ["DatabaseOwner root", f"DatabaseDirectory {folder}", "ExtraDatabase test", *lines]
    text += [f"ExcludeDatabase {name}" for name in ("daily", "main", "bytecode")]
    config.write_text("".join(f"{line}\n" for line in text))
    command = [*wrap, THEIRS, f"--config-file={config}", "--verbose", "--stdout"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    return done.returncode, done.stdout + done.stderr


def version_in(folder: Path) -> int:
    (path,) = folder.glob("test.c[lv]d")
    return Container.open(path).header.version


def loads(folder: Path, file: Path) -> bool:
    """Whether Debian's clamscan loads these databases."""
    done = subprocess.run(
        ["/usr/bin/clamscan", f"--database={folder}", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0 and "Known viruses: 0\n" not in done.stdout


def test_their_client_of_a_private_mirror(upstream: Upstream, signed: Path, tmp_path: Path) -> None:
    offer(upstream, signed, 4)
    upstream.sync()
    folder = tmp_path / "theirs"
    with serving(upstream.tree) as url:
        code, said = freshclam(folder, f"PrivateMirror {url}")
        assert code == 0, said
        assert version_in(folder) == 4
        assert "up-to-date (version: 4" in freshclam(folder, f"PrivateMirror {url}")[1]
        offer(upstream, signed, 6)
        upstream.sync()
        code, said = freshclam(folder, f"PrivateMirror {url}")
        assert code == 0, said
        assert version_in(folder) == 6
    assert [path.name for path in folder.glob("test.*")] == ["test.cld"]  # what steps led to here
    assert loads(folder, signed / "sources.list")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a name server of its own")
def test_their_client_takes_steps_when_the_dns_is_ours_too(
    upstream: Upstream, signed: Path, tmp_path: Path
) -> None:
    offer(upstream, signed, 3)
    upstream.sync()
    folder, log = tmp_path / "theirs", tmp_path / "access.log"
    resolver = tmp_path / "resolv.conf"
    resolver.write_text(f"nameserver {HOST}\n")
    bind = 'mount --bind "$0" "$(readlink -f /etc/resolv.conf)" && exec "$@"'
    wrap = ("unshare", "-m", "sh", "-c", bind, str(resolver))
    # The names of databases that are not in the record are fixed in it, below ClamAV's own zone.
    words = ("--zone", "cvd.clamav.net", "--access-log", str(log))
    with serving(upstream.tree, *words, host=HOST) as url:
        lines = (f"DatabaseMirror {url}", "DNSDatabaseInfo current.cvd.clamav.net")
        code, said = freshclam(folder, *lines, wrap=wrap)
        assert code == 0, said
        assert version_in(folder) == 3
        offer(upstream, signed, 6)
        upstream.sync()
        log.unlink()
        code, said = freshclam(folder, *lines, wrap=wrap)
        assert code == 0, said
        assert version_in(folder) == 6
        asked = [line.split('"')[1] for line in log.read_text().splitlines()]
        assert {f"GET /test-{number}.cdiff HTTP/1.1" for number in (4, 5, 6)} <= set(asked)
        assert not any("test.cvd HTTP" in line for line in asked)
        log.unlink()
        assert "up-to-date (version: 6" in freshclam(folder, *lines, wrap=wrap)[1]
        assert not log.exists()  # the DNS was enough
        # One that is new here begins with the signed database, and goes on by steps.
        fresh = tmp_path / "new"
        code, said = freshclam(fresh, *lines, wrap=wrap)
        assert code == 0, said
        assert version_in(fresh) == 6


def test_their_scanner_loads_what_our_client_put_there(
    upstream: Upstream, signed: Path, tmp_path: Path
) -> None:
    offer(upstream, signed, 4)
    upstream.sync()
    with serving(upstream.tree) as url:
        host = client(tmp_path / "ours", url)
        host.options = replace(host.options, databases=("test",), keys=OFFICIAL)
        host.update()
        offer(upstream, signed, 6)
        upstream.sync()
        assert host.update().results["test"].version == 6
    assert loads(tmp_path / "ours", signed / "sources.list")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a name server of its own")
def test_a_tree_that_cvdupdate_made(upstream: Upstream, signed: Path, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("cvdupdate")
    if not program.exists():
        pytest.skip("no cvdupdate")
    offer(upstream, signed, 4)
    home, tree = tmp_path / "home", tmp_path / "tree"
    tree.mkdir()
    environment = {**os.environ, "HOME": str(home)}
    home.mkdir()

    def cvdupdate(*words: str) -> str:
        done = subprocess.run(
            [str(program), *words], capture_output=True, text=True, env=environment, check=False
        )
        return done.stdout + done.stderr

    cvdupdate("config", "set", "--dbdir", str(tree), "--nameserver", HOST)
    for name in ("main.cvd", "daily.cvd", "bytecode.cvd"):
        cvdupdate("remove", name)
    said = cvdupdate("add", "test.cvd", f"{upstream.source.url}/test.cvd")
    upstream.sync()
    with (
        serving(upstream.tree, "--zone", "cvd.clamav.net", host=HOST),
        serving(Tree(tree)) as url,
    ):
        said += cvdupdate("update", "test.cvd")
        assert (tree / "test.cvd").exists(), said
        host = client(tmp_path / "ours", url)
        plain = (Mirror(url, private=False),)
        host.options = replace(host.options, databases=("test",), keys=OFFICIAL, mirrors=plain)
        assert host.update().results["test"].version == 4
        assert host.update().results["test"].status is Status.CURRENT
        offer(upstream, signed, 6)
        cvdupdate("update", "test.cvd")
        assert host.update().results["test"].version == 6


def test_a_database_that_their_sigtool_made(tmp_path: Path) -> None:
    """A tree of what Debian's sigtool built, fetched by name."""
    folder, tree = tmp_path / "sources", tmp_path / "tree"
    folder.mkdir()
    tree.mkdir()
    (folder / "COPYING").write_text("free\n")
    (folder / "own.ndb").write_text("Own:0:*:6f776e2d6f662d74686569722d736967746f6f6c\n")
    command = ["/usr/bin/sigtool", "--build", "own.cud", "--unsigned", "--cvd-version=3"]
    done = subprocess.run(
        command, cwd=folder, input="tester\n", capture_output=True, text=True, check=False
    )
    assert (folder / "own.cud").exists(), done.stdout + done.stderr
    shutil.copy(folder / "own.cud", tree)
    with serving(Tree(tree)) as url:
        host = client(tmp_path / "ours", url)
        customs = {"own.cud": f"{url}/own.cud"}
        outcome = host.update(databases=(), customs=customs)
        assert outcome.results["own.cud"].status is Status.UPDATED
        assert Container.open(tmp_path / "ours/own.cud").header.version == 3
        assert (
            host.update(databases=(), customs=customs).results["own.cud"].status is Status.CURRENT
        )
