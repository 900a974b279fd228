"""Settings of clamd.conf and nacre.conf that only a running daemon shows."""

from __future__ import annotations

import importlib.util
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from serving import EVIL, FOUND, OK, SECONDS, Daemon, database, until


@dataclass
class Own(Daemon):
    """A daemon with a nacre.conf."""

    own: str = ""

    def start(self) -> None:
        config = self.folder / "config" / "nacre"
        config.mkdir(parents=True, exist_ok=True)
        (config / "nacre.conf").write_text(self.own)
        super().start()

    def command_line(self) -> list[str]:
        # root has no configuration of its own in its home
        patch = (
            "import sys; from pathlib import Path; from nacre.config import path; "
            f"path.SYSTEM_CONFIG = Path({str(self.folder / 'config' / 'nacre')!r}); "
            "path._own = lambda *_: None; "
            "from nacre.cli.main import clamd; sys.exit(clamd())"
        )
        return [self.command[0], "-c", patch]


def test_strict_refuses_a_malformed_line(tmp_path: Path) -> None:
    data = database(tmp_path / "database")
    (data / "wrong.ndb").write_text("Broken\n")
    strict = Own(tmp_path / "strict", data=data, own="strict yes\n")
    strict.folder.mkdir()
    with pytest.raises(AssertionError, match=r"wrong\.ndb"):
        strict.start()
    assert strict.process.wait(SECONDS) == 1
    (data / "wrong.ndb").unlink()
    with Own(tmp_path / "later", data=data, own="strict yes\n") as daemon:
        (data / "wrong.ndb").write_text("Broken\n")
        daemon.ask(b"zRELOAD\0")
        until(lambda: "wrong.ndb" in daemon.log)
        assert daemon.scan(EVIL) == FOUND
        assert daemon.stats()["malformed"] == "0"


def test_a_wrong_nacre_conf_is_told(tmp_path: Path) -> None:
    daemon = Own(tmp_path / "d", own="Nonsense yes\n")
    daemon.folder.mkdir()
    with pytest.raises(AssertionError, match=r"nacre\.conf:1: Unknown option Nonsense"):
        daemon.start()
    assert daemon.process.wait(SECONDS) == 1


@pytest.mark.skipif(importlib.util.find_spec("yara_x") is None, reason="pip install 'nacre[yara]'")
def test_yara_rules_are_matched(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yar"
    rules.write_text(
        'rule Whole { strings: $a = "whole-language" condition: $a and filesize < 1MB }'
    )
    with Own(tmp_path / "d", own=f"YaraRules {rules}\n") as daemon:
        for _ in range(3):
            assert (
                daemon.scan(b"the whole-language of it") == b"stream: YARA.Whole.UNOFFICIAL FOUND\0"
            )
        assert daemon.scan(EVIL) == FOUND
        assert daemon.scan(b"nothing") == OK
        rules.write_text('rule Other { strings: $a = "another-word" condition: $a }')
        daemon.ask(b"zRELOAD\0")
        until(lambda: b"Other" in daemon.scan(b"another-word"))
        assert daemon.scan(b"the whole-language of it") == OK


def test_yara_rules_that_are_not_there(tmp_path: Path) -> None:
    daemon = Own(tmp_path / "d", own=f"YaraRules {tmp_path}/nowhere\n")
    daemon.folder.mkdir()
    with pytest.raises(AssertionError, match=r"nacre\.conf:1: YaraRules: No such file"):
        daemon.start()


def _container(age: str) -> bytes:
    head = f"ClamAV-VDB:{age}:1:1:1:{'0' * 32}:x:me:0"
    return head.ljust(512).encode()


def test_an_old_database_is_refused(tmp_path: Path) -> None:
    data = database(tmp_path / "database")
    real = Path(__file__).parents[1] / "database"
    assert real.exists()
    with Daemon(tmp_path / "young", "FailIfCvdOlderThan 3\n", data=data) as daemon:
        assert daemon.scan(EVIL) == FOUND, "there is no container whose age could count"
    (data / "old.cvd").write_bytes(_container("01 Jan 2020 00-00 +0000"))
    daemon = Daemon(tmp_path / "old", "FailIfCvdOlderThan 3\n", data=data)
    daemon.folder.mkdir()
    with pytest.raises(AssertionError, match="Virus database is older than 3 days!"):
        daemon.start()
    assert daemon.process.wait(SECONDS) == 1


def test_what_is_taken_out_is_left(tmp_path: Path) -> None:
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.txt", b"words " * 1000)
    settings = "LeaveTemporaryFiles yes\nGenerateMetadataJson yes\n"
    with Daemon(tmp_path / "d", settings) as daemon:
        assert daemon.scan(bundle.getvalue()) == OK
        (left,) = daemon.folder.glob("*_*-*")
        assert (left / "000001-inside.txt").read_bytes() == b"words " * 1000
        metadata = json.loads((left / "metadata.json").read_text())
        assert metadata["RootFileType"] == "CL_TYPE_ZIP"
