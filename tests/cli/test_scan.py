"""``nacre scan`` as users run it: real processes, files, terminals and signals."""

from __future__ import annotations

import base64
import fcntl
import gzip
import io
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

EVIL = b"\0\1\0\1..EVIL.."
CLEAN = b"\0\1\0\1 nothing here"
SIGNATURES = "Evil:0:*:" + b"EVIL".hex() + "\n"
PAGE = 4096
FILES = 100
COMMAND = [sys.executable, "-m", "nacre.cli.main"]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """No database and no cache but what the test makes."""
    return os.environ | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "db" / "test.ndb"
    path.parent.mkdir()
    path.write_text(SIGNATURES)
    return path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "evil").write_bytes(EVIL)
    (tree / "clean").write_bytes(CLEAN)
    (tree / "empty").touch()
    (tree / "sub" / "evil.zip").write_bytes(zipped(a=CLEAN, b=EVIL))
    (tree / "link").symlink_to("evil")
    os.mkfifo(tree / "fifo")
    return tree


@pytest.fixture
def run(environment: dict[str, str], database: Path, tmp_path: Path) -> Run:
    def _run(*arguments: str | bytes | Path, given: bytes | None = None, real: bool = True) -> Any:
        signatures = ["-d", str(database)] if real else []
        done = subprocess.run(
            [*COMMAND, "scan", *signatures, *arguments],
            env=environment,
            cwd=tmp_path,
            input=given,
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert b"Traceback" not in done.stderr
        output, errors = done.stdout.decode(), done.stderr.decode()
        return subprocess.CompletedProcess(done.args, done.returncode, output, errors)

    return _run


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def truncated_zip() -> bytes:
    return zipped(noise=bytes(range(256)) * 40 + os.urandom(1000))[:-600]


@pytest.mark.parametrize("jobs", ["1", "2", "5"])
def test_alerts_and_summary(run: Run, tree: Path, jobs: str) -> None:
    done = run("-j", jobs, tree)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert sorted(lines[:-2]) == [
        f"{tree}/evil: ALERT Evil.UNOFFICIAL",
        f"{tree}/sub/evil.zip: ALERT Evil.UNOFFICIAL in b",
    ]
    assert re.fullmatch(r"Scanned 4 files, \d+ B, in \d\.\d s \(.*/s\) with 1 signature", lines[-2])
    assert lines[-1] == "Alerts: 2   not fully scanned: 0   errors: 0"
    assert done.stderr == ""


def test_where_an_alert_is_in_what_has_no_name(run: Run, tmp_path: Path) -> None:
    (tmp_path / "nameless").write_bytes(gzip.compress(EVIL, mtime=0))
    (tmp_path / "inside").write_bytes(gzip.compress(zipped(b=EVIL), mtime=0))
    lines = run("nameless", "inside").stdout.splitlines()
    assert lines[:2] == [
        "nameless: ALERT Evil.UNOFFICIAL in an unnamed member",
        "inside: ALERT Evil.UNOFFICIAL in b",
    ]


def test_exit_codes(run: Run, tmp_path: Path) -> None:
    for name, data in (("clean", CLEAN), ("evil", EVIL), ("partly", truncated_zip())):
        (tmp_path / name).write_bytes(data)
    cases: dict[tuple[str, ...], int] = {
        ("clean",): 0,
        ("clean", "evil"): 1,
        ("clean", "missing"): 2,
        ("partly",): 3,
        ("--accept-incomplete", "partly"): 0,
        ("partly", "missing"): 2,
        ("partly", "missing", "evil"): 1,
    }
    assert {case: run(*case).returncode for case in cases} == cases


def test_what_was_not_fully_scanned_says_why(run: Run, tmp_path: Path) -> None:
    (tmp_path / "partly").write_bytes(truncated_zip())
    done = run("partly")
    assert re.match(r"partly: NOT FULLY SCANNED .*noise", done.stdout)
    (tmp_path / "deep").write_bytes(zipped(a=zipped(b=zipped(c=EVIL))))
    done = run("--max-recursion", "3", "deep")
    assert "deep: NOT FULLY SCANNED MaxRecursion exceeded in a > b > c\n" in done.stdout
    done = run("--max-recursion", "3", "--alert-exceeds-max", "deep")
    assert "deep: ALERT Heuristics.Limits.Exceeded.MaxRecursion" in done.stdout
    assert done.returncode == 1


def test_json_lines_are_results_and_a_summary(run: Run, tree: Path) -> None:
    done = run("--format", "jsonl", tree)
    *results, summary = [json.loads(line) for line in done.stdout.splitlines()]
    assert {Path(result["path"]).name: result["status"] for result in results} == {
        "evil": "alert", "clean": "clean", "empty": "clean", "evil.zip": "alert"
    }  # fmt: skip
    archive = next(result for result in results if result["path"].endswith("evil.zip"))
    assert archive["file_type"] == "CL_TYPE_ZIP"
    assert archive["alerts"][0]["member"] == ["b"]
    assert summary["type"] == "summary"
    assert (summary["schema"], summary["files"], summary["alerts"]) == (1, 4, 2)
    assert (summary["exit_code"], summary["interrupted"]) == (1, False)


def test_json_is_one_document(run: Run, tree: Path, tmp_path: Path) -> None:
    document = json.loads(run("--format", "json", tree).stdout)
    assert document["schema"] == 1
    assert len(document["results"]) == document["summary"]["files"] == 4
    (tmp_path / "void").mkdir()
    assert json.loads(run("--format", "json", "void").stdout)["results"] == []


def test_any_file_name(run: Run, tmp_path: Path) -> None:
    names = [b"caf\xe9", b"new\nline: clean", b"\x1b[31mred", "grün".encode(), b"-dash", b"a\\b"]
    folder = tmp_path / "names"
    folder.mkdir()
    for name in names:
        (folder / os.fsdecode(name)).write_bytes(EVIL)
    text = run("names")
    assert len(text.stdout.splitlines()) == len(names) + 2
    assert r"names/caf\xe9: ALERT" in text.stdout
    assert r"names/new\x0aline: clean: ALERT" in text.stdout
    assert "\x1b" not in text.stdout
    *results, _ = map(json.loads, run("--format", "jsonl", "names").stdout.splitlines())
    exact = {
        base64.b64decode(result["path_base64"])
        if "path_base64" in result
        else result["path"].encode()
        for result in results
    }
    assert exact == {b"names/" + name for name in names}


def test_quiet_and_verbose(run: Run, tree: Path) -> None:
    quiet = run("-q", tree, "missing")
    assert sorted(quiet.stdout.splitlines()) == [
        f"{tree}/evil: ALERT Evil.UNOFFICIAL",
        f"{tree}/sub/evil.zip: ALERT Evil.UNOFFICIAL in b",
        "missing: ERROR No such file or directory",
    ]
    verbose = run("-v", tree)
    assert f"{tree}/clean: clean\n" in verbose.stdout
    assert f"nacre: {tree}/link: skipped: symbolic link\n" in verbose.stderr
    assert f"nacre: {tree}/fifo: skipped: not a regular file\n" in verbose.stderr


def test_standard_input(run: Run) -> None:
    assert run("-", given=EVIL).stdout.startswith("stdin: ALERT Evil.UNOFFICIAL\n")
    assert run("-", given=zipped(a=CLEAN)).returncode == 0
    assert run("-", given=b"").returncode == 0


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_is_taken_out_is_left(run: Run, tree: Path, jobs: str) -> None:
    (tree / "same.zip").write_bytes((tree / "sub" / "evil.zip").read_bytes())
    done = run("-j", jobs, "-z", "--leave-temps", "--tempdir", tree, tree)
    (left,) = tree.glob("nacre-scan-*")
    assert done.stderr == f"nacre: what is taken out of files is left in {left}\n"
    found = [
        (folder.name[15:-11], file.name, file.read_bytes())
        for folder in left.iterdir()
        for file in folder.iterdir()
    ]
    assert sorted(found) == [
        (name, member, data)
        for name in ("-evil.zip", "-same.zip")
        for member, data in (("000001-a", CLEAN), ("000002-b", EVIL))
    ]
    assert "Scanned 5 files" in done.stdout
    assert left.stat().st_mode & 0o777 == 0o700


def test_macros_are_left_as_text(run: Run, tmp_path: Path) -> None:
    macros = Path(__file__).parents[2] / "samples/document/ole2/macros.in"
    run("--leave-temps", "--tempdir", tmp_path, macros)
    left = [file.read_bytes() for file in tmp_path.glob("nacre-scan-*/*/*-Module1")]
    assert any(b"Attribute VB_Name" in text for text in left)


def test_nothing_taken_out_leaves_no_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "left").mkdir()
    done = run("-q", "--leave-temps", "--tempdir", "left", "-", given=EVIL)
    assert (done.returncode, done.stderr) == (1, "")
    assert not list((tmp_path / "left").iterdir())


