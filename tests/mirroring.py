"""A source of databases, a mirror of it, and clients of that mirror, on the loopback."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import feeds
import webserver
from nacre.mirror.sync import Policy, sync
from nacre.mirror.tree import Tree
from nacre.updater.update import update
from updating import Heard, options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nacre.updater.options import Options
    from nacre.updater.outcome import Outcome

SECONDS = 20


@dataclass
class Upstream:
    """The source, and the tree of the mirror."""

    source: webserver.Mirror
    tree: Tree
    options: Options
    policy: Policy = field(default_factory=Policy)
    heard: Heard = field(default_factory=Heard)

    def offer(self, version: int, name: str = "daily") -> None:
        """Have the source offer this version, with the step to it."""
        feeds.step(self.source.folder / f"{name}-{version}.cdiff", name, version)
        feeds.database(self.source.folder / f"{name}.cvd", version)

    def sync(self, **changes: object) -> Outcome:
        self.heard = Heard()
        self.source.asked.clear()
        policy = replace(self.policy, **changes)  # type: ignore[arg-type]
        return sync(self.tree, self.options, policy, self.heard)

    def names(self) -> set[str]:
        return {path.name for path in self.tree.root.iterdir() if not path.name.startswith(".")}


@dataclass
class Client:
    """A host that updates from the mirror."""

    options: Options
    heard: Heard = field(default_factory=Heard)

    def update(self, **changes: object) -> Outcome:
        self.heard = Heard()
        return update(replace(self.options, **changes), self.heard)  # type: ignore[arg-type]


def client(folder: Path, url: str) -> Client:
    folder.mkdir(exist_ok=True)
    return Client(options(folder, url, private=True))


@contextmanager
def mirroring(tmp_path: Path) -> Iterator[Upstream]:
    served = tmp_path / "source"
    served.mkdir()
    with webserver.serving(served) as source:
        made = options(tmp_path / "unused", source.url, private=False)
        yield Upstream(source, Tree(tmp_path / "mirror"), made)


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(tree: Tree, *words: str, host: str = "127.0.0.1") -> Iterator[str]:
    """A real `nacre mirror serve`; where it is."""
    port = free_port(host)
    command = [sys.executable, "-m", "nacre.cli.main", "mirror", "serve", str(tree.root)]
    command += ["--host", host, "--port", str(port), *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            ending = time.monotonic() + SECONDS
            while True:
                try:
                    socket.create_connection((host, port), 1).close()
                    break
                except ConnectionRefusedError:
                    assert process.poll() is None, process.stderr and process.stderr.read()
                    assert time.monotonic() < ending
                    time.sleep(0.02)
            yield f"http://{host}:{port}"
        finally:
            process.terminate()
            assert process.wait(SECONDS) == 0
