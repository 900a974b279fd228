"""Databases that only a `.sign` file vouches for, fetched from a mirror."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import feeds
import webserver
from nacre.cvd import Container
from nacre.cvd.verify import verify
from nacre.output.freshclam import Trouble
from nacre.updater.activate import activate
from nacre.updater.outcome import Status
from notary import Notary, own, sign
from updating import Heard

if TYPE_CHECKING:
    from pathlib import Path

    from updating import Host

pytestmark = pytest.mark.enable_socket
KEYS = replace(feeds.KEYS, authorities=Notary())


def publish(folder: Path, version: int, name: str = "own") -> Path:
    path = own(folder / f"{name}.cvd", version)
    sign(path, folder / f"{name}-{version}.cvd.sign")
    return path


@pytest.fixture
def customs(host: Host) -> dict[str, str]:
    host.offer(5)
    return {"own.cvd": f"{host.mirror.url}/own.cvd"}


def test_a_custom_database(host: Host, customs: dict[str, str]) -> None:
    publish(host.mirror.folder, 3)
    outcome = host.update(customs=customs, keys=KEYS)
    assert (outcome.trouble, outcome.activated) == (Trouble.NONE, True)
    assert Container.open(host.folder / "own.cvd").header.version == 3
    assert host.mirror.asked.count("/own-3.cvd.sign") == 1
    beside = host.folder / "own-3.cvd.sign"
    assert beside.read_bytes() == (host.mirror.folder / beside.name).read_bytes()
    assert verify(host.folder / "own.cvd", KEYS).version == 3
    # What stays is not verified again: its certificate may run out.
    beside.resolve().unlink()
    host.mirror.special["/own.cvd"] = webserver.status(304)
    host.offer(6)
    assert host.update(customs=customs, keys=KEYS).activated
    del host.mirror.special["/own.cvd"]
    publish(host.mirror.folder, 4)
    assert host.update(customs=customs, keys=KEYS).activated
    assert verify(host.folder / "own.cvd", KEYS).version == 4
    assert [path.name for path in host.folder.glob("*.sign")] == ["own-4.cvd.sign"]


def test_an_older_version_is_not_taken(host: Host, customs: dict[str, str]) -> None:
    publish(host.mirror.folder, 4)
    assert host.update(customs=customs, keys=KEYS).activated
    publish(host.mirror.folder, 3)
    outcome = host.update(customs=customs, keys=KEYS)
    assert outcome.results["own.cvd"].status is Status.STALE
    assert "version 3, and version 4 was here" in outcome.results["own.cvd"].detail
    assert Container.open(host.folder / "own.cvd").header.version == 4


def test_a_custom_file(host: Host, tmp_path: Path) -> None:
    host.offer(5)
    publish(tmp_path, 3)
    customs = {"own.cvd": f"file://{tmp_path}/own.cvd"}
    assert host.update(customs=customs, keys=KEYS).trouble is Trouble.NONE
    assert Container.open(host.folder / "own.cvd").header.version == 3


def test_one_that_nobody_vouches_for_does_not_stop_others(
    host: Host, customs: dict[str, str]
) -> None:
    path = publish(host.mirror.folder, 3)
    sign(host.mirror.folder / "daily.cvd", host.mirror.folder / "own-3.cvd.sign")
    outcome = host.update(customs=customs, keys=KEYS)
    assert outcome.results["own.cvd"].status is Status.MISSING
    assert "another file" in outcome.results["own.cvd"].detail
    assert outcome.results["daily"].status is Status.UPDATED
    assert not (host.folder / "own.cvd").exists()
    (host.mirror.folder / "own-3.cvd.sign").unlink()
    outcome = host.update(customs=customs, keys=KEYS)
    assert "digital signature" in outcome.results["own.cvd"].detail
    # Where the signature cannot be had, nothing is left of the database.
    sign(path, host.mirror.folder / "own-3.cvd.sign")
    host.mirror.special["/own-3.cvd.sign"] = webserver.body(b"x", length=10)
    outcome = host.update(customs=customs, keys=KEYS)
    assert outcome.results["own.cvd"].status is Status.MISSING
    assert not (host.folder / "own.cvd").exists()
    del host.mirror.special["/own-3.cvd.sign"]
    assert host.update(customs=customs, keys=KEYS).results["own.cvd"].status is Status.UPDATED


def test_nobody_asks_without_certificates(host: Host) -> None:
    host.offer(5)
    host.update()
    host.offer(6)
    host.update()
    assert not any("sign" in path for path in host.mirror.asked)
    assert not (host.folder / ".nacre" / "signatures").exists()


def test_an_official_database_may_be_signed_either_way(host: Host) -> None:
    host.offer(5)
    assert host.update(keys=KEYS).trouble is Trouble.NONE  # the old way
    assert "/daily-5.cvd.sign" in host.mirror.asked
    path = host.offer(6)
    host.options = replace(host.options, scripted=False)
    sign(path, host.mirror.folder / "daily-6.cvd.sign")
    assert host.update(keys=KEYS).results["daily"].version == 6
    host.offer(7)
    sign(path.with_name("daily-6.cdiff"), host.mirror.folder / "daily-7.cvd.sign")
    outcome = host.update(keys=KEYS)  # a wrong one is worse than none
    assert outcome.results["daily"].status is Status.STALE
    assert "another file" in outcome.results["daily"].detail


def test_steps_of_ones_own(host: Host, tmp_path: Path) -> None:
    publish(host.mirror.folder, 5, "daily")
    assert host.update(keys=KEYS).trouble is Trouble.NONE
    old, new = feeds.lines(5).splitlines(), feeds.lines(6).splitlines()
    header = feeds.header(6, 5).line().encode()
    step = host.mirror.folder / "daily-6.cdiff"
    listed = info_of(tmp_path, 6)
    script = b"OPEN daily.hdb\nDEL 1 %s\nADD %s\nCLOSE\n" % (old[0][:8], new[-1])
    script += b"UNLINK daily.info\nOPEN daily.info\n"
    script += b"".join(b"ADD %s\n" % line for line in listed) + b"CLOSE\n"
    assert header == listed[0]
    raw = b"ClamAV-Diff:6:%d:" % len(script) + gzip.compress(script) + b":X"
    step.write_bytes(raw)
    publish(host.mirror.folder, 6, "daily")
    sign(step, host.mirror.folder / "daily-6.cdiff.sign")
    outcome = host.update(keys=KEYS)
    assert outcome.results["daily"].version == 6
    assert (host.folder / "daily.cld").exists()
    assert "/daily-6.cdiff.sign" in host.mirror.asked
    assert not any("whole database" in line for line in host.heard.lines)


def info_of(tmp_path: Path, version: int) -> list[bytes]:
    """The digest list of a version, as its container has it."""
    folder = tmp_path / "info"
    folder.mkdir()
    container = Container.open(own(folder / "daily.cvd", version))
    (raw,) = (
        b"".join(member.chunks) for member in container.unchecked() if member.name == "daily.info"
    )
    return raw.splitlines()


def test_activated_from_a_folder(host: Host, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    publish(source, 3)
    assert activate(host.folder, source, feeds.KEYS, Heard()).trouble is Trouble.BAD_DATABASE
    assert activate(host.folder, source, KEYS, Heard()).activated
    assert verify(host.folder / "own.cvd", KEYS).version == 3
    assert Container.open(host.folder / "own.cvd").header.version == 3