def test_standard_input_leaves_its_members(run: Run, tmp_path: Path) -> None:
    run("--leave-temps", "--tempdir", tmp_path, "-", given=zipped(a=EVIL))
    (file,) = tmp_path.glob("nacre-scan-*/*-stdin.*/000001-a")
    assert file.read_bytes() == EVIL


def test_a_folder_to_leave_in_that_is_not_there(run: Run, tree: Path) -> None:
    done = run("--leave-temps", "--tempdir", "/nonexistent", tree)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "nacre: --leave-temps: no folder in /nonexistent: No such file or directory\n"
    )


def test_what_is_visited(run: Run, tree: Path) -> None:
    def visited(*arguments: str) -> set[str]:
        lines = run("--format", "jsonl", *arguments, tree).stdout.splitlines()[:-1]
        return {Path(json.loads(line)["path"]).name for line in lines}

    everything = {"evil", "clean", "empty", "evil.zip"}
    assert visited() == everything
    assert visited("--exclude", r"\.zip$") == everything - {"evil.zip"}
    assert visited("--exclude", "^x", "--exclude", "evil$") == everything - {"evil"}
    assert visited("--include", "evil") == {"evil", "evil.zip"}
    assert visited("--exclude-dir", "sub") == everything - {"evil.zip"}
    assert visited("--follow") == everything | {"link"}


