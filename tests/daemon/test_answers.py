"""What the daemon answers, without ClamAV to compare with."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from daemon.conversation import make_tree, single
from serving import EVIL, NAME, SECONDS, Daemon, chunk, read, send, stream

if TYPE_CHECKING:
    from pathlib import Path

FOUND = f"stream: {NAME} FOUND\0".encode()


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tree(tmp_path_factory.mktemp("tree") / "root")


def test_every_conversation_ends_and_leaves_the_daemon_well(daemon: Daemon, tree: Path) -> None:
    for name, packets in single(tree).items():
        answer = daemon.ask(*packets)
        assert answer.endswith((b"\n", b"\0", b"")), name
    assert daemon.scan(EVIL) == FOUND
    assert daemon.scan(b"harmless") == b"stream: OK\0"


def test_names_are_told_as_they_were_asked_for(daemon: Daemon, tree: Path) -> None:
    path = str(tree)
    asked = f"{path}/below/../evil"
    assert daemon.ask(f"zSCAN {asked}\0".encode()) == f"{asked}: {NAME} FOUND\0".encode()
    lines = daemon.ask(f"nCONTSCAN {path}\n".encode()).splitlines()
    assert sorted(lines) == [
        f"{path}/below/evil two: {NAME} FOUND".encode(),
        f"{path}/evil: {NAME} FOUND".encode(),
    ]


def test_answers_of_a_session_carry_their_numbers(daemon: Daemon) -> None:
    payloads = [EVIL if number % 7 == 0 else b"clean %d" % number for number in range(1, 101)]
    request = b"zIDSESSION\0" + b"".join(map(stream, payloads)) + b"zEND\0"
    answers = dict(line.split(b": ", 1) for line in daemon.ask(request).split(b"\0")[:-1])
    assert answers == {
        b"%d" % number: FOUND[:-1] if data is EVIL else b"stream: OK"
        for number, data in enumerate(payloads, start=1)
    }


def test_a_session_that_goes_wrong_answers_nobody_else(daemon: Daemon) -> None:
    """The answers that are still due go to their own client, whoever connects meanwhile."""
    for _ in range(20):
        with daemon.connect() as wrong:
            send(wrong, b"zIDSESSION\0" + stream(EVIL) * 5 + b"zNONSENSE\0")
            with daemon.connect() as other:
                send(other, b"zPING\0")
                assert read(other) == b"PONG\0"
            said = read(wrong)
            assert said.count(FOUND) == 5
            assert b"6: Command invalid inside IDSESSION. ERROR\0" in said


def test_a_stream_up_to_its_limit(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d", "StreamMaxLength 1000\n") as daemon:
        assert daemon.scan(bytes(1000)) == b"stream: OK\0"
        too_long = b"INSTREAM size limit exceeded. ERROR\0"
        assert daemon.scan(bytes(1001)) == too_long
        assert daemon.ask(b"zINSTREAM\0" + chunk(bytes(600)) * 1000) == too_long
        assert "INSTREAM: Size limit reached, (requested: 600, max: 1000)" in daemon.log


def test_a_large_stream_goes_through_a_file_without_a_name(daemon: Daemon) -> None:
    before = set(daemon.folder.iterdir())
    data = bytes(40 << 20) + EVIL
    pieces = [data[at : at + (1 << 20)] for at in range(0, len(data), 1 << 20)]
    request = b"zINSTREAM\0" + b"".join(map(chunk, pieces)) + chunk(b"")
    with daemon.connect() as client:
        sender = threading.Thread(target=send, args=(client, request))
        sender.start()
        assert read(client) == FOUND
        sender.join(SECONDS)
    assert set(daemon.folder.iterdir()) == before


def test_commands_that_are_switched_off(tmp_path: Path) -> None:
    switches = ("Shutdown", "Reload", "SelfCheck", "Version", "Stats")
    settings = "".join(f"Enable{name}Command no\n" for name in switches)
    with Daemon(tmp_path / "d", settings + "AllowAllMatchScan no\n") as daemon:
        for verb in (b"SHUTDOWN", b"RELOAD", b"SELFCHECK", b"VERSION", b"STATS"):
            assert daemon.ask(b"n%s\n" % verb) == b"COMMAND UNAVAILABLE\n"
        disabled = b"/x: ALLMATCHSCAN command disabled by clamd configuration. ERROR\n"
        assert daemon.ask(b"nALLMATCHSCAN /x\n") == disabled
        assert daemon.ask(b"nPING\n") == b"PONG\n"


def test_excluded_paths_and_links(tmp_path: Path, tree: Path) -> None:
    settings = "ExcludePath /below$\nFollowFileSymlinks yes\n"
    with Daemon(tmp_path / "d", settings) as daemon:
        lines = set(daemon.ask(f"nCONTSCAN {tree}\n".encode()).splitlines())
        assert lines == {
            f"{tree}/below: Excluded".encode(),
            f"{tree}/evil: {NAME} FOUND".encode(),
            f"{tree}/link: {NAME} FOUND".encode(),
        }


def test_details_of_what_alerts_are_logged(tmp_path: Path) -> None:
    program = tmp_path / "event"
    told = tmp_path / "told"
    program.write_text(f'#!/bin/sh\nprintf "%s|%s|%s\\n" "$1" "$CLAM_VIRUSEVENT_VIRUSNAME" '
                       f'"$CLAM_VIRUSEVENT_FILENAME" >> {told}\n')  # fmt: skip
    program.chmod(0o755)
    evil = tmp_path / "evil $(touch x); 'name"
    evil.write_bytes(EVIL)
    settings = f"VirusEvent {program} 'one argument'\nExtendedDetectionInfo yes\nLogClean yes\n"
    with Daemon(tmp_path / "d", settings) as daemon:
        assert daemon.ask(b"nSCAN %s\n" % os.fsencode(evil)).endswith(b"FOUND\n")
        daemon.scan(b"harmless")
        assert daemon.end() == 0
        digest = hashlib.md5(EVIL, usedforsecurity=False).hexdigest()
        assert f"{evil}: {NAME}({digest}:{len(EVIL)}) FOUND" in daemon.log
        assert "instream(local): OK" in daemon.log
    assert told.read_text() == f"one argument|{NAME}|{evil}\n"


def test_what_is_not_fully_scanned_is_logged_and_counted(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d", "MaxFileSize 1000\n") as daemon:
        assert daemon.scan(bytes(2000)) == b"stream: OK\0"
        assert "WARNING: instream(local): not fully scanned: " in daemon.log
        assert daemon.stats()["incomplete"] == "1"


def test_statistics_keep_their_order(daemon: Daemon) -> None:
    lines = daemon.ask(b"nSTATS\n").decode().split("\n")
    starts = [
        "POOLS: 1",
        "",
        "STATE: VALID PRIMARY",
        "THREADS: live ",
        "QUEUE: 0 items",
        "\tSTATS ",
    ]
    assert all(line.startswith(start) for line, start in zip(lines, starts, strict=False))
    assert lines[-2:] == ["END", ""]


@pytest.mark.usefixtures("socket_enabled")
def test_both_kinds_of_sockets(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with Daemon(tmp_path / "d", f"TCPSocket {port}\nTCPAddr 127.0.0.1\n") as daemon:
        with socket.create_connection(("127.0.0.1", port), SECONDS) as client:
            send(client, stream(EVIL))
            assert read(client) == FOUND
        assert daemon.scan(EVIL) == FOUND
        assert "instream(127.0.0.1@" in daemon.log
