"""A confined process gives of every sample what a free one gives."""

from __future__ import annotations

import os
import socket
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import confined
import pytest

from nacre.database import Database
from nacre.engine import Scanner
from nacre.model.limits import Limits
from nacre.model.options import ScanOptions
from nacre.workers.preload import preload
from nacre.workers.sandbox import Level, Sandbox, available
from nacre.workers.scan import pack
from nacre.workers.wire import Value, encode, messages
from nacre.workers.yara import YaraRules

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = Path(__file__).parents[2] / "samples"
CASES = sorted(SAMPLES.glob("*/*/*.in"))
ALERTS = [
    "alert_exceeds_max", "alert_broken_executables", "alert_broken_media",
    "alert_encrypted_archive", "alert_encrypted_doc", "alert_ole2_macros",
    "alert_partition_intersection", "alert_phishing_ssl", "alert_phishing_cloak",
    "structured_data_detection", "dump_certificates", "detect_pua",
]  # fmt: skip
"""All that makes a scan look at more, so that all of it is imported."""
DATABASE = {
    "text.ndb": "Text:0:*:68656c6c6f\nPacked:1:*:55505821\n",
    "whole.ldb": "Whole;Engine:81-255,Target:0;0&1;73616d706c65;74657374\n",
    "some.pwdb": "Secret;Engine:81-255,Container:CL_TYPE_ZIP;0;secret\n",
}


@pytest.fixture(scope="module")
def scanner(tmp_path_factory: pytest.TempPathFactory) -> Scanner:
    folder = tmp_path_factory.mktemp("database")
    for name, text in DATABASE.items():
        (folder / name).write_text(text)
    preload()
    alerts: dict[str, Any] = dict.fromkeys(ALERTS, True)
    options = ScanOptions(gen_json=True, cache_size=0, temporary_directory=str(folder), **alerts)
    return Scanner(Database.open(folder), options, Limits(max_scan_time=0))


def _serve(connection: socket.socket, scanner: Scanner, sandbox: Sandbox | None) -> None:
    """The worker: a descriptor comes with a byte, the report goes back."""
    if sandbox:
        sandbox.enter()
    while True:
        data, descriptors, _flags, _address = socket.recv_fds(connection, 1, 1)
        if not data:
            return
        connection.sendall(encode(pack(scanner.scan_fd(descriptors[0], b"sample"))))
        os.close(descriptors[0])


def _reports(scanner: Scanner, sandbox: Sandbox | None) -> Iterator[Value]:
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if not pid:
        try:
            ours.close()
            _serve(theirs, scanner, sandbox)
        finally:
            os._exit(0)
    theirs.close()
    with ours:
        answers = messages(ours)
        for case in CASES:
            fd = os.open(case, os.O_RDONLY)
            socket.send_fds(ours, [b"."], [fd])
            os.close(fd)
            yield next(answers, "the process died")
    os.waitpid(pid, 0)


def test_every_sample_is_scanned_as_outside(scanner: Scanner, tmp_path: Path) -> None:
    if available() is Level.NONE:
        pytest.skip("nothing to confine with")
    directory = scanner.options.temporary_directory or str(tmp_path)
    free = list(_reports(scanner, None))
    bound = list(_reports(scanner, Sandbox(directory=directory, memory=1 << 30)))
    named = [str(case.relative_to(SAMPLES)) for case in CASES]
    assert dict(zip(named, bound, strict=True)) == dict(zip(named, free, strict=True))
    assert sum(bool(report[5]) for report in free) > len(CASES) // 20, "hardly anything matched"


@pytest.mark.skipif(find_spec("yara_x") is None, reason="yara-x is not installed")
def test_rules_are_matched_from_inside(tmp_path: Path) -> None:
    (tmp_path / "evil.yar").write_text('rule Evil { strings: $a = "EVIL" condition: $a }')
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "none.ndb").write_text("None:0:*:6e6f6e65\n")
    preload()
    with YaraRules.open([str(tmp_path / "evil.yar")]) as rules:
        scanner = Scanner(Database.open(tmp_path / "empty"), rules=rules)

        def scan() -> list[str]:
            return [alert.name for alert in scanner.scan_bytes(b"so EVIL").alerts]

        assert confined.run(Sandbox(), scan).answer == ["YARA.Evil.UNOFFICIAL"]