def test_virtual_file_systems_are_left_out_and_said_when_named(run: Run) -> None:
    done = run("/proc/self")
    assert done.returncode == 2
    assert "Scanned 0 files" in done.stdout
    assert "/proc/self: ERROR not scanned: virtual file system" in done.stdout


def test_signature_images_are_not_scanned(run: Run, database: Path) -> None:
    """They hold patterns as they are, and would alert on themselves."""
    (database.parent / "also").write_bytes(CLEAN)
    for _ in range(2):
        done = run("-v", "--format", "jsonl", "-d", str(database.parent), str(database.parent))
        names = {json.loads(line).get("path") for line in done.stdout.splitlines()}
        assert (done.returncode, len(names)) == (0, 3)


def test_without_a_database_test_signatures_are_used(run: Run, tmp_path: Path) -> None:
    if any(Path("/var/lib/clamav").glob("*.c?d")):
        pytest.skip("this machine has a database")
    eicar = bytes.fromhex(
        "58354f2150254041505b345c505a58353428505e2937434329377d2445494341522d"
        "5354414e444152442d414e544956495255532d544553542d46494c452124482b482a"
    )
    (tmp_path / "eicar.com").write_bytes(eicar)
    done = run("eicar.com", real=False)
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        1, "eicar.com: ALERT Eicar-Test-Signature"
    )  # fmt: skip
    assert len(done.stderr.splitlines()) == 1
    assert "test signatures" in done.stderr
    assert "freshclam" in done.stderr
    assert run("-q", "eicar.com", real=False).stderr == ""


def test_malformed_signatures_are_skipped_and_said(
    run: Run, database: Path, tmp_path: Path
) -> None:
    database.write_text(SIGNATURES + "rubbish\n")
    (tmp_path / "evil").write_bytes(EVIL)
    done = run("evil")
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "evil: ALERT Evil.UNOFFICIAL")
    assert re.search(r"warning: test\.ndb: 1 malformed lines? skipped, .*line 2", done.stderr)
    strict = run("--strict", "evil")
    assert (strict.returncode, strict.stdout) == (2, "")
    assert len(strict.stderr.splitlines()) == 1
    assert re.search(r"test\.ndb:2: ", strict.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--max-filesize=abc", "x"],
        ["--max-files=-1", "x"],
        ["--max-recursion=0", "x"],
        ["-j0", "x"],
        ["-j99999999999999999999", "x"],
        ["--format=xml", "x"],
        ["--bogus", "x"],
        ["--exclude=(", "x"],
        [],
        ["-d", "/nonexistent", "x"],
        ["-d", "void", "x"],
    ],
)
def test_bad_arguments_are_one_line(run: Run, tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "void").mkdir()
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert re.fullmatch(r"nacre( scan)?: .+\n", done.stderr)


def test_unreadable_files_are_errors(run: Run, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    (tmp_path / "secret").write_bytes(EVIL)
    (tmp_path / "secret").chmod(0)
    done = run("secret")
    assert (done.returncode, done.stdout.splitlines()[0]) == (2, "secret: ERROR Permission denied")


def test_sockets_and_devices_do_not_hang(run: Run, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        done = run("socket", "/dev/zero")
    assert done.stdout.splitlines()[:2] == [
        "socket: ERROR not a regular file",
        "/dev/zero: ERROR not a regular file",
    ]


def test_a_closed_pipe_ends_quietly(environment: dict[str, str], database: Path) -> None:
    command = [*COMMAND, "scan", "-d", str(database), "--format=jsonl", "/usr/share/doc"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 141


def test_a_file_beyond_the_limit_does_not_count_as_scanned(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    done = run(str(path))
    assert done.returncode == 3
    assert "\nScanned 1 file, 0 B, in " in done.stdout


def children_of(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Enough to be busy with for some seconds."""
    folder = tmp_path / "work"
    folder.mkdir()
    for number in range(FILES):
        with (folder / f"{number}").open("wb") as file:
            file.write(b"\0\1\0\1" + os.urandom(64))
            file.truncate(4 << 20)  # a hole: quickly made, but read and matched like any other
    return folder


@pytest.fixture
def busy(
    environment: dict[str, str], database: Path, work: Path
) -> Iterator[subprocess.Popen[str]]:
    """A scan with two workers, in the middle of its work."""
    command = [*COMMAND, "scan", "-j2", "--format", "jsonl", "-d", str(database), str(work)]
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, PAGE)  # so that it cannot end before it is read
    with subprocess.Popen(
        command,
        env=environment,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background ignores it, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    ) as process:
        os.close(writing)
        process.stdout = os.fdopen(reading)
        assert process.stdout.readline()
        yield process
        process.kill()


def rest(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What a process still writes until it ends."""
    assert process.stdout is not None
    assert process.stderr is not None
    written = process.stdout.read(), process.stderr.read()
    process.wait(30)
    return written


def test_ctrl_c_ends_everything_and_prints_the_summary(busy: subprocess.Popen[str]) -> None:
    (zygote,) = children_of(busy.pid)
    workers = children_of(zygote)
    assert len(workers) == 2
    busy.send_signal(signal.SIGINT)
    output, errors = rest(busy)
    assert busy.returncode == 130
    assert errors == ""
    summary = json.loads(output.splitlines()[-1])
    assert summary["interrupted"] is True
    assert 1 <= summary["files"] < FILES
    for pid in (zygote, *workers):
        assert not Path(f"/proc/{pid}").exists()


def test_a_killed_worker_costs_one_file(busy: subprocess.Popen[str]) -> None:
    (zygote,) = children_of(busy.pid)
    os.kill(children_of(zygote)[0], signal.SIGKILL)
    output, errors = rest(busy)
    assert errors == ""
    *results, summary = [json.loads(line) for line in output.splitlines()]
    assert len({result["path"] for result in results}) == len(results) == FILES - 1
    lost = [result for result in results if result["status"] == "not fully scanned"]
    assert len(lost) <= 1
    for result in lost:
        assert result["reason"] == "the scanner process died (signal 9)"
    assert summary["incomplete"] == len(lost)
    assert busy.returncode == (3 if lost else 0)


def test_nobody_is_left_when_the_parent_is_killed(busy: subprocess.Popen[str]) -> None:
    (zygote,) = children_of(busy.pid)
    pids = [zygote, *children_of(zygote)]
    busy.kill()
    busy.wait()
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{pid}/exe").exists() for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def on_terminal(command: list[str], environment: dict[str, str]) -> tuple[str, str]:
    """What a command writes to its terminal (standard error) and to standard output."""
    master, slave = pty.openpty()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=slave
    ) as process:
        os.close(slave)
        shown = b""
        try:
            while piece := os.read(master, 65536):
                shown += piece
        except OSError:
            pass  # the other end is closed
        finally:
            os.close(master)
        assert process.stdout is not None
        output = process.stdout.read()
    return shown.decode(), output.decode()


def test_progress_is_for_terminals(environment: dict[str, str], database: Path, work: Path) -> None:
    command = [*COMMAND, "scan", "-j2", "-d", str(database), str(work)]
    shown, output = on_terminal(command, environment | {"TERM": "xterm"})
    assert re.search(r"\d+ of 100 files  [\d.]+ .?B  [\d.]+ .?B/s  \S+ left", shown)
    assert shown.endswith("\r\x1b[K"), "the line is taken away"
    assert "\x1b" not in output
    for quiet in (["--no-progress"], ["-q"]):
        assert on_terminal([*command, *quiet], environment | {"TERM": "xterm"})[0] == ""
    assert on_terminal(command, environment | {"TERM": "dumb"})[0] == ""


def test_colours_only_where_wanted(environment: dict[str, str], database: Path, tree: Path) -> None:
    command = ["sh", "-c", 'exec "$@" >&2', "sh", *COMMAND]
    command += ["scan", "--no-progress", "-d", str(database), str(tree / "evil")]
    shown, _ = on_terminal(command, environment | {"TERM": "xterm"})
    assert "\x1b[31mALERT\x1b[0m" in shown
    plain, _ = on_terminal(command, environment | {"TERM": "xterm", "NO_COLOR": "1"})
    assert "\x1b" not in plain
